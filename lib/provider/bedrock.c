#include "provider/bedrock.h"

#include <stdlib.h>

#include "anthropic/content_size.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/uri.h"
#include "bedrock/converse/tools.h"
#include "bedrock/errors.h"
#include "bedrock/models.h"
#include "bedrock/repair.h"
#include "bedrock/request.h"
#include "bedrock/traits.h"
#include "provider/bedrock_readers.h"
#include "usage/meter.h"

#define MAX_URL 4096
#define MAX_CREDENTIAL 16384
#define MAX_ERROR_TEXT ((size_t)64 * 1024)
#define HOST "https://bedrock-runtime."
#define DOMAIN ".amazonaws.com"
#define DOMAIN_OF_CHINA ".amazonaws.com.cn"

struct ccpi_bedrock {
    char *region;
    char *endpoint; /* without a slash at its end; NULL: AWS's own */
    bool sends_metadata;
};

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
        bedrock->sends_metadata = options->sends_metadata;
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

static const char *region_of(const ccpi_bedrock *bedrock,
                             const ccpi_provider_request *request)
{
    const char *own = request->identity ? request->identity->key.bedrock_region : "";

    return *own ? own : bedrock->region;
}

static ccp_status write_host(const ccpi_bedrock *bedrock, const char *region,
                             ccpi_buf *url, ccp_error *error)
{
    if (*bedrock->endpoint)
        return ccpi_buf_append_text(url, bedrock->endpoint);
    /* The pattern keeps anything but a region out of the host's name (SE-7). */
    if (!ccpi_region_is_valid(region))
        return ccpi_fail(error, CCP_INVALID, "no AWS region is set for Bedrock");
    ccpi_buf_append_text(url, HOST);
    ccpi_buf_append_text(url, region);
    return ccpi_buf_append_text(url, strncmp(region, "cn-", 3) == 0 ? DOMAIN_OF_CHINA
                                                                    : DOMAIN);
}

static const char *operation_of(const ccpi_provider_request *request)
{
    if (request->call == CCPI_CALL_COUNT_TOKENS)
        return "/count-tokens";
    return request->look->is_stream ? "/converse-stream" : "/converse";
}

static ccp_status write_url(const ccpi_bedrock *bedrock,
                            const ccpi_provider_request *request, ccpi_outgoing *out,
                            ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf url = {.limit = MAX_URL};
    const char *model_id = request->model_id;
    ccp_status status;

    if (!model_id || !ccpi_model_id_is_valid(model_id))
        return ccpi_fail(error, CCP_INVALID, "no Bedrock model was chosen");
    if (request->call == CCPI_CALL_COUNT_TOKENS)
        model_id = ccpi_model_without_geography(model_id);
    status = write_host(bedrock, region_of(bedrock, request), &url, error);
    if (status != CCP_OK)
        return status;
    ccpi_buf_append_text(&url, "/model/");
    ccpi_uri_encode(ccpi_span_of(model_id), &url);
    ccpi_buf_append_text(&url, operation_of(request));
    if (url.status != CCP_OK)
        return ccpi_fail(error, url.status, "Bedrock's URL can't be written");
    out->url = url.data;
    url.data = NULL;
    return CCP_OK;
}

static ccp_status write_headers(const ccpi_provider_request *request, ccpi_outgoing *out,
                                ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf bearer = {.limit = MAX_CREDENTIAL};
    const bool streams = request->call == CCPI_CALL_MESSAGES && request->look->is_stream;
    ccp_status status =
        ccpi_headers_set(&out->headers, "content-type", "application/json");

    if (status == CCP_OK)
        status = ccpi_headers_set(&out->headers, "accept",
                                  streams ? "application/vnd.amazon.eventstream"
                                          : "application/json");
    if (status == CCP_OK)
        status = ccpi_headers_set(&out->headers, "accept-encoding", "identity");
    ccpi_buf_append_text(&bearer, "Bearer ");
    ccpi_buf_append_span(&bearer, request->credential);
    if (status == CCP_OK)
        status = bearer.status;
    if (status == CCP_OK)
        status = ccpi_headers_set(&out->headers, "authorization", bearer.data);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "the headers for Bedrock can't be written: %s",
                         ccp_status_name(status));
    return CCP_OK;
}

static ccp_status prepare(const void *self, const ccpi_provider_request *request,
                          ccpi_outgoing *out, ccp_error *error)
{
    const ccpi_bedrock *bedrock = self;
    const ccpi_converse_options options = {
        .model_id = request->model_id,
        .asked = request->look->model,
        .headers = request->headers,
        .edits = request->edits,
        .for_count = request->call == CCPI_CALL_COUNT_TOKENS,
        .sends_metadata = bedrock->sends_metadata,
    };
    ccp_status status = write_url(bedrock, request, out, error);

    if (status == CCP_OK)
        status = write_headers(request, out, error);
    if (status != CCP_OK)
        return status;
    out->method = "POST";
    out->owned.limit = CCPI_OUTGOING_MAX_OWNED;
    status = ccpi_converse_request(request->look->body, &options, &out->owned, error);
    if (status == CCP_OK)
        out->pieces[out->piece_count++] = ccpi_buf_span(&out->owned);
    return status;
}

