#include "upstream/timer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define MANY 1000

static ccpi_timers timers;

static void set_up(void)
{
    timers = (ccpi_timers){0};
    cr_assert(eq(int, ccpi_timers_reserve(&timers, MANY), CCP_OK));
}

static void tear_down(void)
{
    ccpi_timers_clear(&timers);
}

TestSuite(timer, .init = set_up, .fini = tear_down);

/* A fixed sequence without order: a linear congruential generator (Knuth's MMIX). */
static int64_t scrambled(int nth)
{
    uint64_t state = (uint64_t)nth + 1;

    for (int i = 0; i < 3; i++)
        state = state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(state >> 40);
}

Test(timer, nothing_is_due_when_nothing_is_set)
{
    cr_expect(zero(ptr, ccpi_timers_take_due(&timers, INT64_MAX)));
    cr_expect(eq(i64, ccpi_timers_next_us(&timers), INT64_MAX));
}

Test(timer, one_rings_at_its_time_and_not_before)
{
    ccpi_timer timer = {0};

    ccpi_timers_set(&timers, &timer, 100);
    cr_expect(eq(i64, ccpi_timers_next_us(&timers), 100));
    cr_expect(zero(ptr, ccpi_timers_take_due(&timers, 99)));
    cr_expect(eq(ptr, ccpi_timers_take_due(&timers, 100), &timer));
    cr_expect(zero(ptr, ccpi_timers_take_due(&timers, 100)));
}

Test(timer, many_ring_in_the_order_of_their_times)
{
    static ccpi_timer all[MANY];
    int64_t last = INT64_MIN;
    int rung = 0;
    ccpi_timer *timer;

    for (int i = 0; i < MANY; i++)
        ccpi_timers_set(&timers, &all[i], scrambled(i));
    while ((timer = ccpi_timers_take_due(&timers, INT64_MAX))) {
        cr_assert(le(i64, last, timer->due_us));
        last = timer->due_us;
        rung++;
    }
    cr_expect(eq(int, rung, MANY));
}

Test(timer, moved_and_dropped_ones_keep_the_order)
{
    static ccpi_timer all[MANY];
    int64_t last = INT64_MIN;
    int rung = 0;
    ccpi_timer *timer;

    for (int i = 0; i < MANY; i++)
        ccpi_timers_set(&timers, &all[i], scrambled(i));
    for (int i = 0; i < MANY; i += 3)
        ccpi_timers_set(&timers, &all[i], scrambled(i + MANY));
    for (int i = 0; i < MANY; i += 2)
        ccpi_timers_drop(&timers, &all[i]);
    while ((timer = ccpi_timers_take_due(&timers, INT64_MAX))) {
        cr_assert(le(i64, last, timer->due_us));
        cr_assert(eq(int, (int)(timer - all) % 2, 1));
        last = timer->due_us;
        rung++;
    }
    cr_expect(eq(int, rung, MANY / 2));
}

Test(timer, dropping_what_is_not_set_does_nothing)
{
    ccpi_timer timer = {0};

    ccpi_timers_drop(&timers, &timer);
    cr_expect(eq(i64, ccpi_timers_next_us(&timers), INT64_MAX));
}
