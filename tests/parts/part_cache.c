/* Values age from fresh to stale to gone; what was dropped meanwhile is not kept. */
#include <ccproxy/cache.h>

#include "check.h"

int main(void)
{
    const ccp_cache_options options = {sizeof(int), sizeof(int), 2, false};
    const ccp_cache_life life = {100, 200};
    const int key = 1, value = 10;
    int found = 0;
    uint64_t ticket;
    ccp_cache *cache;

    CHECK(ccp_cache_new(&options, &cache) == CCP_OK);
    ticket = ccp_cache_ticket(cache);
    CHECK(ccp_cache_put(cache, &key, &value, life, ticket) == CCP_OK);
    CHECK(ccp_cache_get(cache, &key, 50, &found) == CCP_CACHE_FRESH && found == 10);
    CHECK(ccp_cache_get(cache, &key, 150, &found) == CCP_CACHE_STALE);
    CHECK(ccp_cache_get(cache, &key, 250, &found) == CCP_CACHE_MISS);

    ccp_cache_drop(cache, &key);
    CHECK(ccp_cache_put(cache, &key, &value, life, ticket) == CCP_CONFLICT);
    CHECK(ccp_cache_put(cache, &key, &value, life, ccp_cache_ticket(cache)) == CCP_OK);
    ccp_cache_drop_all(cache);
    CHECK(ccp_cache_get(cache, &key, 50, &found) == CCP_CACHE_MISS);
    ccp_cache_free(cache);
    return 0;
}
