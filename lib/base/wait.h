#ifndef CCPI_BASE_WAIT_H
#define CCPI_BASE_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * Waiting for other threads, with deadlines on a clock that nobody can set. It
 * is the system's own: a test's clock does not move while a thread sleeps.
 */

/* A condition whose timed waits take deadlines of ccpi_deadline_in(). */
bool ccpi_condition_init(pthread_cond_t *condition);

struct timespec ccpi_deadline_in(int64_t ms);

/* False: the deadline has passed. */
static inline bool ccpi_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock,
                                   const struct timespec *deadline)
{
    return pthread_cond_timedwait(condition, lock, deadline) == 0;
}

#endif
