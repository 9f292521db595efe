#include "upstream/timer.h"

#include <assert.h>
#include <stdlib.h>

#define SMALLEST 64

ccp_status ccpi_timers_reserve(ccpi_timers *timers, size_t count)
{
    size_t capacity = timers->capacity < SMALLEST ? SMALLEST : timers->capacity;
    ccpi_timer **heap;

    if (count <= timers->capacity)
        return CCP_OK;
    while (capacity < count)
        capacity *= 2;

    heap = (ccpi_timer **)realloc((void *)timers->heap, capacity * sizeof(ccpi_timer *));
    if (!heap)
        return CCP_NO_MEMORY;
    timers->heap = heap;
    timers->capacity = capacity;
    return CCP_OK;
}

void ccpi_timers_clear(ccpi_timers *timers)
{
    free((void *)timers->heap);
    *timers = (ccpi_timers){0};
}

static void put(ccpi_timers *timers, size_t place, ccpi_timer *timer)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static ccpi_timer *at(const ccpi_timers *timers, size_t place)
{
    return timers->heap[place - 1];
}

static void lift(ccpi_timers *timers, ccpi_timer *timer)
{
    size_t place = timer->place;

    while (place > 1 && at(timers, place / 2)->due_us > timer->due_us) {
        put(timers, place, at(timers, place / 2));
        place /= 2;
    }
    put(timers, place, timer);
}

static void sink(ccpi_timers *timers, ccpi_timer *timer)
{
    size_t place = timer->place;

    for (;;) {
        size_t child = place * 2;

        if (child > timers->count)
            break;
        if (child < timers->count &&
            at(timers, child + 1)->due_us < at(timers, child)->due_us)
            child++;
        if (at(timers, child)->due_us >= timer->due_us)
            break;
        put(timers, place, at(timers, child));
        place = child;
    }
    put(timers, place, timer);
}

void ccpi_timers_set(ccpi_timers *timers, ccpi_timer *timer, int64_t due_us)
{
    if (timer->place == 0) {
        assert(timers->count < timers->capacity);
        put(timers, ++timers->count, timer);
    }
    timer->due_us = due_us;
    lift(timers, timer);
    sink(timers, timer);
}

void ccpi_timers_drop(ccpi_timers *timers, ccpi_timer *timer)
{
    const size_t place = timer->place;
    ccpi_timer *last;

    if (place == 0)
        return;
    last = at(timers, timers->count--);
    timer->place = 0;
    if (last == timer)
        return;
    put(timers, place, last);
    lift(timers, last);
    sink(timers, last);
}

ccpi_timer *ccpi_timers_take_due(ccpi_timers *timers, int64_t now_us)
{
    ccpi_timer *first;

    if (timers->count == 0 || at(timers, 1)->due_us > now_us)
        return NULL;
    first = at(timers, 1);
    ccpi_timers_drop(timers, first);
    return first;
}

int64_t ccpi_timers_next_us(const ccpi_timers *timers)
{
    return timers->count > 0 ? at(timers, 1)->due_us : INT64_MAX;
}
