#include "wire/eventstream.h"

#include <stdint.h>
#include <zlib.h>

#include "base/fail.h"

#define PRELUDE_LEN 12
#define CRC_LEN 4
#define SMALLEST_FRAME (PRELUDE_LEN + CRC_LEN)
#define MAX_HEADER_NAME 255
#define MAX_HEADER_VALUE 32767

/* What an idle stream may keep for its next frame. */
#define KEPT_CAPACITY ((size_t)64 * 1024)

enum { TYPE_BINARY = 6, TYPE_STRING = 7, TYPE_COUNT = 10 };

/* Bytes of a header's value by its type; those of strings stand before them. */
#define LENGTH_IN_FRONT 255
static const unsigned char value_lengths[TYPE_COUNT] = {
    0, 0, 1, 2, 4, 8, LENGTH_IN_FRONT, LENGTH_IN_FRONT, 8, 16};

void ccpi_eventstream_init(ccpi_eventstream *stream)
{
    *stream = (ccpi_eventstream){.pending = {.limit = CCPI_EVENTSTREAM_MAX_FRAME}};
}

void ccpi_eventstream_clear(ccpi_eventstream *stream)
{
    ccpi_buf_clear(&stream->pending);
}

bool ccpi_eventstream_is_whole(const ccpi_eventstream *stream)
{
    return stream->status == CCP_OK && stream->pending.len == 0;
}

static uint32_t read_u32(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;

    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           bytes[3];
}

static uint32_t crc_of(const char *data, size_t len)
{
    return (uint32_t)crc32(0, (const Bytef *)data, (uInt)len);
}

static ccp_status broken(ccp_error *error, const char *what)
{
    return ccpi_fail(error, CCP_PROTOCOL, "broken event-stream frame: %s", what);
}

/* Reads the frame's length off its prelude. */
static ccp_status read_prelude(const char *prelude, size_t *frame_len, ccp_error *error)
{
    uint32_t total = read_u32(prelude);
    uint32_t headers = read_u32(prelude + 4);

    if (read_u32(prelude + 8) != crc_of(prelude, 8))
        return broken(error, "the prelude's checksum is wrong");
    if (total < SMALLEST_FRAME || total > CCPI_EVENTSTREAM_MAX_FRAME)
        return broken(error, "its length is out of bounds");
    if (headers > total - SMALLEST_FRAME || headers > CCPI_EVENTSTREAM_MAX_HEADERS)
        return broken(error, "the length of its headers is out of bounds");
    *frame_len = total;
    return CCP_OK;
}

/* Takes len bytes off the front; false: there are fewer. */
static bool take(ccpi_span *rest, size_t len, ccpi_span *taken)
{
    if (rest->len < len)
        return false;
    *taken = (ccpi_span){rest->data, len};
    rest->data += len;
    rest->len -= len;
    return true;
}

typedef struct frame_header {
    ccpi_span name;
    ccpi_span value;
    unsigned char type;
} frame_header;

static bool take_header(ccpi_span *rest, frame_header *out)
{
    ccpi_span byte, size;
    size_t len;

    if (!take(rest, 1, &byte) || !take(rest, (unsigned char)*byte.data, &out->name) ||
        out->name.len == 0 || !take(rest, 1, &byte))
        return false;
    out->type = (unsigned char)*byte.data;
    if (out->type >= TYPE_COUNT)
        return false;
    len = value_lengths[out->type];
    if (len == LENGTH_IN_FRONT) {
        if (!take(rest, 2, &size))
            return false;
        len = (size_t)(unsigned char)size.data[0] << 8 | (unsigned char)size.data[1];
    }
    return take(rest, len, &out->value);
}

