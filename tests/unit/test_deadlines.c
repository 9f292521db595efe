#include "upstream/deadlines.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define MS ((int64_t)1000)

/* The limits of PL-6. */
static const ccpi_timeouts limits = {
    .connect_ms = 5000,
    .first_byte_ms = 120000,
    .read_ms = 290000,
    .total_ms = 600000,
    .upload_ms = 30000,
};

static ccpi_deadlines deadlines;

static void set_up(void)
{
    ccpi_deadlines_init(&deadlines, &limits, 1 * MS);
}

TestSuite(deadlines, .init = set_up);

/* The one that is over at that time, and that none was a moment sooner. */
static ccpi_overdue first_at(int64_t at_ms)
{
    cr_expect(eq(i64, ccpi_deadlines_next_us(&deadlines), at_ms * MS));
    cr_expect(
        eq(int, ccpi_deadlines_overdue(&deadlines, at_ms * MS - 1), CCPI_OVERDUE_NONE));
    return ccpi_deadlines_overdue(&deadlines, at_ms * MS);
}

Test(deadlines, sending_without_progress_ends_after_30_s)
{
    deadlines.uploaded_us = 500 * MS;
    cr_expect(eq(int, first_at(30500), CCPI_OVERDUE_UPLOAD));
}

Test(deadlines, the_first_byte_is_due_120_s_after_the_requests_last)
{
    deadlines.uploaded_us = 700 * MS;
    deadlines.is_sent = true;
    cr_expect(eq(int, first_at(120700), CCPI_OVERDUE_FIRST_BYTE));
}

Test(deadlines, without_its_own_limit_the_first_byte_has_that_of_reading)
{
    ccpi_timeouts only_read = {.read_ms = 290000};

    ccpi_deadlines_init(&deadlines, &only_read, 1 * MS);
    deadlines.is_sent = true;
    cr_expect(eq(int, first_at(290001), CCPI_OVERDUE_FIRST_BYTE));
}

Test(deadlines, silence_in_an_answer_ends_after_290_s)
{
    deadlines.first_byte_us = 2000 * MS;
    deadlines.last_byte_us = 3000 * MS;
    cr_expect(eq(int, first_at(293000), CCPI_OVERDUE_READ));
}

Test(deadlines, silence_while_we_do_not_read_is_no_silence)
{
    deadlines.first_byte_us = 2000 * MS;
    deadlines.last_byte_us = 3000 * MS;
    deadlines.is_paused = true;
    cr_expect(eq(int, first_at(600001), CCPI_OVERDUE_TOTAL));
}

Test(deadlines, an_answer_that_never_ends_ends_after_the_total)
{
    deadlines.first_byte_us = 2000 * MS;
    deadlines.last_byte_us = 599000 * MS;
    cr_expect(eq(int, first_at(600001), CCPI_OVERDUE_TOTAL));
}

Test(deadlines, a_client_that_takes_nothing_for_300_s_is_gone)
{
    deadlines.first_byte_us = 2000 * MS;
    deadlines.is_paused = true;
    deadlines.stalled_us = 4000 * MS;
    cr_expect(eq(int, first_at(304000), CCPI_OVERDUE_CLIENT));
}

Test(deadlines, the_rest_of_an_answer_is_read_for_one_second_whatever_else_is_due)
{
    deadlines.first_byte_us = 2000 * MS;
    deadlines.last_byte_us = 3000 * MS;
    deadlines.lingering_us = 700000 * MS;
    cr_expect(eq(int, first_at(701000), CCPI_OVERDUE_LINGER));
}

Test(deadlines, a_ping_is_wanted_after_15_s_of_silence_and_not_before)
{
    deadlines.first_byte_us = 2000 * MS;
    deadlines.quiet_us = 2500 * MS;
    deadlines.last_byte_us = 3000 * MS;

    cr_expect(eq(i64, ccpi_deadlines_next_us(&deadlines), 18000 * MS));
    cr_expect(not(ccpi_deadlines_wants_ping(&deadlines, 18000 * MS - 1)));
    cr_expect(ccpi_deadlines_wants_ping(&deadlines, 18000 * MS));
}

Test(deadlines, a_ping_does_not_put_off_the_end_of_silence)
{
    deadlines.first_byte_us = 2000 * MS;
    deadlines.last_byte_us = 3000 * MS;
    deadlines.quiet_us = 290000 * MS;
    cr_expect(eq(int, first_at(293000), CCPI_OVERDUE_READ));
}

Test(deadlines, no_ping_is_wanted_before_an_answer_has_begun)
{
    cr_expect(not(ccpi_deadlines_wants_ping(&deadlines, INT64_MAX - 1)));
}

Test(deadlines, the_gates_time_wakes_but_ends_nothing)
{
    deadlines.first_byte_us = 2000 * MS;
    deadlines.last_byte_us = 3000 * MS;
    deadlines.open_at_us = 13000 * MS;
    cr_expect(eq(int, first_at(13000), CCPI_OVERDUE_NONE));
}

Test(deadlines, limits_of_zero_never_end_anything)
{
    const ccpi_timeouts none = {0};

    ccpi_deadlines_init(&deadlines, &none, 1 * MS);
    cr_expect(eq(i64, ccpi_deadlines_next_us(&deadlines), INT64_MAX));
}
