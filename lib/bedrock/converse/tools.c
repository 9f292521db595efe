#include "bedrock/converse/tools.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "bedrock/converse/grow.h"
#include "bedrock/converse/messages.h"
#include "bedrock/converse/text.h"

/* Tools that Anthropic defines and the client runs: their types are these and a date. */
static const char *const native_types[] = {"bash_", "text_editor_", "computer_",
                                           "memory_"};

#define SERVER_SEARCH "tool_search_tool_"

static bool is_string_with_text(const ccpi_json_node *node)
{
    return node && node->type == CCPI_JSON_STRING &&
           !ccpi_text_is_blank(ccpi_json_inner(node->text));
}

static bool is_true(const ccpi_json_node *node)
{
    return node && node->type == CCPI_JSON_TRUE;
}

ccpi_tool_kind ccpi_tool_kind_of(const ccpi_json_tree *tree, const ccpi_json_node *tool)
{
    const ccpi_json_node *type = ccpi_json_get(tree, tool, "type");
    ccpi_span text;

    if (!is_string_with_text(type) || ccpi_json_is_text(type, "custom"))
        return CCPI_TOOL_CUSTOM;
    text = ccpi_json_inner(type->text);
    if (ccpi_span_starts(text, SERVER_SEARCH))
        return CCPI_TOOL_SEARCH;
    for (size_t i = 0; i < sizeof(native_types) / sizeof(native_types[0]); i++)
        if (ccpi_span_starts(text, native_types[i]))
            return CCPI_TOOL_NATIVE;
    return ccpi_json_get(tree, tool, "input_schema") ? CCPI_TOOL_CUSTOM
                                                     : CCPI_TOOL_OF_SERVER;
}

static const ccpi_json_node *name_of(const ccpi_json_tree *tree,
                                     const ccpi_json_node *tool)
{
    const ccpi_json_node *name = ccpi_json_get(tree, tool, "name");

    return is_string_with_text(name) ? name : NULL;
}

static bool is_deferred(const ccpi_json_tree *tree, const ccpi_json_node *tool)
{
    return is_true(ccpi_json_get(tree, tool, "defer_loading"));
}

static ccp_status add_met(const ccpi_conversation *conversation, ccpi_names *names)
{
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < conversation->tools_met.count && status == CCP_OK; i++)
        status = ccpi_names_add(names, conversation->tools_met.items[i].client);
    return status;
}

/* Also says whether a tool is among them that is sent whatever the history says. */
static ccp_status add_names(const ccpi_json_tree *tree, const ccpi_json_node *tool,
                            ccpi_names *names, bool *has_plain)
{
    *has_plain = false;
    for (; tool; tool = ccpi_json_next(tree, tool)) {
        const ccpi_json_node *name = name_of(tree, tool);

        if (name && ccpi_names_add(names, ccpi_json_inner(name->text)) != CCP_OK)
            return CCP_NO_MEMORY;
        *has_plain =
            *has_plain || (name && ccpi_tool_kind_of(tree, tool) == CCPI_TOOL_CUSTOM &&
                           !is_deferred(tree, tool));
    }
    return CCP_OK;
}

static bool has_server_search(const ccpi_json_tree *tree, const ccpi_json_node *tool)
{
    while (tool && ccpi_tool_kind_of(tree, tool) != CCPI_TOOL_SEARCH)
        tool = ccpi_json_next(tree, tool);
    return tool != NULL;
}

static ccp_status append(ccpi_parts *parts, const ccpi_json_node *tool)
{
    ccpi_part *items =
        ccpi_grow(parts->items, &parts->capacity, parts->count, sizeof(*items));

    if (!items)
        return CCP_NO_MEMORY;
    parts->items = items;
    items[parts->count++] = (ccpi_part){.node = tool};
    return CCP_OK;
}

/* What decides which tools are sent. */
typedef struct selection {
    const ccpi_conversation *conversation;
    bool searches_on_server; /* that search is left out, so all must be there */
} selection;

static bool is_sent(const selection *by, const ccpi_json_node *tool, ccpi_span name)
{
    return !is_deferred(by->conversation->tree, tool) || by->searches_on_server ||
           ccpi_names_find(&by->conversation->tools_met, name) != NULL;
}

static ccp_status select_tool(ccpi_tools *tools, const selection *by,
                              const ccpi_json_node *tool)
{
    const ccpi_json_tree *tree = by->conversation->tree;
    const ccpi_json_node *name_node = name_of(tree, tool);
    const ccpi_tool_kind kind = ccpi_tool_kind_of(tree, tool);
    const ccpi_mark mark = ccpi_mark_of(tree, tool);
    ccpi_name *name =
        name_node ? ccpi_names_find(&tools->names, ccpi_json_inner(name_node->text))
                  : NULL;
    ccp_status status = CCP_OK;

    /* A name that is defined twice is refused. */
    if (name && !name->is_defined && kind <= CCPI_TOOL_NATIVE &&
        (kind == CCPI_TOOL_NATIVE || is_sent(by, tool, name->client))) {
        status = append(kind == CCPI_TOOL_NATIVE ? &tools->natives : &tools->specs, tool);
        name->is_defined = true;
    }
    if (status == CCP_OK && mark != CCPI_MARK_NONE && tools->specs.count > 0)
        tools->specs.items[tools->specs.count - 1].mark = (uint8_t)mark;
    return status;
}

