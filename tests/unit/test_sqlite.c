/* What only SQLite can suffer: locks, modes, damage and limits of a file. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ccproxy/store.h"
#include "database/drivers.h"
#include "store/migrate.h"
#include "support/folder.h"

static char folder[FOLDER_MAX];
static char path[FOLDER_MAX + 32];
static ccp_store *store;

static ccp_status open_path(const char *where, ccp_error *error)
{
    char url[256];
    const ccp_store_options options = {
        .url = url, .clock = ccp_system_clock(), .random = ccp_system_random()};

    snprintf(url, sizeof(url), "sqlite:%s", where);
    return ccp_store_open(&options, &store, error);
}

static void make_folder(void)
{
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/test.db", folder);
}

static void open_migrated(void)
{
    make_folder();
    cr_assert(eq(int, open_path(path, NULL), CCP_OK));
    cr_assert(eq(int, store->migrate(store->self, NULL), CCP_OK));
}

static void close_all(void)
{
    ccp_store_close(store);
    folder_remove(folder);
}

TestSuite(sqlite, .init = open_migrated, .fini = close_all);
TestSuite(sqlite_file, .init = make_folder, .fini = close_all);

static ccp_status create_user(ccp_error *error)
{
    ccp_user user = {.name = "Ada", .monthly_budget_micro = CCP_NO_BUDGET};

    return store->users.create(store->users.self, &user, error);
}

static ccp_status identify(void)
{
    const ccp_key_hash hash = {"00"};
    ccp_identity who;

    return store->keys.identify(store->keys.self, &hash, &who, NULL);
}

static sqlite3 *open_raw(void)
{
    sqlite3 *raw;

    cr_assert(eq(int, sqlite3_open(path, &raw), SQLITE_OK));
    return raw;
}

static void execute(sqlite3 *raw, const char *sql)
{
    cr_assert(eq(int, sqlite3_exec(raw, sql, NULL, NULL, NULL), SQLITE_OK), "%s",
              sqlite3_errmsg(raw));
}

static void execute_alone(const char *sql)
{
    sqlite3 *raw = open_raw();

    execute(raw, sql);
    sqlite3_close(raw);
}

Test(sqlite_file, a_new_file_is_private_and_so_is_its_log)
{
    struct stat status;
    char log[sizeof(path) + 8];

    snprintf(log, sizeof(log), "%s-wal", path);
    umask(0);
    cr_assert(eq(int, open_path(path, NULL), CCP_OK));
    cr_assert(eq(int, store->migrate(store->self, NULL), CCP_OK));
    cr_assert(zero(int, stat(path, &status)));
    cr_expect(eq(int, status.st_mode & 07777, 0600));
    cr_assert(zero(int, stat(log, &status)));
    cr_expect(eq(int, status.st_mode & 07777, 0600));
}

Test(sqlite_file, a_folder_that_is_missing_is_said_with_the_path)
{
    ccp_error error = {0};

    cr_expect(eq(int, open_path("/nonexistent/test.db", &error), CCP_UNAVAILABLE));
    cr_expect(strstr(error.message, "/nonexistent/test.db") != NULL);
    cr_expect(zero(ptr, store));
}

Test(sqlite_file, what_is_no_database_is_said)
{
    ccp_error error = {0};
    FILE *file = fopen(path, "w");

    for (int i = 0; i < 1000; i++)
        fputs("this is not a database\n", file);
    fclose(file);
    cr_expect(eq(int, open_path(path, &error), CCP_UNAVAILABLE));
    cr_expect(strstr(error.message, "not a database") != NULL);
    cr_expect(zero(ptr, store));
}

Test(sqlite_file, a_database_in_memory_is_refused)
{
    cr_expect(eq(int, open_path(":memory:", NULL), CCP_INVALID));
    cr_expect(eq(int, open_path("", NULL), CCP_INVALID));
}

Test(sqlite_file, another_url_is_refused_and_not_repeated)
{
    const ccp_store_options options = {.url = "mysql://root:secret@host/x",
                                       .clock = ccp_system_clock(),
                                       .random = ccp_system_random()};
    ccp_error error = {0};

    cr_expect(eq(int, ccp_store_open(&options, &store, &error), CCP_INVALID));
    cr_expect(zero(ptr, strstr(error.message, "secret")));
}

static void *let_go_soon(void *context)
{
    const struct timespec held = {.tv_nsec = 300 * 1000 * 1000};

    nanosleep(&held, NULL);
    execute(context, "COMMIT");
    return NULL;
}

/* SQLite's own timeout does not hold for the step to WAL. */
Test(sqlite_file, a_writer_in_a_new_file_is_waited_for)
{
    ccp_error error = {0};
    pthread_t thread;
    sqlite3 *raw;

    cr_assert(eq(int, open_path(path, NULL), CCP_OK));
    raw = open_raw();
    execute(raw, "BEGIN IMMEDIATE");
    cr_assert(zero(int, pthread_create(&thread, NULL, let_go_soon, raw)));
    cr_expect(eq(int, store->migrate(store->self, &error), CCP_OK), "%s", error.message);
    pthread_join(thread, NULL);
    sqlite3_close(raw);
}

Test(sqlite, a_writer_elsewhere_stops_writes_after_5_seconds_and_no_reads)
{
    sqlite3 *raw = open_raw();
    ccp_error error = {0};

    execute(raw, "BEGIN IMMEDIATE");
    cr_expect(eq(int, identify(), CCP_NOT_FOUND));
    cr_expect(eq(int, create_user(&error), CCP_UNAVAILABLE));
    cr_expect(strstr(error.message, "locked") != NULL, "%s", error.message);
    execute(raw, "COMMIT");
    cr_expect(eq(int, create_user(NULL), CCP_OK));
    sqlite3_close(raw);
}

