#ifndef CCPT_SUPPORT_FRAMES_H
#define CCPT_SUPPORT_FRAMES_H

#include "base/buf.h"
#include "wire/eventstream.h"

/* What a frame has beside headers and payload is much less. */
#define FRAME_ROOM ((size_t)1024)

/* Appends a frame; what fails leaves the buffer as it was. */
static inline ccp_status append_frame(const ccpi_eventstream_header *headers,
                                      size_t count, ccpi_span payload, ccpi_buf *out)
{
    const ccpi_eventstream_made made = {headers, count, payload};
    ccp_room room = {.size = payload.len + FRAME_ROOM};
    ccp_status status = CCP_NO_MEMORY;

    room.data = ccpi_buf_room(out, room.size);
    if (room.data)
        status = ccpi_eventstream_write(&made, &room);
    if (status == CCP_OK)
        ccpi_buf_grow(out, room.len);
    return status;
}

#endif
