#include "usage/meter.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static ccpi_meter meter;
static ccpi_sse *sse;

static bool wants(void *self, ccpi_span name)
{
    return ccpi_meter_wants(self, name);
}

static void take_event(void *self, const ccpi_sse_event *event)
{
    ccpi_meter_event(self, event);
}

static void set_up(void)
{
    const ccpi_sse_watcher watcher = {wants, take_event, &meter};

    meter = (ccpi_meter){0};
    cr_assert(eq(int, ccpi_sse_new(&watcher, &sse), CCP_OK));
}

static void tear_down(void)
{
    ccpi_sse_free(sse);
}

TestSuite(meter, .init = set_up, .fini = tear_down);

static void feed(const char *text, size_t len)
{
    size_t whole;

    cr_assert(eq(int, ccpi_sse_feed(sse, (ccpi_span){text, len}, &whole), CCP_OK));
}

static void feed_text(const char *text)
{
    feed(text, strlen(text));
}

/* One event in the usual form. */
static void feed_event(const char *name, const char *data)
{
    char text[4096];

    snprintf(text, sizeof(text), "event: %s\ndata: %s\n\n", name, data);
    feed_text(text);
}

/* The example of https://docs.claude.com/en/api/messages-streaming, with a cache. */
#define STREAM(eol)                                                                      \
    ": a comment" eol "event: message_start" eol                                         \
    "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"content\":[],"    \
    "\"usage\":{\"input_tokens\":25,\"cache_read_input_tokens\":1000," eol               \
    "data: \"cache_creation_input_tokens\":300,\"output_tokens\":1}}}" eol eol           \
    "event: ping" eol "data: {\"type\": \"ping\"}" eol eol                               \
    "event: content_block_delta" eol                                                     \
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"           \
    "\"text_delta\",\"text\":\"Hello\"}}" eol eol "event: message_delta" eol             \
    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"        \
    "\"usage\":{\"output_tokens\":15}}" eol eol "event: message_stop" eol                \
    "data: {\"type\":\"message_stop\"}" eol eol

static void expect_counts_of_stream(void)
{
    cr_assert(eq(i64, meter.tokens.input, 25));
    cr_assert(eq(i64, meter.tokens.cache_read, 1000));
    cr_assert(eq(i64, meter.tokens.cache_write_5m, 300));
    cr_assert(eq(i64, meter.tokens.cache_write_1h, 0));
    cr_assert(eq(i64, meter.tokens.output, 15));
    cr_assert(eq(i64, meter.delta_bytes, 5));
    cr_assert(meter.saw_start);
    cr_assert(meter.saw_delta);
    cr_assert(meter.saw_stop);
    cr_assert(eq(int, meter.error, CCPI_ERROR_NONE));
}

Test(meter, counts_are_the_same_for_every_line_end_and_wherever_the_bytes_are_cut)
{
    static const char *const forms[] = {STREAM("\n"), STREAM("\r\n"), STREAM("\r")};

    for (size_t i = 0; i < 3; i++) {
        const size_t len = strlen(forms[i]);

        for (size_t cut = 0; cut <= len; cut++) {
            tear_down();
            set_up();
            feed(forms[i], cut);
            feed(forms[i] + cut, len - cut);
            feed_text("\n"); /* says that a CR was a whole line end */
            expect_counts_of_stream();
        }
    }
}

#define START_WITH(usage) "{\"type\":\"message_start\",\"message\":{\"usage\":" usage "}}"
#define DELTA_WITH(usage)                                                                \
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null},\"usage\":" usage "}"

Test(meter, a_delta_overwrites_what_the_start_said_but_not_with_zero)
{
    feed_event("message_start",
               START_WITH("{\"input_tokens\":25,\"cache_read_input_tokens\":7,"
                          "\"cache_creation_input_tokens\":9}"));
    feed_event("message_delta",
               DELTA_WITH("{\"input_tokens\":31,\"cache_read_input_tokens\":0,"
                          "\"cache_creation_input_tokens\":0,\"output_tokens\":4}"));

    cr_expect(eq(i64, meter.tokens.input, 31));
    cr_expect(eq(i64, meter.tokens.cache_read, 7));
    cr_expect(eq(i64, meter.tokens.cache_write_5m, 9));
}