static int64_t estimate_input(ccpi_span body)
{
    const ccpi_content_size size = ccpi_content_size_of(body);

    return ccpi_estimate_tokens(size.text_bytes, size.images);
}

static ccp_status open_reader(const void *self, const ccpi_provider_request *request,
                              ccpi_reader **out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_names_clear) ccpi_names names = {0};
    ccpi_answer_options options = {
        .request_id = request->request_id,
        .model = request->look->model,
        .names = &names,
    };
    ccp_status status;

    (void)self;
    *out = NULL;
    if (request->call == CCPI_CALL_COUNT_TOKENS) {
        status = ccpi_bedrock_open_count(out);
    } else {
        status = ccpi_tools_read_names(request->look->body, &names, error);
        if (status != CCP_OK)
            return status;
        options.input_estimate = estimate_input(request->look->body);
        status = request->look->is_stream ? ccpi_bedrock_open_stream(&options, out)
                                          : ccpi_bedrock_open_whole(&options, out);
    }
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

static ccpi_class classify(const void *self, int status, const ccpi_headers *headers,
                           ccpi_span body)
{
    (void)self;
    return classes[ccpi_bedrock_fault_of(status, headers, body)];
}

/* Also of the classes that failures without an answer have. */
static ccpi_bedrock_fault fault_of(ccpi_class kind)
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

static ccp_status explain(const void *self, const ccpi_provider_request *request,
                          ccpi_class kind, ccpi_span body, ccpi_told *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = out->message.limit};
    const ccpi_bedrock_fault fault = fault_of(kind);
    const ccpi_fault_told *told = ccpi_fault_told_as(fault);
    ccp_status status = ccpi_bedrock_error_text(body, &text);

    (void)self;
    if (status != CCP_OK)
        return status;
    out->status = told->status;
    out->type = told->type;
    out->forbids_retry = told->forbids_retry;
    /* A validation error is known by its wording, so nothing stands around it. */
    if (fault != CCPI_FAULT_VALIDATION || text.len == 0) {
        begin_message(request, fault, &out->message);
        if (text.len > 0)
            ccpi_buf_append_text(&out->message, ": ");
    }
    return ccpi_buf_append_span(&out->message, ccpi_buf_span(&text));
}

/* The betas that would go, but for guesses at which of them was refused. */
static void collect_betas(const ccpi_provider_request *request, const ccpi_edits *edits,
                          ccpi_betas *out)
{
    ccpi_edits named = *edits;
    const ccpi_betas_options options = {
        .api = CCPI_BEDROCK_CONVERSE,
        .traits = ccpi_model_traits(request->model_id, request->look->model),
        .model = request->look->model,
        .edits = &named,
    };

    ccpi_edits_forget(&named, CCPI_EDIT_GUESS);
    ccpi_betas_collect(request->headers, &options, out);
}

/* Whether the request says another thing with these edits than it did. */
static bool makes_a_difference(const void *self, const ccpi_provider_request *request,
                               const ccpi_edits *edits)
{
    CCPI_CLEANUP(ccpi_outgoing_clear) ccpi_outgoing before = {.method = NULL};
    CCPI_CLEANUP(ccpi_outgoing_clear) ccpi_outgoing after = {.method = NULL};
    ccpi_provider_request edited = *request;

    edited.edits = edits;
    return prepare(self, request, &before, NULL) == CCP_OK &&
           prepare(self, &edited, &after, NULL) == CCP_OK &&
           !ccpi_span_equals(ccpi_buf_span(&before.owned), ccpi_buf_span(&after.owned));
}

static bool repair(const void *self, const ccpi_provider_request *request, int status,
                   ccpi_span body, ccpi_edits *edits)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = MAX_ERROR_TEXT};
    ccpi_betas betas;

    if (status != 400 || request->call != CCPI_CALL_MESSAGES ||
        ccpi_bedrock_error_text(body, &text) != CCP_OK)
        return false;
    collect_betas(request, edits, &betas);
    return ccpi_repair_find(ccpi_buf_span(&text), &betas, edits) &&
           makes_a_difference(self, request, edits);
}

ccpi_provider ccpi_bedrock_provider(const ccpi_bedrock *bedrock)
{
    return (ccpi_provider){
        .name = "bedrock",
        .prepare = prepare,
        .classify = classify,
        .open_reader = open_reader,
        .explain = explain,
        .repair = repair,
        .self = bedrock,
    };
}
