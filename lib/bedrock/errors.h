#ifndef CCPI_BEDROCK_ERRORS_H
#define CCPI_BEDROCK_ERRORS_H

#include "anthropic/error_body.h"
#include "base/headers.h"
#include "wire/eventstream.h"

/* What Bedrock's refusals mean, and what the client is told of each (BR-11, BR-12). */
typedef enum ccpi_bedrock_fault {
    CCPI_FAULT_UNAVAILABLE = 0, /* all that is nothing else, also no answer at all */
    CCPI_FAULT_AUTH,
    CCPI_FAULT_QUOTA,
    CCPI_FAULT_VALIDATION,
    CCPI_FAULT_MODEL_UNKNOWN,
    CCPI_FAULT_MODEL_ERROR,
    CCPI_FAULT_TIMEOUT
} ccpi_bedrock_fault;

/* How the client is told of a fault. */
typedef struct ccpi_fault_told {
    int status;
    ccpi_error_type type;
    bool forbids_retry;
} ccpi_fault_told;

const ccpi_fault_told *ccpi_fault_told_as(ccpi_bedrock_fault fault);

/* Of an answer with an error status. */
ccpi_bedrock_fault ccpi_bedrock_fault_of(int status, const ccpi_headers *headers,
                                         ccpi_span body);

/* Of an exception frame: its name in a stream, "throttlingException". */
ccpi_error_type ccpi_bedrock_exception_type(ccpi_span name);

/* The same as a fault. */
ccpi_bedrock_fault ccpi_bedrock_exception_fault(ccpi_span name);

/*
 * Appends the text of an error body or of an exception's payload, decoded;
 * nothing when it has another form. CCP_NO_MEMORY or CCP_LIMIT only.
 */
ccp_status ccpi_bedrock_error_text(ccpi_span body, ccpi_buf *out);

/*
 * Whether a frame says that the stream has failed: an exception of the model or
 * an error of the service. Then its error event for the client can be written:
 * CCP_NO_MEMORY or CCP_LIMIT only.
 */
bool ccpi_bedrock_is_failure(const ccpi_eventstream_frame *frame);
ccpi_bedrock_fault ccpi_bedrock_failure_of(const ccpi_eventstream_frame *frame);
ccp_status ccpi_bedrock_failure_write(const ccpi_eventstream_frame *frame,
                                      const char *request_id, ccpi_buf *out);

#endif
