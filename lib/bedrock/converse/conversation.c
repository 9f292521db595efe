#include "bedrock/converse/conversation.h"

#include <stdlib.h>

#include "base/fail.h"
#include "bedrock/converse/calls.h"
#include "bedrock/converse/grow.h"
#include "bedrock/converse/source.h"
#include "bedrock/converse/text.h"

/* Where the reading is, for messages of refusal. */
typedef struct reader {
    ccpi_conversation *to;
    size_t message, block;
    bool is_assistant;
    ccp_error *error;
} reader;

void ccpi_conversation_clear(ccpi_conversation *conversation)
{
    free(conversation->parts.items);
    free(conversation->system.items);
    free(conversation->turns);
    free(conversation->calls);
    free(conversation->made_ids);
    ccpi_names_clear(&conversation->tools_met);
    *conversation = (ccpi_conversation){0};
}

static ccp_status out_of_memory(const reader *r)
{
    return ccpi_fail(r->error, CCP_NO_MEMORY, "no memory for a conversation");
}

static ccp_status refuse(const reader *r, const char *reason)
{
    return ccpi_fail(r->error, CCP_INVALID, "messages.%zu.content.%zu: %s", r->message,
                     r->block, reason);
}

ccpi_mark ccpi_mark_of(const ccpi_json_tree *tree, const ccpi_json_node *node)
{
    const ccpi_json_node *control =
        ccpi_json_get_typed(tree, node, "cache_control", CCPI_JSON_OBJECT);
    const ccpi_json_node *ttl = ccpi_json_get(tree, control, "ttl");

    if (!control)
        return CCPI_MARK_NONE;
    if (ccpi_json_is_text(ttl, "1h"))
        return CCPI_MARK_1H;
    return ccpi_json_is_text(ttl, "5m") ? CCPI_MARK_5M : CCPI_MARK_PLAIN;
}

bool ccpi_part_is_reasoning(const ccpi_part *part)
{
    return part->kind == CCPI_PART_THINKING || part->kind == CCPI_PART_REDACTED;
}

static ccp_status append(reader *r, ccpi_parts *parts, ccpi_part part)
{
    ccpi_part *items =
        ccpi_grow(parts->items, &parts->capacity, parts->count, sizeof(*items));

    if (!items)
        return out_of_memory(r);
    parts->items = items;
    items[parts->count++] = part;
    return CCP_OK;
}

static ccp_status add_part(reader *r, ccpi_part_kind kind, const ccpi_json_node *node)
{
    r->to->turns[r->to->turn_count - 1].count++;
    return append(r, &r->to->parts, (ccpi_part){.node = node, .kind = (uint8_t)kind});
}

static bool has_text(const ccpi_json_node *node)
{
    return node && node->type == CCPI_JSON_STRING &&
           !ccpi_text_is_blank(ccpi_json_inner(node->text));
}

static ccp_status add_string(reader *r, const ccpi_json_node *string)
{
    return has_text(string) ? add_part(r, CCPI_PART_TEXT, string) : CCP_OK;
}

static const ccpi_json_node *get(const reader *r, const ccpi_json_node *node,
                                 const char *name)
{
    return ccpi_json_get(r->to->tree, node, name);
}

static bool is_string_with_text(const ccpi_json_node *node)
{
    return node && node->type == CCPI_JSON_STRING && node->text.len > 2;
}

static ccp_status add_text(reader *r, const ccpi_json_node *block)
{
    const ccpi_json_node *text = get(r, block, "text");
    const ccpi_json_node *citations = get(r, block, "citations");

    if (r->is_assistant && citations && citations->count > 0 && has_text(text))
        return add_part(r, CCPI_PART_CITED_TEXT, block);
    return add_string(r, text);
}

/* Of a block that Converse has nothing for: its text, and that of what it holds. */
static ccp_status add_texts_of(reader *r, const ccpi_json_node *block)
{
    const ccpi_json_node *content = get(r, block, "content");
    ccp_status status = add_string(r, get(r, block, "text"));

    if (status == CCP_OK)
        status = add_string(r, content);
    if (!content || content->type != CCPI_JSON_ARRAY)
        return status;
    for (const ccpi_json_node *inner = ccpi_json_child(r->to->tree, content);
         inner && status == CCP_OK; inner = ccpi_json_next(r->to->tree, inner))
        status = add_string(r, get(r, inner, "text"));
    return status;
}

static ccp_status add_source(reader *r, ccpi_part_kind kind, const ccpi_json_node *block)
{
    const char *reason = ccpi_source_refusal(r->to->tree, block);

    if (reason)
        return refuse(r, reason);
    if (r->is_assistant)
        return refuse(r, "Bedrock takes images and documents from the user only");
    return add_part(r, kind, block);
}

static ccp_status add_image(reader *r, const ccpi_json_node *block)
{
    return add_source(r, CCPI_PART_IMAGE, block);
}

static ccp_status add_document(reader *r, const ccpi_json_node *block)
{
    return add_source(r, CCPI_PART_DOCUMENT, block);
}

