/**
 * @file ccproxy/eventstream.h
 *
 * Frames of application/vnd.amazon.eventstream, in which Amazon Bedrock sends
 * streams (https://smithy.io/2.0/aws/amazon-eventstream.html): taken apart
 * wherever the bytes are cut, and made. Both checksums and all lengths are
 * checked. One decoder is used by one thread at a time.
 */
#ifndef CCPROXY_EVENTSTREAM_H
#define CCPROXY_EVENTSTREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/room.h"

CCP_BEGIN_DECLS

/** A longer frame ends the stream. */
#define CCP_EVENTSTREAM_MAX_FRAME ((size_t)16 * 1024 * 1024)

/** One frame. Borrowed for the call; a header that is absent is empty. */
typedef struct ccp_eventstream_frame {
    ccp_bytes message_type;   /**< :message-type: "event", "exception" or "error" */
    ccp_bytes event_type;     /**< :event-type */
    ccp_bytes exception_type; /**< :exception-type */
    ccp_bytes error_code;     /**< :error-code */
    ccp_bytes error_message;  /**< :error-message */
    ccp_bytes payload;
} ccp_eventstream_frame;

/** What is done with a frame; anything but CCP_OK ends the stream. */
typedef ccp_status (*ccp_eventstream_visit)(void *context,
                                            const ccp_eventstream_frame *frame);

typedef struct ccp_eventstream ccp_eventstream;

/** @param out  given to the caller; free it with ccp_eventstream_free() */
ccp_status ccp_eventstream_new(ccp_eventstream_visit visit, void *context,
                               ccp_eventstream **out);

/** NULL is allowed. */
void ccp_eventstream_free(ccp_eventstream *stream);

/**
 * Eats bytes. CCP_PROTOCOL: a broken frame, and the stream is over; else what
 * visit returned.
 */
ccp_status ccp_eventstream_feed(ccp_eventstream *stream, const void *bytes, size_t len,
                                ccp_error *error);

/** Whether the bytes so far end with a whole frame. */
bool ccp_eventstream_is_whole(const ccp_eventstream *stream);

/** A header of a frame that is made; its value is a string. */
typedef struct ccp_eventstream_header {
    const char *name;
    const char *value;
} ccp_eventstream_header;

/**
 * Writes one frame of at most 16 headers; allocates nothing. CCP_INVALID: a name or
 * value that no frame can have. CCP_LIMIT: too many headers, or the frame is longer
 * than out->size, or than a frame may be.
 *
 * @param out  room of the caller's; its len is set
 */
ccp_status ccp_eventstream_encode(const ccp_eventstream_header *headers, size_t count,
                                  ccp_bytes payload, ccp_room *out);

CCP_END_DECLS

#endif
