#ifndef CCPI_AWS_FAULT_H
#define CCPI_AWS_FAULT_H

#include "aws/http.h"

/* What an answer that is no success means. */

#define CCPI_AWS_MAX_CODE 64

typedef struct ccpi_aws_fault {
    ccp_status status;
    bool is_passing;                  /* worth another attempt */
    bool is_of_keys;                  /* others may be accepted */
    char code[CCPI_AWS_MAX_CODE + 1]; /* "ThrottlingException"; empty: none was sent */
} ccpi_aws_fault;

/*
 * From the header x-amzn-errortype, a JSON body's __type or an XML one's Code,
 * else by the HTTP status.
 */
ccpi_aws_fault ccpi_aws_fault_of(const ccpi_http_answer *answer);

#endif
