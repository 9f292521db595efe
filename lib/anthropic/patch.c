#include "anthropic/patch.h"

#include <stdlib.h>

#define FIRST_ITEMS 16
#define MAX_TEXTS ((size_t)64 * 1024 * 1024)

enum { KEPT = 0, DROPPED, REPLACED };

ccp_status ccpi_patch_open(ccpi_patch *patch, ccpi_span document, ccp_error *error)
{
    patch->document = document;
    patch->texts.limit = MAX_TEXTS;
    return ccpi_json_parse(document, &patch->tree, error);
}

void ccpi_patch_clear(ccpi_patch *patch)
{
    ccpi_json_clear(&patch->tree);
    ccpi_buf_clear(&patch->texts);
    free(patch->fates);
    free(patch->replaced);
    free(patch->appended);
    free(patch->cuts);
    *patch = (ccpi_patch){.status = CCP_OK};
}

static void fail(ccpi_patch *patch, ccp_status status)
{
    if (patch->status == CCP_OK)
        patch->status = status;
}

/* Room for one more; false: the failure is remembered. */
static bool grow(ccpi_patch *patch, void **items, size_t *capacity, size_t count,
                 size_t size)
{
    const size_t wanted = *capacity > 0 ? *capacity * 2 : FIRST_ITEMS;
    void *more;

    if (count < *capacity)
        return true;
    more = realloc(*items, wanted * size);
    if (!more) {
        fail(patch, CCP_NO_MEMORY);
        return false;
    }
    *items = more;
    *capacity = wanted;
    return true;
}

static uint32_t index_of(const ccpi_patch *patch, const ccpi_json_node *node)
{
    return (uint32_t)(node - patch->tree.nodes);
}

/* false: it has a fate already, or there is no memory. */
static bool mark(ccpi_patch *patch, const ccpi_json_node *node, unsigned char fate)
{
    if (!node)
        return false;
    if (!patch->fates)
        patch->fates = calloc(patch->tree.count, sizeof(*patch->fates));
    if (!patch->fates) {
        fail(patch, CCP_NO_MEMORY);
        return false;
    }
    if (patch->fates[index_of(patch, node)] != KEPT)
        return false;
    patch->fates[index_of(patch, node)] = fate;
    return true;
}

static unsigned char fate_of(const ccpi_patch *patch, const ccpi_json_node *node)
{
    return patch->fates ? patch->fates[index_of(patch, node)] : KEPT;
}

static ccpi_patch_text add_text(ccpi_patch *patch, const ccpi_json_node *node,
                                ccpi_span text)
{
    const ccpi_patch_text added = {index_of(patch, node), patch->texts.len, text.len};

    if (ccpi_buf_append_span(&patch->texts, text) != CCP_OK)
        fail(patch, patch->texts.status);
    return added;
}

void ccpi_patch_drop(ccpi_patch *patch, const ccpi_json_node *node)
{
    mark(patch, node, DROPPED);
}

void ccpi_patch_replace(ccpi_patch *patch, const ccpi_json_node *node, ccpi_span text)
{
    void *items = patch->replaced;

    if (!grow(patch, &items, &patch->replaced_capacity, patch->replaced_count,
              sizeof(*patch->replaced)))
        return;
    patch->replaced = items;
    if (mark(patch, node, REPLACED))
        patch->replaced[patch->replaced_count++] = add_text(patch, node, text);
}

void ccpi_patch_append(ccpi_patch *patch, const ccpi_json_node *container, ccpi_span text)
{
    void *items = patch->appended;

    if (!grow(patch, &items, &patch->appended_capacity, patch->appended_count,
              sizeof(*patch->appended)))
        return;
    patch->appended = items;
    patch->appended[patch->appended_count++] = add_text(patch, container, text);
}

bool ccpi_patch_is_dropped(const ccpi_patch *patch, const ccpi_json_node *node)
{
    return node && fate_of(patch, node) == DROPPED;
}

bool ccpi_patch_keeps_any(const ccpi_patch *patch, const ccpi_json_node *container)
{
    for (const ccpi_json_node *child = ccpi_json_child(&patch->tree, container); child;
         child = ccpi_json_next(&patch->tree, child))
        if (fate_of(patch, child) != DROPPED)
            return true;
    return false;
}

/* ---- from marks to cuts ---- */

static const char *start_of(const ccpi_json_node *node)
{
    return node->key.data ? node->key.data - 1 : node->text.data;
}

static const char *end_of(const ccpi_json_node *node)
{
    return node->text.data + node->text.len;
}

static void cut(ccpi_patch *patch, const char *from, const char *to, size_t text,
                size_t len)
{
    void *items = patch->cuts;

    if (!grow(patch, &items, &patch->cut_capacity, patch->cut_count,
              sizeof(*patch->cuts)))
        return;
    patch->cuts = items;
    patch->cuts[patch->cut_count] = (ccpi_cut){from, to, text, len, patch->cut_count};
    patch->cut_count++;
}

