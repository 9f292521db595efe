#include "base/cache.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/failing_malloc.h"

static const ccpi_cache_options options = {
    .key_size = sizeof(int), .value_size = sizeof(int), .max_entries = 2};
static const ccpi_cache_life life = {.fresh_until_us = 1};

Test(fault_cache, a_cache_is_made_whole_or_not_at_all)
{
    ccpi_cache *cache = NULL;

    fail_allocation(0);
    cr_expect(eq(int, ccpi_cache_new(&options, &cache), CCP_NO_MEMORY));
    cr_expect(allocation_failed());
    cr_expect(zero(ptr, cache));
}

Test(fault_cache, a_value_that_found_no_memory_is_a_miss_and_no_other_goes)
{
    ccpi_cache *cache;
    int keys[] = {1, 2, 3};
    int value = 0;

    cr_assert(eq(int, ccpi_cache_new(&options, &cache), CCP_OK));
    for (int i = 0; i < 2; i++)
        cr_assert(eq(int, ccpi_cache_put(cache, &keys[i], &keys[i], life, 0), CCP_OK));

    fail_allocation(0);
    cr_expect(eq(int, ccpi_cache_put(cache, &keys[2], &keys[2], life, 0), CCP_NO_MEMORY));
    cr_expect(allocation_failed());
    cr_expect(eq(int, ccpi_cache_get(cache, &keys[2], 0, &value), CCPI_CACHE_MISS));
    cr_expect(eq(int, ccpi_cache_get(cache, &keys[0], 0, &value), CCPI_CACHE_FRESH));
    cr_expect(eq(int, value, 1));
    ccpi_cache_free(cache);
}
