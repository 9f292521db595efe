#include "bedrock/converse/tools.h"
#include "bedrock/native/native.h"

/* Members of a tool that are taken behind a beta only; NULL: never. */
static const struct {
    const char *name, *beta;
} members[] = {
    {"allowed_callers", NULL},
    {"defer_loading", "tool-search-tool-2025-10-19"},
    {"eager_input_streaming", "fine-grained-tool-streaming-2025-05-14"},
    {"input_examples", "tool-examples-2025-10-29"},
};

static const ccpi_json_node *get(const ccpi_native *n, const ccpi_json_node *node,
                                 const char *name)
{
    return ccpi_json_get(n->tree, node, name);
}

static bool is_sent(const ccpi_native *n, const ccpi_json_node *tool)
{
    switch (ccpi_tool_kind_of(n->tree, tool)) {
    case CCPI_TOOL_OF_SERVER: return false;
    case CCPI_TOOL_SEARCH: return n->has_tool_search;
    default: return true;
    }
}

static void trim_tool(const ccpi_native *n, const ccpi_json_node *tool)
{
    const ccpi_json_node *type = get(n, tool, "type");

    ccpi_native_trim_cache(n, tool);
    if (n->api != CCPI_BEDROCK_INVOKE)
        return;
    if (ccpi_json_is_text(type, "custom"))
        ccpi_patch_drop(n->patch, type);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (!members[i].beta || !ccpi_betas_have(n->betas, members[i].beta))
            ccpi_patch_drop(n->patch, get(n, tool, members[i].name));
}

static bool has_tool(const ccpi_native *n, const ccpi_json_node *tools,
                     const ccpi_json_node *name)
{
    for (const ccpi_json_node *tool = ccpi_json_child(n->tree, tools); tool && name;
         tool = ccpi_json_next(n->tree, tool)) {
        const ccpi_json_node *its = get(n, tool, "name");

        if (!ccpi_patch_is_dropped(n->patch, tool) && its &&
            ccpi_span_equals(its->text, name->text))
            return true;
    }
    return false;
}

/* A choice that may not be made becomes the model's own. */
static void edit_choice(const ccpi_native *n, const ccpi_json_node *tools, bool may_force)
{
    const ccpi_json_node *choice =
        ccpi_json_get_typed(n->tree, n->root, "tool_choice", CCPI_JSON_OBJECT);
    const ccpi_json_node *type = get(n, choice, "type");
    const ccpi_json_node *name = get(n, choice, "name");
    const bool is_named = ccpi_json_is_text(type, "tool");

    if (!is_named && !ccpi_json_is_text(type, "any"))
        return;
    if (may_force && (!is_named || has_tool(n, tools, name)))
        return;
    ccpi_patch_replace(n->patch, type, CCPI_SPAN("\"auto\""));
    ccpi_patch_drop(n->patch, name);
}

void ccpi_native_edit_tools(const ccpi_native *n, bool may_force)
{
    const ccpi_json_node *tools =
        ccpi_json_get_typed(n->tree, n->root, "tools", CCPI_JSON_ARRAY);
    bool drops_any = false;

    for (const ccpi_json_node *tool = ccpi_json_child(n->tree, tools); tool;
         tool = ccpi_json_next(n->tree, tool)) {
        if (is_sent(n, tool)) {
            trim_tool(n, tool);
            continue;
        }
        ccpi_patch_drop(n->patch, tool);
        drops_any = true;
    }
    if (drops_any && !ccpi_patch_keeps_any(n->patch, tools)) {
        ccpi_patch_drop(n->patch, tools);
        ccpi_patch_drop(n->patch, get(n, n->root, "tool_choice"));
        return;
    }
    edit_choice(n, tools, may_force);
}