ccp_status ccpi_tools_read(ccpi_tools *tools, const ccpi_conversation *conversation,
                           const ccpi_json_node *root)
{
    const ccpi_json_tree *tree = conversation->tree;
    const ccpi_json_node *first =
        ccpi_json_child(tree, ccpi_json_get(tree, root, "tools"));
    const selection by = {conversation, has_server_search(tree, first)};
    bool has_plain;
    ccp_status status = add_names(tree, first, &tools->names, &has_plain);

    if (status == CCP_OK && !has_plain)
        status = add_met(conversation, &tools->names);
    if (status == CCP_OK)
        status = ccpi_names_settle(&tools->names);
    for (; first && status == CCP_OK; first = ccpi_json_next(tree, first))
        status = select_tool(tools, &by, first);
    return status;
}

void ccpi_tools_clear(ccpi_tools *tools)
{
    free(tools->specs.items);
    free(tools->natives.items);
    ccpi_names_clear(&tools->names);
    *tools = (ccpi_tools){0};
}

static ccp_status find_tools(void *context, const ccpi_json_member *member)
{
    if (ccpi_json_key_is(member->key, "tools"))
        *(ccpi_span *)context = member->value;
    return CCP_OK;
}

static ccp_status add_names_of_history(ccpi_span body, ccpi_names *names,
                                       ccp_error *error)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    CCPI_CLEANUP(ccpi_conversation_clear) ccpi_conversation conversation = {0};
    ccp_status status = ccpi_json_parse(body, &tree, error);

    if (status != CCP_OK)
        return status;
    conversation.tree = &tree;
    status = ccpi_conversation_read(&conversation, ccpi_json_root(&tree), error);
    return status == CCP_OK ? add_met(&conversation, names) : status;
}

ccp_status ccpi_tools_read_names(ccpi_span body, ccpi_names *names, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    ccpi_span tools = {NULL, 0};
    bool has_plain = false;
    ccp_status status = ccpi_json_walk(body, find_tools, &tools, error);

    if (status == CCP_OK && tools.len > 0)
        status = ccpi_json_parse(tools, &tree, error);
    if (status == CCP_OK)
        status = add_names(&tree, ccpi_json_child(&tree, ccpi_json_root(&tree)), names,
                           &has_plain);
    if (status == CCP_OK && !has_plain)
        status = add_names_of_history(body, names, error);
    return status == CCP_OK ? ccpi_names_settle(names) : status;
}

/* Bedrock wants a schema whose top level says that it is an object. */
static void write_schema(const ccpi_json_tree *tree, const ccpi_json_node *schema,
                         ccpi_buf *out)
{
    if (schema && schema->type == CCPI_JSON_OBJECT &&
        ccpi_json_is_text(ccpi_json_get(tree, schema, "type"), "object")) {
        ccpi_buf_append_span(out, schema->text);
        return;
    }
    ccpi_buf_append_text(out, "{\"type\":\"object\"");
    if (schema && schema->type == CCPI_JSON_OBJECT)
        for (const ccpi_json_node *member = ccpi_json_child(tree, schema); member;
             member = ccpi_json_next(tree, member)) {
            if (ccpi_json_key_is(member->key, "type"))
                continue;
            ccpi_buf_append_text(out, ",\"");
            ccpi_buf_append_span(out, member->key);
            ccpi_buf_append_text(out, "\":");
            ccpi_buf_append_span(out, member->text);
        }
    ccpi_buf_append_char(out, '}');
}

static void write_spec(const ccpi_tools *tools, const ccpi_json_tree *tree,
                       const ccpi_part *part, ccpi_buf *out)
{
    const ccpi_json_node *description = ccpi_json_get(tree, part->node, "description");

    ccpi_buf_append_text(out, "{\"toolSpec\":{\"name\":\"");
    ccpi_tool_name_write(&tools->names, ccpi_json_inner(name_of(tree, part->node)->text),
                         out);
    ccpi_buf_append_char(out, '"');
    if (is_string_with_text(description)) {
        ccpi_buf_append_text(out, ",\"description\":");
        ccpi_buf_append_span(out, description->text);
    }
    ccpi_buf_append_text(out, ",\"inputSchema\":{\"json\":");
    write_schema(tree, ccpi_json_get(tree, part->node, "input_schema"), out);
    ccpi_buf_append_text(out, "}}}");
    ccpi_mark_write((ccpi_mark)part->mark, true, out);
}

