#ifndef CCPI_UPSTREAM_GATE_H
#define CCPI_UPSTREAM_GATE_H

#include "base/span.h"

#include <stdint.h>

/*
 * Decides when an answer that is held back may flow to the client (RT-5): from
 * then on no other upstream can give it. Holds no bytes itself and reads no
 * clock.
 */
#define CCPI_GATE_MAX_STREAM ((size_t)64 * 1024)
#define CCPI_GATE_MAX_BODY ((size_t)1024 * 1024)

/* The events of a stream that mean something to its way through the proxy. */
typedef enum ccpi_event_kind {
    CCPI_EVENT_OTHER = 0,
    CCPI_EVENT_MESSAGE_START,
    CCPI_EVENT_BLOCK_START,
    CCPI_EVENT_MESSAGE_DELTA,
    CCPI_EVENT_MESSAGE_STOP,
    CCPI_EVENT_ERROR
} ccpi_event_kind;

ccpi_event_kind ccpi_event_kind_of(ccpi_span name);

typedef struct ccpi_gate {
    size_t max_held;
    int64_t wait_us;    /* at most so long after message_start */
    int64_t open_at_us; /* INT64_MAX: message_start has not come yet */
    bool is_open;
} ccpi_gate;

/* may_hold false: nothing else can answer, so the first byte opens it. */
ccpi_gate ccpi_gate_for_stream(bool may_hold, int64_t wait_us);

/* For answers that are held to their end: only too many bytes open it. */
ccpi_gate ccpi_gate_for_body(void);

/* An event is complete. */
void ccpi_gate_event(ccpi_gate *gate, ccpi_event_kind kind, int64_t now_us);

/* There is no room to hold any more. */
void ccpi_gate_open(ccpi_gate *gate);

/* So many bytes are held now. Returns whether they may flow; once open, always open. */
bool ccpi_gate_may_flow(ccpi_gate *gate, size_t held, int64_t now_us);

#endif
