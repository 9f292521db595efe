#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "database/drivers.h"

/* How long a process waits for another one's transaction. */
#define BUSY_TIMEOUT_MS 5000
#define BUSY_PAUSE_MS 10

/* One transaction writes at a time, so more than one writer would only queue later. */
#define WRITERS 1
#define READERS 4

#define MAX_PREPARED 64
#define MAX_PARAMETERS 128
#define MAX_COLUMNS 64

/* The first thing in a database file; https://www.sqlite.org/fileformat2.html 1.3 */
#define CHECK_FORMAT "PRAGMA schema_version"

typedef struct prepared {
    sqlite3_stmt *statement;
    uint64_t last_use;
    int parameter_count;
    uint8_t parameters[MAX_PARAMETERS]; /* by SQLite's number: ours, 0: none */
} prepared;

typedef struct session {
    ccpi_db_session base;
    sqlite3 *handle;
    uint64_t uses;
    prepared statements[MAX_PREPARED];
} session;

/* What is the same for all connections of one file. */
typedef struct file {
    char *path;
} file;

static ccp_status status_of(sqlite3 *handle)
{
    static const struct {
        int code;
        ccp_status status;
    } table[] = {
        {SQLITE_BUSY, CCP_UNAVAILABLE},     {SQLITE_LOCKED, CCP_UNAVAILABLE},
        {SQLITE_CANTOPEN, CCP_UNAVAILABLE}, {SQLITE_PERM, CCP_UNAVAILABLE},
        {SQLITE_AUTH, CCP_UNAVAILABLE},     {SQLITE_READONLY, CCP_UNAVAILABLE},
        {SQLITE_IOERR, CCP_UNAVAILABLE},    {SQLITE_FULL, CCP_UNAVAILABLE},
        {SQLITE_CORRUPT, CCP_UNAVAILABLE},  {SQLITE_NOTADB, CCP_UNAVAILABLE},
        {SQLITE_PROTOCOL, CCP_UNAVAILABLE}, {SQLITE_NOMEM, CCP_NO_MEMORY},
        {SQLITE_TOOBIG, CCP_INVALID},       {SQLITE_CONSTRAINT, CCP_INVALID},
    };
    const int code = sqlite3_extended_errcode(handle);

    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
        code == SQLITE_CONSTRAINT_FOREIGNKEY)
        return CCP_CONFLICT;
    /* A schema that is older than the program: not there yet, rather than wrong. */
    if (strncmp(sqlite3_errmsg(handle), "no such ", strlen("no such ")) == 0)
        return CCP_UNAVAILABLE;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].code == (code & 0xff))
            return table[i].status;
    return CCP_INTERNAL;
}

/* Which file, and why. Of a read-only one SQLite misses others that it would make. */
static ccp_status fail_to_open(const session *on, ccp_error *error)
{
    char text[96];
    const char *cause =
        sqlite3_db_readonly(on->handle, "main") == 1
            ? "it is read-only"
            : strerror_r(sqlite3_system_errno(on->handle), text, sizeof(text));

    return ccpi_fail(error, status_of(on->handle), "sqlite: %s: %s: %s",
                     sqlite3_db_filename(on->handle, "main"), sqlite3_errmsg(on->handle),
                     cause);
}

static ccp_status fail(const session *on, ccp_error *error)
{
    if ((sqlite3_extended_errcode(on->handle) & 0xff) == SQLITE_CANTOPEN)
        return fail_to_open(on, error);
    return ccpi_fail(error, status_of(on->handle), "sqlite: %s",
                     sqlite3_errmsg(on->handle));
}

static ccp_status run_script(ccpi_db_session *base, const char *script, ccp_error *error)
{
    const session *on = (session *)base;

    if (sqlite3_exec(on->handle, script, NULL, NULL, NULL) != SQLITE_OK)
        return fail(on, error);
    return CCP_OK;
}

