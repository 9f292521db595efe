#include "security/throttle.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/cache.h"

typedef struct tally {
    int64_t count;
    int64_t until_us;
} tally;

struct ccpi_throttle {
    ccpi_throttle_options options;
    pthread_mutex_t lock; /* over reading a tally and writing it back */
    ccpi_cache *tallies;
};

ccp_status ccpi_throttle_new(const ccpi_throttle_options *options, ccpi_throttle **out)
{
    const ccpi_cache_options tallies = {.key_size = sizeof(ccpi_address),
                                        .value_size = sizeof(tally),
                                        .max_entries = CCPI_THROTTLE_MAX_ENTRIES};
    ccpi_throttle *throttle = calloc(1, sizeof(*throttle));

    *out = NULL;
    if (!throttle)
        return CCP_NO_MEMORY;
    if (ccpi_cache_new(&tallies, &throttle->tallies) != CCP_OK) {
        free(throttle);
        return CCP_NO_MEMORY;
    }
    throttle->options = *options;
    pthread_mutex_init(&throttle->lock, NULL);
    *out = throttle;
    return CCP_OK;
}

void ccpi_throttle_free(ccpi_throttle *throttle)
{
    if (!throttle)
        return;
    pthread_mutex_destroy(&throttle->lock);
    ccpi_cache_free(throttle->tallies);
    free(throttle);
}

int64_t ccpi_throttle_count(ccpi_throttle *throttle, const ccpi_address *from,
                            int64_t now_us)
{
    const ccpi_address client = ccpi_address_network(from);
    tally t;

    pthread_mutex_lock(&throttle->lock);
    if (ccpi_cache_get(throttle->tallies, &client, now_us, &t) == CCPI_CACHE_MISS)
        t = (tally){.until_us = now_us + throttle->options.window_us};
    t.count++;
    /* Without memory for it this client's tries go uncounted. */
    ccpi_cache_put(throttle->tallies, &client, &t,
                   (ccpi_cache_life){.fresh_until_us = t.until_us},
                   ccpi_cache_ticket(throttle->tallies));
    pthread_mutex_unlock(&throttle->lock);
    return t.count > throttle->options.most ? t.until_us - now_us : 0;
}
