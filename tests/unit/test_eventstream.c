/* Frames of others' making: see tests/data/eventstream/generate.mjs and describe.py. */
#include "wire/eventstream.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "support/data_file.h"
#include "support/frames.h"

#define TRANSCRIPT_LIMIT ((size_t)1024 * 1024)

static void note_text(ccpi_buf *transcript, ccpi_span text, char end)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c < 0x21 || c > 0x7E || c == '|' || c == '\\')
            ccpi_buf_append_format(transcript, "\\x%02x", c);
        else
            ccpi_buf_append_char(transcript, text.data[i]);
    }
    ccpi_buf_append_char(transcript, end);
}

/* As describe.py writes it. */
static ccp_status note_frame(void *context, const ccpi_eventstream_frame *frame)
{
    ccpi_buf *transcript = context;

    note_text(transcript, frame->message_type, '|');
    note_text(transcript, frame->event_type, '|');
    note_text(transcript, frame->exception_type, '|');
    note_text(transcript, frame->error_code, '|');
    note_text(transcript, frame->error_message, '|');
    note_text(transcript, frame->payload, '\n');
    return CCP_OK;
}

/* The piece lives in memory of its own size, so that a sanitizer sees reads beyond. */
static ccp_status feed_copy(ccpi_eventstream *stream, const char *data, size_t len,
                            ccpi_buf *transcript)
{
    char *copy = malloc(len > 0 ? len : 1);
    ccp_status status;

    memcpy(copy, data, len);
    status = ccpi_eventstream_feed(stream, (ccpi_span){copy, len}, note_frame, transcript,
                                   NULL);
    free(copy);
    return status;
}

/* Feeds so many bytes, then the rest in pieces. */
static void expect_frames_cut(ccpi_span bytes, size_t first, size_t piece,
                              ccpi_span expected)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf transcript = {.limit = TRANSCRIPT_LIMIT};
    ccpi_eventstream stream;

    ccpi_eventstream_init(&stream);
    cr_assert(eq(int, feed_copy(&stream, bytes.data, first, &transcript), CCP_OK));
    for (size_t at = first; at < bytes.len; at += piece) {
        size_t len = bytes.len - at < piece ? bytes.len - at : piece;

        cr_assert(eq(int, feed_copy(&stream, bytes.data + at, len, &transcript), CCP_OK));
    }
    cr_expect(ccpi_span_equals(ccpi_buf_span(&transcript), expected),
              "cut at %zu, then every %zu", first, piece);
    cr_expect(ccpi_eventstream_is_whole(&stream));
    ccpi_eventstream_clear(&stream);
}

static ccpi_buf read_case(const char *name, const char *file)
{
    char path[100];

    snprintf(path, sizeof(path), "eventstream/%s/%s", name, file);
    return read_data_file(path);
}

static void expect_case(const char *name, size_t step)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf bytes = read_case(name, "stream.bin");
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf frames = read_case(name, "frames.txt");
    ccpi_span stream = ccpi_buf_span(&bytes);

    for (size_t cut = 0; cut <= stream.len; cut += step)
        expect_frames_cut(stream, cut, stream.len, ccpi_buf_span(&frames));
    expect_frames_cut(stream, 0, 1, ccpi_buf_span(&frames));
    expect_frames_cut(stream, 0, 7, ccpi_buf_span(&frames));
}

Test(eventstream, frames_of_others_are_read_as_botocore_reads_them_wherever_they_are_cut)
{
    static const char *const cases[] = {"converse", "exception", "error", "bare",
                                        "header-types"};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_case(cases[i], 1);
    expect_case("large", 997);
}

static ccp_status feed_all(ccpi_span bytes, ccpi_buf *transcript, bool *is_whole)
{
    ccpi_eventstream stream;
    ccp_status status;

    ccpi_eventstream_init(&stream);
    status = feed_copy(&stream, bytes.data, bytes.len, transcript);
    *is_whole = ccpi_eventstream_is_whole(&stream);
    ccpi_eventstream_clear(&stream);
    return status;
}

Test(eventstream, a_frame_with_one_byte_changed_is_refused_whichever_it_is)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf bytes = read_case("exception", "stream.bin");

    for (size_t i = 0; i < bytes.len; i++) {
        CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf transcript = {.limit = TRANSCRIPT_LIMIT};
        bool is_whole;

        bytes.data[i] ^= 0x10;
        cr_expect(eq(int, feed_all(ccpi_buf_span(&bytes), &transcript, &is_whole),
                     CCP_PROTOCOL),
                  "byte %zu", i);
        cr_expect(not(is_whole));
        bytes.data[i] ^= 0x10;
    }
}

