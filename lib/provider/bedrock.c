#include "provider/bedrock.h"

#include <stdlib.h>

#include "anthropic/content_size.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "bedrock/converse/tools.h"
#include "bedrock/errors.h"
#include "provider/bedrock_readers.h"
#include "provider/bedrock_request.h"
#include "usage/meter.h"

static char *copy(const char *text)
{
    return strdup(text ? text : "");
}

ccp_status ccpi_bedrock_new(const ccpi_bedrock_options *options, ccpi_bedrock **out,
                            ccp_error *error)
{
    ccpi_bedrock *bedrock = calloc(1, sizeof(*bedrock));
    size_t len;

    *out = NULL;
    if (bedrock) {
        bedrock->region = copy(options->region);
        bedrock->endpoint = copy(options->endpoint);
        bedrock->api = options->api;
        bedrock->asks_mantle = options->asks_mantle;
        bedrock->sends_metadata = options->sends_metadata;
        bedrock->capabilities = options->capabilities;
    }
    if (!bedrock || !bedrock->region || !bedrock->endpoint) {
        ccpi_bedrock_free(bedrock);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for Bedrock's settings");
    }
    len = strlen(bedrock->endpoint);
    while (len > 0 && bedrock->endpoint[len - 1] == '/')
        bedrock->endpoint[--len] = '\0';
    *out = bedrock;
    return CCP_OK;
}

void ccpi_bedrock_free(ccpi_bedrock *bedrock)
{
    if (!bedrock)
        return;
    free(bedrock->region);
    free(bedrock->endpoint);
    free(bedrock);
}

static int64_t estimate_input(ccpi_span body)
{
    const ccpi_content_size size = ccpi_content_size_of(body);

    return ccpi_estimate_tokens(size.text_bytes, size.images);
}

/* Converse names blocks and tools in its own way. */
static ccp_status open_converse(const ccpi_provider_request *request, ccpi_reader **out,
                                ccp_error *error)
{
    CCPI_CLEANUP(ccpi_names_clear) ccpi_names names = {0};
    ccpi_answer_options options = {
        .request_id = request->request_id,
        .model = request->look->model,
        .names = &names,
    };
    ccp_status status = ccpi_tools_read_names(request->look->body, &names, error);

    if (status != CCP_OK)
        return status;
    options.input_estimate = estimate_input(request->look->body);
    status = request->look->is_stream ? ccpi_bedrock_open_stream(&options, out)
                                      : ccpi_bedrock_open_whole(&options, out);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for reading Bedrock's answer");
    return CCP_OK;
}

static ccp_status open_reader(const void *self, const ccpi_provider_request *request,
                              ccpi_reader **out, ccp_error *error)
{
    const ccpi_bedrock_api api = ccpi_bedrock_api_of(self, request);
    const ccpi_answer_options options = {
        .request_id = request->request_id,
        .model = request->look->model,
    };
    ccp_status status = CCP_OK;

    *out = NULL;
    if (request->call == CCPI_CALL_COUNT_TOKENS)
        status = ccpi_bedrock_open_count(out);
    else if (api == CCPI_BEDROCK_CONVERSE)
        return open_converse(request, out, error);
    else if (!request->look->is_stream)
        status = ccpi_bedrock_open_native(&options, out);
    else
        status = api == CCPI_BEDROCK_INVOKE ? ccpi_bedrock_open_chunks(&options, out)
                                            : ccpi_bedrock_open_events(&options, out);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for reading Bedrock's answer");
    return CCP_OK;
}

