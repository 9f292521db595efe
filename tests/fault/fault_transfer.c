#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/attempt.h"
#include "support/failing_malloc.h"
#include "support/messages.h"

#define HANDLER(name)                                                                    \
    static void name(upstream_connection *connection, const upstream_request *request,   \
                     void *context)

Test(fault_transfer, an_engine_starts_whole_or_not_at_all)
{
    const ccpi_engine_options options = {
        .clock = ccp_system_clock(), .threads = 2, .ca_file = "/nowhere"};
    ccpi_engine *engine = NULL;
    ccp_status status;
    int nth = 0;

    do {
        fail_allocation(nth++);
        status = ccpi_engine_new(&options, &engine, NULL);
        if (allocation_failed()) {
            cr_assert(eq(int, status, CCP_NO_MEMORY));
            cr_assert(zero(ptr, engine));
        }
    } while (allocation_failed());

    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 1), "no allocation was made to fail");
    ccpi_engine_free(engine);
}

/* One attempt in which the nth allocation fails. Returns whether there was one. */
static bool run_and_fail(attempt *attempt, int nth)
{
    bool has_failed;

    fail_allocation(nth);
    attempt_run(attempt);
    has_failed = allocation_failed();
    fail_no_allocation();
    return has_failed;
}

static bool ended_by_memory(const attempt *attempt)
{
    return attempt->status == CCP_NO_MEMORY ||
           attempt->result.ending == CCPI_ENDED_BY_MEMORY;
}

/* Runs it with each allocation failing, then once without; gives the last attempt. */
static void fail_each(client_kind kind, upstream_handler handler, attempt *last)
{
    upstream_server *server = upstream_start(handler, NULL);
    ccpi_engine *engine = start_engine(1);
    bool has_failed;
    int nth = 0;

    do {
        attempt_open_beside(last, kind, server, engine);
        attempt_post(last, "{}", 2);
        has_failed = run_and_fail(last, nth++);
        if (has_failed)
            cr_assert(ended_by_memory(last), "allocation %d", nth - 1);
        else
            cr_assert(not(ended_by_memory(last)));
        attempt_finish(last);
        if (has_failed)
            attempt_close(last);
    } while (has_failed);
    cr_expect(gt(int, nth, 4), "hardly an allocation was made to fail");
    ccpi_engine_free(engine);
    upstream_stop(server);
}

HANDLER(stream_in_two)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_PING SSE_BLOCK SSE_DELTA);
    upstream_send_chunk(connection, SSE_DELTA SSE_BLOCK_STOP SSE_MESSAGE_DELTA SSE_STOP);
    upstream_end_stream(connection);
}

static void expect_whole_stream(client_kind kind)
{
    attempt last;

    fail_each(kind, stream_in_two, &last);
    cr_expect(eq(int, last.result.ending, CCPI_ENDED_WELL));
    cr_expect(eq(str, last.body.data, SSE_WHOLE));
    attempt_close(&last);
}

Test(fault_transfer, a_stream_to_a_socket_survives_each_failing_allocation)
{
    expect_whole_stream(CLIENT_LENDS_SOCKET);
}

Test(fault_transfer, a_stream_to_a_sink_survives_each_failing_allocation)
{
    expect_whole_stream(CLIENT_HAS_FUNCTIONS);
}

HANDLER(answer_limited)
{
    (void)request, (void)context;
    upstream_answer(connection, 429, "application/json", "{\"type\":\"error\"}");
}

Test(fault_transfer, an_error_answer_survives_each_failing_allocation)
{
    attempt last;

    fail_each(CLIENT_LENDS_SOCKET, answer_limited, &last);
    cr_expect(eq(int, last.result.ending, CCPI_ENDED_BY_STATUS));
    attempt_close(&last);
}
