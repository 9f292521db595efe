/**
 * @file ccproxy/cache.h
 *
 * Values by key, both of fixed size, until their time is over; the least
 * recently used one goes when there are too many. Values are copied in and out,
 * so nothing borrowed outlives a call. Any thread. Times are those of whatever
 * clock the caller reads, in microseconds.
 *
 * A value has two ages: fresh, and then stale, when it serves only if nothing
 * newer can be had. Keys are hashed without a secret: let them be what a client
 * can't choose, such as ids and HMACs.
 */
#ifndef CCPROXY_CACHE_H
#define CCPROXY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"

CCP_BEGIN_DECLS

typedef struct ccp_cache ccp_cache;

typedef struct ccp_cache_options {
    size_t key_size;
    size_t value_size;
    size_t max_entries; /**< at least 1 */
    bool is_secret;     /**< values are overwritten when they leave */
} ccp_cache_options;

/** CCP_NO_MEMORY only. @param out  given; free it with ccp_cache_free() */
ccp_status ccp_cache_new(const ccp_cache_options *options, ccp_cache **out);

/** NULL is allowed. */
void ccp_cache_free(ccp_cache *cache);

typedef enum ccp_cache_answer {
    CCP_CACHE_MISS = 0,
    CCP_CACHE_STALE,
    CCP_CACHE_FRESH
} ccp_cache_answer;

/** Copies the value out, unless it is a miss. */
ccp_cache_answer ccp_cache_get(ccp_cache *cache, const void *key, int64_t now_us,
                               void *value);

/**
 * Tells one state of the cache from another. To fill the cache from a slow
 * source, take a ticket, read, and put what was read with the ticket: when
 * something was dropped in between, the value may be out of date and is not kept.
 */
uint64_t ccp_cache_ticket(ccp_cache *cache);

typedef struct ccp_cache_life {
    int64_t fresh_until_us;
    int64_t kept_until_us; /**< less than fresh_until_us means: the same */
} ccp_cache_life;

/** CCP_CONFLICT: the ticket is out of date. CCP_NO_MEMORY. Neither keeps the value. */
ccp_status ccp_cache_put(ccp_cache *cache, const void *key, const void *value,
                         ccp_cache_life life, uint64_t ticket);

/** Drop values because the truth has changed; all tickets given so far are void. */
void ccp_cache_drop(ccp_cache *cache, const void *key);
void ccp_cache_drop_all(ccp_cache *cache);

CCP_END_DECLS

#endif
