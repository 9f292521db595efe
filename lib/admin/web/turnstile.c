#include "admin/web/turnstile.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/wait.h"

struct ccpi_turnstile {
    ccpi_turnstile_options options;
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int inside;
    int waiting;
};

ccp_status ccpi_turnstile_new(const ccpi_turnstile_options *options, ccpi_turnstile **out,
                              ccp_error *error)
{
    ccpi_turnstile *turnstile = calloc(1, sizeof(*turnstile));

    *out = NULL;
    if (!turnstile || !ccpi_condition_init(&turnstile->freed)) {
        free(turnstile);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a turnstile");
    }
    turnstile->options = *options;
    pthread_mutex_init(&turnstile->lock, NULL);
    *out = turnstile;
    return CCP_OK;
}

void ccpi_turnstile_free(ccpi_turnstile *turnstile)
{
    if (!turnstile)
        return;
    pthread_cond_destroy(&turnstile->freed);
    pthread_mutex_destroy(&turnstile->lock);
    free(turnstile);
}

/* With the lock held. */
static bool wait_for_turn(ccpi_turnstile *turnstile)
{
    const struct timespec deadline = ccpi_deadline_in(turnstile->options.wait_ms);
    bool has_time = true;

    if (turnstile->inside < turnstile->options.at_once)
        return true;
    if (turnstile->waiting >= turnstile->options.waiting)
        return false;
    turnstile->waiting++;
    while (turnstile->inside >= turnstile->options.at_once && has_time)
        has_time = ccpi_wait_until(&turnstile->freed, &turnstile->lock, &deadline);
    turnstile->waiting--;
    return turnstile->inside < turnstile->options.at_once;
}

ccp_status ccpi_turnstile_enter(ccpi_turnstile *turnstile, ccp_error *error)
{
    bool enters;

    pthread_mutex_lock(&turnstile->lock);
    enters = wait_for_turn(turnstile);
    if (enters)
        turnstile->inside++;
    pthread_mutex_unlock(&turnstile->lock);
    return enters ? CCP_OK
                  : ccpi_fail(error, CCP_UNAVAILABLE, "too many want the same at a time");
}

void ccpi_turnstile_leave(ccpi_turnstile *turnstile)
{
    pthread_mutex_lock(&turnstile->lock);
    turnstile->inside--;
    pthread_cond_signal(&turnstile->freed);
    pthread_mutex_unlock(&turnstile->lock);
}