/* Where a header of that name belongs, NULL: nowhere. */
static ccpi_span *place_of(ccpi_eventstream_frame *frame, ccpi_span name)
{
    const struct {
        const char *name;
        ccpi_span *place;
    } places[] = {
        {":event-type", &frame->event_type},
        {":message-type", &frame->message_type},
        {":exception-type", &frame->exception_type},
        {":error-code", &frame->error_code},
        {":error-message", &frame->error_message},
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (ccpi_span_is(name, places[i].name))
            return places[i].place;
    return NULL;
}

static ccp_status read_headers(ccpi_span headers, ccpi_eventstream_frame *frame,
                               ccp_error *error)
{
    while (headers.len > 0) {
        frame_header header;
        ccpi_span *place;

        if (!take_header(&headers, &header))
            return broken(error, "a header is malformed");
        place = header.type == TYPE_STRING ? place_of(frame, header.name) : NULL;
        if (place && place->data)
            return broken(error, "a header is given twice");
        if (place)
            *place = header.value;
    }
    return CCP_OK;
}

static ccp_status read_frame(ccpi_span bytes, ccpi_eventstream_frame *frame,
                             ccp_error *error)
{
    size_t checked_len = bytes.len - CRC_LEN;
    ccpi_span headers = {bytes.data + PRELUDE_LEN, read_u32(bytes.data + 4)};

    if (read_u32(bytes.data + checked_len) != crc_of(bytes.data, checked_len))
        return broken(error, "its checksum is wrong");
    *frame = (ccpi_eventstream_frame){0};
    frame->payload.data = headers.data + headers.len;
    frame->payload.len = checked_len - PRELUDE_LEN - headers.len;
    return read_headers(headers, frame, error);
}

typedef struct frame_visitor {
    ccp_status (*visit)(void *context, const ccpi_eventstream_frame *frame);
    void *context;
} frame_visitor;

static ccp_status visit_frame(ccpi_span bytes, const frame_visitor *visitor,
                              ccp_error *error)
{
    ccpi_eventstream_frame frame;
    ccp_status status = read_frame(bytes, &frame, error);

    return status == CCP_OK ? visitor->visit(visitor->context, &frame) : status;
}

/* Moves bytes to those pending until there are `wanted` of them; false: there are not. */
static bool collect(ccpi_eventstream *stream, size_t wanted, ccpi_span *bytes)
{
    size_t missing = wanted > stream->pending.len ? wanted - stream->pending.len : 0;
    ccpi_span taken = {bytes->data, bytes->len < missing ? bytes->len : missing};

    if (ccpi_buf_append_span(&stream->pending, taken) != CCP_OK)
        return false;
    bytes->data += taken.len;
    bytes->len -= taken.len;
    return taken.len == missing;
}

static void forget_frame(ccpi_eventstream *stream)
{
    stream->need = 0;
    ccpi_buf_reset(&stream->pending);
    if (stream->pending.capacity > KEPT_CAPACITY)
        ccpi_buf_clear(&stream->pending);
}

/* Goes on with a frame whose beginning came with former bytes, or whose end is to come.
 */
static ccp_status feed_pending(ccpi_eventstream *stream, ccpi_span *bytes,
                               const frame_visitor *visitor, ccp_error *error)
{
    ccp_status status;

    if (stream->need == 0) {
        if (!collect(stream, PRELUDE_LEN, bytes))
            return stream->pending.status;
        status = read_prelude(stream->pending.data, &stream->need, error);
        if (status != CCP_OK)
            return status;
    }
    if (!collect(stream, stream->need, bytes))
        return stream->pending.status;
    status = visit_frame(ccpi_buf_span(&stream->pending), visitor, error);
    forget_frame(stream);
    return status;
}

/* Takes one frame from where it stands when all of it is there; it is not copied then. */
static ccp_status feed_some(ccpi_eventstream *stream, ccpi_span *bytes,
                            const frame_visitor *visitor, ccp_error *error)
{
    ccpi_span frame;
    ccp_status status;

    if (stream->pending.len > 0 || bytes->len < PRELUDE_LEN)
        return feed_pending(stream, bytes, visitor, error);
    status = read_prelude(bytes->data, &stream->need, error);
    if (status != CCP_OK)
        return status;
    if (!take(bytes, stream->need, &frame))
        return feed_pending(stream, bytes, visitor, error);
    stream->need = 0;
    return visit_frame(frame, visitor, error);
}

ccp_status ccpi_eventstream_feed(ccpi_eventstream *stream, ccpi_span bytes,
                                 ccp_status (*visit)(void *context,
                                                     const ccpi_eventstream_frame *frame),
                                 void *context, ccp_error *error)
{
    const frame_visitor visitor = {visit, context};

    if (stream->status != CCP_OK)
        return ccpi_fail(error, stream->status, "the event stream has ended before");
    while (stream->status == CCP_OK && bytes.len > 0)
        stream->status = feed_some(stream, &bytes, &visitor, error);
    if (stream->status == CCP_NO_MEMORY)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an event-stream frame");
    return stream->status;
}

static char *write_u32(char *into, uint32_t value)
{
    const char bytes[] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8),
                          (char)value};

    return mempcpy(into, bytes, sizeof(bytes));
}

static char *write_span(char *into, ccpi_span span)
{
    return span.len == 0 ? into : mempcpy(into, span.data, span.len);
}

static char *write_header(char *into, const ccpi_eventstream_header *header)
{
    *into++ = (char)header->name.len;
    into = write_span(into, header->name);
    *into++ = TYPE_STRING;
    *into++ = (char)(header->value.len >> 8);
    *into++ = (char)header->value.len;
    return write_span(into, header->value);
}

/* Sums the headers up; false: one of them can't be written. */
static bool measure(const ccpi_eventstream_made *made, size_t *len)
{
    *len = 0;
    for (size_t i = 0; i < made->count; i++) {
        const ccpi_eventstream_header *header = &made->headers[i];

        if (header->name.len == 0 || header->name.len > MAX_HEADER_NAME ||
            header->value.len > MAX_HEADER_VALUE)
            return false;
        *len += 1 + header->name.len + 3 + header->value.len;
    }
    return *len <= CCPI_EVENTSTREAM_MAX_HEADERS;
}

static void write_frame(const ccpi_eventstream_made *made, size_t headers_len, char *into,
                        size_t len)
{
    char *at = write_u32(into, (uint32_t)len);

    at = write_u32(at, (uint32_t)headers_len);
    at = write_u32(at, crc_of(into, PRELUDE_LEN - 4));
    for (size_t i = 0; i < made->count; i++)
        at = write_header(at, &made->headers[i]);
    at = write_span(at, made->payload);
    write_u32(at, crc_of(into, len - 4));
}

ccp_status ccpi_eventstream_write(const ccpi_eventstream_made *made, ccp_room *out)
{
    size_t headers_len, len;

    out->len = 0;
    if (!measure(made, &headers_len))
        return CCP_INVALID;
    if (made->payload.len > CCPI_EVENTSTREAM_MAX_FRAME - SMALLEST_FRAME - headers_len)
        return CCP_LIMIT;
    len = SMALLEST_FRAME + headers_len + made->payload.len;
    if (len > out->size)
        return CCP_LIMIT;
    write_frame(made, headers_len, out->data, len);
    out->len = len;
    return CCP_OK;
}