static void cut_replaced(ccpi_patch *patch, const ccpi_json_node *node)
{
    const uint32_t index = index_of(patch, node);

    for (size_t i = 0; i < patch->replaced_count; i++)
        if (patch->replaced[i].node == index)
            cut(patch, node->text.data, end_of(node), patch->replaced[i].text,
                patch->replaced[i].len);
}

/* With one of the commas beside it: that before it, if something kept stands there. */
static void cut_dropped(ccpi_patch *patch, const ccpi_json_node *node, const char *before)
{
    const ccpi_json_node *next = ccpi_json_next(&patch->tree, node);

    if (before)
        cut(patch, before, end_of(node), 0, 0);
    else
        cut(patch, start_of(node), next ? start_of(next) : end_of(node), 0, 0);
}

/* All but the first of what is appended has a comma before it. */
static void cut_appended(ccpi_patch *patch, const ccpi_json_node *container,
                         bool is_first)
{
    const char *bracket = end_of(container) - 1;
    const uint32_t index = index_of(patch, container);

    for (size_t i = 0; i < patch->appended_count; i++) {
        if (patch->appended[i].node != index)
            continue;
        if (!is_first) {
            cut(patch, bracket, bracket, patch->texts.len, 1);
            ccpi_buf_append_char(&patch->texts, ',');
        }
        cut(patch, bracket, bracket, patch->appended[i].text, patch->appended[i].len);
        is_first = false;
    }
}

static bool is_container(const ccpi_json_node *node)
{
    return node->type == CCPI_JSON_OBJECT || node->type == CCPI_JSON_ARRAY;
}

static void cut_children(ccpi_patch *patch, const ccpi_json_node *container)
{
    const char *before = NULL; /* the last child's end, once one is kept */

    for (const ccpi_json_node *child = ccpi_json_child(&patch->tree, container); child;
         child = ccpi_json_next(&patch->tree, child)) {
        const unsigned char fate = fate_of(patch, child);

        if (fate == DROPPED)
            cut_dropped(patch, child, before);
        else if (fate == REPLACED)
            cut_replaced(patch, child);
        if (before || fate != DROPPED)
            before = end_of(child);
    }
    cut_appended(patch, container, before == NULL);
}

/* The order of the document; those at one place stay in the order of their making. */
static int compare(const void *left, const void *right)
{
    const ccpi_cut *a = left, *b = right;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->nth > b->nth) - (a->nth < b->nth);
}

ccp_status ccpi_patch_finish(ccpi_patch *patch)
{
    const ccpi_json_tree *tree = &patch->tree;
    const char *passed = patch->document.data; /* what is gone is not cut again */

    for (size_t i = 0; i < tree->count && patch->status == CCP_OK; i++) {
        const ccpi_json_node *node = &tree->nodes[i];

        if (node->text.data < passed)
            continue;
        if (fate_of(patch, node) != KEPT)
            passed = end_of(node);
        else if (is_container(node))
            cut_children(patch, node);
    }
    if (patch->texts.status != CCP_OK)
        fail(patch, patch->texts.status);
    if (patch->cut_count > 1)
        qsort(patch->cuts, patch->cut_count, sizeof(*patch->cuts), compare);
    ccpi_json_clear(&patch->tree);
    return patch->status;
}

/* ---- from cuts to pieces ---- */

static size_t add_piece(ccpi_span *out, size_t most, size_t count, const char *data,
                        size_t len)
{
    if (len == 0)
        return count;
    if (count < most)
        out[count] = (ccpi_span){data, len};
    return count + 1;
}

size_t ccpi_patch_pieces(const ccpi_patch *patch, ccpi_span *out, size_t most)
{
    const char *const end = patch->document.data + patch->document.len;
    const char *at = patch->document.data;
    size_t count = 0;

    for (size_t i = 0; i < patch->cut_count; i++) {
        const ccpi_cut *next = &patch->cuts[i];

        count = add_piece(out, most, count, at, (size_t)(next->from - at));
        if (next->len > 0)
            count =
                add_piece(out, most, count, patch->texts.data + next->text, next->len);
        at = next->to;
    }
    return add_piece(out, most, count, at, (size_t)(end - at));
}

ccp_status ccpi_patch_write(const ccpi_patch *patch, ccpi_buf *out)
{
    const char *const end = patch->document.data + patch->document.len;
    const char *at = patch->document.data;

    for (size_t i = 0; i < patch->cut_count; i++) {
        const ccpi_cut *next = &patch->cuts[i];

        ccpi_buf_append(out, at, (size_t)(next->from - at));
        if (next->len > 0)
            ccpi_buf_append(out, patch->texts.data + next->text, next->len);
        at = next->to;
    }
    return ccpi_buf_append(out, at, (size_t)(end - at));
}
