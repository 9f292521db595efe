#ifndef CCPI_UPSTREAM_DELIVERY_H
#define CCPI_UPSTREAM_DELIVERY_H

#include "base/quota.h"
#include "upstream/answer.h"

/*
 * The way of an answer to its client: holds it back until the gate is open,
 * then hands on what is ready, and counts what is kept for long, all that is
 * held or that the client leaves, against the memory that all share (PX-9).
 */
typedef struct ccpi_delivery {
    const ccpi_transfer_options *options;
    ccpi_answer *answer;
    ccpi_quota *memory;   /* NULL: no limit */
    int64_t committed_us; /* 0: not yet */
    size_t counted;       /* bytes taken from the memory */
    bool is_short;        /* it did not give all that is kept */
} ccpi_delivery;

/* Hands on what may go. A client that has left, or a lack of memory, ends the answer. */
void ccpi_delivery_run(ccpi_delivery *delivery, int64_t now_us);

/* Sends a ping, unless the client has half an event or has not taken the last one. */
void ccpi_delivery_ping(ccpi_delivery *delivery);

/* The client's socket has room, or its worker was told something. */
void ccpi_delivery_flush(ccpi_delivery *delivery);

/* Whether no more should be read from the upstream before the next run. */
bool ccpi_delivery_is_full(const ccpi_delivery *delivery);

/* Whether the client has taken enough for reading to go on. */
bool ccpi_delivery_may_read_on(const ccpi_delivery *delivery);

/*
 * The answer has ended: gives back what was counted. RT-5 goes by what came, not
 * by how it was cut into reads: an answer that failed behind its commit point is
 * committed, even if nothing was sent yet.
 */
void ccpi_delivery_end(ccpi_delivery *delivery, int64_t now_us);

#endif
