#ifndef CCPI_BASE_CACHE_H
#define CCPI_BASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/error.h"

/*
 * Values by key, both of fixed size, until their time is over; the least
 * recently used one goes when there are too many. Values are copied in and
 * out, so nothing borrowed outlives a call. All functions may be called from
 * any thread. Times are whatever clock the caller reads, in microseconds.
 *
 * A value has two ages: FRESH, and then STALE, when it serves only if nothing
 * newer can be had. Keys are hashed without a secret, so they should be what a
 * client can't choose, such as ids and HMACs.
 */
typedef struct ccpi_cache ccpi_cache;

typedef struct ccpi_cache_options {
    size_t key_size;
    size_t value_size;
    size_t max_entries; /* at least 1 */
    bool is_secret;     /* values are overwritten when they leave */
} ccpi_cache_options;

typedef enum ccpi_cache_answer {
    CCPI_CACHE_MISS = 0,
    CCPI_CACHE_STALE,
    CCPI_CACHE_FRESH
} ccpi_cache_answer;

typedef struct ccpi_cache_life {
    int64_t fresh_until_us;
    int64_t kept_until_us; /* less than fresh_until_us means: the same */
} ccpi_cache_life;

/* CCP_NO_MEMORY only. @param out  given; ccpi_cache_free() */
ccp_status ccpi_cache_new(const ccpi_cache_options *options, ccpi_cache **out);
void ccpi_cache_free(ccpi_cache *cache);

/* Copies the value out, unless it is a miss. */
ccpi_cache_answer ccpi_cache_get(ccpi_cache *cache, const void *key, int64_t now_us,
                                 void *value);

/*
 * Tells one state of the cache from another: the number of calls so far that
 * dropped values because the truth had changed. To fill the cache from a store,
 * take a ticket, read the store, and put what was read with the ticket: when the
 * truth changed in between, the value may be out of date, and is not kept.
 */
uint64_t ccpi_cache_ticket(ccpi_cache *cache);

/* CCP_CONFLICT: the ticket is out of date; CCP_NO_MEMORY. Neither keeps the value. */
ccp_status ccpi_cache_put(ccpi_cache *cache, const void *key, const void *value,
                          ccpi_cache_life life, uint64_t ticket);

/* Drop values because the truth has changed; all tickets given so far are void. */
void ccpi_cache_drop(ccpi_cache *cache, const void *key);
void ccpi_cache_drop_if(ccpi_cache *cache,
                        bool (*is_meant)(void *context, const void *value),
                        void *context);
void ccpi_cache_drop_all(ccpi_cache *cache);

/*
 * Shows all values, also those whose time is over, the one used last first; false of
 * visit ends it. The cache is locked meanwhile: visit may not use it.
 */
void ccpi_cache_each(ccpi_cache *cache, bool (*visit)(void *context, const void *value),
                     void *context);

size_t ccpi_cache_count(ccpi_cache *cache);

#endif
