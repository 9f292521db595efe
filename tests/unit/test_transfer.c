#include "upstream/transfer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/messages.h"
#include "support/transfer_run.h"

/* Far longer than anything here takes, and reached only when a promise is broken. */
#define PATIENCE_MS 10000

/* ---- streams that go well ---- */

HANDLER(stream_whole)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_PING);
    upstream_send_chunk(connection, SSE_BLOCK);
    upstream_send_chunk(connection, SSE_DELTA);
    upstream_send_chunk(connection, SSE_DELTA SSE_BLOCK_STOP);
    upstream_send_chunk(connection, SSE_MESSAGE_DELTA);
    upstream_send_chunk(connection, SSE_STOP);
    upstream_end_stream(connection);
}

TEST_BOTH(transfer, a_stream_reaches_the_client_byte_for_byte)
{
    run_attempt(kind, stream_whole);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(eq(int, run.result.status, 200));
    cr_expect(
        eq(str, (char *)ccpi_headers_get(&run.result.headers, "request-id"), "req_up"));
    cr_expect(run.result.saw_message_stop);
    cr_expect(eq(int, run.events, 8));
    cr_expect(run.is_whole);
    expect_client_got(SSE_WHOLE);
    attempt_close(&run);
}

HANDLER(dribble_whole)
{
    (void)request, (void)context;
    upstream_dribble(connection, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                 "\r\n" SSE_WHOLE);
    upstream_close(connection);
}

TEST_BOTH(transfer, a_stream_that_comes_byte_by_byte_is_the_same)
{
    run_attempt(kind, dribble_whole);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(run.is_whole);
    expect_client_got(SSE_WHOLE);
    attempt_close(&run);
}

HANDLER(stream_behind_interim_answers)
{
    upstream_send_text(connection, "HTTP/1.1 100 Continue\r\n\r\n"
                                   "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n");
    stream_whole(connection, request, context);
}

TEST_BOTH(transfer, interim_answers_are_no_answers)
{
    run_attempt(kind, stream_behind_interim_answers);
    cr_expect(eq(int, run.result.status, 200));
    cr_expect(zero(ptr, (void *)ccpi_headers_get(&run.result.headers, "link")));
    expect_client_got(SSE_WHOLE);
    attempt_close(&run);
}

HANDLER(end_behind_message_delta)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK SSE_BLOCK_STOP SSE_MESSAGE_DELTA);
    upstream_reset(connection);
}

TEST_BOTH(transfer, a_message_that_only_lacks_its_message_stop_is_whole)
{
    run_attempt(kind, end_behind_message_delta);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(run.is_whole);
    attempt_close(&run);
}

/* ---- the commit point (RT-5) ---- */

/* Each sends something, then waits until the client has something to read. */
static bool client_gets_something(void *context)
{
    const attempt *attempt = context;

    return client_wait_for_bytes(&attempt->client, PATIENCE_MS);
}

static bool was_committed_early;

HANDLER(wait_behind_first_block)
{
    (void)request;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_PING SSE_BLOCK);
    was_committed_early = client_gets_something(context);
    upstream_send_chunk(connection, SSE_DELTA SSE_DELTA SSE_BLOCK_STOP SSE_MESSAGE_DELTA);
    upstream_send_chunk(connection, SSE_STOP);
    upstream_end_stream(connection);
}

TEST_BOTH(transfer, the_first_content_block_goes_to_the_client_at_once)
{
    run_attempt(kind, wait_behind_first_block);
    cr_expect(was_committed_early);
    cr_expect(run.result.is_committed);
    cr_expect(le(i64, run.result.submitted_us, run.result.first_byte_us));
    cr_expect(le(i64, run.result.first_byte_us, run.result.committed_us));
    cr_expect(le(i64, run.result.committed_us, run.result.ended_us));
    expect_client_got(SSE_WHOLE);
    attempt_close(&run);
}

HANDLER(wait_behind_message_start)
{
    (void)request;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START);
    was_committed_early = client_gets_something(context);
    upstream_send_chunk(
        connection,
        SSE_PING SSE_BLOCK SSE_DELTA SSE_DELTA SSE_BLOCK_STOP SSE_MESSAGE_DELTA SSE_STOP);
    upstream_end_stream(connection);
}

TEST_BOTH(transfer, where_nothing_else_can_answer_the_first_event_goes_at_once)
{
    open_attempt(kind, wait_behind_message_start);
    run.options.may_hold = false;
    attempt_run(&run);
    attempt_finish(&run);
    cr_expect(was_committed_early);
    expect_client_got(SSE_WHOLE);
    attempt_close(&run);
}

TEST_BOTH(transfer, nothing_is_held_longer_than_the_limit_after_message_start)
{
    open_attempt(kind, wait_behind_message_start);
    run.options.timeouts.commit_ms = 50;
    attempt_run(&run);
    attempt_finish(&run);
    cr_expect(was_committed_early);
    cr_expect(run.result.is_committed);
    expect_client_got(SSE_WHOLE);
    attempt_close(&run);
}

