/* ccproxy/eventstream.h over the machine of wire/. */
#include "ccproxy/eventstream.h"

#include <stdlib.h>

#include "parts/spans.h"
#include "wire/eventstream.h"

#define MAX_HEADERS 16

struct ccp_eventstream {
    ccpi_eventstream machine;
    ccp_eventstream_visit visit;
    void *context;
};

ccp_status ccp_eventstream_new(ccp_eventstream_visit visit, void *context,
                               ccp_eventstream **out)
{
    ccp_eventstream *stream = calloc(1, sizeof(*stream));

    *out = stream;
    if (!stream)
        return CCP_NO_MEMORY;
    ccpi_eventstream_init(&stream->machine);
    stream->visit = visit;
    stream->context = context;
    return CCP_OK;
}

void ccp_eventstream_free(ccp_eventstream *stream)
{
    if (!stream)
        return;
    ccpi_eventstream_clear(&stream->machine);
    free(stream);
}

static ccp_status tell(void *context, const ccpi_eventstream_frame *frame)
{
    const ccp_eventstream *stream = context;
    const ccp_eventstream_frame told = {
        .message_type = ccpi_bytes_of(frame->message_type),
        .event_type = ccpi_bytes_of(frame->event_type),
        .exception_type = ccpi_bytes_of(frame->exception_type),
        .error_code = ccpi_bytes_of(frame->error_code),
        .error_message = ccpi_bytes_of(frame->error_message),
        .payload = ccpi_bytes_of(frame->payload),
    };

    return stream->visit(stream->context, &told);
}

ccp_status ccp_eventstream_feed(ccp_eventstream *stream, const void *bytes, size_t len,
                                ccp_error *error)
{
    return ccpi_eventstream_feed(&stream->machine, ccpi_span_from(bytes, len), tell,
                                 stream, error);
}

bool ccp_eventstream_is_whole(const ccp_eventstream *stream)
{
    return ccpi_eventstream_is_whole(&stream->machine);
}

ccp_status ccp_eventstream_encode(const ccp_eventstream_header *headers, size_t count,
                                  ccp_bytes payload, ccp_room *out)
{
    ccpi_eventstream_header inner[MAX_HEADERS];
    const ccpi_eventstream_made made = {inner, count,
                                        ccpi_span_from(payload.data, payload.len)};

    out->len = 0;
    if (count > MAX_HEADERS)
        return CCP_LIMIT;
    for (size_t i = 0; i < count; i++)
        inner[i] = (ccpi_eventstream_header){ccpi_span_of(headers[i].name),
                                             ccpi_span_of(headers[i].value)};
    return ccpi_eventstream_write(&made, out);
}