Test(eventstream, a_stream_that_ends_inside_a_frame_is_not_whole)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf bytes = read_case("error", "stream.bin");

    for (size_t len = 1; len < bytes.len; len++) {
        CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf transcript = {.limit = TRANSCRIPT_LIMIT};
        bool is_whole;

        cr_assert(eq(int, feed_all((ccpi_span){bytes.data, len}, &transcript, &is_whole),
                     CCP_OK));
        cr_expect(not(is_whole), "after %zu bytes", len);
        cr_expect(zero(sz, transcript.len));
    }
}

static void append_u32(ccpi_buf *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        ccpi_buf_append_char(out, (char)(value >> shift));
}

static uint32_t crc_of(const ccpi_buf *bytes)
{
    return (uint32_t)crc32(0, (const Bytef *)bytes->data, (uInt)bytes->len);
}

/* A frame with both checksums right, whatever else is wrong with it. */
static ccpi_buf frame_of(uint32_t total, uint32_t headers_len, ccpi_span content)
{
    ccpi_buf frame = {.limit = TRANSCRIPT_LIMIT};

    append_u32(&frame, total);
    append_u32(&frame, headers_len);
    append_u32(&frame, crc_of(&frame));
    ccpi_buf_append_span(&frame, content);
    append_u32(&frame, crc_of(&frame));
    return frame;
}

static void expect_broken(uint32_t total, uint32_t headers_len, ccpi_span content,
                          const char *why)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf frame = frame_of(total, headers_len, content);
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf transcript = {.limit = TRANSCRIPT_LIMIT};
    bool is_whole;

    cr_expect(
        eq(int, feed_all(ccpi_buf_span(&frame), &transcript, &is_whole), CCP_PROTOCOL),
        "%s", why);
    cr_expect(zero(sz, transcript.len), "%s", why);
}

static void expect_broken_headers(ccpi_span headers, const char *why)
{
    expect_broken((uint32_t)headers.len + 16, (uint32_t)headers.len, headers, why);
}

/* https://smithy.io/2.0/aws/amazon-eventstream.html */
Test(eventstream, lengths_that_contradict_are_refused_though_the_checksums_are_right)
{
    expect_broken(15, 0, CCPI_SPAN(""), "shorter than a frame can be");
    expect_broken(0, 0, CCPI_SPAN(""), "no length");
    expect_broken(16, 1, CCPI_SPAN(""), "headers beyond the frame");
    expect_broken(CCPI_EVENTSTREAM_MAX_FRAME + 1, 0, CCPI_SPAN(""), "too long");
    expect_broken(CCPI_EVENTSTREAM_MAX_FRAME, CCPI_EVENTSTREAM_MAX_HEADERS + 1,
                  CCPI_SPAN(""), "too long headers");
    expect_broken(UINT32_MAX, UINT32_MAX, CCPI_SPAN(""), "all ones");
}

Test(eventstream, malformed_headers_are_refused_though_the_checksums_are_right)
{
    expect_broken_headers(CCPI_SPAN("\x01"), "a name that is missing");
    expect_broken_headers(CCPI_SPAN("\x00\x07\x00\x00"), "an empty name");
    expect_broken_headers(CCPI_SPAN("\x01n"), "no type");
    expect_broken_headers(CCPI_SPAN("\x01n\x0A"), "an unknown type");
    expect_broken_headers(CCPI_SPAN("\x01n\x07\x00"), "half a length");
    expect_broken_headers(CCPI_SPAN("\x01n\x07\x00\x02v"), "a value cut short");
    expect_broken_headers(CCPI_SPAN("\x01n\x04\x00\x00\x00"), "an integer cut short");
    expect_broken_headers(CCPI_SPAN("\x0B:event-type\x07\x00\x01"
                                    "a\x0B:event-type\x07\x00\x01"
                                    "b"),
                          "a header given twice");
}

