#include "base/cleanup.h"
#include "base/fail.h"
#include "bedrock/native/native.h"
#include "bedrock/traits.h"

#define NO_CONTENT "{\"type\":\"text\",\"text\":\"(no content)\"}"
#define SEARCH_RESULT "tool_search_tool_result"
#define RESULT_END "_tool_result"

/* Where the reading is, for messages of refusal. */
typedef struct place {
    const ccpi_native *n;
    size_t message, block;
    ccp_error *error;
} place;

static const ccpi_json_node *get(const ccpi_native *n, const ccpi_json_node *node,
                                 const char *name)
{
    return ccpi_json_get(n->tree, node, name);
}

static ccp_status refuse(const place *at, const char *reason)
{
    return ccpi_fail(at->error, CCP_INVALID, "messages.%zu.content.%zu: %s", at->message,
                     at->block, reason);
}

void ccpi_native_trim_cache(const ccpi_native *n, const ccpi_json_node *holder)
{
    const ccpi_json_node *control =
        ccpi_json_get_typed(n->tree, holder, "cache_control", CCPI_JSON_OBJECT);

    if (!control)
        return;
    ccpi_patch_drop(n->patch, get(n, control, "scope"));
    if (n->traits & CCPI_TRAIT_NO_CACHE_TTL)
        ccpi_patch_drop(n->patch, get(n, control, "ttl"));
}

/* ---- blocks without a counterpart ---- */

/* After a comma, if anything but the bracket stands before it. */
static void write_text(const ccpi_json_node *text, ccpi_buf *out)
{
    if (!text || text->type != CCPI_JSON_STRING || text->text.len <= 2)
        return;
    if (out->len > 0 && out->data[out->len - 1] != '[')
        ccpi_buf_append_char(out, ',');
    ccpi_buf_append_text(out, "{\"type\":\"text\",\"text\":");
    ccpi_buf_append_span(out, text->text);
    ccpi_buf_append_char(out, '}');
}

/* Leaves the texts of a block, and of what it holds, in its place. */
static void leave_texts(const ccpi_native *n, const ccpi_json_node *block)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf texts = {.limit = SIZE_MAX};
    const ccpi_json_node *content = get(n, block, "content");

    write_text(get(n, block, "text"), &texts);
    write_text(content, &texts);
    if (content && content->type == CCPI_JSON_ARRAY)
        for (content = ccpi_json_child(n->tree, content); content;
             content = ccpi_json_next(n->tree, content))
            write_text(get(n, content, "text"), &texts);
    if (texts.status != CCP_OK)
        n->patch->status = texts.status;
    if (texts.len > 0)
        ccpi_patch_replace(n->patch, block, ccpi_buf_span(&texts));
    else
        ccpi_patch_drop(n->patch, block);
}

static bool ends_with(ccpi_span text, const char *end)
{
    const size_t len = strlen(end);

    return text.len > len && memcmp(text.data + text.len - len, end, len) == 0;
}

/* What tools on Anthropic's servers, or behind its connectors, have said. */
static bool is_of_server(const ccpi_native *n, const ccpi_json_node *block,
                         ccpi_span type)
{
    const ccpi_json_node *name = get(n, block, "name");

    if (ccpi_span_is(type, "mcp_tool_use"))
        return true;
    if (ccpi_span_is(type, "server_tool_use"))
        return !n->has_tool_search || !name ||
               !ccpi_span_starts(ccpi_json_inner(name->text), "tool_search_tool_");
    if (ccpi_span_is(type, SEARCH_RESULT))
        return !n->has_tool_search;
    return ends_with(type, RESULT_END);
}

/* ---- what the user gave ---- */

static const char *refusal_of_source(const ccpi_native *n, const ccpi_json_node *block)
{
    const ccpi_json_node *type = get(n, get(n, block, "source"), "type");

    if (ccpi_json_is_text(type, "file"))
        return "a file of the Files API can't be carried to Bedrock";
    if (n->api == CCPI_BEDROCK_INVOKE && ccpi_json_is_text(type, "url"))
        return "only data in the request itself can be carried to Bedrock, no URL or "
               "file";
    return NULL;
}

static bool holds_source(ccpi_span type)
{
    return ccpi_span_is(type, "image") || ccpi_span_is(type, "document");
}

