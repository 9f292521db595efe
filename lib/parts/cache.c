/* ccproxy/cache.h over the cache of base/. */
#include "ccproxy/cache.h"

#include "base/cache.h"

_Static_assert((int)CCP_CACHE_FRESH == (int)CCPI_CACHE_FRESH &&
                   (int)CCP_CACHE_STALE == (int)CCPI_CACHE_STALE,
               "the answers have one order");

/* Not made: a public cache is the inner one, under a name of its own. */
struct ccp_cache;

static ccpi_cache *inner_of(ccp_cache *cache)
{
    return (ccpi_cache *)cache;
}

ccp_status ccp_cache_new(const ccp_cache_options *options, ccp_cache **out)
{
    ccpi_cache *cache;
    const ccp_status status = ccpi_cache_new(
        &(ccpi_cache_options){
            .key_size = options->key_size,
            .value_size = options->value_size,
            .max_entries = options->max_entries,
            .is_secret = options->is_secret,
        },
        &cache);

    *out = status == CCP_OK ? (ccp_cache *)cache : NULL;
    return status;
}

void ccp_cache_free(ccp_cache *cache)
{
    ccpi_cache_free(inner_of(cache));
}

ccp_cache_answer ccp_cache_get(ccp_cache *cache, const void *key, int64_t now_us,
                               void *value)
{
    return (ccp_cache_answer)ccpi_cache_get(inner_of(cache), key, now_us, value);
}

uint64_t ccp_cache_ticket(ccp_cache *cache)
{
    return ccpi_cache_ticket(inner_of(cache));
}

ccp_status ccp_cache_put(ccp_cache *cache, const void *key, const void *value,
                         ccp_cache_life life, uint64_t ticket)
{
    const ccpi_cache_life inner = {life.fresh_until_us, life.kept_until_us};

    return ccpi_cache_put(inner_of(cache), key, value, inner, ticket);
}

void ccp_cache_drop(ccp_cache *cache, const void *key)
{
    ccpi_cache_drop(inner_of(cache), key);
}

void ccp_cache_drop_all(ccp_cache *cache)
{
    ccpi_cache_drop_all(inner_of(cache));
}
