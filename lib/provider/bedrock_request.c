#include "provider/bedrock_request.h"

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "base/uri.h"
#include "bedrock/models.h"
#include "bedrock/native/body.h"
#include "bedrock/request.h"
#include "bedrock/traits.h"

#define MAX_URL 4096
#define MAX_CREDENTIAL 16384
#define MAX_BETAS 8192
#define DOMAIN ".amazonaws.com"
#define DOMAIN_OF_CHINA ".amazonaws.com.cn"
#define RUNTIME "https://bedrock-runtime."
#define MANTLE "https://bedrock-mantle."
#define DOMAIN_OF_MANTLE ".api.aws"
#define DEFAULT_VERSION "2023-06-01"

const char *ccpi_bedrock_region_of(const ccpi_bedrock *bedrock,
                                   const ccpi_provider_request *request)
{
    const char *own = request->identity ? request->identity->key.bedrock_region : "";

    return *own ? own : bedrock->region;
}

ccpi_bedrock_api ccpi_bedrock_api_of(const ccpi_bedrock *bedrock,
                                     const ccpi_provider_request *request)
{
    const char *own = request->identity ? request->identity->key.bedrock_api : "";

    /* What is no Claude does not speak the Messages API. */
    if (request->model_id &&
        (ccpi_model_traits(request->model_id, request->look->model) & CCPI_TRAIT_FOREIGN))
        return CCPI_BEDROCK_CONVERSE;
    for (ccpi_bedrock_api api = CCPI_BEDROCK_CONVERSE; api <= CCPI_BEDROCK_MESSAGES;
         api++)
        if (strcmp(own, ccpi_bedrock_api_name(api)) == 0)
            return api;
    return bedrock->api;
}

static bool is_counted(const ccpi_provider_request *request)
{
    return request->call == CCPI_CALL_COUNT_TOKENS;
}

static bool is_streamed(const ccpi_provider_request *request)
{
    return !is_counted(request) && request->look->is_stream;
}

/* Whether the Messages API itself is asked; tokens are counted by the runtime only. */
static bool is_native(const ccpi_bedrock *bedrock, const ccpi_provider_request *request)
{
    return !is_counted(request) &&
           ccpi_bedrock_api_of(bedrock, request) == CCPI_BEDROCK_MESSAGES;
}

static bool goes_to_mantle(const ccpi_bedrock *bedrock,
                           const ccpi_provider_request *request)
{
    return bedrock->asks_mantle && is_native(bedrock, request);
}

/* ---- the place ---- */

static ccp_status write_host(const ccpi_bedrock *bedrock,
                             const ccpi_provider_request *request, ccpi_buf *url,
                             ccp_error *error)
{
    const char *region = ccpi_bedrock_region_of(bedrock, request);
    const bool is_mantle = goes_to_mantle(bedrock, request);
    const char *domain = strncmp(region, "cn-", 3) == 0 ? DOMAIN_OF_CHINA : DOMAIN;

    if (*bedrock->endpoint)
        return ccpi_buf_append_text(url, bedrock->endpoint);
    /* The pattern keeps anything but a region out of the host's name (SE-7). */
    if (!ccpi_region_is_valid(region))
        return ccpi_fail(error, CCP_INVALID, "no AWS region is set for Bedrock");
    ccpi_buf_append_text(url, is_mantle ? MANTLE : RUNTIME);
    ccpi_buf_append_text(url, region);
    return ccpi_buf_append_text(url, is_mantle ? DOMAIN_OF_MANTLE : domain);
}

static const char *operation_of(const ccpi_bedrock *bedrock,
                                const ccpi_provider_request *request)
{
    const bool is_stream = is_streamed(request);

    if (is_counted(request))
        return "/count-tokens";
    if (ccpi_bedrock_api_of(bedrock, request) == CCPI_BEDROCK_INVOKE)
        return is_stream ? "/invoke-with-response-stream" : "/invoke";
    return is_stream ? "/converse-stream" : "/converse";
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
    status = write_host(bedrock, request, &url, error);
    if (status != CCP_OK)
        return status;
    if (is_native(bedrock, request)) {
        ccpi_buf_append_text(&url, "/anthropic/v1/messages");
    } else {
        ccpi_buf_append_text(&url, "/model/");
        ccpi_uri_encode(ccpi_span_of(is_counted(request)
                                         ? ccpi_model_without_geography(model_id)
                                         : model_id),
                        &url);
        ccpi_buf_append_text(&url, operation_of(bedrock, request));
    }
    if (url.status != CCP_OK)
        return ccpi_fail(error, url.status, "Bedrock's URL can't be written");
    out->url = url.data;
    url.data = NULL;
    return CCP_OK;
}

