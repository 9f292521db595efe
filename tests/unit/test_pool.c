#include "database/pool.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

/* Makes items and counts them; says what it is told to. */
typedef struct maker {
    int made;
    int discarded;
    bool fails;
    bool are_usable;
    int64_t now_us;
} maker;

static maker of;
static ccpi_pool pool;

static ccp_status make(void *self, ccpi_pool_item **out, ccp_error *error)
{
    maker *by = self;

    (void)error;
    if (by->fails)
        return CCP_UNAVAILABLE;
    by->made++;
    *out = calloc(1, sizeof(**out));
    return CCP_OK;
}

static bool is_usable(void *self, ccpi_pool_item *item)
{
    (void)item;
    return ((maker *)self)->are_usable;
}

static void discard(void *self, ccpi_pool_item *item)
{
    ((maker *)self)->discarded++;
    free(item);
}

static int64_t read_now(void *self)
{
    return ((maker *)self)->now_us;
}

static const ccp_clock test_clock = {
    .unix_us = read_now, .monotonic_us = read_now, .self = &of};

static void open_pool(int most, int kept)
{
    const ccpi_pool_source source = {make, is_usable, discard, &of};
    const ccpi_pool_limits limits = {
        .most = most, .kept = kept, .acquire_ms = 20, .recycle_after_ms = 1000};

    of.are_usable = true;
    cr_assert(eq(int, ccpi_pool_init(&pool, &limits, &source, &test_clock), CCP_OK));
}

static void close_pool(void)
{
    ccpi_pool_clear(&pool);
    cr_expect(eq(int, of.discarded, of.made));
}

TestSuite(pool, .fini = close_pool);

static ccpi_pool_item *acquire(void)
{
    ccpi_pool_item *item = NULL;

    cr_assert(eq(int, ccpi_pool_acquire(&pool, &item, NULL), CCP_OK));
    return item;
}

Test(pool, what_is_given_back_is_lent_again)
{
    open_pool(2, 2);
    for (int i = 0; i < 5; i++)
        ccpi_pool_release(&pool, acquire());
    cr_expect(eq(int, of.made, 1));
}

Test(pool, no_more_than_the_limit_are_made_and_waiting_ends)
{
    ccpi_pool_item *first, *second, *third = NULL;

    open_pool(2, 2);
    first = acquire();
    second = acquire();
    cr_expect(eq(int, ccpi_pool_acquire(&pool, &third, NULL), CCP_UNAVAILABLE));
    ccpi_pool_release(&pool, first);
    third = acquire();
    cr_expect(eq(int, of.made, 2));
    ccpi_pool_release(&pool, second);
    ccpi_pool_release(&pool, third);
}

Test(pool, only_so_many_idle_ones_are_kept)
{
    ccpi_pool_item *first, *second;

    open_pool(2, 1);
    first = acquire();
    second = acquire();
    ccpi_pool_release(&pool, first);
    ccpi_pool_release(&pool, second);
    cr_expect(eq(int, of.discarded, 1));
}

Test(pool, what_broke_is_not_lent_again)
{
    ccpi_pool_item *item;

    open_pool(1, 1);
    item = acquire();
    item->is_broken = true;
    ccpi_pool_release(&pool, item);
    ccpi_pool_release(&pool, acquire());
    cr_expect(eq(int, of.made, 2));
}

Test(pool, what_became_unusable_while_idle_is_replaced)
{
    open_pool(1, 1);
    ccpi_pool_release(&pool, acquire());
    of.are_usable = false;
    ccpi_pool_release(&pool, acquire());
    cr_expect(eq(int, of.made, 2));
}

/* DM-3: recycled when old */
Test(pool, what_is_old_is_replaced)
{
    open_pool(1, 1);
    ccpi_pool_release(&pool, acquire());
    of.now_us = 1000 * 1000;
    ccpi_pool_release(&pool, acquire());
    cr_expect(eq(int, of.made, 1));
    of.now_us++;
    ccpi_pool_release(&pool, acquire());
    cr_expect(eq(int, of.made, 2));
}

Test(pool, a_failure_to_make_one_takes_no_place)
{
    ccpi_pool_item *item = NULL;

    open_pool(1, 1);
    of.fails = true;
    cr_expect(eq(int, ccpi_pool_acquire(&pool, &item, NULL), CCP_UNAVAILABLE));
    of.fails = false;
    ccpi_pool_release(&pool, acquire());
}
