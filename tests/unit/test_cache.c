#include "base/cache.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <string.h>

#define SECOND INT64_C(1000000)

static const ccpi_cache_life a_minute = {.fresh_until_us = 60 * SECOND};

static ccpi_cache *new_cache(size_t max_entries)
{
    const ccpi_cache_options options = {
        .key_size = sizeof(int), .value_size = sizeof(int), .max_entries = max_entries};
    ccpi_cache *cache;

    cr_assert(eq(int, ccpi_cache_new(&options, &cache), CCP_OK));
    return cache;
}

static void put(ccpi_cache *cache, int key, int value, ccpi_cache_life life)
{
    ccp_status status =
        ccpi_cache_put(cache, &key, &value, life, ccpi_cache_ticket(cache));

    cr_assert(eq(int, status, CCP_OK));
}

/* The value, -1 for a miss. */
static int get(ccpi_cache *cache, int key, int64_t now_us)
{
    int value;

    return ccpi_cache_get(cache, &key, now_us, &value) == CCPI_CACHE_MISS ? -1 : value;
}

Test(cache, a_value_is_fresh_then_stale_then_gone)
{
    const ccpi_cache_life life = {10 * SECOND, 30 * SECOND};
    ccpi_cache *cache = new_cache(4);
    int key = 1;
    int value = 0;

    put(cache, key, 7, life);
    cr_expect(
        eq(int, ccpi_cache_get(cache, &key, 10 * SECOND - 1, &value), CCPI_CACHE_FRESH));
    cr_expect(eq(int, value, 7));
    cr_expect(
        eq(int, ccpi_cache_get(cache, &key, 10 * SECOND, &value), CCPI_CACHE_STALE));
    cr_expect(
        eq(int, ccpi_cache_get(cache, &key, 30 * SECOND - 1, &value), CCPI_CACHE_STALE));
    cr_expect(eq(int, ccpi_cache_get(cache, &key, 30 * SECOND, &value), CCPI_CACHE_MISS));
    cr_expect(zero(sz, ccpi_cache_count(cache)));
    ccpi_cache_free(cache);
}

Test(cache, a_value_may_have_no_stale_time)
{
    ccpi_cache *cache = new_cache(4);

    put(cache, 1, 7, a_minute);
    cr_expect(eq(int, get(cache, 1, 60 * SECOND - 1), 7));
    cr_expect(eq(int, get(cache, 1, 60 * SECOND), -1));
    ccpi_cache_free(cache);
}

Test(cache, a_newer_value_replaces_the_older)
{
    ccpi_cache *cache = new_cache(4);

    put(cache, 1, 7, a_minute);
    put(cache, 1, 8, (ccpi_cache_life){.fresh_until_us = 90 * SECOND});
    cr_expect(eq(int, get(cache, 1, 80 * SECOND), 8));
    cr_expect(eq(sz, ccpi_cache_count(cache), 1));
    ccpi_cache_free(cache);
}

Test(cache, the_least_recently_used_goes_first)
{
    ccpi_cache *cache = new_cache(3);

    put(cache, 1, 1, a_minute);
    put(cache, 2, 2, a_minute);
    put(cache, 3, 3, a_minute);
    cr_expect(eq(int, get(cache, 1, 0), 1));
    put(cache, 2, 22, a_minute);
    put(cache, 4, 4, a_minute);
    cr_expect(eq(int, get(cache, 3, 0), -1));
    put(cache, 5, 5, a_minute);
    cr_expect(eq(int, get(cache, 1, 0), -1));
    cr_expect(eq(int, get(cache, 2, 0), 22));
    cr_expect(eq(sz, ccpi_cache_count(cache), 3));
    ccpi_cache_free(cache);
}

Test(cache, many_keys_are_told_apart)
{
    ccpi_cache *cache = new_cache(10000);

    for (int key = 0; key < 20000; key++)
        put(cache, key, key * 2, a_minute);
    cr_expect(eq(sz, ccpi_cache_count(cache), 10000));
    for (int key = 0; key < 20000; key++)
        cr_assert(eq(int, get(cache, key, 0), key < 10000 ? -1 : key * 2));
    ccpi_cache_free(cache);
}

static bool is_odd(void *context, const void *value)
{
    (void)context;
    return *(const int *)value % 2 != 0;
}

Test(cache, values_are_dropped_by_key_by_what_they_are_or_all)
{
    ccpi_cache *cache = new_cache(10);
    int key = 2;

    for (int i = 0; i < 6; i++)
        put(cache, i, i, a_minute);
    ccpi_cache_drop(cache, &key);
    ccpi_cache_drop_if(cache, is_odd, NULL);
    cr_expect(eq(int, get(cache, 1, 0), -1));
    cr_expect(eq(int, get(cache, 2, 0), -1));
    cr_expect(eq(int, get(cache, 4, 0), 4));
    cr_expect(eq(sz, ccpi_cache_count(cache), 2));
    ccpi_cache_drop_all(cache);
    cr_expect(zero(sz, ccpi_cache_count(cache)));
    put(cache, 1, 1, a_minute);
    cr_expect(eq(int, get(cache, 1, 0), 1));
    ccpi_cache_free(cache);
}

Test(cache, what_was_read_before_a_drop_is_not_kept)
{
    ccpi_cache *cache = new_cache(10);
    uint64_t ticket = ccpi_cache_ticket(cache);
    int key = 1, value = 7;

    ccpi_cache_drop(cache, &key);
    cr_expect(
        eq(int, ccpi_cache_put(cache, &key, &value, a_minute, ticket), CCP_CONFLICT));
    cr_expect(eq(int, get(cache, 1, 0), -1));
    ccpi_cache_free(cache);
}

/* Keys of odd sizes must not misalign the values; a sanitizer would tell. */
Test(cache, values_are_aligned_whatever_the_keys_size)
{
    const ccpi_cache_options options = {
        .key_size = 65, .value_size = 8, .max_entries = 2};
    const int64_t value = 42;
    char key[65] = "key";
    ccpi_cache *cache;
    int64_t got;

    cr_assert(eq(int, ccpi_cache_new(&options, &cache), CCP_OK));
    cr_assert(eq(int, ccpi_cache_put(cache, key, &value, a_minute, 0), CCP_OK));
    cr_assert(eq(int, ccpi_cache_get(cache, key, 0, &got), CCPI_CACHE_FRESH));
    cr_expect(eq(i64, got, 42));
    ccpi_cache_drop_if(cache, is_odd, NULL);
    ccpi_cache_free(cache);
}

/* Returns the cache if a value was not its key's. Criterion asserts in one thread only.
 */
static void *use(void *cache)
{
    for (int i = 0; i < 20000; i++) {
        int key = i % 50;
        int value = key;

        if (i % 100 == 0)
            ccpi_cache_drop(cache, &key);
        if (get(cache, key, 0) == -1)
            ccpi_cache_put(cache, &key, &value, a_minute, ccpi_cache_ticket(cache));
        value = get(cache, key, 0);
        if (value != key && value != -1)
            return cache;
    }
    return NULL;
}

Test(cache, threads_share_it)
{
    ccpi_cache *cache = new_cache(40);
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        cr_assert(zero(int, pthread_create(&threads[i], NULL, use, cache)));
    for (int i = 0; i < 4; i++) {
        void *wrong;

        pthread_join(threads[i], &wrong);
        cr_expect(zero(ptr, wrong));
    }
    cr_expect(le(sz, ccpi_cache_count(cache), 40));
    ccpi_cache_free(cache);
}
