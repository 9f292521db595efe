#ifndef CCPI_AWS_CALL_H
#define CCPI_AWS_CALL_H

#include "aws/aws.h"

/*
 * One operation of a service: a signed request, tried again while that is worth
 * it. Borrowed.
 */
typedef struct ccpi_aws_call {
    ccpi_aws_service service;
    const char *operation;        /* "Decrypt"; for messages */
    const char *method;           /* NULL: "POST" */
    const char *path;             /* with its query, encoded; NULL: "/" */
    const char *target;           /* x-amz-target, "TrentService.Decrypt"; NULL: none */
    const char *content_type;     /* "application/x-amz-json-1.1"; NULL: none */
    const char *content_encoding; /* of the body, "gzip"; NULL: none */
    ccpi_span body;
    const ccpi_retry_policy *patience; /* NULL: the usual one */
} ccpi_aws_call;

/*
 * The caller clears the answer. CCP_DENIED: the credentials, or what they may
 * do. CCP_NOT_FOUND: what is asked for. CCP_INVALID: the service found fault
 * with the request. CCP_UNAVAILABLE, CCP_TIMEOUT: no answer, or one of failure
 * or haste, until the last attempt; and what ccpi_aws_credentials_get() says.
 * Messages hold the service's error code, and nothing else that it sent.
 */
ccp_status ccpi_aws_call_run(ccp_aws *aws, const ccpi_aws_call *call,
                             ccpi_http_answer *answer, ccp_error *error);

#endif
