#ifndef CCPI_BEDROCK_RESPONSE_H
#define CCPI_BEDROCK_RESPONSE_H

#include "base/buf.h"
#include "bedrock/answer_options.h"

/*
 * A whole answer of Converse as one of the Messages API (BR-8), appended to
 * out. CCP_PROTOCOL: it is no answer of Converse.
 */
ccp_status ccpi_converse_response(ccpi_span body, const ccpi_answer_options *options,
                                  ccpi_buf *out, ccp_error *error);

/* Appends what both kinds of answers begin with, without a brace: "id":"msg_...",... */
void ccpi_answer_write_head(const ccpi_answer_options *options, ccpi_buf *out);

#endif