static void limit_file_size(rlim_t bytes)
{
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    cr_assert(zero(int, setrlimit(RLIMIT_FSIZE, &limit)));
}

/* A limit on the size of files stands for a disk that is full. */
Test(sqlite, a_full_disk_stops_writes_until_there_is_room)
{
    ccp_error error = {0};

    limit_file_size(4096);
    cr_expect(eq(int, create_user(&error), CCP_UNAVAILABLE), "%s", error.message);
    cr_expect(eq(int, identify(), CCP_NOT_FOUND));
    limit_file_size(RLIM_INFINITY);
    cr_expect(eq(int, create_user(&error), CCP_OK), "%s", error.message);
}

Test(sqlite, pages_that_are_damaged_are_said_and_crash_nothing)
{
    static const char garbage[4096] = "garbage";
    ccp_error error = {0};
    struct stat status;
    int file;

    ccp_store_close(store);
    store = NULL;
    cr_assert(zero(int, stat(path, &status)));
    file = open(path, O_WRONLY);
    for (off_t at = 4096; at < status.st_size; at += 4096)
        cr_assert(eq(sz, (size_t)pwrite(file, garbage, 4096, at), 4096));
    close(file);

    cr_assert(eq(int, open_path(path, &error), CCP_OK), "%s", error.message);
    cr_expect(eq(int, identify(), CCP_UNAVAILABLE));
    cr_expect(eq(int, create_user(&error), CCP_UNAVAILABLE), "%s", error.message);
}

Test(sqlite, a_file_that_may_not_be_written_is_still_read)
{
    ccp_error error = {0};

    ccp_store_close(store);
    store = NULL;
    execute_alone("PRAGMA journal_mode = DELETE"); /* or a reader would make files too */
    cr_assert(zero(int, chmod(path, 0444)));
    cr_assert(zero(int, chmod(folder, 0555)));
    if (geteuid() == 0) /* whom modes don't bind */
        cr_assert(zero(int, seteuid(65534)));

    cr_assert(eq(int, open_path(path, &error), CCP_OK), "%s", error.message);
    cr_expect(eq(int, identify(), CCP_NOT_FOUND));
    cr_expect(eq(int, create_user(&error), CCP_UNAVAILABLE));
    cr_expect(strstr(error.message, "readonly") != NULL, "%s", error.message);
    cr_expect(zero(int, seteuid(getuid())));
    chmod(folder, 0700);
}

/* DM-2 */
Test(sqlite, a_newer_schema_is_tolerated)
{
    ccp_schema_status schema;

    execute_alone("INSERT INTO schema_migrations VALUES (9999, 'later', 'x', 1)");
    cr_expect(eq(int, store->migrate(store->self, NULL), CCP_OK));
    cr_assert(eq(int, store->schema(store->self, &schema, NULL), CCP_OK));
    cr_expect(eq(int, schema.version, 9999));
}

Test(sqlite, a_step_that_was_changed_after_it_was_applied_is_refused)
{
    ccp_error error = {0};

    execute_alone("UPDATE schema_migrations SET checksum = 'other' WHERE version = 1");
    cr_expect(eq(int, store->migrate(store->self, &error), CCP_CONFLICT));
    cr_expect(strstr(error.message, "0001_initial") != NULL, "%s", error.message);
}

static bool note_step(void *context, const ccp_migration *migration)
{
    *(int64_t *)context = migration->applied_at_us;
    return true;
}

Test(sqlite_file, a_step_that_fails_leaves_nothing_behind)
{
    static const ccpi_migration steps[] = {
        {1, "half", NULL,
         "CREATE TABLE half (id INTEGER); CREATE TABLE half (id INTEGER);", "x"},
        {0}};
    static const ccpi_migration repaired[] = {
        {1, "half", NULL, "CREATE TABLE half (id INTEGER);", "y"}, {0}};
    ccpi_db *db;
    int64_t applied_at_us = -1;

    cr_assert(eq(int, ccpi_sqlite_open(path, ccp_system_clock(), &db, NULL), CCP_OK));
    cr_expect(ne(int, ccpi_migrate(db, steps, ccp_system_clock(), NULL), CCP_OK));
    cr_assert(
        eq(int, ccpi_schema_list(db, steps, note_step, &applied_at_us, NULL), CCP_OK));
    cr_expect(eq(i64, applied_at_us, 0));
    cr_expect(eq(int, ccpi_migrate(db, repaired, ccp_system_clock(), NULL), CCP_OK));
    ccpi_db_close(db);
}

Test(sqlite_file, steps_of_another_database_are_passed_over)
{
    static const ccpi_migration steps[] = {
        {1, "ours", "sqlite", "CREATE TABLE ours (id INTEGER);", "x"},
        {2, "theirs", "postgres", "no SQL at all", "y"},
        {0}};
    ccp_schema_status schema;
    ccpi_db *db;

    cr_assert(eq(int, ccpi_sqlite_open(path, ccp_system_clock(), &db, NULL), CCP_OK));
    cr_expect(eq(int, ccpi_migrate(db, steps, ccp_system_clock(), NULL), CCP_OK));
    cr_assert(eq(int, ccpi_schema_read(db, steps, &schema, NULL), CCP_OK));
    cr_expect(eq(int, schema.version, 1));
    cr_expect(eq(int, schema.required, 1));
    ccpi_db_close(db);
}
