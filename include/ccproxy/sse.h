/**
 * @file ccproxy/sse.h
 *
 * Finds the events in a stream of server-sent events (HTML standard, section
 * 9.2.6), wherever the bytes are cut. The bytes themselves stay with the caller,
 * who can pass them on as they came.
 *
 * Lines end in LF, CR or CRLF. A block without a data: line, such as a comment,
 * is no event, though its blank line counts as an event's end. One parser is
 * used by one thread at a time.
 */
#ifndef CCPROXY_SSE_H
#define CCPROXY_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/room.h"

CCP_BEGIN_DECLS

/** The most bytes of data that one event is handed out with. */
#define CCP_SSE_MAX_EVENT ((size_t)1024 * 1024)

/** One event. Borrowed for the call. */
typedef struct ccp_sse_event {
    ccp_bytes name;    /**< of the event: line; empty: there was none */
    ccp_bytes data;    /**< the data: lines, joined by LF; empty: not wanted */
    bool is_oversized; /**< more than CCP_SSE_MAX_EVENT bytes: they are left out */
} ccp_sse_event;

/** What is done with events. */
typedef struct ccp_sse_watcher {
    /**
     * Whether the data of an event with this name is wanted; what is not is never
     * copied. NULL: all data is wanted.
     */
    bool (*wants)(void *self, ccp_bytes name);
    /** An event ended. Must not free the parser. */
    void (*event)(void *self, const ccp_sse_event *event);
    void *self;
} ccp_sse_watcher;

typedef struct ccp_sse ccp_sse;

/**
 * CCP_NO_MEMORY only.
 *
 * @param watcher  copied
 * @param out      given to the caller; free it with ccp_sse_free()
 */
ccp_status ccp_sse_new(const ccp_sse_watcher *watcher, ccp_sse **out);

/** NULL is allowed. */
void ccp_sse_free(ccp_sse *sse);

/**
 * Eats bytes. CCP_NO_MEMORY only.
 *
 * @param whole  how many of these bytes there are up to and with the last end of
 *               an event among them, 0 when none ended here; may be NULL
 */
ccp_status ccp_sse_feed(ccp_sse *sse, const void *bytes, size_t len, size_t *whole);

/** Whether bytes have come since the last event's end. */
bool ccp_sse_is_inside_event(const ccp_sse *sse);

CCP_END_DECLS

#endif
