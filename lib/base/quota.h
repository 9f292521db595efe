#ifndef CCPI_BASE_QUOTA_H
#define CCPI_BASE_QUOTA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A budget of bytes that all requests of a process share (PX-9): who wants to
 * keep some takes them first, and gives them back. Any thread, never waits.
 * Made by its limit: ccpi_quota quota = {.limit = 256 << 20};
 */
typedef struct ccpi_quota {
    size_t limit;
    atomic_size_t used;
} ccpi_quota;

/* false: the budget is used up, and nothing was taken. */
static inline bool ccpi_quota_take(ccpi_quota *quota, size_t bytes)
{
    size_t used = atomic_load_explicit(&quota->used, memory_order_relaxed);

    do {
        if (bytes > quota->limit || used > quota->limit - bytes)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &quota->used, &used, used + bytes, memory_order_relaxed, memory_order_relaxed));
    return true;
}

static inline void ccpi_quota_give(ccpi_quota *quota, size_t bytes)
{
    atomic_fetch_sub_explicit(&quota->used, bytes, memory_order_relaxed);
}

#endif
