#ifndef CCPI_UPSTREAM_TRANSFER_H
#define CCPI_UPSTREAM_TRANSFER_H

#include "anthropic/error_body.h"
#include "base/buf.h"
#include "base/headers.h"
#include "upstream/engine.h"
#include "upstream/outgoing.h"
#include "upstream/outlet.h"
#include "upstream/reader.h"
#include "wire/sse.h"

/*
 * One attempt at one upstream as its caller sees it: submit, park, outcome.
 * The bytes walk  curl -> reader -> gate -> outlet  in the engine's thread; the
 * worker that called wakes once, when the attempt has failed before its commit
 * point, or is over.
 */

/* How an attempt ended, for routing (RT-4). */
typedef enum ccpi_ending {
    CCPI_ENDED_WELL = 0,    /* the whole answer came */
    CCPI_ENDED_BY_STATUS,   /* a whole answer with an error status */
    CCPI_ENDED_BY_EVENT,    /* an error event in a stream; it is in the body */
    CCPI_ENDED_MALFORMED,   /* 200, but not what was asked for: HTML, no JSON, a bad frame
                             */
    CCPI_ENDED_BY_NETWORK,  /* connect, TLS, reset, cut short */
    CCPI_ENDED_BY_TIMEOUT,  /* one of the deadlines */
    CCPI_ENDED_BY_CLIENT,   /* the client left */
    CCPI_ENDED_BY_SHUTDOWN, /* the engine stops */
    CCPI_ENDED_BY_MEMORY    /* no memory, or a limit of ours */
} ccpi_ending;

typedef struct ccpi_timeouts {
    int64_t connect_ms;
    /* From the request's last byte to the answer's first; 0: read_ms. */
    int64_t first_byte_ms;
    int64_t read_ms;   /* between two bytes of the answer; 0: none */
    int64_t total_ms;  /* 0: none */
    int64_t upload_ms; /* without progress in sending; 0: none */
    /* With a default, for 0; tests make them short. */
    int64_t stall_ms;  /* a client that takes no byte is gone; 300 s */
    int64_t commit_ms; /* an answer is held at most so long after message_start; 10 s */
    int64_t ping_ms;   /* of silence before a ping; 15 s */
    int64_t linger_ms; /* reading on after message_stop (RT-6b); 1 s */
} ccpi_timeouts;

typedef struct ccpi_transfer_options {
    ccpi_engine *engine;
    const ccpi_outgoing *outgoing; /* borrowed until the call returns */
    ccpi_reader *reader; /* taken; NULL: the upstream's bytes are the client's */
    ccpi_outlet *outlet; /* borrowed */
    ccpi_timeouts timeouts;
    bool is_stream;    /* the client asked for SSE */
    bool may_hold;     /* false: nothing else can answer, so commit with the first byte */
    bool pings;        /* make ping events when the upstream is silent for 15 s (BR-10) */
    bool must_be_json; /* a 200 that is no stream must parse */
    /*
     * What a success must be. NULL: text/event-stream or, if it must be JSON,
     * application/json; with a reader anything.
     */
    const char *content_type;
    /* Nobody else can answer: a stream is kept, too, where none was asked for. */
    bool keeps_streams;

    /*
     * At the commit point, in the engine's thread: writes the answer's head for
     * the client from the upstream's. Must not wait.
     */
    ccp_status (*head)(void *self, int status, const ccpi_headers *upstream,
                       ccpi_headers *client);
    /*
     * The answer flows, all of the request is sent, and it will not be read again:
     * its body may go. May be NULL. Engine's thread.
     */
    void (*body_is_over)(void *self);
    /* Sees every event of a stream (see sse.h) in client format. Engine's thread. */
    bool (*wants)(void *self, ccpi_span name); /* this and the next two may be NULL */
    void (*event)(void *self, const ccpi_sse_event *event);
    /* Sees all bytes of a success that is no stream, held or not, in client format. */
    void (*body)(void *self, ccpi_span bytes);
    void *self;
} ccpi_transfer_options;

typedef struct ccpi_transfer_result {
    ccpi_ending ending;
    int status;           /* the upstream's; 0: none came */
    ccpi_headers headers; /* the upstream's */
    /*
     * Not committed: the whole held answer in client format (an error body as it
     * came from upstream); a short stream may well have ended before its commit
     * point. Committed: the last whole events or bytes, not yet handed to the
     * client: the caller records the usage, then sends them with
     * ccpi_outlet_write() and ccpi_outlet_finish().
     */
    bool is_committed;
    ccpi_buf body;
    bool body_is_raw; /* upstream's own bytes: the reader was not asked */
    /* It is not all of it: of more than 1 MiB, broken off, or of no use to anyone. */
    bool body_is_cut;
    /*
     * The client has the first part of a large event that never ended: nothing
     * can follow it, so the answer can only be broken off.
     */
    bool is_mid_event;
    ccpi_error_type
        event_error; /* of CCPI_ENDED_BY_EVENT, or of a stream's error event */
    int failed_as;   /* of CCPI_ENDED_BY_EVENT, as the reader calls it; 0: unknown */
    bool saw_message_stop; /* or message_delta at the end of a stream */
    bool was_reused;       /* on a pooled connection */
    ccp_error error;       /* why, for the log */
    /* Monotonic microseconds; 0: did not happen. */
    int64_t submitted_us, first_byte_us, committed_us, ended_us;
} ccpi_transfer_result;

void ccpi_transfer_result_clear(ccpi_transfer_result *result);

/*
 * Runs one attempt to its end; the calling thread parks, serving the outlet's
 * queue if it has one. CCP_NO_MEMORY and CCP_UNAVAILABLE (the engine stops) are
 * the only failures; everything else is in the result.
 */
ccp_status ccpi_transfer_run(const ccpi_transfer_options *options,
                             ccpi_transfer_result *result, ccp_error *error);

#endif