static ccpi_span type_of(const ccpi_native *n, const ccpi_json_node *block)
{
    const ccpi_json_node *type =
        ccpi_json_get_typed(n->tree, block, "type", CCPI_JSON_STRING);

    return type ? ccpi_json_inner(type->text) : (ccpi_span){"", 0};
}

/* Without a search for tools there is nothing to refer to. */
static void name_tool(const ccpi_native *n, const ccpi_json_node *reference)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = SIZE_MAX};
    const ccpi_json_node *name =
        ccpi_json_get_typed(n->tree, reference, "tool_name", CCPI_JSON_STRING);

    ccpi_buf_append_text(&text, "{\"type\":\"text\",\"text\":\"The tool ");
    if (name)
        ccpi_buf_append_span(&text, ccpi_json_inner(name->text));
    ccpi_buf_append_text(&text, " can be used now.\"}");
    if (text.status != CCP_OK)
        n->patch->status = text.status;
    ccpi_patch_replace(n->patch, reference, ccpi_buf_span(&text));
}

static ccp_status edit_result(const place *at, const ccpi_json_node *result)
{
    const ccpi_native *n = at->n;
    const ccpi_json_node *content =
        ccpi_json_get_typed(n->tree, result, "content", CCPI_JSON_ARRAY);

    for (content = ccpi_json_child(n->tree, content); content;
         content = ccpi_json_next(n->tree, content)) {
        const ccpi_span type = type_of(n, content);
        const char *reason = holds_source(type) ? refusal_of_source(n, content) : NULL;

        if (reason)
            return refuse(at, reason);
        ccpi_native_trim_cache(n, content);
        if (!n->has_tool_search && ccpi_span_is(type, "tool_reference"))
            name_tool(n, content);
    }
    return CCP_OK;
}

static ccp_status edit_document(const place *at, const ccpi_json_node *block)
{
    const ccpi_native *n = at->n;
    const ccpi_json_node *source = get(n, block, "source");
    const ccpi_json_node *content =
        ccpi_json_get_typed(n->tree, source, "content", CCPI_JSON_ARRAY);
    const char *reason = refusal_of_source(n, block);

    for (content = ccpi_json_child(n->tree, content); content && !reason;
         content = ccpi_json_next(n->tree, content))
        if (holds_source(type_of(n, content)))
            reason = refusal_of_source(n, content);
    return reason ? refuse(at, reason) : CCP_OK;
}

/* ---- thinking ---- */

static bool is_text_in(const ccpi_native *n, const ccpi_json_node *block,
                       const char *name, size_t least)
{
    const ccpi_json_node *text =
        ccpi_json_get_typed(n->tree, block, name, CCPI_JSON_STRING);

    return text && text->text.len >= least + 2;
}

static bool is_thinking(ccpi_span type)
{
    return ccpi_span_is(type, "thinking") || ccpi_span_is(type, "redacted_thinking");
}

/* BR-7 */
static bool keeps_thinking(const ccpi_native *n, const ccpi_json_node *block,
                           ccpi_span type)
{
    if ((n->traits & CCPI_TRAIT_NO_THINKING) ||
        ccpi_edits_have(n->edits, CCPI_EDIT_THINKING, ""))
        return false;
    if (ccpi_span_is(type, "redacted_thinking"))
        return is_text_in(n, block, "data", 1);
    return is_text_in(n, block, "thinking", 0) && is_text_in(n, block, "signature", 1);
}

bool ccpi_native_is_unthinking_loop(const ccpi_native *n)
{
    const ccpi_json_node *messages = get(n, n->root, "messages");
    const ccpi_json_node *last = NULL;
    bool begins_thinking = false, has_call = false, is_first = true;

    for (messages = ccpi_json_child(n->tree, messages); messages;
         messages = ccpi_json_next(n->tree, messages))
        if (ccpi_json_is_text(get(n, messages, "role"), "assistant"))
            last = messages;
    for (const ccpi_json_node *block = ccpi_json_child(n->tree, get(n, last, "content"));
         block; block = ccpi_json_next(n->tree, block)) {
        const ccpi_span type = type_of(n, block);

        if (is_thinking(type) && !keeps_thinking(n, block, type))
            continue;
        begins_thinking = begins_thinking || (is_first && is_thinking(type));
        has_call = has_call || ccpi_span_is(type, "tool_use");
        is_first = false;
    }
    return has_call && !begins_thinking;
}

/* ---- messages ---- */

