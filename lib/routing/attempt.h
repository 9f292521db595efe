#ifndef CCPI_ROUTING_ATTEMPT_H
#define CCPI_ROUTING_ATTEMPT_H

#include "routing/exchange.h"
#include "routing/usable.h"

/* One try at one upstream. */

typedef struct ccpi_attempt_options {
    ccpi_upstream upstream;
    ccpi_call call;
    const char *model_id;          /* Bedrock's, or NULL */
    const ccpi_usable *credential; /* Bedrock's, or NULL */
    bool has_successor; /* something else may answer when this does not in time */
} ccpi_attempt_options;

typedef enum ccpi_attempt_end {
    CCPI_ATTEMPT_HELD = 0, /* the answer, or what it lacks, is in the attempt */
    CCPI_ATTEMPT_STARTED,  /* the client has its first bytes: no other can answer */
    CCPI_ATTEMPT_LEFT,     /* the client has gone */
    CCPI_ATTEMPT_STOPPED,  /* the proxy stops, or is out of memory */
    CCPI_ATTEMPT_UNFIT     /* CCP_INVALID of prepare(): nothing was sent */
} ccpi_attempt_end;

/*
 * Prepares, sends, and waits for the end. Fills exchange->attempts[upstream];
 * error says why a request is unfit.
 */
ccpi_attempt_end ccpi_attempt_run(ccpi_exchange *x, const ccpi_attempt_options *options,
                                  ccp_error *error);

void ccpi_attempt_clear(ccpi_attempt *attempt);

/* Whether there is an answer that could be shown to the client. */
bool ccpi_attempt_has_answer(const ccpi_attempt *attempt);

#endif