static const ccpi_class classes[] = {
    [CCPI_FAULT_UNAVAILABLE] = CCPI_CLASS_BEDROCK_UNAVAILABLE,
    [CCPI_FAULT_AUTH] = CCPI_CLASS_BEDROCK_AUTH,
    [CCPI_FAULT_QUOTA] = CCPI_CLASS_BEDROCK_QUOTA,
    [CCPI_FAULT_VALIDATION] = CCPI_CLASS_BEDROCK_VALIDATION,
    [CCPI_FAULT_MODEL_UNKNOWN] = CCPI_CLASS_BEDROCK_MODEL_UNKNOWN,
    [CCPI_FAULT_MODEL_ERROR] = CCPI_CLASS_BEDROCK_MODEL_ERROR,
    [CCPI_FAULT_TIMEOUT] = CCPI_CLASS_BEDROCK_TIMEOUT,
};

ccpi_class ccpi_bedrock_class_of(ccpi_bedrock_fault fault)
{
    return classes[fault];
}

static ccpi_class classify(const void *self, int status, const ccpi_headers *headers,
                           ccpi_span body)
{
    (void)self;
    return classes[ccpi_bedrock_fault_of(status, headers, body)];
}

/* Also of the classes that failures without an answer have. */
ccpi_bedrock_fault ccpi_bedrock_fault_behind(ccpi_class kind)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (classes[i] == kind)
            return (ccpi_bedrock_fault)i;
    return kind == CCPI_CLASS_TIMEOUT ? CCPI_FAULT_TIMEOUT : CCPI_FAULT_UNAVAILABLE;
}

/* What stands before Bedrock's own text, or alone. */
static void begin_message(const ccpi_provider_request *request, ccpi_bedrock_fault fault,
                          ccpi_buf *message)
{
    switch (fault) {
    case CCPI_FAULT_AUTH:
        ccpi_buf_append_text(message, "Bedrock credential was refused");
        break;
    case CCPI_FAULT_MODEL_UNKNOWN:
        ccpi_buf_append_format(
            message,
            "Bedrock does not know the model %s, which is to serve %s; an administrator "
            "can map another one with \"ccproxy model map\" or on the Models page",
            request->model_id ? request->model_id : "?",
            request->look ? request->look->model : "?");
        break;
    default: ccpi_buf_append_text(message, ccpi_class_name(classes[fault])); break;
    }
}

/* The one of Anthropic's own refusals that clients treat in another way. */
static void keep_type(ccpi_span body, ccpi_told *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf type = {.limit = 256};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf message = {.limit = body.len};

    if (ccpi_error_body_read(body, &type, &message) == CCP_OK &&
        ccpi_error_type_of(ccpi_buf_span(&type)) == CCPI_ERROR_TOO_LARGE) {
        out->status = 413;
        out->type = CCPI_ERROR_TOO_LARGE;
    }
}

static ccp_status explain(const void *self, const ccpi_provider_request *request,
                          ccpi_class kind, ccpi_span body, ccpi_told *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = out->message.limit};
    const ccpi_bedrock_fault fault = ccpi_bedrock_fault_behind(kind);
    const ccpi_fault_told *told = ccpi_fault_told_as(fault);
    ccp_status status = ccpi_bedrock_error_text(body, &text);

    (void)self;
    if (status != CCP_OK)
        return status;
    out->status = told->status;
    out->type = told->type;
    out->forbids_retry = told->forbids_retry;
    if (fault == CCPI_FAULT_VALIDATION)
        keep_type(body, out);
    /* A validation error is known by its wording, so nothing stands around it. */
    if (fault != CCPI_FAULT_VALIDATION || text.len == 0) {
        begin_message(request, fault, &out->message);
        if (text.len > 0)
            ccpi_buf_append_text(&out->message, ": ");
    }
    return ccpi_buf_append_span(&out->message, ccpi_buf_span(&text));
}

ccpi_provider ccpi_bedrock_provider(const ccpi_bedrock *bedrock)
{
    return (ccpi_provider){
        .name = "bedrock",
        .prepare = ccpi_bedrock_prepare,
        .classify = classify,
        .open_reader = open_reader,
        .explain = explain,
        .recall = ccpi_bedrock_recall,
        .repair = ccpi_bedrock_repair,
        .accepted = ccpi_bedrock_accepted,
        .self = bedrock,
    };
}
