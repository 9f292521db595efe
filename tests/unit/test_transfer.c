#include "upstream/transfer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/attempt.h"
#include "support/messages.h"

/* Far longer than anything here takes, and reached only when a promise is broken. */
#define PATIENCE_MS 10000

/* Every promise holds for both kinds of outlet. */
#define TEST_BOTH(name)                                                                  \
    static void name(client_kind kind);                                                  \
    Test(transfer_socket, name, .timeout = 120)                                          \
    {                                                                                    \
        name(CLIENT_LENDS_SOCKET);                                                       \
    }                                                                                    \
    Test(transfer_queue, name, .timeout = 120)                                           \
    {                                                                                    \
        name(CLIENT_HAS_FUNCTIONS);                                                      \
    }                                                                                    \
    static void name(client_kind kind)

static attempt run;

static void open_attempt(client_kind kind, upstream_handler handler)
{
    attempt_open(&run, kind, handler, &run);
    attempt_post(&run, "{}", 2);
}

static void run_attempt(client_kind kind, upstream_handler handler)
{
    open_attempt(kind, handler);
    attempt_run(&run);
    attempt_finish(&run);
    cr_assert(eq(int, run.status, CCP_OK));
}

static void expect_client_got(const char *body)
{
    cr_assert(not(zero(sz, run.body.len)));
    cr_expect(eq(str, run.body.data, (char *)body));
}

#define HANDLER(name)                                                                    \
    static void name(upstream_connection *connection, const upstream_request *request,   \
                     void *context)

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

TEST_BOTH(a_stream_reaches_the_client_byte_for_byte)
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

TEST_BOTH(a_stream_that_comes_byte_by_byte_is_the_same)
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

TEST_BOTH(interim_answers_are_no_answers)
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

TEST_BOTH(a_message_that_only_lacks_its_message_stop_is_whole)
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

TEST_BOTH(the_first_content_block_goes_to_the_client_at_once)
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

TEST_BOTH(where_nothing_else_can_answer_the_first_event_goes_at_once)
{
    open_attempt(kind, wait_behind_message_start);
    run.options.may_hold = false;
    attempt_run(&run);
    attempt_finish(&run);
    cr_expect(was_committed_early);
    expect_client_got(SSE_WHOLE);
    attempt_close(&run);
}

TEST_BOTH(nothing_is_held_longer_than_the_limit_after_message_start)
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

TEST_BOTH(an_error_event_before_the_commit_point_leaves_the_client_untouched)
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

TEST_BOTH(an_error_event_in_the_middle_is_the_last_that_passes)
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

TEST_BOTH(an_error_event_behind_the_commit_point_is_so_even_when_nothing_was_sent_yet)
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

TEST_BOTH(a_stream_that_breaks_before_the_commit_point_leaves_the_client_untouched)
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

TEST_BOTH(of_a_stream_that_breaks_in_an_event_the_whole_ones_pass)
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

TEST_BOTH(a_large_event_that_breaks_off_is_said_to_be_half_there)
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

TEST_BOTH(a_large_event_passes_whole)
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

TEST_BOTH(a_connection_that_is_reset_is_the_networks_fault)
{
    open_attempt(kind, reset_at_once);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_NETWORK));
    cr_expect(zero(int, run.result.status));
    cr_expect(zero(i64, run.result.first_byte_us));
    cr_expect(not(zero(sz, strlen(run.result.error.message))));
    attempt_close(&run);
}

/* ---- answers that are no streams ---- */

HANDLER(answer_message)
{
    (void)request, (void)context;
    upstream_answer(connection, 200, "application/json", JSON_MESSAGE);
}

static void ask_for_json(void)
{
    run.options.is_stream = false;
    run.options.must_be_json = true;
}

TEST_BOTH(a_message_that_is_no_stream_is_held_to_its_end)
{
    open_attempt(kind, answer_message);
    ask_for_json();
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(not(run.result.is_committed));
    cr_expect(eq(sz, run.body_bytes, strlen(JSON_MESSAGE)));

    attempt_finish(&run);
    cr_expect(run.is_whole);
    cr_expect(client_got_head(&run.client, "\r\ncontent-length: "));
    expect_client_got(JSON_MESSAGE);
    attempt_close(&run);
}

HANDLER(answer_half_json)
{
    (void)request, (void)context;
    upstream_answer(connection, 200, "application/json", "{\"id\":\"msg_1\",");
}

TEST_BOTH(a_success_that_is_no_json_is_malformed)
{
    open_attempt(kind, answer_half_json);
    ask_for_json();
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_MALFORMED));
    attempt_close(&run);
}