HANDLER(overload_behind_message_start)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_PING);
    upstream_send_chunk(connection, SSE_OVERLOADED);
    upstream_end_stream(connection);
}

TEST_BOTH(transfer, an_error_event_before_the_commit_point_leaves_the_client_untouched)
{
    open_attempt(kind, overload_behind_message_start);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_EVENT));
    cr_expect(eq(int, run.result.event_error, CCPI_ERROR_OVERLOADED));
    cr_expect(not(run.result.is_committed));
    cr_expect(not(ccpi_outlet_has_head(run.outlet)));
    cr_expect(eq(str, run.result.body.data, SSE_START SSE_PING SSE_OVERLOADED));
    cr_expect(not(client_wait_for_bytes(&run.client, 0)));
    attempt_close(&run);
}

HANDLER(overload_in_the_middle)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK SSE_DELTA);
    was_committed_early = client_gets_something(context);
    upstream_send_chunk(connection, SSE_OVERLOADED);
    upstream_end_stream(connection);
}

TEST_BOTH(transfer, an_error_event_in_the_middle_is_the_last_that_passes)
{
    run_attempt(kind, overload_in_the_middle);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_EVENT));
    cr_expect(run.result.is_committed);
    cr_expect(eq(str, run.result.body.data, SSE_OVERLOADED));
    expect_client_got(SSE_START SSE_BLOCK SSE_DELTA SSE_OVERLOADED);
    attempt_close(&run);
}

HANDLER(content_and_overload_in_one_read)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK SSE_DELTA SSE_OVERLOADED);
    upstream_end_stream(connection);
}

TEST_BOTH(transfer,
          an_error_event_behind_the_commit_point_is_so_even_when_nothing_was_sent_yet)
{
    run_attempt(kind, content_and_overload_in_one_read);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_EVENT));
    cr_expect(run.result.is_committed);
    expect_client_got(SSE_START SSE_BLOCK SSE_DELTA SSE_OVERLOADED);
    attempt_close(&run);
}

/* ---- streams that break ---- */

HANDLER(break_before_the_commit_point)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START);
    upstream_close(connection);
}

TEST_BOTH(transfer,
          a_stream_that_breaks_before_the_commit_point_leaves_the_client_untouched)
{
    open_attempt(kind, break_before_the_commit_point);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_NETWORK));
    cr_expect(not(run.result.is_committed));
    cr_expect(not(client_wait_for_bytes(&run.client, 0)));
    attempt_close(&run);
}

HANDLER(break_in_an_event)
{
    (void)request;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK SSE_DELTA "event: content_bl");
    was_committed_early = client_gets_something(context);
    upstream_reset(connection);
}

TEST_BOTH(transfer, of_a_stream_that_breaks_in_an_event_the_whole_ones_pass)
{
    run_attempt(kind, break_in_an_event);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_NETWORK));
    cr_expect(run.result.is_committed);
    cr_expect(not(run.result.is_mid_event));
    cr_expect(zero(sz, run.result.body.len));
    expect_client_got(SSE_START SSE_BLOCK SSE_DELTA);
    attempt_close(&run);
}

#define LARGE_EVENT ((size_t)100 * 1024)

static void send_large_event_without_end(upstream_connection *connection)
{
    static char data[LARGE_EVENT + 1];

    memset(data, 'x', LARGE_EVENT);
    memcpy(data, "data: ", 6);
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK);
    upstream_send_chunk(connection, data);
}

HANDLER(break_in_a_large_event)
{
    const attempt *attempt = context;

    (void)request;
    send_large_event_without_end(connection);
    client_wait_for_len(&attempt->client, 64 * 1024, PATIENCE_MS);
    upstream_close(connection);
}

TEST_BOTH(transfer, a_large_event_that_breaks_off_is_said_to_be_half_there)
{
    open_attempt(kind, break_in_a_large_event);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_NETWORK));
    cr_expect(run.result.is_committed);
    cr_expect(run.result.is_mid_event);
    attempt_close(&run);
}

HANDLER(stream_a_large_event)
{
    (void)request, (void)context;
    send_large_event_without_end(connection);
    upstream_send_chunk(connection, "\n\n" SSE_MESSAGE_DELTA SSE_STOP);
    upstream_end_stream(connection);
}

TEST_BOTH(transfer, a_large_event_passes_whole)
{
    run_attempt(kind, stream_a_large_event);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(run.is_whole);
    cr_expect(eq(sz, run.body.len,
                 strlen(SSE_START SSE_BLOCK) + LARGE_EVENT +
                     strlen("\n\n" SSE_MESSAGE_DELTA SSE_STOP)));
    attempt_close(&run);
}

HANDLER(reset_at_once)
{
    (void)request, (void)context;
    upstream_reset(connection);
}

TEST_BOTH(transfer, a_connection_that_is_reset_is_the_networks_fault)
{
    open_attempt(kind, reset_at_once);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_NETWORK));
    cr_expect(zero(int, run.result.status));
    cr_expect(zero(i64, run.result.first_byte_us));
    cr_expect(not(zero(sz, strlen(run.result.error.message))));
    attempt_close(&run);
}