static void write_placeholder(const char *name, const char *comma, ccpi_buf *out)
{
    ccpi_buf_append_text(out, comma);
    ccpi_buf_append_format(out,
                           "{\"toolSpec\":{\"name\":\"%s\",\"inputSchema\":{\"json\":"
                           "{\"type\":\"object\"}}}}",
                           name);
}

/* A history with calls is refused without any tool, so its own tools are named. */
static void write_placeholders(const ccpi_tools *tools,
                               const ccpi_conversation *conversation, ccpi_buf *out)
{
    const char *comma = "";

    for (size_t i = 0; i < conversation->tools_met.count; i++) {
        const ccpi_name *name =
            ccpi_names_find(&tools->names, conversation->tools_met.items[i].client);

        if (!name || name->is_defined)
            continue;
        write_placeholder(name->sent.text, comma, out);
        comma = ",";
    }
    if (*comma == '\0')
        write_placeholder("unused", comma, out);
}

static bool is_spec(const ccpi_tools *tools, const ccpi_json_tree *tree,
                    const ccpi_json_node *name)
{
    for (size_t i = 0; is_string_with_text(name) && i < tools->specs.count; i++)
        if (ccpi_span_equals(name_of(tree, tools->specs.items[i].node)->text, name->text))
            return true;
    return false;
}

static void write_choice(const ccpi_tools *tools, const ccpi_json_tree *tree,
                         const ccpi_json_node *choice, bool may_force, ccpi_buf *out)
{
    const ccpi_json_node *type = ccpi_json_get(tree, choice, "type");
    const ccpi_json_node *name = ccpi_json_get(tree, choice, "name");

    if (!type || ccpi_json_is_text(type, "none"))
        return;
    ccpi_buf_append_text(out, ",\"toolChoice\":");
    if (may_force && ccpi_json_is_text(type, "any")) {
        ccpi_buf_append_text(out, "{\"any\":{}}");
    } else if (may_force && ccpi_json_is_text(type, "tool") &&
               is_spec(tools, tree, name)) {
        ccpi_buf_append_text(out, "{\"tool\":{\"name\":\"");
        ccpi_tool_name_write(&tools->names, ccpi_json_inner(name->text), out);
        ccpi_buf_append_text(out, "\"}}");
    } else {
        ccpi_buf_append_text(out, "{\"auto\":{}}");
    }
}

ccp_status ccpi_tools_write(const ccpi_tools *tools,
                            const ccpi_conversation *conversation,
                            const ccpi_json_node *root, bool may_force, ccpi_buf *out)
{
    const ccpi_json_tree *tree = conversation->tree;
    const ccpi_json_node *choice = ccpi_json_get(tree, root, "tool_choice");
    const bool needs_tools = conversation->call_count > 0;
    const bool forbids_calls =
        ccpi_json_is_text(ccpi_json_get(tree, choice, "type"), "none");

    if (!needs_tools && (tools->specs.count == 0 || forbids_calls))
        return CCP_OK;
    ccpi_buf_append_text(out, ",\"toolConfig\":{\"tools\":[");
    for (size_t i = 0; i < tools->specs.count; i++) {
        if (i > 0)
            ccpi_buf_append_char(out, ',');
        write_spec(tools, tree, &tools->specs.items[i], out);
    }
    if (tools->specs.count == 0)
        write_placeholders(tools, conversation, out);
    ccpi_buf_append_char(out, ']');
    if (tools->specs.count > 0)
        write_choice(tools, tree, choice, may_force, out);
    return ccpi_buf_append_char(out, '}');
}

static void write_native(const ccpi_json_tree *tree, const ccpi_json_node *tool,
                         ccpi_buf *out)
{
    const char *comma = "{";

    for (const ccpi_json_node *member = ccpi_json_child(tree, tool); member;
         member = ccpi_json_next(tree, member)) {
        if (ccpi_json_key_is(member->key, "cache_control"))
            continue;
        ccpi_buf_append_text(out, comma);
        ccpi_buf_append_char(out, '"');
        ccpi_buf_append_span(out, member->key);
        ccpi_buf_append_text(out, "\":");
        ccpi_buf_append_span(out, member->text);
        comma = ",";
    }
    ccpi_buf_append_char(out, '}');
}

ccp_status ccpi_tools_write_natives(const ccpi_tools *tools, const ccpi_json_tree *tree,
                                    ccpi_buf *out)
{
    ccpi_buf_append_char(out, '[');
    for (size_t i = 0; i < tools->natives.count; i++) {
        if (i > 0)
            ccpi_buf_append_char(out, ',');
        write_native(tree, tools->natives.items[i].node, out);
    }
    return ccpi_buf_append_char(out, ']');
}
