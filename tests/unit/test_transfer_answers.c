#include "upstream/transfer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/messages.h"
#include "support/transfer_run.h"

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

TEST_BOTH(transfer_answers, a_message_that_is_no_stream_is_held_to_its_end)
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

TEST_BOTH(transfer_answers, a_success_that_is_no_json_is_malformed)
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

TEST_BOTH(transfer_answers, a_page_instead_of_a_stream_is_malformed)
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

TEST_BOTH(transfer_answers, an_error_answer_comes_byte_for_byte_with_its_headers)
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

TEST_BOTH(transfer_answers, a_redirect_is_not_followed)
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

TEST_BOTH(transfer_answers, an_answer_that_was_encoded_all_the_same_is_decoded)
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

TEST_BOTH(transfer_answers, a_success_of_more_than_one_mib_is_let_go)
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

TEST_BOTH(transfer_answers, only_the_callers_headers_are_sent_beside_host_and_length)
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

TEST_BOTH(transfer_answers, the_path_goes_as_it_was_written)
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

TEST_BOTH(transfer_answers, a_get_has_neither_body_nor_length)
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

TEST_BOTH(transfer_answers, a_body_of_32_mib_in_pieces_arrives_whole)
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

TEST_BOTH(transfer_answers, a_reader_translates_and_is_freed_once)
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

TEST_BOTH(transfer_answers, a_reader_is_freed_though_the_engine_has_stopped)
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
