#ifndef CCPI_UPSTREAM_OUTLET_H
#define CCPI_UPSTREAM_OUTLET_H

#include "base/buf.h"
#include "base/headers.h"
#include "ccproxy/proxy.h"

/*
 * One answer on its way to the client, behind which stands either the client's
 * socket (head and chunks are written here, non-blocking, by the engine's
 * thread) or a bounded queue that the parked worker empties into the sink's
 * own functions. Used by one thread at a time: the engine's while a transfer
 * runs, the worker's before and after; but for serving a queue, see there.
 */
typedef struct ccpi_outlet ccpi_outlet;

/* The most that waits for a slow client (PX-9). */
#define CCPI_OUTLET_MAX_PENDING ((size_t)256 * 1024)

/* The clock serves the deadlines. CCP_NO_MEMORY only. */
ccp_status ccpi_outlet_new(const ccp_sink *sink, const ccp_clock *clock,
                           ccpi_outlet **out);
void ccpi_outlet_free(ccpi_outlet *outlet);

/*
 * Has the sink give its socket away, before anything was answered: from then on
 * the outlet is of any thread, closes the socket when it is freed, and the sink
 * may be gone. false: there is no socket, or the sink keeps it.
 */
bool ccpi_outlet_take_over(ccpi_outlet *outlet);

/*
 * Queues the head; sent with the first body bytes. content_length -1: chunks,
 * or to the connection's end for a client of HTTP/1.0.
 */
ccp_status ccpi_outlet_head(ccpi_outlet *outlet, int status, const ccpi_headers *headers,
                            int64_t content_length);

/* Whether a head was given: from then on nothing else can be answered. */
bool ccpi_outlet_has_head(const ccpi_outlet *outlet);
/* Whether any byte has left for the client. */
bool ccpi_outlet_has_sent(const ccpi_outlet *outlet);

/* Queues body bytes as one chunk. Takes them all; look at _pending() before. */
ccp_status ccpi_outlet_write(ccpi_outlet *outlet, ccpi_span bytes);

/*
 * Queues body bytes as one chunk and sends what the client takes now, without a
 * copy where it takes all. CCP_UNAVAILABLE: the client is gone.
 */
ccp_status ccpi_outlet_push(ccpi_outlet *outlet, ccpi_span bytes);

/* How many queued bytes the client has not taken yet. */
size_t ccpi_outlet_pending(const ccpi_outlet *outlet);

/*
 * Since when (of the clock) bytes have been waiting of which the client took
 * none; 0: nothing waits.
 */
int64_t ccpi_outlet_stalled_us(const ccpi_outlet *outlet);

/* Sends what the socket takes now. CCP_UNAVAILABLE: the client is gone. */
ccp_status ccpi_outlet_flush(ccpi_outlet *outlet);

/* The descriptor to wait on for room and for the client's leaving; -1: the queue. */
int ccpi_outlet_descriptor(const ccpi_outlet *outlet);

/* In the worker: whether the client has left. The engine learns it by flushing. */
bool ccpi_outlet_is_gone(ccpi_outlet *outlet);

/*
 * For the queue kind, while the engine fills it: the worker's side. The bell is
 * rung, in the engine's thread, when there is something to serve; serving hands
 * it to the sink and may wait for the client. CCP_UNAVAILABLE: the client left.
 */
typedef struct ccpi_outlet_bell {
    void (*ring)(void *self);
    void *self;
} ccpi_outlet_bell;

void ccpi_outlet_set_bell(ccpi_outlet *outlet, const ccpi_outlet_bell *bell);
ccp_status ccpi_outlet_serve(ccpi_outlet *outlet);

/*
 * In the worker: sends everything and ends the answer, waiting for the client
 * at most so long between two bytes. CCP_UNAVAILABLE: it left; CCP_TIMEOUT.
 */
ccp_status ccpi_outlet_finish(ccpi_outlet *outlet, int stall_timeout_ms);

/* Before the head: this answer is its connection's last, for the body was not read. */
void ccpi_outlet_close_after(ccpi_outlet *outlet);

/* In the worker: the answer can't be completed; its connection will be closed. */
void ccpi_outlet_break(ccpi_outlet *outlet);

#endif
