/* ccproxy/converse.h over the machines of bedrock/. */
#include "ccproxy/converse.h"

#include <stdlib.h>

#include "anthropic/content_size.h"
#include "anthropic/request.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "bedrock/converse/tools.h"
#include "bedrock/request.h"
#include "bedrock/response.h"
#include "bedrock/stream.h"
#include "usage/meter.h"

#define MAX_TEXT ((size_t)256 * 1024 * 1024)
#define BETA_HEADER "anthropic-beta"

struct ccp_converse_stream {
    ccpi_converse_stream *machine;
    ccp_converse_writer write;
    void *context;
    ccpi_buf events;
};

static ccp_status give(ccpi_buf *text, ccp_status status, char **out)
{
    *out = NULL;
    if (status == CCP_OK) {
        *out = text->data;
        text->data = NULL;
    }
    ccpi_buf_clear(text);
    return status;
}

static ccp_status convert_request(const char *request, const ccp_converse_facts *facts,
                                  bool for_count, char **out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    ccpi_buf text = {.limit = MAX_TEXT};
    const ccpi_span body = ccpi_span_of(request);
    ccpi_look look;
    ccpi_converse_options options = {
        .model_id = facts->model_id,
        .headers = &headers,
        .for_count = for_count,
    };
    ccp_status status = ccpi_look_at(body, &look, error);

    *out = NULL;
    if (status != CCP_OK)
        return status;
    options.asked = look.model;
    if (facts->anthropic_beta)
        status = ccpi_headers_set(&headers, BETA_HEADER, facts->anthropic_beta);
    if (status != CCP_OK)
        return ccpi_fail(error, status, BETA_HEADER " is no header's value");
    status = ccpi_converse_request(body, &options, &text, error);
    return give(&text, status, out);
}

ccp_status ccp_converse_request(const char *request, const ccp_converse_facts *facts,
                                char **out, ccp_error *error)
{
    return convert_request(request, facts, false, out, error);
}

ccp_status ccp_converse_count_request(const char *request,
                                      const ccp_converse_facts *facts, char **out,
                                      ccp_error *error)
{
    return convert_request(request, facts, true, out, error);
}

/* What the client asked, for the reading of its answer. */
typedef struct question {
    ccpi_look look;
    ccpi_names names;
    ccpi_answer_options options;
} question;

static void question_clear(question *asked)
{
    ccpi_names_clear(&asked->names);
}

static ccp_status read_question(const ccp_converse_facts *facts, question *asked,
                                ccp_error *error)
{
    ccp_status status = CCP_OK;

    asked->options = (ccpi_answer_options){
        .request_id = facts->request_id ? facts->request_id : "req_0",
        .model = facts->model_id,
        .names = &asked->names,
    };
    if (!facts->request)
        return CCP_OK;
    status = ccpi_look_at(ccpi_span_of(facts->request), &asked->look, error);
    if (status == CCP_OK)
        status = ccpi_tools_read_names(asked->look.body, &asked->names, error);
    asked->options.model = asked->look.model;
    asked->options.input_estimate = ccp_estimate_input_tokens(facts->request);
    return status;
}

ccp_status ccp_converse_response(const char *answer, const ccp_converse_facts *facts,
                                 char **out, ccp_error *error)
{
    CCPI_CLEANUP(question_clear) question asked = {.names = {0}};
    ccpi_buf text = {.limit = MAX_TEXT};
    ccp_status status = read_question(facts, &asked, error);

    if (status == CCP_OK)
        status =
            ccpi_converse_response(ccpi_span_of(answer), &asked.options, &text, error);
    return give(&text, status, out);
}

ccp_status ccp_converse_stream_new(const ccp_converse_facts *facts,
                                   ccp_converse_writer write, void *context,
                                   ccp_converse_stream **out, ccp_error *error)
{
    CCPI_CLEANUP(question_clear) question asked = {.names = {0}};
    ccp_converse_stream *stream;
    ccp_status status = read_question(facts, &asked, error);

    *out = NULL;
    if (status != CCP_OK)
        return status;
    stream = calloc(1, sizeof(*stream));
    if (!stream || ccpi_converse_stream_new(&asked.options, &stream->machine) != CCP_OK) {
        free(stream);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a stream");
    }
    stream->write = write;
    stream->context = context;
    stream->events.limit = MAX_TEXT;
    *out = stream;
    return CCP_OK;
}

static void hand_over(ccp_converse_stream *stream)
{
    if (stream->events.len > 0)
        stream->write(stream->context, stream->events.data, stream->events.len);
    ccpi_buf_reset(&stream->events);
}

ccp_status ccp_converse_stream_feed(ccp_converse_stream *stream, const void *bytes,
                                    size_t len, ccp_error *error)
{
    ccp_status status = ccpi_converse_stream_feed(
        stream->machine, (ccpi_span){bytes, len}, &stream->events, error);

    hand_over(stream);
    return status;
}

ccp_status ccp_converse_stream_finish(ccp_converse_stream *stream, ccp_error *error)
{
    ccp_status status =
        ccpi_converse_stream_finish(stream->machine, &stream->events, error);

    hand_over(stream);
    return status;
}

void ccp_converse_stream_free(ccp_converse_stream *stream)
{
    if (!stream)
        return;
    ccpi_converse_stream_free(stream->machine);
    ccpi_buf_clear(&stream->events);
    free(stream);
}

int64_t ccp_estimate_input_tokens(const char *request)
{
    const ccpi_content_size size = ccpi_content_size_of(ccpi_span_of(request));

    return ccpi_estimate_tokens(size.text_bytes, size.images);
}
