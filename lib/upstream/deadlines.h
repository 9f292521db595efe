#ifndef CCPI_UPSTREAM_DEADLINES_H
#define CCPI_UPSTREAM_DEADLINES_H

#include "upstream/transfer.h"

/*
 * What one attempt waits for, and how long (PL-6). Bytes that pass only leave
 * their time here; when the attempt's alarm rings, the deadlines say whether
 * one is over and when to ring next. Times are monotonic microseconds.
 * Connecting is not among them: curl's own clock watches that.
 */
typedef struct ccpi_deadlines {
    ccpi_timeouts limits;
    int64_t submitted_us;
    int64_t uploaded_us;   /* when some of the request was last seen to be sent */
    bool is_sent;          /* all of the request is */
    int64_t first_byte_us; /* 0: the upstream has not answered yet */
    int64_t last_byte_us;  /* of the answer */
    bool is_paused;        /* we do not read, so silence means nothing */
    int64_t stalled_us;    /* since then the client took no byte; 0: nothing waits */
    int64_t open_at_us;    /* the gate's; INT64_MAX: none */
    int64_t quiet_us;      /* since then pings are wanted; 0: they are not */
    int64_t lingering_us;  /* since then; 0: not */
    int64_t watch_at_us;   /* the client's leaving, from then on; INT64_MAX: it is */
} ccpi_deadlines;

/* Which one is over, as text for the log; NULL: none. */
typedef enum ccpi_overdue {
    CCPI_OVERDUE_NONE = 0,
    CCPI_OVERDUE_TOTAL,
    CCPI_OVERDUE_UPLOAD,
    CCPI_OVERDUE_FIRST_BYTE,
    CCPI_OVERDUE_READ,
    CCPI_OVERDUE_CLIENT,
    CCPI_OVERDUE_LINGER
} ccpi_overdue;

/* Puts in the defaults of limits that have one. */
void ccpi_deadlines_init(ccpi_deadlines *deadlines, const ccpi_timeouts *limits,
                         int64_t now_us);

ccpi_overdue ccpi_deadlines_overdue(const ccpi_deadlines *deadlines, int64_t now_us);

bool ccpi_deadlines_wants_ping(const ccpi_deadlines *deadlines, int64_t now_us);

/* When to look again; INT64_MAX: nothing is waited for. */
int64_t ccpi_deadlines_next_us(const ccpi_deadlines *deadlines);

/* "no byte of the answer in time" and so on, for the log. */
const char *ccpi_overdue_text(ccpi_overdue overdue);

#endif
