#ifndef CCPI_BEDROCK_STREAM_H
#define CCPI_BEDROCK_STREAM_H

#include "base/buf.h"
#include "bedrock/answer_options.h"
#include "bedrock/errors.h"

/*
 * The frames of ConverseStream as the server-sent events of the Messages API
 * (BR-9, BR-11): a machine, bytes in, bytes out, the same wherever the bytes
 * are cut. Blocks are opened by what comes first of them, and what Bedrock
 * leaves unsaid (starts, stops) is said.
 */
typedef struct ccpi_converse_stream ccpi_converse_stream;

/* Copies the options. CCP_NO_MEMORY only. @param out  given; ..._free() */
ccp_status ccpi_converse_stream_new(const ccpi_answer_options *options,
                                    ccpi_converse_stream **out);
void ccpi_converse_stream_free(ccpi_converse_stream *stream);

/* Appends the events that these bytes complete. CCP_PROTOCOL: a broken frame. */
ccp_status ccpi_converse_stream_feed(ccpi_converse_stream *stream, ccpi_span bytes,
                                     ccpi_buf *out, ccp_error *error);

/* The body is over. CCP_PROTOCOL: in the middle of the message. */
ccp_status ccpi_converse_stream_finish(ccpi_converse_stream *stream, ccpi_buf *out,
                                       ccp_error *error);

/* Whether Bedrock has told of a failure, and of which. */
bool ccpi_converse_stream_fault(const ccpi_converse_stream *stream,
                                ccpi_bedrock_fault *fault);

#endif
