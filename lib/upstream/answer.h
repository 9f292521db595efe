#ifndef CCPI_UPSTREAM_ANSWER_H
#define CCPI_UPSTREAM_ANSWER_H

#include "upstream/gate.h"
#include "upstream/transfer.h"

/*
 * An upstream's answer as it comes in: its head, its bytes in client format,
 * what its events say, and whether and how it has ended. A machine without
 * I/O; curl's bytes go in, what may go to the client comes out.
 */

/* The most that waits here, of a reader that makes much out of little. */
#define CCPI_ANSWER_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* A part of an event that is larger than this does not wait for its end (PX-8). */
#define CCPI_ANSWER_MAX_PARTIAL ((size_t)64 * 1024)

typedef enum ccpi_answer_kind {
    CCPI_ANSWER_HEAD = 0, /* not known yet */
    CCPI_ANSWER_STREAM,
    CCPI_ANSWER_BODY,
    /* No success, or one of another type: held whole, as the upstream wrote it. */
    CCPI_ANSWER_ERROR
} ccpi_answer_kind;

typedef struct ccpi_answer {
    const ccpi_transfer_options *options;
    int64_t hold_us;
    ccpi_answer_kind kind;
    int status;
    ccpi_headers headers;

    ccpi_buf bytes;    /* in client format, not handed on yet */
    size_t scanned;    /* of them: looked at */
    size_t whole;      /* of them: up to the last event's end */
    bool is_mid_event; /* the client has the first part of a large event */
    bool is_cut;       /* what was held is not all of it */
    bool is_committed;

    ccpi_sse *sse;
    ccpi_gate gate;
    int64_t now_us;
    ccpi_event_kind last_event;
    bool has_stop_reason; /* a message_delta said why the message ends */
    ccpi_error_type event_error;

    bool has_ended;
    ccpi_ending ending;
    ccp_error error;
} ccpi_answer;

/* Options are borrowed; hold_us as in ccpi_gate_for_stream(). */
void ccpi_answer_init(ccpi_answer *answer, const ccpi_transfer_options *options,
                      int64_t hold_us);
void ccpi_answer_clear(ccpi_answer *answer);

/* A line of the head, with its line end, as curl gives them. Trailers are ignored. */
void ccpi_answer_take_line(ccpi_answer *answer, ccpi_span line);

void ccpi_answer_take_body(ccpi_answer *answer, ccpi_span bytes);

/* Looks at what came in since the last time. */
void ccpi_answer_scan(ccpi_answer *answer, int64_t now_us);

/* The upstream has sent everything. */
void ccpi_answer_conclude(ccpi_answer *answer, int64_t now_us);

/* It ends some other way. Only the first ending counts. */
void ccpi_answer_end(ccpi_answer *answer, ccpi_ending ending, const char *why);

/* Whether a stream has all that makes a message, even if message_stop never comes. */
bool ccpi_answer_is_whole_message(const ccpi_answer *answer);

/* Whether the answer may go to the client from now on. */
bool ccpi_answer_may_flow(ccpi_answer *answer, int64_t now_us);

/* The bytes that may go now, and that they have gone. */
ccpi_span ccpi_answer_ready(const ccpi_answer *answer);
void ccpi_answer_note_sent(ccpi_answer *answer, size_t len);

/* What is left at the end, given away; of a stream that flows, whole events alone. */
ccpi_buf ccpi_answer_take_rest(ccpi_answer *answer);

#endif
