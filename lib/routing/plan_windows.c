#include "routing/plan_windows.h"

#include <stdlib.h>

#include "base/cache.h"

/* They live until others push them out. */
#define FOR_EVER INT64_MAX
#define NOW 0

struct ccpi_plan_windows {
    ccpi_cache *cache;
};

ccp_status ccpi_plan_windows_new(ccpi_plan_windows **out)
{
    const ccpi_cache_options options = {.key_size = sizeof(ccp_id),
                                        .value_size = sizeof(ccpi_key_window),
                                        .max_entries = CCPI_PLAN_WINDOWS_MOST};
    ccpi_plan_windows *windows = calloc(1, sizeof(*windows));

    *out = NULL;
    if (!windows)
        return CCP_NO_MEMORY;
    if (ccpi_cache_new(&options, &windows->cache) != CCP_OK) {
        free(windows);
        return CCP_NO_MEMORY;
    }
    *out = windows;
    return CCP_OK;
}

void ccpi_plan_windows_free(ccpi_plan_windows *windows)
{
    if (!windows)
        return;
    ccpi_cache_free(windows->cache);
    free(windows);
}

void ccpi_plan_windows_note(ccpi_plan_windows *windows, const ccp_access_key *key,
                            const ccpi_headers *answer, int64_t now_us)
{
    ccpi_key_window entry = {
        .access_key_id = key->id, .user_id = key->user_id, .prefix = key->prefix};

    if (ccpi_plan_window_read(answer, now_us, &entry.window))
        ccpi_cache_put(windows->cache, &entry.access_key_id, &entry,
                       (ccpi_cache_life){.fresh_until_us = FOR_EVER},
                       ccpi_cache_ticket(windows->cache));
}

bool ccpi_plan_windows_find(ccpi_plan_windows *windows, const ccp_id *access_key_id,
                            ccpi_plan_window *out)
{
    ccpi_key_window entry;

    if (ccpi_cache_get(windows->cache, access_key_id, NOW, &entry) == CCPI_CACHE_MISS)
        return false;
    *out = entry.window;
    return true;
}

typedef struct listing {
    bool (*visit)(void *context, const ccpi_key_window *window);
    void *context;
} listing;

static bool show(void *context, const void *value)
{
    const listing *to = context;

    return to->visit(to->context, value);
}

void ccpi_plan_windows_list(ccpi_plan_windows *windows,
                            bool (*visit)(void *context, const ccpi_key_window *window),
                            void *context)
{
    ccpi_cache_each(windows->cache, show, &(listing){visit, context});
}
