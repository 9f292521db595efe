#ifndef CCPI_WIRE_SSE_H
#define CCPI_WIRE_SSE_H

#include "base/buf.h"
#include "ccproxy/sse.h"

/*
 * Finds the events in a stream of server-sent events (HTML standard, section
 * 9.2.6) wherever the bytes are cut. It does not change or keep the bytes that
 * pass; it tells where events end, and hands out those that are wanted.
 *
 * Lines end in LF, CR or CRLF. An event with more than CCPI_SSE_MAX_EVENT
 * bytes of data is counted, but handed out without them. As the standard says, a
 * block without a data: line (a comment, a lone event: line) is no event, though
 * its blank line counts as an event's end.
 */
#define CCPI_SSE_MAX_EVENT CCP_SSE_MAX_EVENT

typedef struct ccpi_sse_event {
    ccpi_span name;    /* of the event: field; empty when there was none */
    ccpi_span data;    /* data: lines joined by LF; valid during the call */
    bool is_oversized; /* data is left out */
} ccpi_sse_event;

typedef struct ccpi_sse ccpi_sse;

typedef struct ccpi_sse_watcher {
    /*
     * Asked once an event's name is known (the empty name: no event: line came
     * before the first data: line): whether its data is wanted. What is not
     * wanted is never copied.
     */
    bool (*wants)(void *self, ccpi_span name);
    /* Called at each event's end, with empty data for what is not wanted. */
    void (*event)(void *self, const ccpi_sse_event *event);
    void *self;
} ccpi_sse_watcher;

/* CCP_NO_MEMORY only. The watcher is copied. */
ccp_status ccpi_sse_new(const ccpi_sse_watcher *watcher, ccpi_sse **out);
void ccpi_sse_free(ccpi_sse *sse);

/*
 * Eats bytes. *whole is the number of these bytes up to and with the last event
 * end among them (0 when none ended here). CCP_NO_MEMORY only.
 */
ccp_status ccpi_sse_feed(ccpi_sse *sse, ccpi_span bytes, size_t *whole);

/* Whether bytes have come since the last event's end. */
bool ccpi_sse_is_inside_event(const ccpi_sse *sse);

#endif
