#ifndef CCPI_DATABASE_POOL_H
#define CCPI_DATABASE_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "ccproxy/error.h"
#include "ccproxy/seams.h"

/*
 * Connections that threads borrow one at a time (DM-3): made when needed up to
 * a limit, a few kept, given up when they are old or not usable any more.
 * Knows nothing of what a connection is.
 */

/* Stands first in what is pooled. */
typedef struct ccpi_pool_item {
    struct ccpi_pool_item *next;
    int64_t made_at_us;
    bool is_broken; /* must not be used again */
} ccpi_pool_item;

typedef struct ccpi_pool_limits {
    int most;
    int kept;                 /* idle ones; 0: as many as most */
    int64_t acquire_ms;       /* the longest wait for one */
    int64_t recycle_after_ms; /* 0: never */
} ccpi_pool_limits;

typedef struct ccpi_pool_source {
    ccp_status (*make)(void *self, ccpi_pool_item **out, ccp_error *error);
    bool (*is_usable)(void *self, ccpi_pool_item *item);
    void (*discard)(void *self, ccpi_pool_item *item);
    void *self;
} ccpi_pool_source;

typedef struct ccpi_pool {
    ccpi_pool_limits limits;
    ccpi_pool_source source;
    const ccp_clock *clock;
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    ccpi_pool_item *idle; /* the one used last stands first */
    int idle_count;
    int made;
} ccpi_pool;

ccp_status ccpi_pool_init(ccpi_pool *pool, const ccpi_pool_limits *limits,
                          const ccpi_pool_source *source, const ccp_clock *clock);
/* All must have been given back. */
void ccpi_pool_clear(ccpi_pool *pool);

/* CCP_UNAVAILABLE: all are lent, for as long as a caller may wait. */
ccp_status ccpi_pool_acquire(ccpi_pool *pool, ccpi_pool_item **out, ccp_error *error);
void ccpi_pool_release(ccpi_pool *pool, ccpi_pool_item *item);

#endif
