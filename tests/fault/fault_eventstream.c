#include "wire/eventstream.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/failing_malloc.h"
#include "support/frames.h"

static const ccpi_eventstream_header header = {{":event-type", 11}, {"a", 1}};
static char payload[10000];

static ccp_status count_frame(void *context, const ccpi_eventstream_frame *frame)
{
    cr_assert(eq(sz, frame->payload.len, sizeof(payload)));
    ++*(int *)context;
    return CCP_OK;
}

static ccp_status feed_in_two(ccpi_span bytes, int *frames)
{
    ccpi_eventstream stream;
    ccp_status status;

    ccpi_eventstream_init(&stream);
    status = ccpi_eventstream_feed(&stream, (ccpi_span){bytes.data, 100}, count_frame,
                                   frames, NULL);
    if (status == CCP_OK)
        status =
            ccpi_eventstream_feed(&stream, (ccpi_span){bytes.data + 100, bytes.len - 100},
                                  count_frame, frames, NULL);
    ccpi_eventstream_clear(&stream);
    return status;
}

Test(fault_eventstream, a_frame_is_read_whole_or_not_at_all)
{
    ccpi_buf bytes = {.limit = 20000};
    ccp_status status;
    int frames = 0;
    int nth = 0;

    append_frame(&header, 1, (ccpi_span){payload, sizeof(payload)}, &bytes);
    do {
        fail_allocation(nth++);
        status = feed_in_two(ccpi_buf_span(&bytes), &frames);
        if (allocation_failed()) {
            cr_assert(eq(int, status, CCP_NO_MEMORY));
            cr_assert(zero(int, frames));
        }
    } while (allocation_failed());

    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(eq(int, frames, 1));
    cr_expect(gt(int, nth, 2), "no allocation was made to fail");
    ccpi_buf_clear(&bytes);
}
