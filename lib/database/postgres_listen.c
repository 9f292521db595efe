#include <pthread.h>
#include <stdlib.h>

#include "base/fail.h"
#include "database/postgres.h"

#define CHANNEL "ccproxy_invalidate"

/* Between two attempts to connect. */
#define RETRY_US 1000000

struct ccpi_pg_listener {
    ccpi_pg_place *place;
    const ccp_clock *clock;
    pthread_mutex_t lock;
    PGconn *connection; /* NULL: nothing can be heard */
    int64_t retry_at_us;
};

ccp_status ccpi_pg_listener_new(ccpi_pg_place *place, const ccp_clock *clock,
                                ccpi_pg_listener **out, ccp_error *error)
{
    ccpi_pg_listener *listener = calloc(1, sizeof(*listener));

    *out = NULL;
    if (!listener || pthread_mutex_init(&listener->lock, NULL) != 0) {
        free(listener);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a database");
    }
    listener->place = place;
    listener->clock = clock;
    listener->retry_at_us = INT64_MIN;
    *out = listener;
    return CCP_OK;
}

static void hang_up(ccpi_pg_listener *listener)
{
    PQfinish(listener->connection);
    listener->connection = NULL;
}

void ccpi_pg_listener_free(ccpi_pg_listener *listener)
{
    if (!listener)
        return;
    hang_up(listener);
    pthread_mutex_destroy(&listener->lock);
    free(listener);
}

static void begin_to_listen(ccpi_pg_listener *listener)
{
    const int64_t now_us = listener->clock->monotonic_us(listener->clock->self);

    if (now_us < listener->retry_at_us)
        return;
    listener->retry_at_us = now_us + RETRY_US;
    if (ccpi_pg_connect(listener->place, &listener->connection, NULL) == CCP_OK &&
        ccpi_pg_script(listener->connection, "LISTEN " CHANNEL, NULL) != CCP_OK)
        hang_up(listener);
}

static bool hears_nothing(ccpi_pg_listener *listener)
{
    bool is_silent = true;
    PGnotify *told;

    if (!PQconsumeInput(listener->connection)) {
        hang_up(listener);
        return false;
    }
    while ((told = PQnotifies(listener->connection))) {
        is_silent = false;
        PQfreemem(told);
    }
    return is_silent;
}

bool ccpi_pg_is_silent(ccpi_pg_listener *listener)
{
    bool is_silent = false;

    pthread_mutex_lock(&listener->lock);
    if (listener->connection)
        is_silent = hears_nothing(listener);
    else
        begin_to_listen(listener);
    pthread_mutex_unlock(&listener->lock);
    return is_silent;
}
