#include "security/lockout.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define MINUTE INT64_C(60000000)

static ccpi_lockout *lockout;

static void make(void)
{
    const ccpi_lockout_options options = {
        .most = 5, .window_us = 15 * MINUTE, .random = ccp_system_random()};

    cr_assert(eq(int, ccpi_lockout_new(&options, &lockout, NULL), CCP_OK));
}

static void drop(void)
{
    ccpi_lockout_free(lockout);
}

TestSuite(lockout, .init = make, .fini = drop);

static int64_t try_as(const char *who, int64_t now_us)
{
    return ccpi_lockout_try(lockout, ccpi_span_of(who), now_us);
}

static void fail_often(const char *who, int times)
{
    for (int i = 0; i < times; i++)
        cr_assert(eq(i64, try_as(who, 0), 0));
}

/* SE-5 */
Test(lockout, five_failures_lock_out_until_their_window_is_over)
{
    fail_often("ann", 5);
    cr_expect(eq(i64, try_as("ann", MINUTE), 14 * MINUTE));
    cr_expect(eq(i64, try_as("ann", 15 * MINUTE - 1), 1));
    cr_expect(eq(i64, try_as("ann", 15 * MINUTE), 0));
}

Test(lockout, trying_on_does_not_make_it_longer)
{
    fail_often("ann", 5);
    for (int i = 0; i < 100; i++)
        try_as("ann", MINUTE);
    cr_expect(eq(i64, try_as("ann", 15 * MINUTE), 0));
}

Test(lockout, others_are_not_locked_out)
{
    fail_often("ann", 5);
    cr_expect(eq(i64, try_as("ann ", MINUTE), 0));
    cr_expect(eq(i64, try_as("", MINUTE), 0));
}

Test(lockout, a_try_that_succeeds_is_taken_back)
{
    fail_often("ann", 5);
    ccpi_lockout_take_back(lockout, CCPI_SPAN("ann"), 0);
    cr_expect(eq(i64, try_as("ann", MINUTE), 0));
    cr_expect(gt(i64, try_as("ann", MINUTE), 0));
}

Test(lockout, taking_back_gives_no_credit)
{
    ccpi_lockout_take_back(lockout, CCPI_SPAN("ann"), 0);
    fail_often("ann", 5);
    cr_expect(gt(i64, try_as("ann", MINUTE), 0));
}

Test(lockout, what_is_forgotten_begins_anew)
{
    fail_often("ann", 5);
    ccpi_lockout_forget(lockout, CCPI_SPAN("ann"));
    fail_often("ann", 5);
    cr_expect(gt(i64, try_as("ann", MINUTE), 0));
}

static ccp_status run_dry(void *self, unsigned char *bytes, size_t len)
{
    (void)self, (void)bytes, (void)len;
    return CCP_UNAVAILABLE;
}

Test(lockout, without_randomness_there_is_none)
{
    const ccp_random dry = {.fill = run_dry};
    const ccpi_lockout_options options = {.most = 5, .window_us = 1, .random = &dry};
    ccpi_lockout *none;

    cr_expect(eq(int, ccpi_lockout_new(&options, &none, NULL), CCP_UNAVAILABLE));
    cr_expect(zero(ptr, none));
}
