#include "security/throttle.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define SECOND INT64_C(1000000)

static ccpi_throttle *throttle;

static void make(void)
{
    const ccpi_throttle_options options = {.most = 30, .window_us = 60 * SECOND};

    cr_assert(eq(int, ccpi_throttle_new(&options, &throttle), CCP_OK));
}

static void drop(void)
{
    ccpi_throttle_free(throttle);
}

TestSuite(throttle, .init = make, .fini = drop);

static int64_t try_from(const char *text, int64_t now)
{
    ccpi_address address;

    cr_assert(eq(int, ccpi_address_parse(text, &address), CCP_OK));
    return ccpi_throttle_count(throttle, &address, now);
}

Test(throttle, more_tries_than_pass_in_a_window_must_wait_for_the_next_one)
{
    for (int i = 0; i < 30; i++)
        cr_assert(eq(i64, try_from("203.0.113.5", i * SECOND), 0));
    cr_expect(eq(i64, try_from("203.0.113.5", 30 * SECOND), 30 * SECOND));
    cr_expect(eq(i64, try_from("203.0.113.5", 59 * SECOND), SECOND));
    cr_expect(eq(i64, try_from("203.0.113.5", 60 * SECOND), 0));
}

Test(throttle, one_client_does_not_use_up_anothers_tries)
{
    for (int i = 0; i < 31; i++)
        try_from("203.0.113.5", 0);
    cr_expect(eq(i64, try_from("203.0.113.6", 0), 0));
}
