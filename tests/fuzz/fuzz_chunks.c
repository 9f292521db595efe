#include "fuzz/fuzz.h"

#include "base/encode.h"
#include "bedrock/native/answer.h"
#include "support/frames.h"
#include "wire/eventstream.h"

#define LIMIT ((size_t)32 * 1024 * 1024)
#define MAX_LINE ((size_t)64 * 1024)

static const ccpi_answer_options options = {
    .request_id = "req_1",
    .model = "claude-x",
};

/* Feeds the bytes in pieces; what came out is the same up to the first failure. */
static ccp_status read_stream(ccpi_span bytes, size_t piece, ccpi_buf *out)
{
    ccpi_chunks *chunks;
    ccp_status status = CCP_OK;

    must(ccpi_chunks_new(&options, &chunks) == CCP_OK);
    for (size_t at = 0; at < bytes.len && status == CCP_OK; at += piece) {
        size_t len = bytes.len - at < piece ? bytes.len - at : piece;

        status = ccpi_chunks_feed(chunks, (ccpi_span){bytes.data + at, len}, out, NULL);
    }
    if (status == CCP_OK)
        status = ccpi_chunks_finish(chunks, out, NULL);
    ccpi_chunks_free(chunks);
    return status;
}

/* Spaces before an event's JSON go out as they came. */
static bool is_data(ccpi_span line)
{
    size_t at = sizeof("data: ") - 1;

    if (!ccpi_span_starts(line, "data: "))
        return false;
    while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'))
        at++;
    return at < line.len && line.data[at] == '{';
}

/* Every line is one of an event's two, or blank: nothing breaks the framing. */
static void check_lines(ccpi_span sse)
{
    while (sse.len > 0) {
        const char *end = memchr(sse.data, '\n', sse.len);
        const size_t len = end ? (size_t)(end - sse.data) : sse.len;
        const ccpi_span line = {sse.data, len};

        must(end && !memchr(line.data, '\r', len));
        must(len == 0 || ccpi_span_starts(line, "event: ") || is_data(line));
        sse.data += len + 1;
        sse.len -= len + 1;
    }
}

static void check(ccpi_span bytes, size_t piece)
{
    ccpi_buf uncut = {.limit = LIMIT};
    ccpi_buf cut = {.limit = LIMIT};

    must(read_stream(bytes, bytes.len, &uncut) == read_stream(bytes, piece, &cut));
    must(ccpi_span_equals(ccpi_buf_span(&uncut), ccpi_buf_span(&cut)));
    check_lines(ccpi_buf_span(&uncut));
    ccpi_buf_clear(&uncut);
    ccpi_buf_clear(&cut);
}

static void frame_line(ccpi_span line, ccpi_buf *frames)
{
    static const ccpi_eventstream_header headers[] = {
        {CCPI_SPAN(":message-type"), CCPI_SPAN("event")},
        {CCPI_SPAN(":event-type"), CCPI_SPAN("chunk")},
    };
    static char base64[CCPI_BASE64_LEN(MAX_LINE) + 1];
    ccpi_buf payload = {.limit = LIMIT};

    ccpi_base64_encode((const unsigned char *)line.data, line.len, base64);
    ccpi_buf_append_text(&payload, "{\"bytes\":\"");
    ccpi_buf_append_text(&payload, base64);
    ccpi_buf_append_text(&payload, "\"}");
    append_frame(headers, 2, ccpi_buf_span(&payload), frames);
    ccpi_buf_clear(&payload);
}

/* Frames with right checksums, each of what stands up to a 0x1E: an event. */
static void frame_events(ccpi_span text, ccpi_buf *frames)
{
    while (text.len > 0) {
        const char *end = memchr(text.data, 0x1E, text.len);
        const size_t len = end ? (size_t)(end - text.data) : text.len;

        if (len <= MAX_LINE)
            frame_line((ccpi_span){text.data, len}, frames);
        text.data += len + (end != NULL);
        text.len -= len + (end != NULL);
    }
}

/*
 * The first byte says how the rest is cut, and whether it is frames already or
 * events to make frames of; the rest is also read as a whole answer.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ccpi_span rest = {(const char *)data + 1, size > 0 ? size - 1 : 0};
    ccpi_buf made = {.limit = LIMIT};
    ccp_status status;

    if (size < 2)
        return 0;
    if (data[0] & 0x80)
        check(rest, (size_t)(data[0] & 0x7F) + 1);
    frame_events(rest, &made);
    if (made.len > 0)
        check(ccpi_buf_span(&made), (size_t)(data[0] & 0x7F) + 1);
    ccpi_buf_reset(&made);
    status = ccpi_native_response(rest, "claude-x", &made, NULL);
    must(status == CCP_OK || status == CCP_PROTOCOL || status == CCP_LIMIT);
    ccpi_buf_clear(&made);
    return 0;
}