Test(meter, final_counts_are_taken_as_they_are_zeros_too)
{
    meter.final_counts_rule = true;
    feed_event("message_start", START_WITH("{\"input_tokens\":25,"
                                           "\"cache_read_input_tokens\":7,"
                                           "\"cache_creation_input_tokens\":9}"));
    feed_event("message_delta",
               DELTA_WITH("{\"input_tokens\":0,\"cache_read_input_tokens\":0,"
                          "\"cache_creation_input_tokens\":0,\"output_tokens\":4}"));

    cr_expect(zero(i64, meter.tokens.input));
    cr_expect(zero(i64, meter.tokens.cache_read));
    cr_expect(zero(i64, meter.tokens.cache_write_5m));
    cr_expect(eq(i64, meter.tokens.output, 4));
}

Test(meter, output_is_that_of_the_last_delta)
{
    feed_event("message_start", START_WITH("{\"input_tokens\":25,\"output_tokens\":8}"));
    cr_expect(zero(i64, meter.tokens.output));
    feed_event("message_delta", DELTA_WITH("{\"output_tokens\":40}"));
    feed_event("message_delta", DELTA_WITH("{\"output_tokens\":12}"));
    cr_expect(eq(i64, meter.tokens.output, 12));
}

Test(meter, a_delta_without_usage_is_none)
{
    feed_event("message_delta", "{\"type\":\"message_delta\",\"delta\":{}}");
    cr_expect(not(meter.saw_delta));
}

/* cache_creation: https://docs.claude.com/en/docs/build-with-claude/prompt-caching */
Test(meter, cache_writes_are_split_by_their_lifetime)
{
    feed_event("message_start",
               START_WITH("{\"input_tokens\":1,\"cache_creation_input_tokens\":556,"
                          "\"cache_creation\":{\"ephemeral_5m_input_tokens\":456,"
                          "\"ephemeral_1h_input_tokens\":100}}"));
    cr_expect(eq(i64, meter.tokens.cache_write_5m, 456));
    cr_expect(eq(i64, meter.tokens.cache_write_1h, 100));
}

Test(meter, a_total_of_cache_writes_keeps_the_split_that_is_known)
{
    feed_event("message_start",
               START_WITH("{\"cache_creation_input_tokens\":100,\"cache_creation\":{"
                          "\"ephemeral_1h_input_tokens\":100}}"));
    feed_event("message_delta", DELTA_WITH("{\"cache_creation_input_tokens\":130}"));
    cr_expect(eq(i64, meter.tokens.cache_write_1h, 100));
    cr_expect(eq(i64, meter.tokens.cache_write_5m, 30));
}

Test(meter, a_later_split_replaces_the_former)
{
    feed_event("message_start", START_WITH("{\"cache_creation_input_tokens\":100}"));
    feed_event("message_delta",
               DELTA_WITH("{\"cache_creation_input_tokens\":100,\"cache_creation\":{"
                          "\"ephemeral_5m_input_tokens\":0,"
                          "\"ephemeral_1h_input_tokens\":100}}"));
    cr_expect(zero(i64, meter.tokens.cache_write_5m));
    cr_expect(eq(i64, meter.tokens.cache_write_1h, 100));
}

Test(meter, what_is_no_count_is_ignored)
{
    feed_event("message_start",
               START_WITH("{\"input_tokens\":25,\"cache_read_input_tokens\":3}"));
    feed_event("message_delta",
               DELTA_WITH("{\"input_tokens\":-1,\"cache_read_input_tokens\":\"9\","
                          "\"output_tokens\":1.5,\"server_tool_use\":{\"x\":1}}"));
    feed_event("message_delta", "{\"usage\":{\"output_tokens\":7");
    feed_event("message_delta", "[]");

    cr_expect(eq(i64, meter.tokens.input, 25));
    cr_expect(eq(i64, meter.tokens.cache_read, 3));
    cr_expect(zero(i64, meter.tokens.output));
}

Test(meter, absurd_counts_are_bounded)
{
    feed_event("message_delta", DELTA_WITH("{\"output_tokens\":9223372036854775807}"));
    cr_expect(eq(i64, meter.tokens.output, 1000000000));
}

static int64_t content_of(const char *delta)
{
    char data[1024];
    const int64_t before = meter.delta_bytes;

    snprintf(data, sizeof(data),
             "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":%s}", delta);
    feed_event("content_block_delta", data);
    return meter.delta_bytes - before;
}

Test(meter, of_deltas_the_content_is_measured)
{
    cr_expect(eq(i64, content_of("{\"type\":\"text_delta\",\"text\":\"Hello!\"}"), 6));
    cr_expect(eq(i64, content_of("{\"type\": \"text_delta\", \"text\": \"Hi\"}"), 2));
    cr_expect(eq(i64, content_of("{\"type\":\"text_delta\",\"text\":\"\"}"), 0));
    cr_expect(
        eq(i64, content_of("{\"type\":\"text_delta\",\"text\":\"a\\\"b\\\\\"}"), 6));
    cr_expect(eq(i64,
                 content_of("{\"type\":\"input_json_delta\",\"partial_json\":"
                            "\"{\\\"a\\\":\\\"b\\\"}\"}"),
                 13));
    cr_expect(
        eq(i64, content_of("{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}"), 2));
}

