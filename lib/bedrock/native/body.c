#include "bedrock/native/body.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "bedrock/converse/inference.h"
#include "bedrock/fields.h"
#include "bedrock/models.h"
#include "bedrock/native/native.h"
#include "bedrock/refused.h"
#include "bedrock/repair.h"
#include "bedrock/traits.h"

#define VERSION "\"anthropic_version\":\"bedrock-2023-05-31\""
#define TOOL_SEARCH "tool-search-tool-2025-10-19"
#define ADVANCED_TOOLS "advanced-tool-use-2025-11-20"
#define COMPACTION "compact-2026-01-12"
#define COMPACTING "compact_20260112"
#define DATE_LEN 8

static const ccpi_json_node *get(const ccpi_native *n, const char *name)
{
    return ccpi_json_get(n->tree, n->root, name);
}

void ccpi_native_betas(const ccpi_native_options *options, ccpi_betas *out)
{
    const ccpi_betas_options wanted = {
        .api = options->api,
        .traits = ccpi_model_traits(options->model_id, options->asked),
        .model = options->asked,
        .edits = options->edits,
    };

    ccpi_betas_collect(options->headers, &wanted, out);
}

/* ---- members of the root ---- */

static void edit_model(const ccpi_native *n, const char *sent_model)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf quoted = {.limit = SIZE_MAX};

    if (n->api == CCPI_BEDROCK_INVOKE) {
        ccpi_patch_drop(n->patch, get(n, "model"));
        ccpi_patch_drop(n->patch, get(n, "stream"));
        return;
    }
    if (ccpi_json_quote(ccpi_span_of(sent_model), &quoted) != CCP_OK)
        n->patch->status = quoted.status;
    ccpi_patch_replace(n->patch, get(n, "model"), ccpi_buf_span(&quoted));
}

static void drop_known(const ccpi_native *n)
{
    for (const ccpi_json_node *member = ccpi_json_child(n->tree, n->root); member;
         member = ccpi_json_next(n->tree, member))
        if (ccpi_field_fate_of(member->key, n->api) == CCPI_FIELD_DROPPED)
            ccpi_patch_drop(n->patch, member);
}

/* Only what compacts is known there, and that behind its beta. */
static void edit_context(const ccpi_native *n)
{
    const ccpi_json_node *context = get(n, "context_management");
    const ccpi_json_node *edits =
        ccpi_json_get_typed(n->tree, context, "edits", CCPI_JSON_ARRAY);

    if (!context || n->api != CCPI_BEDROCK_INVOKE)
        return;
    for (const ccpi_json_node *edit = ccpi_json_child(n->tree, edits); edit;
         edit = ccpi_json_next(n->tree, edit))
        if (!ccpi_json_is_text(ccpi_json_get(n->tree, edit, "type"), COMPACTING))
            ccpi_patch_drop(n->patch, edit);
    if (!ccpi_betas_have(n->betas, COMPACTION) || !ccpi_patch_keeps_any(n->patch, edits))
        ccpi_patch_drop(n->patch, context);
}

static void edit_output(const ccpi_native *n)
{
    const ccpi_json_node *config =
        ccpi_json_get_typed(n->tree, n->root, "output_config", CCPI_JSON_OBJECT);

    if (!(n->traits & CCPI_TRAIT_NO_EFFORT))
        return;
    ccpi_patch_drop(n->patch, ccpi_json_get(n->tree, config, "effort"));
    if (config && !ccpi_patch_keeps_any(n->patch, config))
        ccpi_patch_drop(n->patch, config);
}

static void edit_inference(const ccpi_native *n, const ccpi_inference *in)
{
    static const char *const sampling[] = {"temperature", "top_p", "top_k"};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf thinking = {.limit = SIZE_MAX};

    for (size_t i = 0; i < sizeof(sampling) / sizeof(sampling[0]); i++)
        if (!ccpi_inference_samples_by(in, sampling[i]))
            ccpi_patch_drop(n->patch, get(n, sampling[i]));
    switch (ccpi_inference_thinking(in, &thinking)) {
    case CCPI_THINKING_LEFT_OUT: ccpi_patch_drop(n->patch, get(n, "thinking")); break;
    case CCPI_THINKING_CHANGED:
        ccpi_patch_replace(n->patch, get(n, "thinking"), ccpi_buf_span(&thinking));
        break;
    default: break;
    }
    if (thinking.status != CCP_OK)
        n->patch->status = thinking.status;
}

/* ---- members that InvokeModel has besides ---- */

static void add_betas(const ccpi_native *n)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf list = {.limit = SIZE_MAX};

    if (n->betas->count == 0)
        return;
    ccpi_buf_append_text(&list, "\"anthropic_beta\":[");
    for (size_t i = 0; i < n->betas->count; i++) {
        ccpi_buf_append_text(&list, i == 0 ? "\"" : ",\"");
        ccpi_buf_append_span(&list, n->betas->items[i]);
        ccpi_buf_append_char(&list, '"');
    }
    ccpi_buf_append_char(&list, ']');
    if (list.status != CCP_OK)
        n->patch->status = list.status;
    ccpi_patch_append(n->patch, n->root, ccpi_buf_span(&list));
}

