#include "wire/sse.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/failing_malloc.h"

static bool wants_all(void *self, ccpi_span name)
{
    (void)self, (void)name;
    return true;
}

static void count_event(void *self, const ccpi_sse_event *event)
{
    (void)event;
    ++*(int *)self;
}

/* Feeds an event in two pieces with two data lines, so that data has to be copied. */
static ccp_status feed_event(ccpi_sse *sse)
{
    size_t whole;
    ccp_status status = ccpi_sse_feed(sse, CCPI_SPAN("data: a\ndata: b"), &whole);

    return status == CCP_OK ? ccpi_sse_feed(sse, CCPI_SPAN("c\n\n"), &whole) : status;
}

Test(fault_sse, a_stream_without_memory_says_so_and_gives_no_event)
{
    int events = 0;
    const ccpi_sse_watcher watcher = {wants_all, count_event, &events};
    ccp_status status;
    int nth = 0;

    do {
        ccpi_sse *sse = NULL;

        fail_allocation(nth++);
        status = ccpi_sse_new(&watcher, &sse);
        if (status == CCP_OK)
            status = feed_event(sse);
        if (allocation_failed()) {
            cr_assert(eq(int, status, CCP_NO_MEMORY));
            cr_assert(zero(int, events));
        }
        fail_no_allocation();
        ccpi_sse_free(sse);
    } while (status == CCP_NO_MEMORY);

    cr_expect(eq(int, status, CCP_OK));
    cr_expect(eq(int, events, 1));
    cr_expect(eq(int, nth, 3), "two allocations: the stream and its data");
}

Test(fault_sse, events_that_come_in_one_piece_need_no_memory)
{
    int events = 0;
    const ccpi_sse_watcher watcher = {wants_all, count_event, &events};
    ccpi_sse *sse;
    size_t whole;

    cr_assert(eq(int, ccpi_sse_new(&watcher, &sse), CCP_OK));
    fail_allocation(0);
    for (int i = 0; i < 3; i++)
        cr_assert(eq(int, ccpi_sse_feed(sse, CCPI_SPAN("event: a\ndata: 1\n\n"), &whole),
                     CCP_OK));
    cr_expect(not(allocation_failed()));
    fail_no_allocation();
    cr_expect(eq(int, events, 3));
    ccpi_sse_free(sse);
}
