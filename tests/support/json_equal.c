#include "support/json_equal.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/json.h"

typedef struct pair {
    const ccpi_json_tree *a, *b;
} pair;

static bool equal_nodes(pair trees, const ccpi_json_node *a, const ccpi_json_node *b);

static const ccpi_json_node *member_like(const ccpi_json_tree *tree,
                                         const ccpi_json_node *object, ccpi_span key)
{
    const ccpi_json_node *member = ccpi_json_child(tree, object);

    while (member && !ccpi_span_equals(member->key, key))
        member = ccpi_json_next(tree, member);
    return member;
}

static bool equal_members(pair trees, const ccpi_json_node *a, const ccpi_json_node *b)
{
    for (const ccpi_json_node *member = ccpi_json_child(trees.a, a); member;
         member = ccpi_json_next(trees.a, member)) {
        const ccpi_json_node *other = member_like(trees.b, b, member->key);

        if (!other || !equal_nodes(trees, member, other))
            return false;
    }
    return true;
}

static bool equal_items(pair trees, const ccpi_json_node *a, const ccpi_json_node *b)
{
    const ccpi_json_node *item = ccpi_json_child(trees.a, a);
    const ccpi_json_node *other = ccpi_json_child(trees.b, b);

    for (; item; item = ccpi_json_next(trees.a, item)) {
        if (!equal_nodes(trees, item, other))
            return false;
        other = ccpi_json_next(trees.b, other);
    }
    return true;
}

static bool equal_nodes(pair trees, const ccpi_json_node *a, const ccpi_json_node *b)
{
    bool equal = a->type == b->type && a->count == b->count;

    if (equal && a->type == CCPI_JSON_OBJECT)
        return equal_members(trees, a, b);
    if (equal && a->type == CCPI_JSON_ARRAY)
        return equal_items(trees, a, b);
    equal = equal && ccpi_span_equals(a->text, b->text);
    if (!equal)
        cr_log_warn("%.*s is not %.*s", (int)b->text.len, b->text.data, (int)a->text.len,
                    a->text.data);
    return equal;
}

bool json_equal(ccpi_span expected, ccpi_span actual)
{
    ccpi_json_tree a, b;
    bool equal;

    cr_assert(eq(int, ccpi_json_parse(expected, &a, NULL), CCP_OK), "expected JSON");
    cr_assert(eq(int, ccpi_json_parse(actual, &b, NULL), CCP_OK), "no JSON: %.*s",
              (int)actual.len, actual.data);
    equal = equal_nodes((pair){&a, &b}, ccpi_json_root(&a), ccpi_json_root(&b));
    ccpi_json_clear(&a);
    ccpi_json_clear(&b);
    return equal;
}
