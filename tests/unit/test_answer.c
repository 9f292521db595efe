#include "upstream/answer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/messages.h"

#define HOLD_US ((int64_t)10 * 1000 * 1000)

static ccpi_transfer_options options;
static ccpi_answer answer;

static void set_up(void)
{
    options = (ccpi_transfer_options){.is_stream = true, .may_hold = true};
    ccpi_answer_init(&answer, &options, HOLD_US);
}

static void tear_down(void)
{
    ccpi_answer_clear(&answer);
}

TestSuite(answer, .init = set_up, .fini = tear_down);

static void take_line(const char *line)
{
    ccpi_answer_take_line(&answer, ccpi_span_of(line));
}

static void take_head(const char *status_line, const char *type)
{
    char field[128];

    snprintf(field, sizeof(field), "Content-Type: %s\r\n", type);
    take_line(status_line);
    take_line(field);
    take_line("\r\n");
}

static void start_stream(void)
{
    take_head("HTTP/1.1 200 OK\r\n", "text/event-stream; charset=utf-8");
}

static void take(const char *bytes)
{
    ccpi_answer_take_body(&answer, ccpi_span_of(bytes));
    ccpi_answer_scan(&answer, 0);
}

static void expect_ending(ccpi_ending ending)
{
    cr_expect(answer.has_ended);
    cr_expect(eq(int, answer.ending, ending));
}

Test(answer, the_head_is_read_from_its_lines)
{
    take_line("HTTP/1.1 429 Too Many Requests\r\n");
    take_line("retry-after:  30 \r\n");
    take_line("x-empty:\r\n");
    take_line("\r\n");

    cr_expect(eq(int, answer.status, 429));
    cr_expect(eq(int, answer.kind, CCPI_ANSWER_ERROR));
    cr_expect(eq(str, (char *)ccpi_headers_get(&answer.headers, "Retry-After"), "30"));
    cr_expect(eq(str, (char *)ccpi_headers_get(&answer.headers, "x-empty"), ""));
}

Test(answer, interim_heads_are_forgotten)
{
    take_line("HTTP/1.1 103 Early Hints\r\n");
    take_line("link: </style.css>\r\n");
    take_line("\r\n");
    take_head("HTTP/2 200\r\n", "text/event-stream");

    cr_expect(eq(int, answer.status, 200));
    cr_expect(zero(ptr, (void *)ccpi_headers_get(&answer.headers, "link")));
    cr_expect(eq(int, answer.kind, CCPI_ANSWER_STREAM));
}

Test(answer, trailers_are_ignored)
{
    start_stream();
    take_line("x-late: yes\r\n");
    take_line("HTTP/1.1 500 No\r\n");

    cr_expect(zero(ptr, (void *)ccpi_headers_get(&answer.headers, "x-late")));
    cr_expect(eq(int, answer.status, 200));
}

Test(answer, a_head_without_end_is_refused)
{
    char field[64];

    take_line("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i <= CCPI_HEADERS_MAX_COUNT; i++) {
        snprintf(field, sizeof(field), "x-%d: 1\r\n", i);
        take_line(field);
    }
    expect_ending(CCPI_ENDED_MALFORMED);
}

