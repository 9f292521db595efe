#ifndef CCPI_AWS_SOURCES_FETCH_H
#define CCPI_AWS_SOURCES_FETCH_H

#include "aws/retry.h"
#include "aws/sources/source.h"

/* A question to an endpoint that hands out credentials. */
typedef struct ccpi_fetch {
    const char *what; /* who is asked, for the message */
    const ccpi_retry_policy *policy;
    ccpi_http_request request; /* its timeout is the policy's */
} ccpi_fetch;

/*
 * Asks until there is an answer of status 200, within the policy. CCP_DENIED: it
 * was refused; else as ccpi_http says. The caller clears the answer.
 */
ccp_status ccpi_fetch_run(const ccpi_aws_place *place, const ccpi_fetch *fetch,
                          ccpi_http_answer *answer, ccp_error *error);

#endif
