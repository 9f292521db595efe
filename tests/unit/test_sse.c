#include "wire/sse.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "base/cleanup.h"

/* What a stream's events were, one line each: name=data, "+" for each line feed in it. */
typedef struct transcript {
    ccpi_buf text;
    const char *unwanted;
} transcript;

static bool wants(void *self, ccpi_span name)
{
    transcript *seen = self;

    return !seen->unwanted || !ccpi_span_is(name, seen->unwanted);
}

static void note_event(void *self, const ccpi_sse_event *event)
{
    transcript *seen = self;

    ccpi_buf_append_span(&seen->text, event->name);
    ccpi_buf_append_char(&seen->text, event->is_oversized ? '!' : '=');
    for (size_t i = 0; i < event->data.len; i++)
        ccpi_buf_append_char(&seen->text,
                             event->data.data[i] == '\n' ? '+' : event->data.data[i]);
    ccpi_buf_append_char(&seen->text, '\n');
}

static ccpi_sse *open_stream(transcript *seen)
{
    const ccpi_sse_watcher watcher = {wants, note_event, seen};
    ccpi_sse *sse;

    seen->text.limit = 64 * 1024;
    cr_assert(eq(int, ccpi_sse_new(&watcher, &sse), CCP_OK));
    return sse;
}

static size_t feed(ccpi_sse *sse, ccpi_span bytes)
{
    size_t whole = 12345;

    cr_assert(eq(int, ccpi_sse_feed(sse, bytes, &whole), CCP_OK));
    cr_assert(le(sz, whole, bytes.len));
    return whole;
}

/* The pieces live in memory of their own size, so that a sanitizer sees reads beyond. */
static void feed_copy(ccpi_sse *sse, const char *data, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);

    memcpy(copy, data, len);
    feed(sse, (ccpi_span){copy, len});
    free(copy);
}

static void expect_events_cut_at(ccpi_span stream, size_t cut, const char *expected)
{
    transcript seen = {0};
    ccpi_sse *sse = open_stream(&seen);

    feed_copy(sse, stream.data, cut);
    feed_copy(sse, stream.data + cut, stream.len - cut);
    cr_expect(eq(str, seen.text.data ? seen.text.data : (char *)"", (char *)expected),
              "cut at %zu", cut);
    ccpi_sse_free(sse);
    ccpi_buf_clear(&seen.text);
}

static void expect_events_byte_by_byte(ccpi_span stream, const char *expected)
{
    transcript seen = {0};
    ccpi_sse *sse = open_stream(&seen);

    for (size_t i = 0; i < stream.len; i++)
        feed_copy(sse, stream.data + i, 1);
    cr_expect(eq(str, seen.text.data ? seen.text.data : (char *)"", (char *)expected));
    ccpi_sse_free(sse);
    ccpi_buf_clear(&seen.text);
}

/* The same, however the stream is cut in two, or into single bytes. */
static void expect_events(ccpi_span stream, const char *expected)
{
    for (size_t cut = 0; cut <= stream.len; cut++)
        expect_events_cut_at(stream, cut, expected);
    expect_events_byte_by_byte(stream, expected);
}

/* The examples of the HTML standard, section 9.2.6, "Interpreting an event stream". */

Test(sse, data_lines_are_joined_by_line_feeds)
{
    expect_events(CCPI_SPAN("data: YHOO\ndata: +2\ndata: 10\n\n"), "=YHOO++2+10\n");
}

Test(sse, comments_ids_and_an_unfinished_event_are_no_events)
{
    expect_events(CCPI_SPAN(": test stream\n\ndata: first event\nid: 1\n\n"
                            "data:second event\nid\n\ndata:  third event"),
                  "=first event\n=second event\n");
}

Test(sse, one_blank_behind_the_colon_is_skipped_and_no_more)
{
    expect_events(CCPI_SPAN("data:  third event\n\n"), "= third event\n");
    expect_events(CCPI_SPAN("data:test\n\ndata: test\n\n"), "=test\n=test\n");
}

Test(sse, a_data_line_without_a_value_is_an_empty_line_of_data)
{
    expect_events(CCPI_SPAN("data\n\ndata\ndata\n\ndata:"), "=\n=+\n");
}

/* The grammar of section 9.2.5 and the steps of 9.2.6. */

Test(sse, lines_end_in_lf_cr_or_both)
{
    expect_events(CCPI_SPAN("event: a\ndata: 1\n\nevent: b\ndata: 2\n\n"), "a=1\nb=2\n");
    expect_events(CCPI_SPAN("event: a\rdata: 1\r\revent: b\rdata: 2\r\r"), "a=1\nb=2\n");
    expect_events(CCPI_SPAN("event: a\r\ndata: 1\r\n\r\nevent: b\r\ndata: 2\r\n\r\n"),
                  "a=1\nb=2\n");
    expect_events(CCPI_SPAN("event: a\rdata: 1\r\n\nevent: b\ndata: 2\n\r"),
                  "a=1\nb=2\n");
}

Test(sse, a_byte_order_mark_at_the_beginning_is_skipped)
{
    expect_events(CCPI_SPAN("\xEF\xBB\xBF"
                            "event: a\ndata: 1\n\n"),
                  "a=1\n");
    expect_events(CCPI_SPAN("\xEF\xBB\xBF\ndata: 1\n\n"), "=1\n");
    expect_events(CCPI_SPAN("event: a\n\xEF\xBB\xBF"
                            "data: 1\ndata: 2\n\n"),
                  "a=2\n");
}