static ccp_status add_file(reader *r, const ccpi_json_node *block)
{
    (void)block;
    return refuse(r, "a file of the Files API can't be carried to Bedrock");
}

/* Only with citations it must stay what it is, so that they can point at it. */
static ccp_status add_search_result(reader *r, const ccpi_json_node *block)
{
    const ccpi_json_node *enabled = get(r, get(r, block, "citations"), "enabled");

    if (enabled && enabled->type == CCPI_JSON_TRUE && !r->is_assistant &&
        ccpi_source_is_search_result(r->to->tree, block))
        return add_part(r, CCPI_PART_SEARCH_RESULT, block);
    return add_texts_of(r, block);
}

static ccp_status add_thinking(reader *r, const ccpi_json_node *block)
{
    const ccpi_json_node *text = get(r, block, "thinking");

    /* Without its signature it can't be accepted (BR-7). */
    if (!r->is_assistant || r->to->leaves_out_thinking || !text ||
        text->type != CCPI_JSON_STRING ||
        !is_string_with_text(get(r, block, "signature")))
        return CCP_OK;
    return add_part(r, CCPI_PART_THINKING, block);
}

static ccp_status add_redacted(reader *r, const ccpi_json_node *block)
{
    if (!r->is_assistant || r->to->leaves_out_thinking ||
        !is_string_with_text(get(r, block, "data")))
        return CCP_OK;
    return add_part(r, CCPI_PART_REDACTED, block);
}

static ccp_status add_tool_use(reader *r, const ccpi_json_node *block)
{
    const ccpi_json_node *name = get(r, block, "name");
    const ccpi_json_node *id = get(r, block, "id");
    ccp_status status;

    if (!r->is_assistant)
        return refuse(r, "only the assistant calls tools");
    if (!is_string_with_text(name) || !is_string_with_text(id))
        return refuse(r, "a tool_use block needs an id and a name");
    status = add_part(r, CCPI_PART_TOOL_USE, block);
    if (status == CCP_OK)
        status = ccpi_calls_add(r->to, ccpi_json_inner(id->text));
    if (status == CCP_OK)
        status = ccpi_names_add(&r->to->tools_met, ccpi_json_inner(name->text));
    return status == CCP_NO_MEMORY ? out_of_memory(r) : status;
}

static ccp_status meet_tool(reader *r, const ccpi_json_node *reference)
{
    const ccpi_json_node *name = get(r, reference, "tool_name");

    if (!is_string_with_text(name) ||
        ccpi_names_add(&r->to->tools_met, ccpi_json_inner(name->text)) == CCP_OK)
        return CCP_OK;
    return out_of_memory(r);
}

static ccp_status add_tool_result(reader *r, const ccpi_json_node *block)
{
    const ccpi_json_node *content = get(r, block, "content");
    const bool is_list = content && content->type == CCPI_JSON_ARRAY;

    if (r->is_assistant)
        return add_texts_of(r, block);
    for (const ccpi_json_node *inner = is_list ? ccpi_json_child(r->to->tree, content)
                                               : NULL;
         inner; inner = ccpi_json_next(r->to->tree, inner)) {
        const ccpi_json_node *type = get(r, inner, "type");
        const char *reason = NULL;

        if (ccpi_json_is_text(type, "image") || ccpi_json_is_text(type, "document"))
            reason = ccpi_source_refusal(r->to->tree, inner);
        if (reason)
            return refuse(r, reason);
        if (ccpi_json_is_text(type, "tool_reference") && meet_tool(r, inner) != CCP_OK)
            return CCP_NO_MEMORY;
    }
    return add_part(r, CCPI_PART_TOOL_RESULT, block);
}

static const struct {
    const char *type;
    ccp_status (*add)(reader *r, const ccpi_json_node *block);
} block_types[] = {
    {"text", add_text},
    {"tool_use", add_tool_use},
    {"tool_result", add_tool_result},
    {"thinking", add_thinking},
    {"redacted_thinking", add_redacted},
    {"image", add_image},
    {"document", add_document},
    {"search_result", add_search_result},
    {"container_upload", add_file},
};

static ccp_status add_block(reader *r, const ccpi_json_node *block)
{
    const ccpi_json_node *type = get(r, block, "type");

    for (size_t i = 0; i < sizeof(block_types) / sizeof(block_types[0]); i++)
        if (ccpi_json_is_text(type, block_types[i].type))
            return block_types[i].add(r, block);
    return add_texts_of(r, block);
}

/* The block's own mark, else the last one within a tool's result (BR-6). */
static ccpi_mark mark_of_block(const ccpi_json_tree *tree, const ccpi_json_node *block)
{
    ccpi_mark mark = ccpi_mark_of(tree, block);
    const ccpi_json_node *content =
        ccpi_json_get_typed(tree, block, "content", CCPI_JSON_ARRAY);

    if (mark != CCPI_MARK_NONE)
        return mark;
    for (content = ccpi_json_child(tree, content); content;
         content = ccpi_json_next(tree, content)) {
        ccpi_mark inner = ccpi_mark_of(tree, content);

        if (inner != CCPI_MARK_NONE)
            mark = inner;
    }
    return mark;
}

