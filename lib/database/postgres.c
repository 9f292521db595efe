#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "database/postgres.h"

/* DM-3 */
#define POOL_SIZE 10
#define POOL_KEPT 5
#define ACQUIRE_MS 5000
#define RECYCLE_AFTER_MS (1800 * 1000)

/* Idle for longer, a connection is asked whether it lives before it is lent. */
#define TRUST_US (30 * INT64_C(1000000))
#define ALIVE_MS 2000

/* A migration may take its time. */
#define SCRIPT_MS (600 * 1000)

#define MAX_PREPARED 128
#define MAX_NAME 24

typedef struct prepared {
    char *sql;
    char name[MAX_NAME];
    uint64_t last_use;
} prepared;

typedef struct session {
    ccpi_db_session base;
    PGconn *connection;
    const ccp_clock *clock;
    int64_t used_at_us;
    uint64_t uses;
    prepared statements[MAX_PREPARED];
} session;

/* What is the same for all connections to one database. */
typedef struct server {
    ccpi_pg_place *place;
    ccpi_pg_listener *listener;
    const ccp_clock *clock;
} server;

/* Of the connection, or of a result that is failed: then it is cleared. */
static ccp_status fail(session *on, PGresult *result, ccp_error *error)
{
    const ccp_status status = ccpi_pg_fail(on->connection, result, error);

    if (ccpi_pg_is_spoilt(on->connection, result))
        on->base.pooled.is_broken = true;
    PQclear(result);
    return status;
}

static bool show_row(const PGresult *result, const ccpi_db_statement *statement,
                     ccp_status *status, ccp_error *error)
{
    ccpi_pg_row row;

    *status = ccpi_pg_decode(result, 0, &row, error);
    return *status == CCP_OK && statement->visit(statement->context, row.columns);
}

/* What came of one statement. */
typedef struct outcome {
    const ccpi_db_statement *statement;
    ccp_status status;
    bool is_seen; /* no more rows are wanted */
    int64_t changed;
} outcome;

static void take_result(session *on, PGresult *result, outcome *of, ccp_error *error)
{
    const ccpi_db_statement *statement = of->statement;

    if (ccpi_pg_is_failure(result)) {
        const ccp_status status = fail(on, result, of->status == CCP_OK ? error : NULL);

        of->status = of->status == CCP_OK ? status : of->status;
        return;
    }
    if (PQresultStatus(result) == PGRES_SINGLE_TUPLE && statement->visit &&
        of->status == CCP_OK && !of->is_seen)
        of->is_seen = !show_row(result, statement, &of->status, error);
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        of->changed = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
}

/* Takes results up to the end of a statement; all of them, whatever happens. */
static ccp_status take_results(session *on, int64_t timeout_ms, outcome *of,
                               ccp_error *error)
{
    for (;;) {
        PGresult *result;
        const ccp_status status =
            ccpi_pg_next(on->connection, timeout_ms, &result, error);

        if (status != CCP_OK) {
            on->base.pooled.is_broken = true;
            return status;
        }
        if (!result)
            return of->status;
        take_result(on, result, of, error);
    }
}

static ccp_status run_script(ccpi_db_session *base, const char *script, ccp_error *error)
{
    session *on = (session *)base;
    const ccpi_db_statement none = {.sql = script};
    outcome of = {.statement = &none};

    if (!PQsendQuery(on->connection, script))
        return fail(on, NULL, error);
    return take_results(on, SCRIPT_MS, &of, error);
}

static prepared *place_of(session *on, const char *sql)
{
    prepared *place = &on->statements[0];

    for (size_t i = 0; i < MAX_PREPARED; i++) {
        prepared *candidate = &on->statements[i];

        if (candidate->sql && strcmp(candidate->sql, sql) == 0)
            return candidate;
        if (candidate->last_use < place->last_use)
            place = candidate;
    }
    return place;
}

static ccp_status forget(session *on, prepared *place, ccp_error *error)
{
    char command[sizeof("DEALLOCATE ") + MAX_NAME];

    if (!place->sql)
        return CCP_OK;
    snprintf(command, sizeof(command), "DEALLOCATE %s", place->name);
    free(place->sql);
    place->sql = NULL;
    return run_script(&on->base, command, error);
}

