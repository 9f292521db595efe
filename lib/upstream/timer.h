#ifndef CCPI_UPSTREAM_TIMER_H
#define CCPI_UPSTREAM_TIMER_H

#include "ccproxy/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The alarms of one loop: a binary heap, whose entries stand in the things that
 * wait. An alarm that is only ever put later need not be moved: let it ring and
 * set it again, so that a passing byte costs nothing.
 */
typedef struct ccpi_timer {
    int64_t due_us;
    size_t place; /* in the heap, counted from 1; 0: not set */
} ccpi_timer;

typedef struct ccpi_timers {
    ccpi_timer **heap;
    size_t count;
    size_t capacity;
} ccpi_timers;

/* Makes sure that so many can be set at a time: setting can't fail then. */
ccp_status ccpi_timers_reserve(ccpi_timers *timers, size_t count);
void ccpi_timers_clear(ccpi_timers *timers);

/* Sets or moves. */
void ccpi_timers_set(ccpi_timers *timers, ccpi_timer *timer, int64_t due_us);
void ccpi_timers_drop(ccpi_timers *timers, ccpi_timer *timer);

/* Drops and returns one that is due, the earliest first; NULL: none is. */
ccpi_timer *ccpi_timers_take_due(ccpi_timers *timers, int64_t now_us);

/* When the next one is due; INT64_MAX: none is set. */
int64_t ccpi_timers_next_us(const ccpi_timers *timers);

#endif