HANDLER(answer_html)
{
    (void)request, (void)context;
    upstream_answer(connection, 200, "text/html", "<h1>Welcome</h1>");
}

TEST_BOTH(a_page_instead_of_a_stream_is_malformed)
{
    open_attempt(kind, answer_html);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_MALFORMED));
    cr_expect(not(run.result.is_committed));
    attempt_close(&run);
}

#define LIMITED "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}  \n"

HANDLER(answer_limited)
{
    (void)request, (void)context;
    upstream_send_text(connection,
                       "HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-type: "
                       "application/json\r\nContent-Encoding: identity\r\n"
                       "transfer-encoding: chunked\r\n\r\n");
    upstream_send_chunk(connection, LIMITED);
    upstream_end_stream(connection);
}

TEST_BOTH(an_error_answer_comes_byte_for_byte_with_its_headers)
{
    open_attempt(kind, answer_limited);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_STATUS));
    cr_expect(eq(int, run.result.status, 429));
    cr_expect(eq(str, (char *)ccpi_headers_get(&run.result.headers, "retry-after"), "7"));
    cr_expect(eq(str, run.result.body.data, LIMITED));
    cr_expect(run.result.body_is_raw);
    cr_expect(not(run.result.is_committed));
    attempt_close(&run);
}

HANDLER(redirect)
{
    (void)request, (void)context;
    upstream_send_text(connection, "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\n"
                                   "content-length: 0\r\n\r\n");
}

TEST_BOTH(a_redirect_is_not_followed)
{
    open_attempt(kind, redirect);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_STATUS));
    cr_expect(eq(int, run.result.status, 302));
    cr_expect(eq(int, upstream_requests(run.server), 1));
    attempt_close(&run);
}

/* "hello" by gzip(1) */
static const unsigned char gzipped[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd,
    0xc9, 0xc9, 0x07, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};

HANDLER(answer_gzipped)
{
    (void)request, (void)context;
    upstream_send_text(connection,
                       "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
                       "content-encoding: gzip\r\ncontent-length: 25\r\n\r\n");
    upstream_send(connection, gzipped, sizeof(gzipped));
}

TEST_BOTH(an_answer_that_was_encoded_all_the_same_is_decoded)
{
    open_attempt(kind, answer_gzipped);
    run.options.is_stream = false;
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(eq(str, run.result.body.data, "hello"));
    attempt_close(&run);
}

#define LARGE_BODY ((size_t)3 * 1024 * 1024)

static char *large_body(void)
{
    char *body = malloc(LARGE_BODY + 1);

    for (size_t i = 0; i < LARGE_BODY; i++)
        body[i] = (char)('a' + i % 23);
    body[LARGE_BODY] = '\0';
    return body;
}

HANDLER(answer_large)
{
    char *body = large_body();

    (void)request, (void)context;
    upstream_answer(connection, 200, "application/json", body);
    free(body);
}

TEST_BOTH(a_success_of_more_than_one_mib_is_let_go)
{
    char *expected = large_body();

    open_attempt(kind, answer_large);
    ask_for_json();
    client_start_reading(&run.client);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(run.result.is_committed);
    cr_expect(eq(sz, run.body_bytes, LARGE_BODY));

    attempt_finish(&run);
    cr_expect(run.is_whole);
    cr_assert(eq(sz, run.body.len, LARGE_BODY));
    cr_expect(zero(int, memcmp(run.body.data, expected, LARGE_BODY)));
    attempt_close(&run);
    free(expected);
}

/* ---- what is sent ---- */

static ccpi_buf sent_head = {.limit = 65536};
static size_t sent_body_len;
static bool is_sent_body_right;

HANDLER(keep_request)
{
    (void)context;
    ccpi_buf_append_text(&sent_head, request->head);
    sent_body_len = request->body_len;
    is_sent_body_right = true;
    for (size_t i = 0; i < request->body_len; i++)
        is_sent_body_right &= request->body[i] == (char)('a' + i % 23);
    upstream_answer(connection, 200, "application/json", "{}");
}