static ccp_status make_prepared(session *on, const ccpi_db_statement *statement,
                                prepared *place, ccp_error *error)
{
    outcome of = {.statement = statement};
    Oid types[CCPI_PG_MAX_VALUES];
    ccp_status status = forget(on, place, error);

    if (status != CCP_OK)
        return status;
    ccpi_pg_types(statement->values, statement->count, types);
    snprintf(place->name, sizeof(place->name), "s%llu", (unsigned long long)on->uses);
    if (!PQsendPrepare(on->connection, place->name, statement->sql, (int)statement->count,
                       types))
        return fail(on, NULL, error);
    status = take_results(on, CCPI_PG_ANSWER_MS, &of, error);
    if (status != CCP_OK)
        return status;
    place->sql = strdup(statement->sql);
    return place->sql ? CCP_OK : ccpi_fail(error, CCP_NO_MEMORY, "no memory for SQL");
}

static ccp_status prepare(session *on, const ccpi_db_statement *statement,
                          const char **name, ccp_error *error)
{
    prepared *place = place_of(on, statement->sql);
    ccp_status status = CCP_OK;

    if (statement->count > CCPI_PG_MAX_VALUES)
        return ccpi_fail(error, CCP_INTERNAL, "a statement has too many parameters");
    on->uses++;
    if (!place->sql || strcmp(place->sql, statement->sql) != 0)
        status = make_prepared(on, statement, place, error);
    place->last_use = on->uses;
    *name = place->name;
    return status;
}

static bool send_one(const session *on, const char *name,
                     const ccpi_db_statement *statement)
{
    ccpi_pg_params params;

    ccpi_pg_encode(statement->values, statement->count, &params);
    return PQsendQueryPrepared(on->connection, name, (int)statement->count, params.values,
                               params.lengths, params.formats, 1);
}

static ccp_status run(ccpi_db_session *base, const ccpi_db_statement *statement,
                      int64_t *changed, ccp_error *error)
{
    session *on = (session *)base;
    outcome of = {.statement = statement};
    const char *name = "";
    ccp_status status = prepare(on, statement, &name, error);

    if (status != CCP_OK)
        return status;
    if (!send_one(on, name, statement))
        return fail(on, NULL, error);
    PQsetSingleRowMode(on->connection);
    status = take_results(on, CCPI_PG_ANSWER_MS, &of, error);
    on->used_at_us = on->clock->monotonic_us(on->clock->self);
    if (changed)
        *changed = of.changed;
    return status;
}

/* Sends all rows before it waits for the first answer. */
static bool send_rows(const session *on, const char *name,
                      const ccpi_db_statement *statement, size_t rows)
{
    ccpi_db_statement row = *statement;

    for (size_t i = 0; i < rows; i++, row.values += row.count)
        if (!send_one(on, name, &row))
            return false;
    return PQpipelineSync(on->connection);
}

static ccp_status take_rows(session *on, const ccpi_db_statement *statement, size_t rows,
                            int64_t *changed, ccp_error *error)
{
    outcome of = {.statement = statement};
    PGresult *sync;
    ccp_status status;

    for (size_t i = 0; i < rows; i++) {
        take_results(on, CCPI_PG_ANSWER_MS, &of, of.status == CCP_OK ? error : NULL);
        if (on->base.pooled.is_broken)
            return of.status == CCP_OK ? CCP_UNAVAILABLE : of.status;
        changed[i] = of.changed;
    }
    status = ccpi_pg_next(on->connection, CCPI_PG_ANSWER_MS, &sync, error);
    PQclear(sync);
    return of.status != CCP_OK ? of.status : status;
}

static ccp_status run_rows(ccpi_db_session *base, const ccpi_db_statement *statement,
                           size_t rows, int64_t *changed, ccp_error *error)
{
    session *on = (session *)base;
    const char *name = "";
    ccp_status status = prepare(on, statement, &name, error);

    if (status != CCP_OK)
        return status;
    if (!PQenterPipelineMode(on->connection) || !send_rows(on, name, statement, rows))
        return fail(on, NULL, error);
    status = take_rows(on, statement, rows, changed, error);
    if (!PQexitPipelineMode(on->connection))
        on->base.pooled.is_broken = true;
    on->used_at_us = on->clock->monotonic_us(on->clock->self);
    return status;
}

static ccp_status begin(ccpi_db_session *base, ccp_error *error)
{
    return run_script(base, "BEGIN", error);
}