/* The one with this text, or where it would go: a free or the longest unused place. */
static prepared *place_of(session *on, const char *sql)
{
    prepared *place = &on->statements[0];

    for (size_t i = 0; i < MAX_PREPARED; i++) {
        prepared *candidate = &on->statements[i];

        if (candidate->statement && strcmp(sqlite3_sql(candidate->statement), sql) == 0)
            return candidate;
        if (candidate->last_use < place->last_use)
            place = candidate;
    }
    sqlite3_finalize(place->statement);
    *place = (prepared){0};
    return place;
}

/*
 * "$2" is a name to SQLite, numbered as it appears, so the number has to be
 * read from the name. https://www.sqlite.org/lang_expr.html#varparam
 */
static void read_parameters(prepared *place)
{
    place->parameter_count = sqlite3_bind_parameter_count(place->statement);
    for (int i = 0; i < place->parameter_count && i < MAX_PARAMETERS; i++) {
        const char *name = sqlite3_bind_parameter_name(place->statement, i + 1);
        const unsigned long number = name ? strtoul(name + 1, NULL, 10) : 0;

        place->parameters[i] = number <= UINT8_MAX ? (uint8_t)number : 0;
    }
}

/* NULL: the connection says why. */
static const prepared *prepare(session *on, const char *sql)
{
    prepared *place = place_of(on, sql);

    if (!place->statement) {
        if (sqlite3_prepare_v3(on->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                               &place->statement, NULL) != SQLITE_OK)
            return NULL;
        read_parameters(place);
    }
    place->last_use = ++on->uses;
    return place;
}

static int bind_value(sqlite3_stmt *statement, int index, const ccpi_db_value *value)
{
    if (value->is_null)
        return sqlite3_bind_null(statement, index);
    switch (value->type) {
    case CCPI_DB_INTEGER:
    case CCPI_DB_BOOLEAN:
    case CCPI_DB_TIME: return sqlite3_bind_int64(statement, index, value->integer);
    case CCPI_DB_BYTES:
        return sqlite3_bind_blob64(statement, index, value->bytes.data, value->bytes.len,
                                   SQLITE_STATIC);
    case CCPI_DB_TEXT:
    case CCPI_DB_ID: break;
    }
    return sqlite3_bind_text64(statement, index, value->bytes.data, value->bytes.len,
                               SQLITE_STATIC, SQLITE_UTF8);
}

static ccp_status bind_values(const session *on, const prepared *bound,
                              const ccpi_db_statement *statement, ccp_error *error)
{
    if (bound->parameter_count > MAX_PARAMETERS)
        return ccpi_fail(error, CCP_INTERNAL, "a statement has too many parameters");
    for (int i = 0; i < bound->parameter_count; i++) {
        const size_t number = bound->parameters[i];

        if (number == 0 || number > statement->count)
            return ccpi_fail(error, CCP_INTERNAL, "a statement lacks a parameter");
        if (bind_value(bound->statement, i + 1, &statement->values[number - 1]) !=
            SQLITE_OK)
            return fail(on, error);
    }
    return CCP_OK;
}

static ccpi_db_value column_of(sqlite3_stmt *row, int index)
{
    ccpi_db_value value = {.type = CCPI_DB_TEXT};

    switch (sqlite3_column_type(row, index)) {
    case SQLITE_NULL: value.is_null = true; return value;
    case SQLITE_INTEGER:
        value.type = CCPI_DB_INTEGER;
        value.integer = sqlite3_column_int64(row, index);
        return value;
    case SQLITE_BLOB:
        value.type = CCPI_DB_BYTES;
        value.bytes.data = sqlite3_column_blob(row, index);
        break;
    default: value.bytes.data = (const char *)sqlite3_column_text(row, index);
    }
    value.bytes.len = (size_t)sqlite3_column_bytes(row, index);
    return value;
}