static ccp_status edit_block(const place *at, const ccpi_json_node *block)
{
    const ccpi_native *n = at->n;
    const ccpi_span type = type_of(n, block);

    ccpi_native_trim_cache(n, block);
    if (ccpi_span_is(type, "tool_result"))
        return edit_result(at, block);
    if (holds_source(type))
        return edit_document(at, block);
    if (ccpi_span_is(type, "container_upload"))
        return refuse(at, "a file of the Files API can't be carried to Bedrock");
    if (is_thinking(type) && !keeps_thinking(n, block, type))
        ccpi_patch_drop(n->patch, block);
    else if (is_of_server(n, block, type))
        leave_texts(n, block);
    return CCP_OK;
}

static ccp_status edit_content(place *at, const ccpi_json_node *content)
{
    ccp_status status = CCP_OK;

    if (!content || content->type != CCPI_JSON_ARRAY || content->count == 0)
        return CCP_OK;
    at->block = 0;
    for (const ccpi_json_node *block = ccpi_json_child(at->n->tree, content);
         block && status == CCP_OK; block = ccpi_json_next(at->n->tree, block)) {
        status = edit_block(at, block);
        at->block++;
    }
    if (status == CCP_OK && !ccpi_patch_keeps_any(at->n->patch, content))
        ccpi_patch_append(at->n->patch, content, CCPI_SPAN(NO_CONTENT));
    return status;
}

/* Moves the texts of a message of the system's role to the others of the system. */
static void move_to_system(const ccpi_native *n, const ccpi_json_node *message,
                           ccpi_buf *texts)
{
    const ccpi_json_node *content = get(n, message, "content");

    ccpi_patch_drop(n->patch, message);
    write_text(content, texts);
    if (content && content->type == CCPI_JSON_ARRAY)
        for (content = ccpi_json_child(n->tree, content); content;
             content = ccpi_json_next(n->tree, content))
            write_text(get(n, content, "text"), texts);
}

static void add_to_system(const ccpi_native *n, const ccpi_buf *moved)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf all = {.limit = SIZE_MAX};
    const ccpi_json_node *system = get(n, n->root, "system");
    size_t before;

    if (moved->status != CCP_OK)
        n->patch->status = moved->status;
    if (moved->len == 0)
        return;
    if (system && system->type == CCPI_JSON_ARRAY) {
        ccpi_patch_append(n->patch, system, ccpi_buf_span(moved));
        return;
    }
    ccpi_buf_append_text(&all, system ? "" : "\"system\":");
    ccpi_buf_append_char(&all, '[');
    before = all.len;
    write_text(system, &all);
    ccpi_buf_append_text(&all, all.len > before ? "," : "");
    ccpi_buf_append_span(&all, ccpi_buf_span(moved));
    ccpi_buf_append_char(&all, ']');
    if (all.status != CCP_OK)
        n->patch->status = all.status;
    if (system)
        ccpi_patch_replace(n->patch, system, ccpi_buf_span(&all));
    else
        ccpi_patch_append(n->patch, n->root, ccpi_buf_span(&all));
}

static void trim_system(const ccpi_native *n)
{
    const ccpi_json_node *system =
        ccpi_json_get_typed(n->tree, n->root, "system", CCPI_JSON_ARRAY);

    for (system = ccpi_json_child(n->tree, system); system;
         system = ccpi_json_next(n->tree, system))
        ccpi_native_trim_cache(n, system);
}

ccp_status ccpi_native_edit_messages(const ccpi_native *n, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf moved = {.limit = SIZE_MAX};
    place at = {.n = n, .error = error};
    ccp_status status = CCP_OK;

    trim_system(n);
    for (const ccpi_json_node *message =
             ccpi_json_child(n->tree, get(n, n->root, "messages"));
         message && status == CCP_OK; message = ccpi_json_next(n->tree, message)) {
        if ((n->traits & CCPI_TRAIT_NO_SYSTEM_ROLE) &&
            ccpi_json_is_text(get(n, message, "role"), "system")) {
            move_to_system(n, message, &moved);
        } else {
            if (n->api == CCPI_BEDROCK_INVOKE)
                ccpi_patch_drop(n->patch, get(n, message, "output_config"));
            status = edit_content(&at, get(n, message, "content"));
        }
        at.message++;
    }
    if (status == CCP_OK)
        add_to_system(n, &moved);
    return status;
}
