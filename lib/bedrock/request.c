#include "bedrock/request.h"

#include "base/cleanup.h"
#include "base/fail.h"
#include "bedrock/converse/cache_points.h"
#include "bedrock/converse/conversation.h"
#include "bedrock/converse/inference.h"
#include "bedrock/converse/messages.h"
#include "bedrock/converse/tools.h"
#include "bedrock/refused.h"
#include "bedrock/traits.h"

/* Converse's own words around the client's are few. */
#define GROWTH_DIVISOR 8
#define GROWTH_LEAST 4096

/* All that a conversion makes on its way. */
typedef struct conversion {
    const ccpi_converse_options *options;
    ccpi_buf edited; /* the client's body without what was refused; else empty */
    ccpi_json_tree tree;
    const ccpi_json_node *root;
    unsigned traits;
    ccpi_conversation conversation;
    ccpi_tools tools;
    ccpi_betas betas;
    ccpi_inference inference;
    ccpi_buf *out;
} conversion;

static void conversion_clear(conversion *c)
{
    ccpi_tools_clear(&c->tools);
    ccpi_conversation_clear(&c->conversation);
    ccpi_json_clear(&c->tree);
    ccpi_buf_clear(&c->edited);
}

static void collect_betas(conversion *c)
{
    const ccpi_betas_options options = {
        .api = CCPI_BEDROCK_CONVERSE,
        .traits = c->traits,
        .model = c->options->asked,
        .edits = c->options->edits,
    };

    ccpi_betas_collect(c->options->headers, &options, &c->betas);
}

static ccp_status read_request(conversion *c, ccp_error *error)
{
    ccp_status status;

    c->root = ccpi_json_root(&c->tree);
    c->traits = ccpi_model_traits(c->options->model_id, c->options->asked);
    if (ccpi_refused_ttl(c->options->edits))
        c->traits |= CCPI_TRAIT_NO_CACHE_TTL;
    c->conversation.tree = &c->tree;
    c->conversation.leaves_out_thinking =
        (c->traits & (CCPI_TRAIT_FOREIGN | CCPI_TRAIT_NO_THINKING)) ||
        ccpi_edits_have(c->options->edits, CCPI_EDIT_THINKING, "");
    status = ccpi_conversation_read(&c->conversation, c->root, error);
    if (status != CCP_OK)
        return status;
    if (ccpi_tools_read(&c->tools, &c->conversation, c->root) != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a request's tools");

    collect_betas(c);
    ccpi_cache_points_plan(&c->conversation, &c->tools.specs,
                           ccpi_mark_of(&c->tree, c->root), c->traits);
    c->inference = (ccpi_inference){
        .tree = &c->tree,
        .root = c->root,
        .traits = c->traits,
        .edits = c->options->edits,
        .betas = &c->betas,
        .is_unthinking_loop = ccpi_conversation_is_unthinking_loop(&c->conversation),
    };
    return CCP_OK;
}

static void write_additional(conversion *c)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf natives = {.limit = SIZE_MAX};

    if (c->tools.natives.count > 0)
        ccpi_tools_write_natives(&c->tools, &c->tree, &natives);
    if (natives.status != CCP_OK && c->out->status == CCP_OK)
        c->out->status = natives.status;
    ccpi_inference_write_additional(&c->inference, ccpi_buf_span(&natives), c->out);
}

/* Asked for at once, so that a large body is not moved again and again. */
static void make_room(ccpi_buf *out, size_t body_len)
{
    const size_t wanted = body_len + body_len / GROWTH_DIVISOR + GROWTH_LEAST;
    const size_t left = out->limit - out->len;

    ccpi_buf_room(out, wanted < left ? wanted : left);
}

static void write_request(conversion *c)
{
    ccpi_messages_writer writer = {
        .conversation = &c->conversation,
        .tool_names = &c->tools.names,
        .is_foreign = c->traits & CCPI_TRAIT_FOREIGN,
        .out = c->out,
    };

    ccpi_buf_append_text(c->out, "{\"messages\":");
    ccpi_messages_write(&writer);
    if (c->conversation.system.count > 0) {
        ccpi_buf_append_text(c->out, ",\"system\":");
        ccpi_messages_write_system(&writer);
    }
    ccpi_tools_write(&c->tools, &c->conversation, c->root,
                     !ccpi_inference_thinks(&c->inference), c->out);
    write_additional(c);
    if (!c->options->for_count) {
        ccpi_inference_write_config(&c->inference, c->out);
        ccpi_inference_write_format(&c->inference, c->out);
    }
    if (c->options->sends_metadata && !c->options->for_count)
        ccpi_inference_write_metadata(&c->inference, c->out);
    ccpi_buf_append_char(c->out, '}');
}

static ccp_status take_out_refused(conversion *c, ccpi_span body, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_patch_clear) ccpi_patch patch = {.status = CCP_OK};
    ccp_status status = ccpi_patch_open(&patch, body, error);

    if (status != CCP_OK)
        return status;
    ccpi_refused_drop(&patch, c->options->edits);
    status = ccpi_patch_finish(&patch);
    c->edited.limit = body.len;
    if (status == CCP_OK && patch.cut_count > 0)
        status = ccpi_patch_write(&patch, &c->edited);
    return status == CCP_OK
               ? CCP_OK
               : ccpi_fail(error, status, "no memory for a request to Bedrock");
}

static ccp_status parse(conversion *c, ccpi_span body, ccp_error *error)
{
    ccp_status status = CCP_OK;

    if (ccpi_refused_any(c->options->edits))
        status = take_out_refused(c, body, error);
    if (status != CCP_OK)
        return status;
    return ccpi_json_parse(c->edited.len > 0 ? ccpi_buf_span(&c->edited) : body, &c->tree,
                           error);
}

ccp_status ccpi_converse_request(ccpi_span body, const ccpi_converse_options *options,
                                 ccpi_buf *out, ccp_error *error)
{
    CCPI_CLEANUP(conversion_clear) conversion c = {.options = options, .out = out};
    ccp_status status = parse(&c, body, error);

    if (status == CCP_OK)
        status = read_request(&c, error);
    if (status != CCP_OK)
        return status;

    make_room(out, body.len);
    if (options->for_count)
        ccpi_buf_append_text(out, "{\"input\":{\"converse\":");
    write_request(&c);
    if (options->for_count)
        ccpi_buf_append_text(out, "}}");
    if (out->status != CCP_OK)
        return ccpi_fail(error, out->status, "the request to Bedrock does not fit");
    return CCP_OK;
}