static ccp_status commit(ccpi_db_session *base, ccp_error *error)
{
    const session *on = (const session *)base;

    /* COMMIT of a transaction that failed is answered by ROLLBACK, without an error. */
    if (PQtransactionStatus(on->connection) != PQTRANS_INTRANS)
        return ccpi_fail(error, CCP_UNAVAILABLE,
                         "postgresql: the transaction has failed");
    return run_script(base, "COMMIT", error);
}

static void rollback(ccpi_db_session *base)
{
    const session *on = (const session *)base;

    if (PQstatus(on->connection) == CONNECTION_OK && !base->pooled.is_broken &&
        PQtransactionStatus(on->connection) != PQTRANS_IDLE)
        run_script(base, "ROLLBACK", NULL);
    if (PQtransactionStatus(on->connection) != PQTRANS_IDLE)
        base->pooled.is_broken = true;
}

/* What the server has sent unasked: a farewell, or the end of the connection. */
static bool has_news(PGconn *connection)
{
    struct pollfd ready = {.fd = PQsocket(connection), .events = POLLIN};

    return poll(&ready, 1, 0) != 0;
}

static bool is_usable(ccpi_db_session *base)
{
    session *on = (session *)base;
    const int64_t now_us = on->clock->monotonic_us(on->clock->self);

    if (PQstatus(on->connection) != CONNECTION_OK || has_news(on->connection))
        return false;
    if (now_us - on->used_at_us < TRUST_US)
        return true;
    on->used_at_us = now_us;
    return run_script(base, "", NULL) == CCP_OK;
}

static void disconnect(ccpi_db_session *base)
{
    session *on = (session *)base;

    for (size_t i = 0; i < MAX_PREPARED; i++)
        free(on->statements[i].sql);
    PQfinish(on->connection);
    free(on);
}

static ccp_status connect_server(void *self, ccpi_db_access access, ccpi_db_session **out,
                                 ccp_error *error)
{
    const server *at = self;
    session *on = calloc(1, sizeof(*on));
    ccp_status status;

    (void)access;
    if (!on)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database connection");
    on->clock = at->clock;
    on->used_at_us = at->clock->monotonic_us(at->clock->self);
    status = ccpi_pg_connect(at->place, &on->connection, error);
    if (status == CCP_OK)
        *out = &on->base;
    else
        disconnect(&on->base);
    return status;
}

static bool is_silent(void *self)
{
    const server *at = self;

    return ccpi_pg_is_silent(at->listener);
}

static void close_server(void *self)
{
    server *at = self;

    ccpi_pg_listener_free(at->listener);
    ccpi_pg_place_free(at->place);
    free(at);
}

static const ccpi_db_driver postgres_driver = {
    .name = "postgres",
    .has_table = "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
    .lock_schema = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '300s';"
                   "SELECT pg_advisory_xact_lock(hashtext('ccproxy_migrate'))",
    .make_usage_month = "SELECT ccproxy_make_usage_month($1)",
    .drop_usage_months = "SELECT ccproxy_drop_usage_months($1)",
    .minute_of_usage = "date_trunc('minute', created_at)",
    .connect = connect_server,
    .disconnect = disconnect,
    .is_usable = is_usable,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .run = run,
    .run_rows = run_rows,
    .run_script = run_script,
    .is_silent = is_silent,
    .close = close_server,
};

static ccp_status open_server(const ccpi_postgres_options *options, server *at,
                              ccp_error *error)
{
    ccp_status status = ccpi_pg_place_new(options, &at->place, error);

    at->clock = options->clock;
    if (status != CCP_OK)
        return status;
    return ccpi_pg_listener_new(at->place, at->clock, &at->listener, error);
}

ccp_status ccpi_postgres_open(const ccpi_postgres_options *options, ccpi_db **out,
                              ccp_error *error)
{
    const int size = options->pool_size > 0 ? options->pool_size : POOL_SIZE;
    ccpi_db_options pooled = {
        .driver = postgres_driver,
        .clock = options->clock,
        .readers = {.most = size,
                    .kept = size < POOL_KEPT ? size : POOL_KEPT,
                    .acquire_ms = ACQUIRE_MS,
                    .recycle_after_ms = RECYCLE_AFTER_MS},
    };
    server *at = calloc(1, sizeof(*at));
    ccp_status status;

    *out = NULL;
    if (!at)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database");
    status = open_server(options, at, error);
    if (status != CCP_OK) {
        close_server(at);
        return status;
    }
    pooled.driver.self = at;
    return ccpi_db_open_take(&pooled, out, error);
}
