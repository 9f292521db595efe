#ifndef CCPI_BEDROCK_REQUEST_H
#define CCPI_BEDROCK_REQUEST_H

#include "anthropic/edits.h"
#include "base/buf.h"
#include "base/headers.h"

/*
 * A request of the Messages API as one of Converse. What comes out is legal
 * whatever came in: every rule that Bedrock checks is met by construction.
 * Values are copied as the client wrote them (BR-17).
 */
typedef struct ccpi_converse_options {
    const char *model_id;        /* Bedrock's */
    const char *asked;           /* the model that the client asked for, or NULL */
    const ccpi_headers *headers; /* the client's, for anthropic-beta; or NULL */
    const ccpi_edits *edits;     /* or NULL */
    bool for_count;              /* the body of CountTokens instead */
    bool sends_metadata;         /* metadata's texts as requestMetadata */
} ccpi_converse_options;

/*
 * Appends the body to out, whose limit the caller has set. CCP_INVALID: content
 * of the user's would be lost (BR-4); the message names the block, and holds no
 * content of it.
 */
ccp_status ccpi_converse_request(ccpi_span body, const ccpi_converse_options *options,
                                 ccpi_buf *out, ccp_error *error);

#endif