static bool show_row(sqlite3_stmt *row, const ccpi_db_statement *statement)
{
    ccpi_db_value columns[MAX_COLUMNS];
    const int count = sqlite3_column_count(row);

    for (int i = 0; i < count && i < MAX_COLUMNS; i++)
        columns[i] = column_of(row, i);
    return statement->visit(statement->context, columns);
}

static ccp_status step_through(const session *on, sqlite3_stmt *bound,
                               const ccpi_db_statement *statement, ccp_error *error)
{
    for (;;) {
        const int result = sqlite3_step(bound);

        if (result == SQLITE_DONE)
            return CCP_OK;
        if (result != SQLITE_ROW)
            return fail(on, error);
        if (statement->visit && !show_row(bound, statement))
            return CCP_OK;
    }
}

static ccp_status run_prepared(const session *on, const prepared *bound,
                               const ccpi_db_statement *statement, int64_t *changed,
                               ccp_error *error)
{
    ccp_status status = bind_values(on, bound, statement, error);

    if (status == CCP_OK)
        status = step_through(on, bound->statement, statement, error);
    if (status == CCP_OK && changed)
        *changed =
            sqlite3_stmt_readonly(bound->statement) ? 0 : sqlite3_changes(on->handle);
    sqlite3_reset(bound->statement);
    return status;
}

static ccp_status run(ccpi_db_session *base, const ccpi_db_statement *statement,
                      int64_t *changed, ccp_error *error)
{
    session *on = (session *)base;
    const prepared *bound = prepare(on, statement->sql);
    ccp_status status;

    if (!bound)
        return fail(on, error);
    status = run_prepared(on, bound, statement, changed, error);
    sqlite3_clear_bindings(bound->statement);
    return status;
}

static ccp_status run_rows(ccpi_db_session *base, const ccpi_db_statement *statement,
                           size_t rows, int64_t *changed, ccp_error *error)
{
    session *on = (session *)base;
    ccpi_db_statement row = *statement;
    const prepared *bound = prepare(on, statement->sql);
    ccp_status status = CCP_OK;

    if (!bound)
        return fail(on, error);
    for (size_t i = 0; i < rows && status == CCP_OK; i++, row.values += row.count)
        status = run_prepared(on, bound, &row, &changed[i], error);
    sqlite3_clear_bindings(bound->statement);
    return status;
}

static ccp_status begin(ccpi_db_session *base, ccp_error *error)
{
    /* Takes the lock now: a transaction that takes it later can't wait for it. */
    return run(base, &(ccpi_db_statement){.sql = "BEGIN IMMEDIATE"}, NULL, error);
}

static ccp_status commit(ccpi_db_session *base, ccp_error *error)
{
    return run(base, &(ccpi_db_statement){.sql = "COMMIT"}, NULL, error);
}

static void rollback(ccpi_db_session *base)
{
    const session *on = (session *)base;

    /* Some errors have rolled back already: https://www.sqlite.org/lang_transaction.html
     */
    if (!sqlite3_get_autocommit(on->handle))
        run(base, &(ccpi_db_statement){.sql = "ROLLBACK"}, NULL, NULL);
    base->pooled.is_broken = !sqlite3_get_autocommit(on->handle);
}

static bool is_usable(ccpi_db_session *base)
{
    (void)base;
    return true;
}

static void disconnect(ccpi_db_session *base)
{
    session *on = (session *)base;

    for (size_t i = 0; i < MAX_PREPARED; i++)
        sqlite3_finalize(on->statements[i].statement);
    sqlite3_close(on->handle);
    free(on);
}

/*
 * The busy timeout does not hold for the step to WAL: SQLite reads the file first, and
 * a reader that wants to write is refused at once, for two of them would wait for each
 * other. So those who open a new file together have to try again themselves.
 * https://www.sqlite.org/c3ref/busy_handler.html
 */
