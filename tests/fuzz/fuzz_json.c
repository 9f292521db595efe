#include "fuzz/fuzz.h"

#include "base/json.h"

#define LIMIT ((size_t)8 * 1024 * 1024)

static int is_inside(ccpi_span part, ccpi_span whole)
{
    return !part.data ||
           (part.data >= whole.data && part.data + part.len <= whole.data + whole.len);
}

static void check_string(ccpi_span string)
{
    ccpi_buf decoded = {.limit = LIMIT};
    ccpi_buf quoted = {.limit = LIMIT};
    ccpi_buf again = {.limit = LIMIT};

    must(ccpi_json_decode(ccpi_json_inner(string), &decoded) == CCP_OK);
    must(ccpi_json_quote(ccpi_buf_span(&decoded), &quoted) == CCP_OK);
    must(ccpi_json_decode(ccpi_json_inner(ccpi_buf_span(&quoted)), &again) == CCP_OK);
    must(ccpi_span_equals(ccpi_buf_span(&decoded), ccpi_buf_span(&again)));
    ccpi_buf_clear(&decoded);
    ccpi_buf_clear(&quoted);
    ccpi_buf_clear(&again);
}

static void check_tree(const ccpi_json_tree *tree, ccpi_span text)
{
    size_t children = 0;

    for (size_t i = 0; i < tree->count; i++) {
        const ccpi_json_node *node = &tree->nodes[i];
        int64_t number;

        must(node->text.len > 0 && is_inside(node->text, text));
        must(is_inside(node->key, text));
        children += node->count;
        if (node->type == CCPI_JSON_STRING)
            check_string(node->text);
        if (node->type == CCPI_JSON_NUMBER)
            ccpi_json_integer(node->text, &number);
    }
    must(children == tree->count - 1);
}

static ccp_status count_member(void *context, const ccpi_json_member *member)
{
    must(member->whole.len > member->value.len);
    ++*(size_t *)context;
    return CCP_OK;
}

/* Bytes of any kind become a JSON string. */
static void check_quote(ccpi_span text)
{
    ccpi_buf quoted = {.limit = LIMIT};
    ccpi_json_tree tree;

    must(ccpi_json_quote(text, &quoted) == CCP_OK);
    must(ccpi_json_parse(ccpi_buf_span(&quoted), &tree, NULL) == CCP_OK);
    must(ccpi_json_root(&tree)->type == CCPI_JSON_STRING);
    ccpi_json_clear(&tree);
    ccpi_buf_clear(&quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ccpi_span text = {(const char *)data, size};
    size_t members = 0;
    ccpi_json_tree tree;
    ccp_status parsed = ccpi_json_parse(text, &tree, NULL);
    ccp_status walked = ccpi_json_walk(text, count_member, &members, NULL);
    const ccpi_json_node *root = ccpi_json_root(&tree);

    if (parsed == CCP_OK) {
        must((walked == CCP_OK) == (root->type == CCPI_JSON_OBJECT));
        must(walked != CCP_OK || members == root->count);
        check_tree(&tree, text);
    } else {
        must(walked == CCP_INVALID && tree.nodes == NULL);
    }
    ccpi_json_clear(&tree);
    check_quote(text);
    return 0;
}
