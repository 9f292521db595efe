#ifndef CCPI_BEDROCK_NATIVE_ANSWER_H
#define CCPI_BEDROCK_NATIVE_ANSWER_H

#include "base/buf.h"
#include "bedrock/answer_options.h"
#include "bedrock/errors.h"

/*
 * Answers of InvokeModel: messages and events of the Messages API, in which the
 * client's name for the model stands, and nothing that Bedrock adds. All other
 * bytes are the model's own.
 */

/* A whole answer, appended to out. CCP_PROTOCOL: it is no message. */
ccp_status ccpi_native_response(ccpi_span body, const char *model, ccpi_buf *out,
                                ccp_error *error);

/*
 * The frames of InvokeModelWithResponseStream as server-sent events: a machine,
 * the same wherever the bytes are cut.
 */
typedef struct ccpi_chunks ccpi_chunks;

/* Copies the options. CCP_NO_MEMORY only. @param out  given; ccpi_chunks_free() */
ccp_status ccpi_chunks_new(const ccpi_answer_options *options, ccpi_chunks **out);
void ccpi_chunks_free(ccpi_chunks *chunks);

/* Appends the events that these bytes complete. CCP_PROTOCOL: a broken frame. */
ccp_status ccpi_chunks_feed(ccpi_chunks *chunks, ccpi_span bytes, ccpi_buf *out,
                            ccp_error *error);

/* The body is over. CCP_PROTOCOL: within a frame, or before the message's end. */
ccp_status ccpi_chunks_finish(ccpi_chunks *chunks, ccpi_buf *out, ccp_error *error);

/*
 * What Bedrock counted, as the data of a message_delta; empty until it has said
 * so, with the last event.
 */
ccpi_span ccpi_chunks_counted(const ccpi_chunks *chunks);

/* Whether Bedrock has told of a failure, and of which. */
bool ccpi_chunks_fault(const ccpi_chunks *chunks, ccpi_bedrock_fault *fault);

#endif