/* ---- the headers ---- */

static const char *accepted_type(const ccpi_bedrock *bedrock,
                                 const ccpi_provider_request *request)
{
    if (!is_streamed(request))
        return "application/json";
    return is_native(bedrock, request) ? "text/event-stream"
                                       : "application/vnd.amazon.eventstream";
}

/* Where the Messages API itself is asked, its own headers go along. */
static ccp_status add_native(const ccpi_bedrock *bedrock,
                             const ccpi_provider_request *request, ccpi_outgoing *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf list = {.limit = MAX_BETAS};
    const char *version = ccpi_headers_get(request->headers, "anthropic-version");
    ccpi_betas betas;
    ccp_status status = ccpi_headers_set(&out->headers, "anthropic-version",
                                         version ? version : DEFAULT_VERSION);

    ccpi_bedrock_betas_of(bedrock, request, request->edits, &betas);
    for (size_t i = 0; i < betas.count; i++) {
        ccpi_buf_append_text(&list, i > 0 ? "," : "");
        ccpi_buf_append_span(&list, betas.items[i]);
    }
    if (status == CCP_OK)
        status = list.status;
    return status == CCP_OK && list.len > 0
               ? ccpi_headers_set(&out->headers, "anthropic-beta", list.data)
               : status;
}

static ccp_status write_headers(const ccpi_bedrock *bedrock,
                                const ccpi_provider_request *request, ccpi_outgoing *out)
{
    ccp_status status =
        ccpi_headers_set(&out->headers, "content-type", "application/json");

    if (status == CCP_OK)
        status =
            ccpi_headers_set(&out->headers, "accept", accepted_type(bedrock, request));
    if (status == CCP_OK)
        status = ccpi_headers_set(&out->headers, "accept-encoding", "identity");
    return status == CCP_OK && is_native(bedrock, request)
               ? add_native(bedrock, request, out)
               : status;
}

/* ---- the body ---- */

void ccpi_bedrock_betas_of(const ccpi_bedrock *bedrock,
                           const ccpi_provider_request *request, const ccpi_edits *edits,
                           ccpi_betas *out)
{
    const ccpi_native_options options = {
        .api = ccpi_bedrock_api_of(bedrock, request),
        .model_id = request->model_id,
        .asked = request->look->model,
        .headers = request->headers,
        .edits = edits,
    };

    ccpi_native_betas(&options, out);
}

static ccp_status write_converse(const ccpi_bedrock *bedrock,
                                 const ccpi_provider_request *request, ccpi_outgoing *out,
                                 ccp_error *error)
{
    const ccpi_converse_options options = {
        .model_id = request->model_id,
        .asked = request->look->model,
        .headers = request->headers,
        .edits = request->edits,
        .for_count = is_counted(request),
        .sends_metadata = bedrock->sends_metadata,
    };
    ccp_status status =
        ccpi_converse_request(request->look->body, &options, &out->owned, error);

    if (status == CCP_OK)
        out->pieces[out->piece_count++] = ccpi_buf_span(&out->owned);
    return status;
}

static ccp_status patch_body(const ccpi_bedrock *bedrock,
                             const ccpi_provider_request *request, ccpi_patch *patch,
                             ccp_error *error)
{
    const bool is_mantle = goes_to_mantle(bedrock, request);
    const ccpi_mantle_id mantle_id = ccpi_mantle_id_of(request->model_id);
    const ccpi_native_options options = {
        .api = is_native(bedrock, request) ? CCPI_BEDROCK_MESSAGES : CCPI_BEDROCK_INVOKE,
        .model_id = request->model_id,
        .sent_model = is_mantle ? mantle_id.text : request->model_id,
        .asked = request->look->model,
        .headers = request->headers,
        .edits = request->edits,
        .for_count = is_counted(request),
    };

    return ccpi_native_request(request->look->body, &options, patch, error);
}

/* The client's bytes between ours; copied together where there are very many. */
static ccp_status take_pieces(ccpi_patch *patch, ccpi_outgoing *out, ccp_error *error)
{
    out->piece_count = ccpi_patch_pieces(patch, out->pieces, CCPI_OUTGOING_MAX_PIECES);
    if (out->piece_count <= CCPI_OUTGOING_MAX_PIECES) {
        out->owned = patch->texts;
        patch->texts = (ccpi_buf){.data = NULL};
        return CCP_OK;
    }
    out->piece_count = 0;
    if (ccpi_patch_write(patch, &out->owned) != CCP_OK)
        return ccpi_fail(error, out->owned.status, "the request to Bedrock does not fit");
    out->pieces[out->piece_count++] = ccpi_buf_span(&out->owned);
    return CCP_OK;
}

