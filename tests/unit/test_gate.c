#include "upstream/gate.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define SECOND_US ((int64_t)1000 * 1000)
#define TEN_SECONDS (10 * SECOND_US)

static ccpi_gate gate;

static void set_up(void)
{
    gate = ccpi_gate_for_stream(true, TEN_SECONDS);
}

TestSuite(gate, .init = set_up);

Test(gate, early_events_are_held_back)
{
    ccpi_gate_event(&gate, CCPI_EVENT_MESSAGE_START, 0);
    ccpi_gate_event(&gate, ccpi_event_kind_of(CCPI_SPAN("ping")), 0);

    cr_expect(not(ccpi_gate_may_flow(&gate, 500, SECOND_US)));
}

Test(gate, the_first_content_block_opens)
{
    ccpi_gate_event(&gate, CCPI_EVENT_MESSAGE_START, 0);
    ccpi_gate_event(&gate, ccpi_event_kind_of(CCPI_SPAN("content_block_start")), 0);

    cr_expect(ccpi_gate_may_flow(&gate, 500, 0));
}

Test(gate, a_message_delta_opens)
{
    ccpi_gate_event(&gate, ccpi_event_kind_of(CCPI_SPAN("message_delta")), 0);

    cr_expect(ccpi_gate_may_flow(&gate, 500, 0));
}

Test(gate, an_error_event_does_not_open)
{
    ccpi_gate_event(&gate, ccpi_event_kind_of(CCPI_SPAN("error")), 0);

    cr_expect(not(ccpi_gate_may_flow(&gate, 500, 0)));
}

Test(gate, sixty_four_kib_open_and_one_byte_less_does_not)
{
    cr_expect(not(ccpi_gate_may_flow(&gate, 64 * 1024 - 1, 0)));
    cr_expect(ccpi_gate_may_flow(&gate, 64 * 1024, 0));
}

Test(gate, ten_seconds_after_message_start_open_and_no_moment_sooner)
{
    ccpi_gate_event(&gate, CCPI_EVENT_MESSAGE_START, SECOND_US);

    cr_expect(not(ccpi_gate_may_flow(&gate, 1, 11 * SECOND_US - 1)));
    cr_expect(ccpi_gate_may_flow(&gate, 1, 11 * SECOND_US));
}

Test(gate, silence_before_message_start_never_opens)
{
    cr_expect(not(ccpi_gate_may_flow(&gate, 0, 1000 * SECOND_US)));
}

Test(gate, once_open_it_stays_open)
{
    ccpi_gate_event(&gate, CCPI_EVENT_BLOCK_START, 0);

    cr_expect(ccpi_gate_may_flow(&gate, 100, 0));
    cr_expect(ccpi_gate_may_flow(&gate, 0, 0));
}

Test(gate, where_nothing_else_can_answer_the_first_byte_opens)
{
    gate = ccpi_gate_for_stream(false, TEN_SECONDS);

    cr_expect(not(ccpi_gate_may_flow(&gate, 0, 0)));
    cr_expect(ccpi_gate_may_flow(&gate, 1, 0));
}

Test(gate, a_body_is_held_up_to_one_mib)
{
    gate = ccpi_gate_for_body();

    cr_expect(not(ccpi_gate_may_flow(&gate, 1024 * 1024 - 1, 1000 * SECOND_US)));
    cr_expect(ccpi_gate_may_flow(&gate, 1024 * 1024, 0));
}