/* InvokeModel wants a limit even where nothing is said, above what is thought. */
static void add_limit(const ccpi_native *n)
{
    const ccpi_json_node *budget =
        ccpi_json_get(n->tree, get(n, "thinking"), "budget_tokens");
    int64_t least = 0;
    char text[48];

    if (get(n, "max_tokens"))
        return;
    if (budget && !ccpi_json_integer(budget->text, &least))
        least = 0;
    snprintf(text, sizeof(text), "\"max_tokens\":%" PRId64,
             least > 0 && least < INT32_MAX ? least + 1 : 1);
    ccpi_patch_append(n->patch, n->root, ccpi_span_of(text));
}

static void add_own(const ccpi_native *n, bool for_count)
{
    if (n->api != CCPI_BEDROCK_INVOKE)
        return;
    ccpi_patch_drop(n->patch, get(n, "anthropic_beta"));
    ccpi_patch_drop(n->patch, get(n, "anthropic_version"));
    if (for_count)
        add_limit(n);
    ccpi_patch_append(n->patch, n->root, CCPI_SPAN(VERSION));
    add_betas(n);
}

/* InvokeModel knows it behind its beta only; the API itself unless it was refused. */
static bool searches_tools(const ccpi_native *n)
{
    if (n->api == CCPI_BEDROCK_INVOKE)
        return ccpi_betas_have(n->betas, TOOL_SEARCH);
    return !ccpi_edits_have(n->edits, CCPI_EDIT_BETA, ADVANCED_TOOLS) &&
           !ccpi_edits_have(n->edits, CCPI_EDIT_BETA, TOOL_SEARCH);
}

static ccp_status edit(const ccpi_native *n, const ccpi_native_options *options,
                       ccp_error *error)
{
    const ccpi_inference in = {
        .tree = n->tree,
        .root = n->root,
        .traits = n->traits,
        .edits = options->edits,
        .betas = n->betas,
        .is_unthinking_loop = ccpi_native_is_unthinking_loop(n),
    };
    ccp_status status;

    ccpi_refused_drop(n->patch, options->edits);
    edit_model(n, options->sent_model);
    drop_known(n);
    status = ccpi_native_edit_messages(n, error);
    if (status != CCP_OK)
        return status;
    ccpi_native_edit_tools(n, !ccpi_inference_thinks(&in));
    edit_context(n);
    edit_output(n);
    edit_inference(n, &in);
    add_own(n, options->for_count);
    return CCP_OK;
}

ccp_status ccpi_native_request(ccpi_span body, const ccpi_native_options *options,
                               ccpi_patch *out, ccp_error *error)
{
    ccp_status status = ccpi_patch_open(out, body, error);
    ccpi_betas betas;
    ccpi_native n = {.patch = out, .tree = &out->tree, .betas = &betas};

    if (status != CCP_OK)
        return status;
    ccpi_native_betas(options, &betas);
    n.root = ccpi_json_root(&out->tree);
    n.api = options->api;
    n.traits = ccpi_model_traits(options->model_id, options->asked);
    if (ccpi_edits_have(options->edits, CCPI_EDIT_FIELD, CCPI_REPAIR_ROLE))
        n.traits |= CCPI_TRAIT_NO_SYSTEM_ROLE;
    if (ccpi_refused_ttl(options->edits))
        n.traits |= CCPI_TRAIT_NO_CACHE_TTL;
    n.edits = options->edits;
    n.has_tool_search = searches_tools(&n);
    status = edit(&n, options, error);
    if (status == CCP_OK && ccpi_patch_finish(out) != CCP_OK)
        status = ccpi_fail(error, out->status, "the request to Bedrock does not fit");
    return status;
}

/* ---- names ---- */

static size_t without_end(const char *text, size_t len, const char *marks)
{
    size_t at = len;

    while (at > 0 && strchr(marks, text[at - 1]))
        at--;
    return at;
}

/* "-v1:0", "-v1" */
static size_t without_version(const char *text, size_t len)
{
    const size_t at = without_end(text, len, "0123456789:");

    return at < len && at >= 2 && text[at - 1] == 'v' && text[at - 2] == '-' ? at - 2
                                                                             : len;
}

/* "-20251001" */
static size_t without_date(const char *text, size_t len)
{
    const size_t at = without_end(text, len, "0123456789");

    return len - at == DATE_LEN && at >= 1 && text[at - 1] == '-' ? at - 1 : len;
}

ccpi_mantle_id ccpi_mantle_id_of(const char *model_id)
{
    ccpi_mantle_id id = {""};
    const char *text = ccpi_model_without_geography(model_id);
    size_t len = strlen(text);

    if (strncmp(text, "anthropic.", strlen("anthropic.")) == 0)
        len = without_date(text, without_version(text, len));
    if (len >= sizeof(id.text))
        len = sizeof(id.text) - 1;
    memcpy(id.text, text, len);
    return id;
}
