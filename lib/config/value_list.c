#include "config/value_list.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/json.h"

#define MAX_JOINED (1u << 20)

/* Ends the item that stands at the end of packed, from start on. */
static ccp_status end_item(size_t start, ccpi_value *out, ccp_error *error)
{
    if (ccpi_buf_append_char(&out->packed, '\0') != CCP_OK)
        return ccpi_fail(error, out->packed.status, "is too long a list");
    if (strlen(out->packed.data + start) != out->packed.len - start - 1)
        return ccpi_fail(error, CCP_INVALID, "has an item with a NUL in it");
    out->item_count++;
    return CCP_OK;
}

/* Blanks around items are not meant; an empty item is none. */
static ccp_status split_commas(const char *text, ccpi_value *out, ccp_error *error)
{
    static const char blanks[] = " \t\r\n";
    ccp_status status = CCP_OK;

    while (*text && status == CCP_OK) {
        const char *start = text + strspn(text, blanks);
        const char *end = start + strcspn(start, ",");
        size_t packed_start = out->packed.len;

        text = *end ? end + 1 : end;
        while (end > start && strchr(blanks, end[-1]))
            end--;
        if (end == start)
            continue;
        ccpi_buf_append(&out->packed, start, (size_t)(end - start));
        status = end_item(packed_start, out, error);
    }
    return status;
}

static ccp_status add_json_text(ccpi_span escaped, ccpi_value *out, ccp_error *error)
{
    size_t start = out->packed.len;

    ccpi_json_decode(escaped, &out->packed);
    return end_item(start, out, error);
}

static ccp_status add_json_items(const ccpi_json_tree *tree, bool is_map, ccpi_value *out,
                                 ccp_error *error)
{
    const ccpi_json_node *node = ccpi_json_child(tree, ccpi_json_root(tree));
    ccp_status status = CCP_OK;

    for (; node && status == CCP_OK; node = ccpi_json_next(tree, node)) {
        if (node->type != CCPI_JSON_STRING)
            return ccpi_fail(error, CCP_INVALID, "holds something that is no text");
        if (is_map)
            status = add_json_text(node->key, out, error);
        if (status == CCP_OK)
            status = add_json_text(ccpi_json_inner(node->text), out, error);
    }
    return status;
}

static ccp_status parse_json(const char *text, ccpi_json_type type, ccpi_json_tree *tree,
                             ccp_error *error)
{
    ccp_status status = ccpi_json_parse(ccpi_span_of(text), tree, error);

    if (status != CCP_OK)
        return status;
    if (ccpi_json_root(tree)->type != type)
        return ccpi_fail(error, CCP_INVALID, "is no JSON %s",
                         type == CCPI_JSON_OBJECT ? "object" : "array");
    return CCP_OK;
}

/* Once packed grows no more: where the items begin. */
static ccp_status index_items(ccpi_value *out, ccp_error *error)
{
    const char *item = out->packed.data;

    if (out->item_count == 0)
        return CCP_OK;
    out->items = calloc(out->item_count, sizeof(*out->items));
    if (!out->items)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a setting");
    for (size_t i = 0; i < out->item_count; i++, item += strlen(item) + 1)
        out->items[i] = item;
    return CCP_OK;
}

/* Every item of a list, and every second one of a map, must have the row's shape. */
static ccp_status check_shapes(const ccpi_setting *row, size_t first, size_t step,
                               const ccpi_value *value, ccp_error *error)
{
    for (size_t i = first; i < value->item_count; i += step) {
        ccp_status status = ccpi_value_check_shape(row, value->items[i], error);

        if (status != CCP_OK)
            return status;
    }
    return CCP_OK;
}

static ccp_status join_items(ccpi_value *out, ccp_error *error)
{
    ccpi_buf joined = {.limit = MAX_JOINED};

    ccpi_buf_append_text(&joined, "");
    for (size_t i = 0; i < out->item_count; i++) {
        if (i > 0)
            ccpi_buf_append_char(&joined, ',');
        ccpi_buf_append_text(&joined, out->items[i]);
    }
    if (joined.status != CCP_OK) {
        ccpi_buf_clear(&joined);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a setting");
    }
    out->text = joined.data;
    return CCP_OK;
}

static ccp_status finish_list(const ccpi_setting *row, ccpi_value *out, ccp_error *error)
{
    ccp_status status = index_items(out, error);

    if (status == CCP_OK)
        status = check_shapes(row, 0, 1, out, error);
    return status == CCP_OK ? join_items(out, error) : status;
}

ccp_status ccpi_value_parse_commas(const ccpi_setting *row, const char *text,
                                   ccpi_value *out, ccp_error *error)
{
    ccp_status status = split_commas(text, out, error);

    return status == CCP_OK ? finish_list(row, out, error) : status;
}

ccp_status ccpi_value_parse_array(const ccpi_setting *row, const char *text,
                                  ccpi_value *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    ccp_status status = parse_json(text, CCPI_JSON_ARRAY, &tree, error);

    if (status == CCP_OK)
        status = add_json_items(&tree, false, out, error);
    return status == CCP_OK ? finish_list(row, out, error) : status;
}

ccp_status ccpi_value_parse_map(const ccpi_setting *row, const char *text,
                                ccpi_value *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    ccp_status status = parse_json(text, CCPI_JSON_OBJECT, &tree, error);

    if (status == CCP_OK)
        status = add_json_items(&tree, true, out, error);
    if (status == CCP_OK)
        status = index_items(out, error);
    return status == CCP_OK ? check_shapes(row, 1, 2, out, error) : status;
}

ccp_status ccpi_value_check_object(const ccpi_setting *row, const char *text,
                                   ccpi_value *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};

    (void)row, (void)out;
    return parse_json(text, CCPI_JSON_OBJECT, &tree, error);
}