/* CountTokens takes the body for InvokeModel as base64. */
static ccp_status wrap_for_count(const ccpi_patch *patch, ccpi_outgoing *out,
                                 ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = CCPI_OUTGOING_MAX_OWNED};
    ccpi_buf *owned = &out->owned;
    char *room;

    if (ccpi_patch_write(patch, &body) != CCP_OK)
        return ccpi_fail(error, body.status, "the request to Bedrock does not fit");
    ccpi_buf_append_text(owned, "{\"input\":{\"invokeModel\":{\"body\":\"");
    room = ccpi_buf_room(owned, CCPI_BASE64_LEN(body.len) + 1);
    if (room) {
        ccpi_base64_encode((const unsigned char *)body.data, body.len, room);
        ccpi_buf_grow(owned, CCPI_BASE64_LEN(body.len));
    }
    if (ccpi_buf_append_text(owned, "\"}}}") != CCP_OK)
        return ccpi_fail(error, owned->status, "the request to Bedrock does not fit");
    out->pieces[out->piece_count++] = ccpi_buf_span(owned);
    return CCP_OK;
}

static ccp_status write_patched(const ccpi_bedrock *bedrock,
                                const ccpi_provider_request *request, ccpi_outgoing *out,
                                ccp_error *error)
{
    CCPI_CLEANUP(ccpi_patch_clear) ccpi_patch patch = {.status = CCP_OK};
    ccp_status status = patch_body(bedrock, request, &patch, error);

    if (status != CCP_OK)
        return status;
    return is_counted(request) ? wrap_for_count(&patch, out, error)
                               : take_pieces(&patch, out, error);
}

ccp_status ccpi_bedrock_write(const ccpi_bedrock *bedrock,
                              const ccpi_provider_request *request, ccpi_outgoing *out,
                              ccp_error *error)
{
    ccp_status status = write_headers(bedrock, request, out);

    if (status != CCP_OK)
        return ccpi_fail(error, status, "the headers for Bedrock can't be written: %s",
                         ccp_status_name(status));
    out->owned.limit = CCPI_OUTGOING_MAX_OWNED;
    return ccpi_bedrock_api_of(bedrock, request) == CCPI_BEDROCK_CONVERSE
               ? write_converse(bedrock, request, out, error)
               : write_patched(bedrock, request, out, error);
}

/* ---- the credential ---- */

static ccp_status add_bearer(const ccpi_provider_request *request, ccpi_outgoing *out,
                             ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf bearer = {.limit = MAX_CREDENTIAL};
    ccp_status status;

    ccpi_buf_append_text(&bearer, "Bearer ");
    status = ccpi_buf_append_span(&bearer, request->credential);
    if (status == CCP_OK)
        status = ccpi_headers_set(&out->headers, "authorization", bearer.data);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "the credential for Bedrock can't be written: %s",
                         ccp_status_name(status));
    return CCP_OK;
}

static ccp_status sign(const ccpi_bedrock *bedrock, const ccpi_provider_request *request,
                       ccpi_outgoing *out, ccp_error *error)
{
    ccpi_sigv4_request signed_request = {
        .credentials = request->signer,
        .region = ccpi_bedrock_region_of(bedrock, request),
        .service = goes_to_mantle(bedrock, request) ? "bedrock-mantle" : "bedrock",
        .unix_seconds = request->unix_seconds,
        .method = out->method,
        .url = out->url,
    };
    ccp_status status =
        ccpi_sigv4_hash_body(out->pieces, out->piece_count, &signed_request.body, error);

    return status == CCP_OK ? ccpi_sigv4_sign(&signed_request, &out->headers, error)
                            : status;
}

ccp_status ccpi_bedrock_prepare(const void *self, const ccpi_provider_request *request,
                                ccpi_outgoing *out, ccp_error *error)
{
    const ccpi_bedrock *bedrock = self;
    ccp_status status = write_url(bedrock, request, out, error);

    out->method = "POST";
    if (status == CCP_OK)
        status = ccpi_bedrock_write(bedrock, request, out, error);
    if (status != CCP_OK)
        return status;
    return request->signer ? sign(bedrock, request, out, error)
                           : add_bearer(request, out, error);
}
