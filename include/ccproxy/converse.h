/**
 * @file ccproxy/converse.h
 *
 * The Messages API in terms of Amazon Bedrock's Converse, and back: pure
 * translation, without network or clock. Texts of JSON are copied as they were
 * written; what goes to Bedrock is legal whatever came in.
 *
 * Every function may be called from any thread; one stream is used by one
 * thread at a time.
 */
#ifndef CCPROXY_CONVERSE_H
#define CCPROXY_CONVERSE_H

#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"

CCP_BEGIN_DECLS

/** What is known beside the bodies. All borrowed for the call. */
typedef struct ccp_converse_facts {
    const char *model_id;       /**< Bedrock's id of the model, profile or ARN */
    const char *anthropic_beta; /**< the client's header of that name, or NULL */
    const char *request_id;     /**< the message's id is made of it; NULL: "req_0" */
    const char *request;        /**< for answers: the client's request, or NULL */
} ccp_converse_facts;

/**
 * The body of Converse or ConverseStream for a Messages request.
 *
 * CCP_INVALID: it is no such request, or holds something of the user's that
 * can't be carried to Bedrock; the message names the place.
 *
 * @param out  given to the caller, a text; free() it
 */
ccp_status ccp_converse_request(const char *request, const ccp_converse_facts *facts,
                                char **out, ccp_error *error);

/** The same as the body of CountTokens. */
ccp_status ccp_converse_count_request(const char *request,
                                      const ccp_converse_facts *facts, char **out,
                                      ccp_error *error);

/**
 * The message that a whole answer of Converse stands for. With facts->request
 * the client's names of model and tools are given back.
 *
 * CCP_PROTOCOL: it is no such answer.
 *
 * @param out  given to the caller, a text; free() it
 */
ccp_status ccp_converse_response(const char *answer, const ccp_converse_facts *facts,
                                 char **out, ccp_error *error);

/** From the frames of ConverseStream to server-sent events. */
typedef struct ccp_converse_stream ccp_converse_stream;

/** Takes what came out, before the call that made it returns; may be empty. */
typedef void (*ccp_converse_writer)(void *context, const char *events, size_t len);

/** @param out  given to the caller; free it with ccp_converse_stream_free() */
ccp_status ccp_converse_stream_new(const ccp_converse_facts *facts,
                                   ccp_converse_writer write, void *context,
                                   ccp_converse_stream **out, ccp_error *error);

/** Eats bytes of the body, cut anywhere. CCP_PROTOCOL: they are no such frames. */
ccp_status ccp_converse_stream_feed(ccp_converse_stream *stream, const void *bytes,
                                    size_t len, ccp_error *error);

/** The body is over. CCP_PROTOCOL: in the middle of the message. */
ccp_status ccp_converse_stream_finish(ccp_converse_stream *stream, ccp_error *error);

/** NULL is allowed. */
void ccp_converse_stream_free(ccp_converse_stream *stream);

/** How many input tokens a Messages request has, roughly: it asks nobody. */
int64_t ccp_estimate_input_tokens(const char *request);

CCP_END_DECLS

#endif
