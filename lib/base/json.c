#include "base/json.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/json_scan.h"

#define FIRST_NODES 64

static ccp_status visit_member(const ccpi_json_member *found, const char *end,
                               ccp_status (*visit)(void *, const ccpi_json_member *),
                               void *context)
{
    ccpi_json_member member = *found;
    const char *quote = member.key.data - 1;

    member.value.len = (size_t)(end - member.value.data);
    member.whole = (ccpi_span){quote, (size_t)(end - quote)};
    return visit(context, &member);
}

ccp_status ccpi_json_walk(ccpi_span text,
                          ccp_status (*visit)(void *context,
                                              const ccpi_json_member *member),
                          void *context, ccp_error *error)
{
    ccpi_json_scan scan;
    ccpi_json_token token;
    ccpi_json_member member = {0};
    ccp_status status;

    ccpi_json_scan_init(&scan, text);
    status = ccpi_json_scan_next(&scan, &token, error);
    if (status == CCP_OK &&
        (token.kind != CCPI_JSON_OPEN || token.type != CCPI_JSON_OBJECT))
        return ccpi_fail(error, CCP_INVALID, "the JSON document is no object");

    while (status == CCP_OK) {
        bool begins, ends;

        status = ccpi_json_scan_next(&scan, &token, error);
        if (status != CCP_OK || token.kind == CCPI_JSON_END)
            break;
        begins = token.kind == CCPI_JSON_OPEN && scan.depth == 2;
        ends = token.kind != CCPI_JSON_OPEN && scan.depth == 1;
        if (begins || (ends && token.kind == CCPI_JSON_SCALAR))
            member = (ccpi_json_member){
                .key = token.key, .value = token.text, .type = token.type};
        if (ends)
            status =
                visit_member(&member, token.text.data + token.text.len, visit, context);
    }
    return status;
}

/* The tree under construction, and the path to where it grows. */
typedef struct tree_builder {
    ccpi_json_tree *tree;
    uint32_t open[CCPI_JSON_MAX_DEPTH]; /* the open objects and arrays */
    uint32_t last[CCPI_JSON_MAX_DEPTH]; /* the newest child of each, 0: none */
    size_t depth;
} tree_builder;

static ccp_status make_room(ccpi_json_tree *tree, ccp_error *error)
{
    size_t capacity = tree->capacity > 0 ? tree->capacity * 2 : FIRST_NODES;
    ccpi_json_node *nodes;

    if (tree->count < tree->capacity)
        return CCP_OK;
    if (tree->count >= CCPI_JSON_MAX_NODES)
        return ccpi_fail(error, CCP_LIMIT, "the JSON document has over %zu values",
                         CCPI_JSON_MAX_NODES);
    nodes = realloc(tree->nodes, capacity * sizeof(*nodes));
    if (!nodes)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a JSON tree");
    tree->nodes = nodes;
    tree->capacity = capacity;
    return CCP_OK;
}

static void link_to_parent(tree_builder *builder, uint32_t index)
{
    ccpi_json_node *nodes = builder->tree->nodes;
    ccpi_json_node *parent;
    uint32_t *last;

    if (builder->depth == 0)
        return;
    parent = &nodes[builder->open[builder->depth - 1]];
    last = &builder->last[builder->depth - 1];
    parent->count++;
    if (*last == 0)
        parent->child = index;
    else
        nodes[*last].next = index;
    *last = index;
}

static ccp_status add_node(tree_builder *builder, const ccpi_json_token *token,
                           ccp_error *error)
{
    ccpi_json_tree *tree = builder->tree;
    ccp_status status = make_room(tree, error);
    uint32_t index = (uint32_t)tree->count;

    if (status != CCP_OK)
        return status;
    tree->nodes[index] =
        (ccpi_json_node){.key = token->key, .text = token->text, .type = token->type};
    tree->count++;
    link_to_parent(builder, index);
    if (token->kind == CCPI_JSON_OPEN) {
        builder->open[builder->depth] = index;
        builder->last[builder->depth] = 0;
        builder->depth++;
    }
    return CCP_OK;
}

static void close_node(tree_builder *builder, const char *end)
{
    ccpi_json_node *node = &builder->tree->nodes[builder->open[--builder->depth]];

    node->text.len = (size_t)(end - node->text.data);
}

static ccp_status build(ccpi_span text, ccpi_json_tree *tree, ccp_error *error)
{
    tree_builder builder = {.tree = tree};
    ccpi_json_scan scan;
    ccp_status status;

    ccpi_json_scan_init(&scan, text);
    for (;;) {
        ccpi_json_token token;

        status = ccpi_json_scan_next(&scan, &token, error);
        if (status != CCP_OK || token.kind == CCPI_JSON_END)
            return status;
        if (token.kind == CCPI_JSON_CLOSE)
            close_node(&builder, token.text.data + 1);
        else
            status = add_node(&builder, &token, error);
        if (status != CCP_OK)
            return status;
    }
}

ccp_status ccpi_json_parse(ccpi_span text, ccpi_json_tree *tree, ccp_error *error)
{
    ccp_status status;

    *tree = (ccpi_json_tree){0};
    status = build(text, tree, error);
    if (status != CCP_OK)
        ccpi_json_clear(tree);
    return status;
}

void ccpi_json_clear(ccpi_json_tree *tree)
{
    free(tree->nodes);
    *tree = (ccpi_json_tree){0};
}

/* Index 0 is the root, which is nobody's child or sibling. */
static const ccpi_json_node *node_at(const ccpi_json_tree *tree, uint32_t index)
{
    return index != 0 ? &tree->nodes[index] : NULL;
}

const ccpi_json_node *ccpi_json_root(const ccpi_json_tree *tree)
{
    return tree->count > 0 ? tree->nodes : NULL;
}

const ccpi_json_node *ccpi_json_child(const ccpi_json_tree *tree,
                                      const ccpi_json_node *node)
{
    return node ? node_at(tree, node->child) : NULL;
}

const ccpi_json_node *ccpi_json_next(const ccpi_json_tree *tree,
                                     const ccpi_json_node *node)
{
    return node ? node_at(tree, node->next) : NULL;
}

const ccpi_json_node *ccpi_json_get(const ccpi_json_tree *tree,
                                    const ccpi_json_node *node, const char *name)
{
    const ccpi_json_node *found = NULL;

    if (!node || node->type != CCPI_JSON_OBJECT)
        return NULL;
    for (node = ccpi_json_child(tree, node); node; node = ccpi_json_next(tree, node))
        if (ccpi_json_key_is(node->key, name))
            found = node;
    return found;
}

const ccpi_json_node *ccpi_json_get_typed(const ccpi_json_tree *tree,
                                          const ccpi_json_node *node, const char *name,
                                          ccpi_json_type type)
{
    const ccpi_json_node *found = ccpi_json_get(tree, node, name);

    return found && found->type == type ? found : NULL;
}