/* A block that gave no part leaves its mark to what stands before it. */
static void mark_last(ccpi_parts *parts, size_t first, ccpi_mark mark)
{
    if (mark != CCPI_MARK_NONE && parts->count > first)
        parts->items[parts->count - 1].mark = (uint8_t)mark;
}

static ccp_status read_turn(reader *r, const ccpi_json_node *content)
{
    const ccpi_turn *turn = &r->to->turns[r->to->turn_count - 1];
    ccp_status status = add_string(r, content);

    if (!content || content->type != CCPI_JSON_ARRAY)
        return status;
    r->block = 0;
    for (const ccpi_json_node *block = ccpi_json_child(r->to->tree, content);
         block && status == CCP_OK; block = ccpi_json_next(r->to->tree, block)) {
        status = add_block(r, block);
        mark_last(&r->to->parts, turn->first, mark_of_block(r->to->tree, block));
        r->block++;
    }
    return status;
}

static ccp_status begin_turn(reader *r)
{
    ccpi_conversation *to = r->to;
    ccpi_turn *turns;

    if (to->turn_count > 0 &&
        to->turns[to->turn_count - 1].is_assistant == r->is_assistant)
        return CCP_OK;
    turns = ccpi_grow(to->turns, &to->turn_capacity, to->turn_count, sizeof(*turns));
    if (!turns)
        return out_of_memory(r);
    to->turns = turns;
    turns[to->turn_count++] =
        (ccpi_turn){.first = to->parts.count, .is_assistant = r->is_assistant};
    return CCP_OK;
}

static ccp_status add_system_text(reader *r, const ccpi_json_node *string)
{
    if (!has_text(string))
        return CCP_OK;
    return append(r, &r->to->system, (ccpi_part){.node = string, .kind = CCPI_PART_TEXT});
}

static ccp_status read_system(reader *r, const ccpi_json_node *content)
{
    ccp_status status = add_system_text(r, content);

    if (!content || content->type != CCPI_JSON_ARRAY)
        return status;
    for (const ccpi_json_node *block = ccpi_json_child(r->to->tree, content);
         block && status == CCP_OK; block = ccpi_json_next(r->to->tree, block)) {
        status = add_system_text(r, get(r, block, "text"));
        mark_last(&r->to->system, 0, ccpi_mark_of(r->to->tree, block));
    }
    return status;
}

static ccp_status read_message(reader *r, const ccpi_json_node *message)
{
    const ccpi_json_node *role = get(r, message, "role");
    const ccpi_json_node *content = get(r, message, "content");
    ccp_status status;

    if (ccpi_json_is_text(role, "system"))
        return read_system(r, content);
    r->is_assistant = ccpi_json_is_text(role, "assistant");
    if (!r->is_assistant && !ccpi_json_is_text(role, "user"))
        return ccpi_fail(r->error, CCP_INVALID,
                         "messages.%zu.role: must be user, assistant or system",
                         r->message);
    status = begin_turn(r);
    if (status != CCP_OK)
        return status;
    return read_turn(r, content);
}

ccp_status ccpi_conversation_read(ccpi_conversation *conversation,
                                  const ccpi_json_node *root, ccp_error *error)
{
    const ccpi_json_tree *tree = conversation->tree;
    reader r = {.to = conversation, .error = error};
    ccp_status status = read_system(&r, ccpi_json_get(tree, root, "system"));

    for (const ccpi_json_node *message =
             ccpi_json_child(tree, ccpi_json_get(tree, root, "messages"));
         message && status == CCP_OK; message = ccpi_json_next(tree, message)) {
        status = read_message(&r, message);
        r.message++;
    }
    if (status != CCP_OK)
        return status;
    if (r.message == 0)
        return ccpi_fail(error, CCP_INVALID, "messages: at least one is needed");

    status = ccpi_calls_settle(conversation);
    if (status == CCP_OK)
        status = ccpi_names_settle(&conversation->tools_met);
    return status == CCP_NO_MEMORY ? out_of_memory(&r) : status;
}

/* The last turn of the assistant, or NULL. */
static const ccpi_turn *last_said(const ccpi_conversation *conversation)
{
    for (size_t i = conversation->turn_count; i-- > 0;)
        if (conversation->turns[i].is_assistant)
            return &conversation->turns[i];
    return NULL;
}

bool ccpi_conversation_is_unthinking_loop(const ccpi_conversation *conversation)
{
    const ccpi_turn *turn = last_said(conversation);
    const ccpi_part *parts;

    if (!turn || turn->count == 0)
        return false;
    parts = &conversation->parts.items[turn->first];
    if (ccpi_part_is_reasoning(&parts[0]))
        return false;
    for (size_t i = 0; i < turn->count; i++)
        if (parts[i].kind == CCPI_PART_TOOL_USE)
            return true;
    return false;
}