Test(sse, the_last_of_several_names_counts_and_none_outlives_its_event)
{
    expect_events(CCPI_SPAN("event: a\nevent: b\ndata: 1\n\ndata: 2\n\n"), "b=1\n=2\n");
    expect_events(CCPI_SPAN("event: a\n\ndata: 2\n\n"), "=2\n");
    expect_events(CCPI_SPAN("data: 1\nevent: b\n\n"), "b=1\n");
}

Test(sse, unknown_fields_and_fields_in_other_case_are_skipped)
{
    expect_events(CCPI_SPAN("retry: 5\nDATA: 0\ndatax: 1\ndat: 2\n data: 3\nevents: x\n"
                            "a-field-with-a-long-name: 4\ndata: 5:6\n\n"),
                  "=5:6\n");
}

Test(sse, data_may_hold_any_bytes)
{
    ccpi_span stream = CCPI_SPAN("data: a\0b\xFF\n\n");
    transcript seen = {0};
    ccpi_sse *sse = open_stream(&seen);

    feed(sse, stream);
    cr_expect(ccpi_span_equals(ccpi_buf_span(&seen.text), CCPI_SPAN("=a\0b\xFF\n")));
    ccpi_sse_free(sse);
    ccpi_buf_clear(&seen.text);
}

Test(sse, what_is_not_wanted_comes_without_its_data)
{
    transcript seen = {.unwanted = "ping"};
    ccpi_sse *sse = open_stream(&seen);

    feed(sse, CCPI_SPAN("event: ping\ndata: 1\ndata: 2\n\nevent: a\ndata: 3\n\n"));
    cr_expect(eq(str, seen.text.data, (char *)"ping=\na=3\n"));
    ccpi_sse_free(sse);
    ccpi_buf_clear(&seen.text);
}

Test(sse, the_whole_events_among_the_bytes_are_counted)
{
    transcript seen = {0};
    ccpi_sse *sse = open_stream(&seen);

    cr_expect(not(ccpi_sse_is_inside_event(sse)));
    cr_expect(eq(sz, feed(sse, CCPI_SPAN("data: 1\n\nda")), 9));
    cr_expect(ccpi_sse_is_inside_event(sse));
    cr_expect(eq(sz, feed(sse, CCPI_SPAN("ta: 2")), 0));
    cr_expect(ccpi_sse_is_inside_event(sse));
    cr_expect(eq(sz, feed(sse, CCPI_SPAN("\n\n")), 2));
    cr_expect(not(ccpi_sse_is_inside_event(sse)));
    cr_expect(eq(sz, feed(sse, CCPI_SPAN(": comment\n\n")), 11));
    cr_expect(eq(sz, feed(sse, CCPI_SPAN("")), 0));
    ccpi_sse_free(sse);
    ccpi_buf_clear(&seen.text);
}

Test(sse, a_line_feed_cut_off_from_its_cr_belongs_to_the_event_before)
{
    transcript seen = {0};
    ccpi_sse *sse = open_stream(&seen);

    cr_expect(eq(sz, feed(sse, CCPI_SPAN("data: 1\r\n\r")), 10));
    cr_expect(not(ccpi_sse_is_inside_event(sse)));
    cr_expect(eq(sz, feed(sse, CCPI_SPAN("\n")), 1));
    cr_expect(not(ccpi_sse_is_inside_event(sse)));
    cr_expect(eq(sz, feed(sse, CCPI_SPAN("\n")), 1), "a blank line of its own");
    cr_expect(eq(str, seen.text.data, (char *)"=1\n"));
    ccpi_sse_free(sse);
    ccpi_buf_clear(&seen.text);
}

static void expect_size_limit(size_t piece)
{
    transcript seen = {0};
    ccpi_sse *sse = open_stream(&seen);
    char *data = malloc(CCPI_SSE_MAX_EVENT + 1);

    memset(data, 'x', CCPI_SSE_MAX_EVENT + 1);
    seen.text.limit = 2 * CCPI_SSE_MAX_EVENT;
    feed(sse, CCPI_SPAN("event: big\ndata: "));
    for (size_t at = 0; at < CCPI_SSE_MAX_EVENT; at += piece)
        feed(sse, (ccpi_span){data + at, piece});
    feed(sse, CCPI_SPAN("\n\n"));
    cr_expect(eq(sz, seen.text.len, CCPI_SSE_MAX_EVENT + strlen("big=\n")));

    ccpi_buf_reset(&seen.text);
    feed(sse, CCPI_SPAN("event: bigger\ndata: y"));
    for (size_t at = 0; at < CCPI_SSE_MAX_EVENT; at += piece)
        feed(sse, (ccpi_span){data + at, piece});
    feed(sse, CCPI_SPAN("\ndata: more\n\nevent: next\ndata: 1\n\n"));
    cr_expect(eq(str, seen.text.data, (char *)"bigger!\nnext=1\n"));
    ccpi_sse_free(sse);
    ccpi_buf_clear(&seen.text);
    free(data);
}

Test(sse, an_event_beyond_the_limit_comes_without_its_data)
{
    expect_size_limit(CCPI_SSE_MAX_EVENT);
    expect_size_limit(CCPI_SSE_MAX_EVENT / 64);
}

Test(sse, the_limit_holds_for_one_uncut_chunk_too)
{
    size_t len = CCPI_SSE_MAX_EVENT + 1;
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf stream = {.limit = 2 * len};
    transcript seen = {0};
    ccpi_sse *sse = open_stream(&seen);

    ccpi_buf_append_text(&stream, "data: ");
    memset(ccpi_buf_room(&stream, len), 'x', len);
    ccpi_buf_grow(&stream, len);
    ccpi_buf_append_text(&stream, "\n\n");
    feed(sse, ccpi_buf_span(&stream));
    cr_expect(eq(str, seen.text.data, (char *)"!\n"));
    ccpi_sse_free(sse);
    ccpi_buf_clear(&seen.text);
}