Test(meter, a_signature_is_no_content)
{
    cr_expect(
        zero(i64, content_of("{\"type\":\"signature_delta\",\"signature\":\"EqQB\"}")));
}

Test(meter, deltas_that_are_no_json_do_no_harm)
{
    feed_event("content_block_delta", "");
    feed_event("content_block_delta", "\"");
    feed_event("content_block_delta", "\\\\\\\"");
    feed_event("content_block_delta", "{}");
    cr_expect(ge(i64, meter.delta_bytes, 0));
}

Test(meter, an_error_event_leaves_its_type)
{
    feed_event("error", "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                        "\"message\":\"Overloaded\"}}");
    cr_expect(eq(int, meter.error, CCPI_ERROR_OVERLOADED));
}

Test(meter, an_error_event_that_can_not_be_read_is_an_api_error)
{
    feed_event("error", "oops");
    cr_expect(eq(int, meter.error, CCPI_ERROR_API));
}

Test(meter, an_event_of_more_than_one_mib_passes_uninspected)
{
    const size_t len = 1024 * 1024 + 1;
    char *blanks = malloc(len);

    memset(blanks, ' ', len);
    feed_text("event: message_delta\ndata: {\"usage\":{\"output_tokens\":9},");
    feed(blanks, len);
    feed_text("\"a\":1}\n\n");
    feed_event("message_delta", DELTA_WITH("{\"input_tokens\":3}"));
    cr_expect(zero(i64, meter.tokens.output));
    cr_expect(eq(i64, meter.tokens.input, 3));
    free(blanks);
}

Test(meter, only_events_with_counts_or_content_are_asked_for)
{
    cr_expect(ccpi_meter_wants(&meter, CCPI_SPAN("message_start")));
    cr_expect(ccpi_meter_wants(&meter, CCPI_SPAN("message_delta")));
    cr_expect(ccpi_meter_wants(&meter, CCPI_SPAN("content_block_delta")));
    cr_expect(ccpi_meter_wants(&meter, CCPI_SPAN("error")));
    cr_expect(not(ccpi_meter_wants(&meter, CCPI_SPAN("ping"))));
    cr_expect(not(ccpi_meter_wants(&meter, CCPI_SPAN("content_block_start"))));
    cr_expect(not(ccpi_meter_wants(&meter, CCPI_SPAN(""))));
}

Test(meter, a_whole_body_is_read_too)
{
    ccpi_meter_body(&meter,
                    CCPI_SPAN("{\"type\":\"message\",\"content\":[{\"text\":\"usage\"}],"
                              "\"usage\":{\"input_tokens\":2095,\"output_tokens\":503,"
                              "\"cache_read_input_tokens\":11,"
                              "\"cache_creation_input_tokens\":12}}"));
    cr_expect(eq(i64, meter.tokens.input, 2095));
    cr_expect(eq(i64, meter.tokens.output, 503));
    cr_expect(eq(i64, meter.tokens.cache_read, 11));
    cr_expect(eq(i64, meter.tokens.cache_write_5m, 12));
}

Test(meter, a_body_without_usage_changes_nothing)
{
    ccpi_meter_body(&meter, CCPI_SPAN("{\"type\":\"error\"}"));
    ccpi_meter_body(&meter, CCPI_SPAN("<html>"));
    ccpi_meter_body(&meter, CCPI_SPAN(""));
    cr_expect(not(meter.saw_start));
}

Test(meter, estimates_are_bytes_by_3_5_and_1600_an_image_rounded_up)
{
    cr_expect(eq(i64, ccpi_estimate_tokens(0, 0), 0));
    cr_expect(eq(i64, ccpi_estimate_tokens(1, 0), 1));
    cr_expect(eq(i64, ccpi_estimate_tokens(3, 0), 1));
    cr_expect(eq(i64, ccpi_estimate_tokens(4, 0), 2));
    cr_expect(eq(i64, ccpi_estimate_tokens(7, 0), 2));
    cr_expect(eq(i64, ccpi_estimate_tokens(8, 0), 3));
    cr_expect(eq(i64, ccpi_estimate_tokens(35, 2), 10 + 3200));
}
