#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/fail.h"
#include "base/wait.h"
#include "database/postgres.h"

#define SQLSTATE_LEN 5

/*
 * By SQLSTATE, or by its class of two characters; the first that fits counts.
 * https://www.postgresql.org/docs/15/errcodes-appendix.html
 */
static const struct {
    const char *code;
    ccp_status status;
    bool spoils; /* the connection is better not used again */
} meanings[] = {
    {"08", CCP_UNAVAILABLE, true},     /* connection */
    {"0A000", CCP_UNAVAILABLE, true},  /* a plan that the schema outgrew */
    {"22", CCP_INVALID, false},        /* data */
    {"23503", CCP_CONFLICT, false},    /* foreign key */
    {"23505", CCP_CONFLICT, false},    /* unique */
    {"23", CCP_INVALID, false},        /* other constraints */
    {"25006", CCP_UNAVAILABLE, true},  /* read-only: a former writer after a failover */
    {"26000", CCP_UNAVAILABLE, true},  /* a prepared statement that is gone */
    {"28", CCP_UNAVAILABLE, true},     /* login */
    {"3D000", CCP_UNAVAILABLE, true},  /* no such database */
    {"40", CCP_UNAVAILABLE, false},    /* deadlock, serialization */
    {"42501", CCP_UNAVAILABLE, false}, /* privilege */
    {"42703", CCP_UNAVAILABLE, false}, /* no such column: the schema is older */
    {"42P01", CCP_UNAVAILABLE, false}, /* no such table: likewise */
    {"42883", CCP_UNAVAILABLE, false}, /* no such function: likewise */
    {"53", CCP_UNAVAILABLE, false},    /* resources */
    {"55", CCP_UNAVAILABLE, false},    /* lock not available */
    {"57014", CCP_UNAVAILABLE, false}, /* statement timeout */
    {"57", CCP_UNAVAILABLE, true},     /* shutdown */
    {"58", CCP_UNAVAILABLE, false},    /* disk */
    {"XX", CCP_UNAVAILABLE, false},    /* damage */
};

static const char *sqlstate_of(const PGresult *result)
{
    return result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
}

static size_t meaning_of(const char *sqlstate)
{
    size_t i = 0;

    while (i < sizeof(meanings) / sizeof(meanings[0]) &&
           strncmp(sqlstate, meanings[i].code, strlen(meanings[i].code)) != 0)
        i++;
    return i;
}

bool ccpi_pg_is_spoilt(const PGconn *connection, const PGresult *result)
{
    const char *sqlstate = sqlstate_of(result);
    const size_t i = sqlstate ? meaning_of(sqlstate) : 0;

    if (PQstatus(connection) != CONNECTION_OK || !sqlstate)
        return true;
    return i < sizeof(meanings) / sizeof(meanings[0]) && meanings[i].spoils;
}

/* One line, whatever libpq made of it. */
static int line_len(const char *text)
{
    return (int)strcspn(text, "\n");
}

ccp_status ccpi_pg_fail(const PGconn *connection, const PGresult *result,
                        ccp_error *error)
{
    const char *sqlstate = sqlstate_of(result);
    const char *message =
        result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    size_t i;

    if (!sqlstate || !message) {
        message = PQerrorMessage(connection);
        return ccpi_fail(error, CCP_UNAVAILABLE, "postgresql: %.*s", line_len(message),
                         message);
    }
    i = meaning_of(sqlstate);
    /* What is said of data has the data in it. */
    if (strncmp(sqlstate, "22", 2) == 0)
        return ccpi_fail(error, CCP_INVALID, "postgresql: a value is refused (%s)",
                         sqlstate);
    return ccpi_fail(error,
                     i < sizeof(meanings) / sizeof(meanings[0]) ? meanings[i].status
                                                                : CCP_INTERNAL,
                     "postgresql: %.*s (%s)", line_len(message), message, sqlstate);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Sends what is left and reads until a result is whole. False: trouble, or too late. */
static bool wait_for_result(PGconn *connection, int64_t deadline_ms)
{
    for (;;) {
        const int unsent = PQflush(connection);
        struct pollfd ready = {.fd = PQsocket(connection),
                               .events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0))};
        const int64_t left_ms = deadline_ms - now_ms();
        int count;

        if (unsent < 0)
            return false;
        if (unsent == 0 && !PQisBusy(connection))
            return true;
        count = left_ms > 0 ? poll(&ready, 1, (int)left_ms) : 0;
        if (count == 0 || (count < 0 && errno != EINTR))
            return false;
        if (count > 0 && (ready.revents & ~POLLOUT) && !PQconsumeInput(connection))
            return false;
    }
}

ccp_status ccpi_pg_next(PGconn *connection, int64_t timeout_ms, PGresult **out,
                        ccp_error *error)
{
    *out = NULL;
    if (!wait_for_result(connection, now_ms() + timeout_ms)) {
        if (PQstatus(connection) == CONNECTION_OK)
            return ccpi_fail(error, CCP_UNAVAILABLE,
                             "postgresql: no answer within %lld ms",
                             (long long)timeout_ms);
        return ccpi_pg_fail(connection, NULL, error);
    }
    *out = PQgetResult(connection);
    return CCP_OK;
}

bool ccpi_pg_is_failure(const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
    case PGRES_EMPTY_QUERY:
    case PGRES_PIPELINE_SYNC:
    case PGRES_PIPELINE_ABORTED: /* because of a failure that was told already */
        return false;
    default: return true;
    }
}

ccp_status ccpi_pg_script(PGconn *connection, const char *script, ccp_error *error)
{
    ccp_status outcome = CCP_OK;

    if (!PQsendQuery(connection, script))
        return ccpi_pg_fail(connection, NULL, error);
    for (;;) {
        PGresult *result;
        const ccp_status status =
            ccpi_pg_next(connection, CCPI_PG_ANSWER_MS, &result, error);

        if (status != CCP_OK)
            return status;
        if (!result)
            return outcome;
        if (outcome == CCP_OK && ccpi_pg_is_failure(result))
            outcome = ccpi_pg_fail(connection, result, error);
        PQclear(result);
    }
}
