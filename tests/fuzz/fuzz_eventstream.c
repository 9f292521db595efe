#include "fuzz/fuzz.h"

#include <zlib.h>

#include "wire/eventstream.h"

#define LIMIT ((size_t)8 * 1024 * 1024)

static ccp_status note_frame(void *context, const ccpi_eventstream_frame *frame)
{
    ccpi_buf *transcript = context;

    ccpi_buf_append_span(transcript, frame->message_type);
    ccpi_buf_append_span(transcript, frame->event_type);
    ccpi_buf_append_span(transcript, frame->exception_type);
    ccpi_buf_append_span(transcript, frame->error_code);
    ccpi_buf_append_span(transcript, frame->error_message);
    ccpi_buf_append_span(transcript, frame->payload);
    return ccpi_buf_append_char(transcript, '\n');
}

static ccp_status read_stream(ccpi_span bytes, size_t piece, ccpi_buf *transcript)
{
    ccpi_eventstream stream;
    ccp_status status = CCP_OK;

    ccpi_eventstream_init(&stream);
    for (size_t at = 0; at < bytes.len && status == CCP_OK; at += piece) {
        size_t len = bytes.len - at < piece ? bytes.len - at : piece;

        status = ccpi_eventstream_feed(&stream, (ccpi_span){bytes.data + at, len},
                                       note_frame, transcript, NULL);
    }
    must(status == CCP_OK || status == CCP_PROTOCOL);
    ccpi_eventstream_clear(&stream);
    return status;
}

static void check_cuts(ccpi_span bytes, size_t piece)
{
    ccpi_buf uncut = {.limit = LIMIT};
    ccpi_buf cut = {.limit = LIMIT};

    must(read_stream(bytes, bytes.len, &uncut) == read_stream(bytes, piece, &cut));
    must(ccpi_span_equals(ccpi_buf_span(&uncut), ccpi_buf_span(&cut)));
    ccpi_buf_clear(&uncut);
    ccpi_buf_clear(&cut);
}

static void append_u32(ccpi_buf *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        ccpi_buf_append_char(out, (char)(value >> shift));
}

static void append_crc(ccpi_buf *frame)
{
    append_u32(frame, (uint32_t)crc32(0, (const Bytef *)frame->data, (uInt)frame->len));
}

/* Right checksums around content that may be anything: no fuzzer guesses those. */
static void check_content(ccpi_span content, size_t headers_len, size_t piece)
{
    ccpi_buf frame = {.limit = LIMIT};

    append_u32(&frame, (uint32_t)content.len + 16);
    append_u32(&frame, (uint32_t)headers_len);
    append_crc(&frame);
    ccpi_buf_append_span(&frame, content);
    append_crc(&frame);
    check_cuts(ccpi_buf_span(&frame), piece);
    ccpi_buf_clear(&frame);
}

/* The first byte says how the rest is cut, the second how much of it is headers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ccpi_span rest = {(const char *)data + 2, size > 2 ? size - 2 : 0};

    if (size < 3)
        return 0;
    check_cuts(rest, (size_t)data[0] % 32 + 1);
    check_content(rest, data[1], (size_t)data[0] % 32 + 1);
    return 0;
}