TEST_BOTH(only_the_callers_headers_are_sent_beside_host_and_length)
{
    ccpi_headers *headers;
    char expected[512];

    open_attempt(kind, keep_request);
    ask_for_json();
    headers = &run.outgoing.headers;
    ccpi_headers_add(headers, CCPI_SPAN("X-App"), CCPI_SPAN("cli"));
    ccpi_headers_add(headers, CCPI_SPAN("accept-encoding"), CCPI_SPAN("identity"));
    ccpi_headers_add(headers, CCPI_SPAN("anthropic-empty"), CCPI_SPAN(""));
    ccpi_headers_add(headers, CCPI_SPAN("anthropic-beta"), CCPI_SPAN("a,b"));
    attempt_run(&run);

    snprintf(expected, sizeof(expected),
             "POST /v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
             "X-App: cli\r\naccept-encoding: identity\r\nanthropic-empty:\r\n"
             "anthropic-beta: a,b\r\nContent-Length: 2\r\n",
             upstream_port(run.server));
    cr_expect(eq(str, sent_head.data, expected));
    attempt_close(&run);
    ccpi_buf_clear(&sent_head);
}

TEST_BOTH(the_path_goes_as_it_was_written)
{
    char url[128];

    open_attempt(kind, keep_request);
    ask_for_json();
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/a/../b%%2F%%3A/./c?q=1&q=%%20",
             upstream_port(run.server));
    free(run.outgoing.url);
    run.outgoing.url = strdup(url);
    attempt_run(&run);
    cr_expect(ccpi_span_starts(ccpi_buf_span(&sent_head),
                               "POST /a/../b%2F%3A/./c?q=1&q=%20 HTTP/1.1\r\n"));
    attempt_close(&run);
    ccpi_buf_clear(&sent_head);
}

TEST_BOTH(a_get_has_neither_body_nor_length)
{
    open_attempt(kind, keep_request);
    ask_for_json();
    run.outgoing.method = "GET";
    run.outgoing.piece_count = 0;
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(ccpi_span_starts(ccpi_buf_span(&sent_head), "GET /v1/messages?beta=true "));
    cr_expect(zero(ptr, strcasestr(sent_head.data, "content-length")));
    attempt_close(&run);
    ccpi_buf_clear(&sent_head);
}

#define LARGE_REQUEST ((size_t)32 * 1024 * 1024)

TEST_BOTH(a_body_of_32_mib_in_pieces_arrives_whole)
{
    char *bytes = malloc(LARGE_REQUEST);

    for (size_t i = 0; i < LARGE_REQUEST; i++)
        bytes[i] = (char)('a' + i % 23);
    attempt_open(&run, kind, keep_request, &run);
    ask_for_json();
    attempt_post(&run, bytes, 1);
    attempt_post(&run, bytes + 1, 12345);
    attempt_post(&run, bytes + 12346, LARGE_REQUEST - 12346);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(eq(sz, sent_body_len, LARGE_REQUEST));
    cr_expect(is_sent_body_right);
    attempt_close(&run);
    ccpi_buf_clear(&sent_head);
    free(bytes);
}

/* ---- the reader ---- */

typedef struct counting_reader {
    ccpi_reader reader;
    int freed;
} counting_reader;

static ccp_status upper_case(ccpi_reader *reader, ccpi_span chunk, ccpi_buf *client,
                             ccp_error *error)
{
    (void)reader, (void)error;
    for (size_t i = 0; i < chunk.len; i++) {
        const char c = chunk.data[i];

        ccpi_buf_append_char(client, (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
    }
    return client->status;
}

static ccp_status finish_nothing(ccpi_reader *reader, ccpi_buf *client, ccp_error *error)
{
    (void)reader, (void)client, (void)error;
    return CCP_OK;
}

static void count_free(ccpi_reader *reader)
{
    ((counting_reader *)reader)->freed++;
}

static counting_reader counting(void)
{
    return (counting_reader){
        .reader = {.feed = upper_case, .finish = finish_nothing, .free = count_free}};
}

TEST_BOTH(a_reader_translates_and_is_freed_once)
{
    counting_reader reader = counting();

    open_attempt(kind, answer_message);
    run.options.is_stream = false;
    run.options.reader = &reader.reader;
    attempt_run(&run);
    cr_expect(ccpi_span_starts(ccpi_buf_span(&run.result.body), "{\"ID\":\"MSG_1\""));
    cr_expect(not(run.result.body_is_raw));
    cr_expect(eq(int, reader.freed, 1));
    attempt_close(&run);
}

TEST_BOTH(a_reader_is_freed_though_the_engine_has_stopped)
{
    counting_reader reader = counting();

    open_attempt(kind, answer_message);
    run.options.reader = &reader.reader;
    ccpi_engine_stop(run.engine);
    attempt_run(&run);
    cr_expect(eq(int, run.status, CCP_UNAVAILABLE));
    cr_expect(eq(int, reader.freed, 1));
    attempt_close(&run);
}
