#include "fuzz/fuzz.h"

#include "bedrock/response.h"
#include "bedrock/stream.h"
#include "support/frames.h"
#include "wire/eventstream.h"

#define LIMIT ((size_t)32 * 1024 * 1024)

static const ccpi_answer_options options = {
    .request_id = "req_1",
    .model = "claude-x",
};

/* Feeds the bytes in pieces; what came out is the same up to the first failure. */
static ccp_status read_stream(ccpi_span bytes, size_t piece, ccpi_buf *out)
{
    ccpi_converse_stream *stream;
    ccp_status status = CCP_OK;

    must(ccpi_converse_stream_new(&options, &stream) == CCP_OK);
    for (size_t at = 0; at < bytes.len && status == CCP_OK; at += piece) {
        size_t len = bytes.len - at < piece ? bytes.len - at : piece;

        status = ccpi_converse_stream_feed(stream, (ccpi_span){bytes.data + at, len}, out,
                                           NULL);
    }
    if (status == CCP_OK)
        status = ccpi_converse_stream_finish(stream, out, NULL);
    ccpi_converse_stream_free(stream);
    return status;
}

static void check(ccpi_span bytes, size_t piece)
{
    ccpi_buf uncut = {.limit = LIMIT};
    ccpi_buf cut = {.limit = LIMIT};

    must(read_stream(bytes, bytes.len, &uncut) == read_stream(bytes, piece, &cut));
    must(ccpi_span_equals(ccpi_buf_span(&uncut), ccpi_buf_span(&cut)));
    must(uncut.len == 0 || ccpi_span_starts(ccpi_buf_span(&uncut), "event: "));
    ccpi_buf_clear(&uncut);
    ccpi_buf_clear(&cut);
}

/* Frames with right checksums, of lines "event-type payload": what random bytes never
 * are.
 */
static void frame_lines(ccpi_span text, ccpi_buf *frames)
{
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        const size_t len = end ? (size_t)(end - text.data) : text.len;
        const char *blank = len > 0 ? memchr(text.data, ' ', len) : NULL;
        const size_t type_len = blank ? (size_t)(blank - text.data) : len;
        const ccpi_eventstream_header headers[] = {
            {CCPI_SPAN(":message-type"),
             len % 7 == 6 ? CCPI_SPAN("exception") : CCPI_SPAN("event")},
            {CCPI_SPAN(":event-type"), {text.data, type_len % 200}},
            {CCPI_SPAN(":exception-type"), {text.data, type_len % 200}},
        };
        const ccpi_span payload = {text.data + type_len, len - type_len};

        append_frame(headers, 3, payload, frames);
        text.data += len + (end != NULL);
        text.len -= len + (end != NULL);
    }
}

/*
 * The first byte says how the rest is cut, and whether it is frames already or
 * lines to make frames of; the rest is also read as a whole answer.
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
    frame_lines(rest, &made);
    if (made.len > 0)
        check(ccpi_buf_span(&made), (size_t)(data[0] & 0x7F) + 1);
    ccpi_buf_reset(&made);
    status = ccpi_converse_response(rest, &options, &made, NULL);
    must(status == CCP_OK || status == CCP_PROTOCOL || status == CCP_LIMIT);
    ccpi_buf_clear(&made);
    return 0;
}