static ccp_status switch_to_wal(session *on, ccp_error *error)
{
    int waited_ms = 0;
    int result;

    for (;;) {
        result = sqlite3_exec(on->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if ((result & 0xff) != SQLITE_BUSY || waited_ms >= BUSY_TIMEOUT_MS)
            break;
        waited_ms += sqlite3_sleep(BUSY_PAUSE_MS);
    }
    return result == SQLITE_OK ? CCP_OK : fail(on, error);
}

/* What a connection needs beyond being open; https://www.sqlite.org/pragma.html */
static ccp_status set_up(session *on, ccpi_db_access access, ccp_error *error)
{
    ccp_status status;

    sqlite3_extended_result_codes(on->handle, 1);
    sqlite3_busy_timeout(on->handle, BUSY_TIMEOUT_MS);
    sqlite3_db_config(on->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(on->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (access == CCPI_DB_READ)
        return run_script(&on->base, "PRAGMA query_only = ON", error);

    status = switch_to_wal(on, error);
    if (status != CCP_OK)
        return status;
    /* FULL: a revoked key or a stored usage row must survive a loss of power. */
    return run_script(&on->base, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
                      error);
}

static ccp_status connect_file(void *self, ccpi_db_access access, ccpi_db_session **out,
                               ccp_error *error)
{
    const file *of = self;
    session *on = calloc(1, sizeof(*on));
    ccp_status status;

    if (!on)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database connection");
    if (sqlite3_open_v2(of->path, &on->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
        status = set_up(on, access, error);
    else if (on->handle)
        status = fail(on, error);
    else
        status = ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database connection");

    if (status == CCP_OK)
        *out = &on->base;
    else
        disconnect(&on->base);
    return status;
}

static void close_file(void *self)
{
    file *of = self;

    free(of->path);
    free(of);
}

static const ccpi_db_driver sqlite_driver = {
    .name = "sqlite",
    .has_table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
    .minute_of_usage = "created_at - created_at % 60000000",
    .connect = connect_file,
    .disconnect = disconnect,
    .is_usable = is_usable,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .run = run,
    .run_rows = run_rows,
    .run_script = run_script,
    .close = close_file,
};

/*
 * SQLite would make the file with the umask's mode; its WAL takes the file's. A
 * file that is there is not opened: closing it would drop the locks that other
 * connections of this process have (https://www.sqlite.org/howtocorrupt.html 2.2).
 */
static ccp_status make_private(const char *path, ccp_error *error)
{
    const int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (descriptor < 0 && errno == EEXIST)
        return CCP_OK;
    if (descriptor < 0)
        return ccpi_fail(error, CCP_UNAVAILABLE, "can't open the database %s: %s", path,
                         strerror(errno));
    close(descriptor);
    return CCP_OK;
}

static file *file_new(const char *path)
{
    file *of = calloc(1, sizeof(*of));

    if (!of)
        return NULL;
    of->path = strdup(path);
    if (of->path)
        return of;
    free(of);
    return NULL;
}

ccp_status ccpi_sqlite_open(const char *path, const ccp_clock *clock, ccpi_db **out,
                            ccp_error *error)
{
    ccpi_db_options options = {
        .driver = sqlite_driver,
        .clock = clock,
        .readers = {.most = READERS, .acquire_ms = BUSY_TIMEOUT_MS},
        .writers = {.most = WRITERS, .acquire_ms = BUSY_TIMEOUT_MS},
    };
    ccp_status status;

    *out = NULL;
    /* SQLite takes these for databases in memory, one of its own per connection. */
    if (path[0] == '\0' || strcmp(path, ":memory:") == 0)
        return ccpi_fail(error, CCP_INVALID, "a database needs the path of a file");

    status = make_private(path, error);
    if (status != CCP_OK)
        return status;
    options.driver.self = file_new(path);
    if (!options.driver.self)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database");
    status = ccpi_db_open_take(&options, out, error);
    if (status != CCP_OK)
        return status;

    status = ccpi_db_read(*out, &(ccpi_db_statement){.sql = CHECK_FORMAT}, error);
    if (status != CCP_OK) {
        ccpi_db_close(*out);
        *out = NULL;
    }
    return status;
}