Test(eventstream, nothing_is_read_after_a_broken_frame)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf bytes = read_case("error", "stream.bin");
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf transcript = {.limit = TRANSCRIPT_LIMIT};
    ccpi_eventstream stream;

    ccpi_eventstream_init(&stream);
    feed_copy(&stream, "\0\0\0\0\0\0\0\0\0\0\0\0", 12, &transcript);
    cr_expect(
        eq(int, feed_copy(&stream, bytes.data, bytes.len, &transcript), CCP_PROTOCOL));
    cr_expect(zero(sz, transcript.len));
    ccpi_eventstream_clear(&stream);
}

static ccp_status refuse_frame(void *context, const ccpi_eventstream_frame *frame)
{
    (void)context, (void)frame;
    return CCP_LIMIT;
}

Test(eventstream, what_the_visitor_returns_ends_the_stream)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf bytes = read_case("converse", "stream.bin");
    ccpi_eventstream stream;

    ccpi_eventstream_init(&stream);
    cr_expect(eq(
        int,
        ccpi_eventstream_feed(&stream, ccpi_buf_span(&bytes), refuse_frame, NULL, NULL),
        CCP_LIMIT));
    cr_expect(eq(int,
                 ccpi_eventstream_feed(&stream, CCPI_SPAN("x"), refuse_frame, NULL, NULL),
                 CCP_LIMIT));
    ccpi_eventstream_clear(&stream);
}

Test(eventstream, a_written_frame_is_that_of_the_aws_sdk_byte_by_byte)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf expected = read_case("error", "stream.bin");
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf frame = {.limit = 2000};
    const ccpi_eventstream_header headers[] = {
        {CCPI_SPAN(":error-code"), CCPI_SPAN("InternalFailure")},
        {CCPI_SPAN(":error-message"), CCPI_SPAN("An internal server error occurred")},
        {CCPI_SPAN(":message-type"), CCPI_SPAN("error")},
    };

    cr_assert(eq(int, append_frame(headers, 3, CCPI_SPAN(""), &frame), CCP_OK));
    cr_expect(ccpi_span_equals(ccpi_buf_span(&frame), ccpi_buf_span(&expected)));
}

Test(eventstream, frames_are_written_one_behind_the_other)
{
    const ccpi_eventstream_header header = {CCPI_SPAN(":event-type"), CCPI_SPAN("a")};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf frames = {.limit = 2000};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf transcript = {.limit = 1000};
    bool is_whole;

    append_frame(&header, 1, CCPI_SPAN("one"), &frames);
    append_frame(&header, 1, CCPI_SPAN("two"), &frames);
    cr_assert(eq(int, feed_all(ccpi_buf_span(&frames), &transcript, &is_whole), CCP_OK));
    cr_expect(eq(str, transcript.data, (char *)"|a||||one\n|a||||two\n"));
}

Test(eventstream, a_header_that_has_no_place_is_not_written)
{
    static const char long_value[32768];
    const ccpi_eventstream_header nameless = {CCPI_SPAN(""), CCPI_SPAN("v")};
    const ccpi_eventstream_header long_name = {{long_value, 256}, CCPI_SPAN("v")};
    const ccpi_eventstream_header too_long = {CCPI_SPAN("n"),
                                              {long_value, sizeof(long_value)}};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf out = {.limit = 100000};

    cr_expect(eq(int, append_frame(&nameless, 1, CCPI_SPAN(""), &out), CCP_INVALID));
    cr_expect(eq(int, append_frame(&long_name, 1, CCPI_SPAN(""), &out), CCP_INVALID));
    cr_expect(eq(int, append_frame(&too_long, 1, CCPI_SPAN(""), &out), CCP_INVALID));
    cr_expect(zero(sz, out.len));
}

Test(eventstream, a_frame_that_finds_no_room_is_not_written)
{
    const ccpi_eventstream_header header = {CCPI_SPAN(":event-type"), CCPI_SPAN("a")};
    const ccpi_eventstream_made made = {&header, 1, CCPI_SPAN("one")};
    /* 16 bytes of lengths and checksums, 16 of the header, 3 of the payload. */
    char bytes[35];
    ccp_room room = {bytes, sizeof(bytes) - 1, 0};

    cr_expect(eq(int, ccpi_eventstream_write(&made, &room), CCP_LIMIT));
    cr_expect(zero(sz, room.len));
    room.size = sizeof(bytes);
    cr_expect(eq(int, ccpi_eventstream_write(&made, &room), CCP_OK));
    cr_expect(eq(sz, room.len, sizeof(bytes)));
}
