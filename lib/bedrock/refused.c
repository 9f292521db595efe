#include "bedrock/refused.h"

#include "base/span.h"

#define MAX_PARTS 16

/* The members that are the request itself, wherever they stand below these. */
static const char *const roots[] = {"messages", "system", "tools"};
static const char *const contents[] = {
    "role",       "content",     "type",      "text",         "source",    "data",
    "media_type", "url",         "file_id",   "id",           "name",      "input",
    "title",      "tool_use_id", "tool_name", "input_schema", "signature", "thinking",
};
static const char *const alone[] = {"model",      "messages", "system", "tools",
                                    "max_tokens", "stream",   "*"};

/* A path as its parts. */
typedef struct path {
    ccpi_span parts[MAX_PARTS];
    size_t count;
} path;

static bool split(const char *name, path *out)
{
    out->count = 0;
    for (;;) {
        const size_t len = strcspn(name, ".");

        if (len == 0 || out->count == MAX_PARTS)
            return false;
        out->parts[out->count++] = (ccpi_span){name, len};
        if (name[len] == '\0')
            return true;
        name += len + 1;
    }
}

static bool is_among(ccpi_span part, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ccpi_span_is(part, names[i]))
            return true;
    return false;
}

#define IS_AMONG(part, names) is_among(part, names, sizeof(names) / sizeof(*(names)))

static bool is_needed(const path *at)
{
    const ccpi_span last = at->parts[at->count - 1];

    if (at->count == 1)
        return IS_AMONG(last, alone);
    return ccpi_span_is(last, "*") ||
           (IS_AMONG(at->parts[0], roots) && IS_AMONG(last, contents));
}

static bool is_kind(const ccpi_json_tree *tree, const ccpi_json_node *node,
                    ccpi_span part)
{
    const ccpi_json_node *type =
        ccpi_json_get_typed(tree, node, "type", CCPI_JSON_STRING);

    return type ? ccpi_span_equals(ccpi_json_inner(type->text), part)
                : ccpi_span_is(part, "custom");
}

static const ccpi_json_node *member_of(const ccpi_json_tree *tree,
                                       const ccpi_json_node *node, ccpi_span name)
{
    const ccpi_json_node *found = NULL;

    for (const ccpi_json_node *child = ccpi_json_child(tree, node); child;
         child = ccpi_json_next(tree, child))
        if (ccpi_span_equals(child->key, name))
            found = child;
    return found;
}

/* As deep as the path is long. */
static void drop_at(ccpi_patch *patch, const ccpi_json_node *node, const path *at,
                    size_t from)
{
    const ccpi_json_tree *tree = &patch->tree;
    const ccpi_span part = at->parts[from];
    const bool is_last = from + 1 == at->count;

    if (!node || ccpi_patch_is_dropped(patch, node))
        return;
    if (node->type == CCPI_JSON_ARRAY && ccpi_span_is(part, "*") && !is_last) {
        for (node = ccpi_json_child(tree, node); node; node = ccpi_json_next(tree, node))
            drop_at(patch, node, at, from + 1);
    } else if (node->type == CCPI_JSON_OBJECT) {
        if (is_last)
            ccpi_patch_drop(patch, member_of(tree, node, part));
        else
            drop_at(patch, member_of(tree, node, part), at, from + 1);
        if (!is_last && is_kind(tree, node, part))
            drop_at(patch, node, at, from + 1);
    }
}

void ccpi_refused_drop(ccpi_patch *patch, const ccpi_edits *edits)
{
    path at;

    for (size_t i = 0; edits && i < edits->count; i++)
        if (edits->items[i].kind == CCPI_EDIT_FIELD && split(edits->items[i].name, &at) &&
            !is_needed(&at))
            drop_at(patch, ccpi_json_root(&patch->tree), &at, 0);
}

bool ccpi_refused_ttl(const ccpi_edits *edits)
{
    static const char end[] = "cache_control.ttl";

    for (size_t i = 0; edits && i < edits->count; i++) {
        const char *name = edits->items[i].name;
        const size_t len = strlen(name);

        if (len >= sizeof(end) - 1 && strcmp(name + len - (sizeof(end) - 1), end) == 0)
            return true;
    }
    return false;
}

bool ccpi_refused_any(const ccpi_edits *edits)
{
    for (size_t i = 0; edits && i < edits->count; i++)
        if (edits->items[i].kind == CCPI_EDIT_FIELD)
            return true;
    return false;
}
