#include "admin/web/turnstile.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/fail.h"

#define MS_PER_S 1000
#define NS_PER_MS 1000000L
#define NS_PER_S 1000000000L

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
    pthread_condattr_t attributes;

    *out = turnstile;
    if (!turnstile)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a turnstile");
    turnstile->options = *options;
    pthread_mutex_init(&turnstile->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&turnstile->freed, &attributes);
    pthread_condattr_destroy(&attributes);
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

static struct timespec deadline_in(int64_t ms)
{
    struct timespec moment;

    clock_gettime(CLOCK_MONOTONIC, &moment);
    moment.tv_sec += (time_t)(ms / MS_PER_S);
    moment.tv_nsec += (long)(ms % MS_PER_S) * NS_PER_MS;
    if (moment.tv_nsec >= NS_PER_S) {
        moment.tv_nsec -= NS_PER_S;
        moment.tv_sec++;
    }
    return moment;
}

/* With the lock held. */
static bool wait_for_turn(ccpi_turnstile *turnstile)
{
    const struct timespec deadline = deadline_in(turnstile->options.wait_ms);
    int result = 0;

    if (turnstile->inside < turnstile->options.at_once)
        return true;
    if (turnstile->waiting >= turnstile->options.waiting)
        return false;
    turnstile->waiting++;
    while (turnstile->inside >= turnstile->options.at_once && result == 0)
        result = pthread_cond_timedwait(&turnstile->freed, &turnstile->lock, &deadline);
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