Test(answer, a_success_of_another_type_is_malformed)
{
    static const struct {
        bool is_stream;
        bool must_be_json;
        const char *wanted;
        const char *type;
        bool is_right;
    } cases[] = {
        {true, false, NULL, "text/event-stream", true},
        {true, false, NULL, "Text/Event-Stream;charset=utf-8", true},
        {true, false, NULL, "text/event-streams", false},
        {true, false, NULL, "text/html", false},
        {true, false, NULL, "application/json", false},
        {false, true, NULL, "application/json; charset=utf-8", true},
        {false, true, NULL, "text/html", false},
        {false, true, NULL, "text/event-stream", false},
        {false, false, NULL, "text/html", true},
        {true, false, "application/vnd.amazon.eventstream",
         "application/vnd.amazon.eventstream", true},
        {true, false, "application/vnd.amazon.eventstream", "text/event-stream", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        options.is_stream = cases[i].is_stream;
        options.must_be_json = cases[i].must_be_json;
        options.content_type = cases[i].wanted;
        ccpi_answer_init(&answer, &options, HOLD_US);
        take_head("HTTP/1.1 200 OK\r\n", cases[i].type);
        ccpi_answer_conclude(&answer, 0);
        cr_expect(eq(int, answer.ending != CCPI_ENDED_MALFORMED, cases[i].is_right),
                  "case %zu", i);
        ccpi_answer_clear(&answer);
    }
}

Test(answer, wherever_it_is_cut_only_whole_events_are_ready_and_none_is_lost)
{
    static const char stream[] = SSE_WHOLE;
    const size_t len = sizeof(stream) - 1;

    for (size_t cut = 0; cut <= len; cut++) {
        char got[sizeof(stream)] = "";
        size_t got_len = 0;
        ccpi_span ready;

        ccpi_answer_init(&answer, &options, HOLD_US);
        start_stream();
        ccpi_answer_take_body(&answer, (ccpi_span){stream, cut});
        ccpi_answer_scan(&answer, 0);
        ready = ccpi_answer_ready(&answer);
        cr_assert(ready.len == 0 || (ready.len <= cut &&
                                     memcmp(ready.data + ready.len - 2, "\n\n", 2) == 0));
        if (ready.len > 0)
            memcpy(got, ready.data, ready.len);
        got_len = ready.len;
        ccpi_answer_note_sent(&answer, ready.len);

        ccpi_answer_take_body(&answer, (ccpi_span){stream + cut, len - cut});
        ccpi_answer_scan(&answer, 0);
        ready = ccpi_answer_ready(&answer);
        memcpy(got + got_len, ready.data, ready.len);
        got_len += ready.len;
        cr_assert(eq(sz, got_len, len));
        cr_assert(eq(str, got, (char *)stream));
        expect_ending(CCPI_ENDED_WELL);
        ccpi_answer_clear(&answer);
    }
}

Test(answer, message_stop_ends_it_whatever_the_upstream_does)
{
    start_stream();
    take(SSE_START SSE_BLOCK SSE_DELTA);
    cr_expect(not(answer.has_ended));
    take(SSE_BLOCK_STOP SSE_MESSAGE_DELTA SSE_STOP);
    expect_ending(CCPI_ENDED_WELL);
}

Test(answer, an_error_event_ends_it_with_its_type)
{
    start_stream();
    take(SSE_START SSE_OVERLOADED);
    expect_ending(CCPI_ENDED_BY_EVENT);
    cr_expect(eq(int, answer.event_error, CCPI_ERROR_OVERLOADED));
    cr_expect(eq(sz, ccpi_answer_ready(&answer).len, strlen(SSE_START SSE_OVERLOADED)));
}

Test(answer, an_error_event_of_no_known_type_is_an_api_error)
{
    start_stream();
    take("event: error\ndata: oops\n\n");
    expect_ending(CCPI_ENDED_BY_EVENT);
    cr_expect(eq(int, answer.event_error, CCPI_ERROR_API));
}

Test(answer, a_stream_that_stops_in_its_middle_is_the_networks_fault)
{
    start_stream();
    take(SSE_START SSE_BLOCK SSE_DELTA);
    ccpi_answer_conclude(&answer, 0);
    expect_ending(CCPI_ENDED_BY_NETWORK);
}

Test(answer, a_stream_without_any_byte_is_the_networks_fault)
{
    start_stream();
    ccpi_answer_conclude(&answer, 0);
    expect_ending(CCPI_ENDED_BY_NETWORK);
}

Test(answer, a_stream_may_end_behind_the_message_delta_that_has_the_stop_reason)
{
    start_stream();
    take(SSE_START SSE_BLOCK SSE_DELTA SSE_BLOCK_STOP SSE_MESSAGE_DELTA);
    ccpi_answer_conclude(&answer, 0);
    expect_ending(CCPI_ENDED_WELL);
}

Test(answer, a_message_delta_without_stop_reason_is_no_end)
{
    start_stream();
    take(SSE_START "event: message_delta\ndata: {\"delta\":{\"stop_reason\":null}}\n\n");
    ccpi_answer_conclude(&answer, 0);
    expect_ending(CCPI_ENDED_BY_NETWORK);
}

Test(answer, half_an_event_behind_the_message_delta_is_no_end)
{
    start_stream();
    take(SSE_START SSE_MESSAGE_DELTA "event: mess");
    ccpi_answer_conclude(&answer, 0);
    expect_ending(CCPI_ENDED_BY_NETWORK);
}

static void take_many(char c, size_t len)
{
    char *bytes = malloc(len);

    memset(bytes, c, len);
    ccpi_answer_take_body(&answer, (ccpi_span){bytes, len});
    ccpi_answer_scan(&answer, 0);
    free(bytes);
}

Test(answer, a_part_of_an_event_waits_for_the_rest_up_to_64_kib)
{
    start_stream();
    take(SSE_BLOCK "data: ");
    take_many('x', 64 * 1024 - 6);
    cr_expect(eq(sz, ccpi_answer_ready(&answer).len, strlen(SSE_BLOCK)));
}

Test(answer, an_event_of_more_than_64_kib_goes_as_it_comes)
{
    start_stream();
    take("data: ");
    take_many('x', 64 * 1024);
    cr_expect(eq(sz, ccpi_answer_ready(&answer).len, 64 * 1024 + 6));
    ccpi_answer_note_sent(&answer, 64 * 1024 + 6);
    cr_expect(answer.is_mid_event);

    take("y");
    cr_expect(eq(sz, ccpi_answer_ready(&answer).len, 1));
    ccpi_answer_note_sent(&answer, 1);
    take("z\n\nevent: half");
    cr_expect(not(answer.is_mid_event));
    cr_expect(eq(sz, ccpi_answer_ready(&answer).len, 3));
}

Test(answer, an_error_body_is_kept_whole_up_to_one_mib)
{
    take_head("HTTP/1.1 529 Overloaded\r\n", "application/json");
    take_many('x', 1024 * 1024);
    cr_expect(not(answer.has_ended));
    cr_expect(not(ccpi_answer_may_flow(&answer, INT64_MAX - 1)));
    ccpi_answer_conclude(&answer, 0);
    expect_ending(CCPI_ENDED_BY_STATUS);
    cr_expect(eq(sz, answer.bytes.len, 1024 * 1024));
    cr_expect(not(answer.is_cut));
}

Test(answer, a_longer_error_body_is_cut_there)
{
    take_head("HTTP/1.1 529 Overloaded\r\n", "application/json");
    take_many('x', 1024 * 1024 - 10);
    take_many('y', 11);
    expect_ending(CCPI_ENDED_BY_STATUS);
    cr_expect(eq(sz, answer.bytes.len, 1024 * 1024));
    cr_expect(answer.is_cut);
}

Test(answer, an_error_status_counts_though_its_body_breaks_off)
{
    take_head("HTTP/1.1 429 Too Many Requests\r\n", "application/json");
    take("{\"type\":");
    ccpi_answer_end(&answer, CCPI_ENDED_BY_NETWORK, "reset");
    expect_ending(CCPI_ENDED_BY_STATUS);
    cr_expect(answer.is_cut);
}

Test(answer, a_client_that_leaves_during_an_error_body_has_left)
{
    take_head("HTTP/1.1 429 Too Many Requests\r\n", "application/json");
    ccpi_answer_end(&answer, CCPI_ENDED_BY_CLIENT, "left");
    expect_ending(CCPI_ENDED_BY_CLIENT);
}

Test(answer, only_the_first_ending_counts)
{
    start_stream();
    ccpi_answer_end(&answer, CCPI_ENDED_BY_TIMEOUT, "slow");
    ccpi_answer_end(&answer, CCPI_ENDED_BY_CLIENT, "left");
    expect_ending(CCPI_ENDED_BY_TIMEOUT);
    cr_expect(eq(str, answer.error.message, "slow"));
}

Test(answer, a_stream_for_who_asked_for_none_is_given_up_at_once)
{
    options.is_stream = false;
    options.must_be_json = true;
    start_stream();
    expect_ending(CCPI_ENDED_MALFORMED);
    cr_expect(answer.is_cut);
}

Test(answer, a_stream_for_who_asked_for_none_is_held_where_nobody_else_can_answer)
{
    options.is_stream = false;
    options.must_be_json = true;
    options.keeps_streams = true;
    start_stream();
    cr_expect(not(answer.has_ended));
}

Test(answer, a_success_of_another_type_is_held_whole)
{
    take_head("HTTP/1.1 200 OK\r\n", "text/html");
    take("<html>");
    cr_expect(not(answer.has_ended));
    ccpi_answer_conclude(&answer, 0);
    expect_ending(CCPI_ENDED_MALFORMED);
    cr_expect(eq(sz, answer.bytes.len, strlen("<html>")));
    cr_expect(not(answer.is_cut));
}

Test(answer, another_type_that_breaks_off_says_so)
{
    take_head("HTTP/1.1 200 OK\r\n", "text/html");
    take("<ht");
    ccpi_answer_end(&answer, CCPI_ENDED_BY_NETWORK, "reset");
    expect_ending(CCPI_ENDED_MALFORMED);
    cr_expect(answer.is_cut);
}

Test(answer, a_redirect_is_an_error_status)
{
    take_head("HTTP/1.1 302 Found\r\n", "text/html");
    ccpi_answer_conclude(&answer, 0);
    expect_ending(CCPI_ENDED_BY_STATUS);
}

/* ---- with a reader ---- */

typedef struct fake_reader {
    ccpi_reader reader;
    ccp_status on_feed;
    ccp_status on_finish;
} fake_reader;

/* Doubles every byte. */
static ccp_status feed_doubled(ccpi_reader *reader, ccpi_span chunk, ccpi_buf *client,
                               ccp_error *error)
{
    const ccp_status status = ((fake_reader *)reader)->on_feed;

    for (size_t i = 0; i < chunk.len; i++) {
        ccpi_buf_append_char(client, chunk.data[i]);
        ccpi_buf_append_char(client, chunk.data[i]);
    }
    if (status != CCP_OK && error)
        *error = (ccp_error){status, "a bad frame"};
    return status;
}

static ccp_status finish_with_mark(ccpi_reader *reader, ccpi_buf *client,
                                   ccp_error *error)
{
    const ccp_status status = ((fake_reader *)reader)->on_finish;

    ccpi_buf_append_char(client, '.');
    if (status != CCP_OK && error)
        *error = (ccp_error){status, "too early"};
    return status;
}

static void keep(ccpi_reader *reader)
{
    (void)reader;
}

static fake_reader reader;

static void use_reader(ccp_status on_feed, ccp_status on_finish)
{
    reader = (fake_reader){
        .reader = {.feed = feed_doubled, .finish = finish_with_mark, .free = keep},
        .on_feed = on_feed,
        .on_finish = on_finish,
    };
    options.reader = &reader.reader;
    options.is_stream = false;
}

Test(answer, a_reader_turns_the_upstreams_bytes_into_the_clients)
{
    use_reader(CCP_OK, CCP_OK);
    take_head("HTTP/1.1 200 OK\r\n", "application/x-other");
    take("ab");
    ccpi_answer_conclude(&answer, 0);

    expect_ending(CCPI_ENDED_WELL);
    cr_expect(eq(str, answer.bytes.data, "aabb."));
}

Test(answer, a_reader_is_not_asked_about_an_error_body)
{
    use_reader(CCP_PROTOCOL, CCP_PROTOCOL);
    take_head("HTTP/1.1 400 Bad\r\n", "application/json");
    take("ab");
    ccpi_answer_conclude(&answer, 0);

    expect_ending(CCPI_ENDED_BY_STATUS);
    cr_expect(eq(str, answer.bytes.data, "ab"));
}

Test(answer, a_frame_that_the_reader_refuses_is_malformed)
{
    use_reader(CCP_PROTOCOL, CCP_OK);
    take_head("HTTP/1.1 200 OK\r\n", "application/x-other");
    take("ab");
    expect_ending(CCPI_ENDED_MALFORMED);
    cr_expect(eq(str, answer.error.message, "a bad frame"));
}

Test(answer, an_end_that_the_reader_refuses_is_the_networks_fault)
{
    use_reader(CCP_OK, CCP_PROTOCOL);
    take_head("HTTP/1.1 200 OK\r\n", "application/x-other");
    ccpi_answer_conclude(&answer, 0);
    expect_ending(CCPI_ENDED_BY_NETWORK);
}

Test(answer, a_reader_without_memory_ends_it_by_memory)
{
    use_reader(CCP_NO_MEMORY, CCP_OK);
    take_head("HTTP/1.1 200 OK\r\n", "application/x-other");
    take("ab");
    expect_ending(CCPI_ENDED_BY_MEMORY);
}
