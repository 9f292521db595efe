#include "database/db.h"

#include <stdlib.h>

#include "base/fail.h"

/* A pool, and what its connections are lent for. */
typedef struct side {
    const ccpi_db_driver *driver;
    ccpi_db_access access;
    ccpi_pool pool;
} side;

struct ccpi_db {
    ccpi_db_driver driver;
    side readers;
    side writers;
    bool has_writers;         /* else the readers write too */
    ccpi_db_session *session; /* of the transaction that all is a part of, or NULL */
};

ccpi_db_value ccpi_db_integer(int64_t value)
{
    return (ccpi_db_value){.type = CCPI_DB_INTEGER, .integer = value};
}

ccpi_db_value ccpi_db_boolean(bool value)
{
    return (ccpi_db_value){.type = CCPI_DB_BOOLEAN, .integer = value};
}

ccpi_db_value ccpi_db_time(int64_t unix_us)
{
    return (ccpi_db_value){.type = CCPI_DB_TIME, .integer = unix_us};
}

ccpi_db_value ccpi_db_text(const char *text)
{
    return (ccpi_db_value){
        .type = CCPI_DB_TEXT, .is_null = !text, .bytes = ccpi_span_of(text)};
}

ccpi_db_value ccpi_db_optional_text(const char *text)
{
    ccpi_db_value value = ccpi_db_text(text);

    value.is_null = value.bytes.len == 0;
    return value;
}

ccpi_db_value ccpi_db_id(const char *id)
{
    return (ccpi_db_value){.type = CCPI_DB_ID, .is_null = !id, .bytes = ccpi_span_of(id)};
}

ccpi_db_value ccpi_db_bytes(const void *bytes, size_t len)
{
    return (ccpi_db_value){.type = CCPI_DB_BYTES, .bytes = {bytes, len}};
}

int64_t ccpi_db_get_integer(const ccpi_db_value *column)
{
    return column->is_null ? 0 : column->integer;
}

void ccpi_db_get_text(const ccpi_db_value *column, char *out, size_t size)
{
    size_t len = column->is_null ? 0 : column->bytes.len;

    if (len > size - 1)
        len = size - 1;
    if (len > 0)
        memcpy(out, column->bytes.data, len);
    out[len] = '\0';
}

static ccp_status make_session(void *self, ccpi_pool_item **out, ccp_error *error)
{
    const side *of = self;
    ccpi_db_session *session = NULL;
    ccp_status status =
        of->driver->connect(of->driver->self, of->access, &session, error);

    if (status != CCP_OK)
        return status;
    session->driver = of->driver;
    *out = &session->pooled;
    return CCP_OK;
}

static bool is_session_usable(void *self, ccpi_pool_item *item)
{
    const side *of = self;

    return of->driver->is_usable((ccpi_db_session *)item);
}

static void discard_session(void *self, ccpi_pool_item *item)
{
    const side *of = self;

    of->driver->disconnect((ccpi_db_session *)item);
}

static ccp_status open_side(ccpi_db *db, side *of, ccpi_db_access access,
                            const ccpi_pool_limits *limits, const ccp_clock *clock)
{
    const ccpi_pool_source source = {.make = make_session,
                                     .is_usable = is_session_usable,
                                     .discard = discard_session,
                                     .self = of};

    of->driver = &db->driver;
    of->access = access;
    return ccpi_pool_init(&of->pool, limits, &source, clock);
}

ccp_status ccpi_db_open_take(const ccpi_db_options *options, ccpi_db **out,
                             ccp_error *error)
{
    ccpi_db *db = calloc(1, sizeof(*db));
    bool has_readers = false;
    ccp_status status;

    *out = NULL;
    if (!db) {
        options->driver.close(options->driver.self);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database");
    }
    db->driver = options->driver;
    status = open_side(db, &db->readers, CCPI_DB_READ, &options->readers, options->clock);
    has_readers = status == CCP_OK;
    if (status == CCP_OK && options->writers.most > 0) {
        status =
            open_side(db, &db->writers, CCPI_DB_WRITE, &options->writers, options->clock);
        db->has_writers = status == CCP_OK;
    }
    if (status == CCP_OK) {
        *out = db;
        return CCP_OK;
    }
    if (has_readers)
        ccpi_pool_clear(&db->readers.pool);
    db->driver.close(db->driver.self);
    free(db);
    return ccpi_fail(error, status, "no memory for a database");
}

void ccpi_db_close(ccpi_db *db)
{
    if (!db)
        return;
    ccpi_pool_clear(&db->readers.pool);
    if (db->has_writers)
        ccpi_pool_clear(&db->writers.pool);
    db->driver.close(db->driver.self);
    free(db);
}

