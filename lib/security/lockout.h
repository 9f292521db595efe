#ifndef CCPI_SECURITY_LOCKOUT_H
#define CCPI_SECURITY_LOCKOUT_H

#include "base/span.h"
#include "ccproxy/error.h"
#include "ccproxy/seams.h"

/*
 * Bounds how often somebody may fail at something within a window of time, such
 * as at naming a password (SE-5). A try counts as failed from its beginning, so
 * that many at once get no further than many in turn; one that succeeds is
 * taken back. Bounded: who has been quiet longest is forgotten first. Any
 * thread; times are the caller's, in microseconds.
 */
typedef struct ccpi_lockout ccpi_lockout;

#define CCPI_LOCKOUT_MAX_ENTRIES 10000

typedef struct ccpi_lockout_options {
    int64_t most; /* failures within a window */
    int64_t window_us;
    const ccp_random *random;
} ccpi_lockout_options;

/* @param out  given; ccpi_lockout_free() */
ccp_status ccpi_lockout_new(const ccpi_lockout_options *options, ccpi_lockout **out,
                            ccp_error *error);
void ccpi_lockout_free(ccpi_lockout *lockout);

/* Counts a try. 0: go on; else it was not counted, and this is how long to wait. */
int64_t ccpi_lockout_try(ccpi_lockout *lockout, ccpi_span who, int64_t now_us);

/* The try has succeeded, or was not made after all. */
void ccpi_lockout_take_back(ccpi_lockout *lockout, ccpi_span who, int64_t now_us);

/* As if there had never been a try. */
void ccpi_lockout_forget(ccpi_lockout *lockout, ccpi_span who);

#endif
