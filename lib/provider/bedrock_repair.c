#include "base/cleanup.h"
#include "bedrock/errors.h"
#include "bedrock/repair.h"
#include "provider/bedrock_request.h"

#define MAX_ERROR_TEXT ((size_t)64 * 1024)

static ccpi_capability_place place_of(const ccpi_bedrock *bedrock,
                                      const ccpi_provider_request *request)
{
    return (ccpi_capability_place){
        .model_id = request->model_id,
        .region = ccpi_bedrock_region_of(bedrock, request),
        .api = ccpi_bedrock_api_of(bedrock, request),
    };
}

void ccpi_bedrock_recall(const void *self, const ccpi_provider_request *request,
                         ccpi_edits *edits)
{
    const ccpi_bedrock *bedrock = self;
    const ccpi_capability_place place = place_of(bedrock, request);

    if (bedrock->capabilities && request->model_id)
        ccpi_capabilities_recall(bedrock->capabilities, &place, edits);
}

void ccpi_bedrock_accepted(const void *self, const ccpi_provider_request *request)
{
    const ccpi_bedrock *bedrock = self;
    const ccpi_capability_place place = place_of(bedrock, request);
    const ccpi_edits none = {.count = 0};
    ccpi_betas sent;

    if (!bedrock->capabilities || request->call != CCPI_CALL_MESSAGES)
        return;
    ccpi_bedrock_betas_of(bedrock, request, request->edits, &sent);
    ccpi_capabilities_learn(bedrock->capabilities, &place,
                            request->edits ? request->edits : &none, &sent);
}

/* The betas that would go, but for guesses at which of them was refused. */
static void collect_betas(const ccpi_bedrock *bedrock,
                          const ccpi_provider_request *request, const ccpi_edits *edits,
                          ccpi_repair_betas *out)
{
    const ccpi_capability_place place = place_of(bedrock, request);
    ccpi_edits named = *edits;
    size_t unknown;

    ccpi_edits_forget(&named, CCPI_EDIT_GUESS);
    ccpi_bedrock_betas_of(bedrock, request, &named, &out->sent);
    out->suspects = out->sent.count;
    if (bedrock->capabilities)
        out->suspects = ccpi_capabilities_sort(bedrock->capabilities, &place, &out->sent);
    unknown = ccpi_betas_sort_unknown(&out->sent, out->suspects);
    if (unknown > 0)
        out->suspects = unknown;
}

static ccp_status write_flat(const ccpi_bedrock *bedrock,
                             const ccpi_provider_request *request, ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_outgoing_clear) ccpi_outgoing written = {.method = NULL};
    ccp_status status = ccpi_bedrock_write(bedrock, request, &written, NULL);
    const char *betas = ccpi_headers_get(&written.headers, "anthropic-beta");

    for (size_t i = 0; status == CCP_OK && i < written.piece_count; i++)
        status = ccpi_buf_append_span(out, written.pieces[i]);
    return status == CCP_OK && betas ? ccpi_buf_append_text(out, betas) : status;
}

/* Whether the request says another thing with these edits than it did. */
static bool makes_a_difference(const ccpi_bedrock *bedrock,
                               const ccpi_provider_request *request,
                               const ccpi_edits *edits)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf before = {.limit = CCPI_OUTGOING_MAX_OWNED};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf after = {.limit = CCPI_OUTGOING_MAX_OWNED};
    ccpi_provider_request edited = *request;

    edited.edits = edits;
    return write_flat(bedrock, request, &before) == CCP_OK &&
           write_flat(bedrock, &edited, &after) == CCP_OK &&
           !ccpi_span_equals(ccpi_buf_span(&before), ccpi_buf_span(&after));
}

bool ccpi_bedrock_repair(const void *self, const ccpi_provider_request *request,
                         int status, ccpi_span body, ccpi_edits *edits)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = MAX_ERROR_TEXT};
    const ccpi_bedrock *bedrock = self;
    ccpi_repair_betas betas;

    if (status != 400 || request->call != CCPI_CALL_MESSAGES ||
        ccpi_bedrock_error_text(body, &text) != CCP_OK)
        return false;
    collect_betas(bedrock, request, edits, &betas);
    return ccpi_repair_find(ccpi_buf_span(&text), &betas, edits) &&
           makes_a_difference(bedrock, request, edits);
}
