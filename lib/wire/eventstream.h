#ifndef CCPI_WIRE_EVENTSTREAM_H
#define CCPI_WIRE_EVENTSTREAM_H

#include "base/buf.h"
#include "ccproxy/eventstream.h"
#include "ccproxy/room.h"

/*
 * Frames of application/vnd.amazon.eventstream, wherever the bytes are cut.
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 * Both CRCs and all lengths are checked; a frame that breaks a rule ends the
 * stream for good.
 */
#define CCPI_EVENTSTREAM_MAX_FRAME CCP_EVENTSTREAM_MAX_FRAME
#define CCPI_EVENTSTREAM_MAX_HEADERS ((size_t)128 * 1024)

/* One frame; all of it is borrowed for the call. Absent headers are empty. */
typedef struct ccpi_eventstream_frame {
    ccpi_span message_type;   /* :message-type: event, exception, error */
    ccpi_span event_type;     /* :event-type */
    ccpi_span exception_type; /* :exception-type */
    ccpi_span error_code;     /* :error-code */
    ccpi_span error_message;  /* :error-message */
    ccpi_span payload;
} ccpi_eventstream_frame;

typedef struct ccpi_eventstream {
    ccpi_buf pending;
    size_t need; /* bytes of the frame that is under way, 0: not known yet */
    ccp_status status;
} ccpi_eventstream;

void ccpi_eventstream_init(ccpi_eventstream *stream);
void ccpi_eventstream_clear(ccpi_eventstream *stream);

/*
 * Eats bytes and calls visit with each whole frame; what visit returns, if not
 * CCP_OK, ends the stream and is passed on. CCP_PROTOCOL: a broken frame.
 */
ccp_status ccpi_eventstream_feed(ccpi_eventstream *stream, ccpi_span bytes,
                                 ccp_status (*visit)(void *context,
                                                     const ccpi_eventstream_frame *frame),
                                 void *context, ccp_error *error);

/* Whether the bytes so far end with a whole frame. */
bool ccpi_eventstream_is_whole(const ccpi_eventstream *stream);

typedef struct ccpi_eventstream_header {
    ccpi_span name;
    ccpi_span value; /* a string */
} ccpi_eventstream_header;

/* A frame that is made. */
typedef struct ccpi_eventstream_made {
    const ccpi_eventstream_header *headers;
    size_t count;
    ccpi_span payload;
} ccpi_eventstream_made;

/*
 * Writes it. CCP_INVALID: a header that no frame can have. CCP_LIMIT: it is longer
 * than the room, or than a frame may be. Allocates nothing.
 */
ccp_status ccpi_eventstream_write(const ccpi_eventstream_made *made, ccp_room *out);

#endif