const ccpi_db_driver *ccpi_db_driver_of(const ccpi_db *db)
{
    return &db->driver;
}

/* Passes rows on and remembers that there was one. */
typedef struct watched {
    const ccpi_db_statement *statement;
    bool has_rows;
} watched;

static bool watch_row(void *context, const ccpi_db_value *columns)
{
    watched *of = context;

    of->has_rows = true;
    return of->statement->visit(of->statement->context, columns);
}

/* may_retry: the connection was lost, and nothing has come of the statement yet. */
static ccp_status read_once(ccpi_db *db, const ccpi_db_statement *statement,
                            bool *may_retry, ccp_error *error)
{
    watched of = {.statement = statement};
    ccpi_db_statement inner = *statement;
    ccpi_pool_item *item;
    ccp_status status = ccpi_pool_acquire(&db->readers.pool, &item, error);

    *may_retry = false;
    if (status != CCP_OK)
        return status;
    inner.visit = statement->visit ? watch_row : NULL;
    inner.context = &of;
    status = db->driver.run((ccpi_db_session *)item, &inner, NULL, error);
    *may_retry = status == CCP_UNAVAILABLE && item->is_broken && !of.has_rows;
    ccpi_pool_release(&db->readers.pool, item);
    return status;
}

/* A connection may have been lost while it was idle, so one loss is not told. */
ccp_status ccpi_db_read(ccpi_db *db, const ccpi_db_statement *statement, ccp_error *error)
{
    bool may_retry;
    ccp_status status;

    if (db->session)
        return ccpi_db_run(db->session, statement, NULL, error);
    status = read_once(db, statement, &may_retry, error);
    return may_retry ? read_once(db, statement, &may_retry, error) : status;
}

static ccp_status transact(ccpi_db_session *session, ccpi_db_work work, void *context,
                           ccp_error *error)
{
    const ccpi_db_driver *driver = session->driver;
    ccp_status status = work(session, context, error);

    if (status == CCP_OK)
        status = driver->commit(session, error);
    if (status != CCP_OK)
        driver->rollback(session);
    return status;
}

/* Lends a connection on which a transaction has begun. */
static ccp_status begin_once(ccpi_db *db, ccpi_pool *pool, ccpi_pool_item **out,
                             bool *may_retry, ccp_error *error)
{
    ccpi_pool_item *item;
    ccp_status status = ccpi_pool_acquire(pool, &item, error);

    *may_retry = false;
    if (status != CCP_OK)
        return status;
    status = db->driver.begin((ccpi_db_session *)item, error);
    if (status == CCP_OK) {
        *out = item;
        return CCP_OK;
    }
    *may_retry = status == CCP_UNAVAILABLE && item->is_broken;
    ccpi_pool_release(pool, item);
    return status;
}

ccp_status ccpi_db_write(ccpi_db *db, ccpi_db_work work, void *context, ccp_error *error)
{
    ccpi_pool *pool = db->has_writers ? &db->writers.pool : &db->readers.pool;
    ccpi_pool_item *item = NULL;
    bool may_retry;
    ccp_status status;

    if (db->session)
        return work(db->session, context, error);
    status = begin_once(db, pool, &item, &may_retry, error);
    if (may_retry)
        status = begin_once(db, pool, &item, &may_retry, error);
    if (status != CCP_OK)
        return status;
    status = transact((ccpi_db_session *)item, work, context, error);
    ccpi_pool_release(pool, item);
    return status;
}

typedef struct inner_work {
    const ccpi_db *db;
    ccpi_db_work_within work;
    void *context;
} inner_work;

static ccp_status work_within(ccpi_db_session *session, void *context, ccp_error *error)
{
    const inner_work *inner = context;
    ccpi_db within = {.driver = inner->db->driver, .session = session};

    return inner->work(&within, inner->context, error);
}

ccp_status ccpi_db_write_within(ccpi_db *db, ccpi_db_work_within work, void *context,
                                ccp_error *error)
{
    inner_work inner = {db, work, context};

    return ccpi_db_write(db, work_within, &inner, error);
}

ccp_status ccpi_db_run(ccpi_db_session *session, const ccpi_db_statement *statement,
                       int64_t *changed, ccp_error *error)
{
    return session->driver->run(session, statement, changed, error);
}

ccp_status ccpi_db_run_rows(ccpi_db_session *session, const ccpi_db_statement *statement,
                            size_t rows, int64_t *changed, ccp_error *error)
{
    return session->driver->run_rows(session, statement, rows, changed, error);
}
