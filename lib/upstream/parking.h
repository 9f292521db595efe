#ifndef CCPI_UPSTREAM_PARKING_H
#define CCPI_UPSTREAM_PARKING_H

#include <stdatomic.h>
#include <stdbool.h>

/*
 * Where one thread waits to be woken by others: a futex that takes two system
 * calls a wait, where a condition variable with its mutex takes three. A wake
 * that comes before the wait is not lost; several count as one. Zeroed memory
 * is ready for use.
 */
typedef struct ccpi_parking {
    _Atomic unsigned int state;
} ccpi_parking;

#define CCPI_PARK_FOR_EVER (-1)

/* Returns whether it was woken; false: the time is over. */
bool ccpi_parking_wait(ccpi_parking *parking, int timeout_ms);

/*
 * Whoever wakes must be sure that the memory outlives the call: the woken thread
 * may run before it returns.
 */
void ccpi_parking_wake(ccpi_parking *parking);

#endif
