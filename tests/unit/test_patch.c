#include "anthropic/patch.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static const ccpi_json_node *get(const ccpi_patch *patch, const char *name)
{
    return ccpi_json_get(&patch->tree, ccpi_json_root(&patch->tree), name);
}

static void open_patch(ccpi_patch *patch, const char *text)
{
    cr_assert(eq(int, ccpi_patch_open(patch, ccpi_span_of(text), NULL), CCP_OK));
}

/* Both ways of getting what comes out say the same. */
static void expect(ccpi_patch *patch, const char *expected)
{
    ccpi_buf out = {.limit = 1000}, joined = {.limit = 1000};
    ccpi_span pieces[32];
    size_t count;

    cr_assert(eq(int, ccpi_patch_finish(patch), CCP_OK));
    cr_assert(eq(int, ccpi_patch_write(patch, &out), CCP_OK));
    cr_expect(eq(str, out.data, (char *)expected));
    count = ccpi_patch_pieces(patch, pieces, 32);
    cr_assert(le(sz, count, 32));
    for (size_t i = 0; i < count; i++)
        ccpi_buf_append_span(&joined, pieces[i]);
    cr_expect(eq(str, joined.data, (char *)expected));
    ccpi_buf_clear(&out);
    ccpi_buf_clear(&joined);
    ccpi_patch_clear(patch);
}

/* Every set of members that may go, each with white space around the commas. */
Test(patch, any_members_may_be_dropped_and_what_is_left_is_an_object)
{
    static const char *const names[] = {"a", "b", "c", "d"};

    for (unsigned dropped = 0; dropped < 16; dropped++) {
        ccpi_patch patch = {.status = CCP_OK};
        ccpi_json_tree tree;
        ccpi_buf out = {.limit = 1000};

        open_patch(&patch,
                   " { \"a\" : 1 , \"b\":[2,3],\"c\" :{\"x\":{}} , \"d\":\"\" } ");
        for (unsigned i = 0; i < 4; i++)
            if (dropped & 1u << i)
                ccpi_patch_drop(&patch, get(&patch, names[i]));
        cr_assert(eq(int, ccpi_patch_finish(&patch), CCP_OK));
        ccpi_patch_write(&patch, &out);
        cr_assert(eq(int, ccpi_json_parse(ccpi_buf_span(&out), &tree, NULL), CCP_OK),
                  "%s", out.data);
        for (unsigned i = 0; i < 4; i++)
            cr_expect(eq(int,
                         ccpi_json_get(&tree, ccpi_json_root(&tree), names[i]) == NULL,
                         (dropped & 1u << i) != 0),
                      "%s", out.data);
        ccpi_json_clear(&tree);
        ccpi_buf_clear(&out);
        ccpi_patch_clear(&patch);
    }
}

Test(patch, what_is_not_marked_stays_to_the_byte)
{
    ccpi_patch patch = {.status = CCP_OK};

    open_patch(&patch, "{ \"n\":1.10, \"s\":\"\\ud800\\u0000\",  \"x\":0 }");
    ccpi_patch_drop(&patch, get(&patch, "x"));
    expect(&patch, "{ \"n\":1.10, \"s\":\"\\ud800\\u0000\" }");
}

Test(patch, values_are_replaced_and_members_added_behind_the_last_one_kept)
{
    ccpi_patch patch = {.status = CCP_OK};

    open_patch(&patch, "{\"a\":1,\"b\":[1,2],\"c\":{}}");
    ccpi_patch_replace(&patch, get(&patch, "a"), CCPI_SPAN("\"one\""));
    ccpi_patch_replace(&patch, ccpi_json_child(&patch.tree, get(&patch, "b")),
                       CCPI_SPAN("8,9"));
    ccpi_patch_drop(&patch, get(&patch, "c"));
    ccpi_patch_append(&patch, ccpi_json_root(&patch.tree), CCPI_SPAN("\"d\":4"));
    ccpi_patch_append(&patch, ccpi_json_root(&patch.tree), CCPI_SPAN("\"e\":5"));
    expect(&patch, "{\"a\":\"one\",\"b\":[8,9,2],\"d\":4,\"e\":5}");
}

Test(patch, what_is_added_to_an_emptied_container_has_no_comma_before_it)
{
    ccpi_patch patch = {.status = CCP_OK};
    const ccpi_json_node *list;

    open_patch(&patch, "{\"list\":[1,2],\"none\":[]}");
    list = get(&patch, "list");
    ccpi_patch_drop(&patch, ccpi_json_child(&patch.tree, list));
    ccpi_patch_drop(&patch,
                    ccpi_json_next(&patch.tree, ccpi_json_child(&patch.tree, list)));
    cr_expect(not(ccpi_patch_keeps_any(&patch, list)));
    ccpi_patch_append(&patch, list, CCPI_SPAN("3"));
    ccpi_patch_append(&patch, get(&patch, "none"), CCPI_SPAN("4"));
    expect(&patch, "{\"list\":[3],\"none\":[4]}");
}

Test(patch, marks_within_what_is_gone_do_nothing)
{
    ccpi_patch patch = {.status = CCP_OK};
    const ccpi_json_node *outer;

    open_patch(&patch, "{\"a\":{\"b\":{\"c\":1},\"d\":2},\"e\":3}");
    outer = get(&patch, "a");
    ccpi_patch_drop(&patch, outer);
    ccpi_patch_drop(&patch, ccpi_json_get(&patch.tree, outer, "b"));
    ccpi_patch_append(&patch, outer, CCPI_SPAN("\"x\":1"));
    ccpi_patch_drop(&patch, outer);
    cr_expect(ccpi_patch_is_dropped(&patch, outer));
    expect(&patch, "{\"e\":3}");
}

Test(patch, pieces_beyond_the_room_are_counted)
{
    ccpi_patch patch = {.status = CCP_OK};
    ccpi_span one;

    open_patch(&patch, "{\"a\":1,\"b\":2,\"c\":3}");
    ccpi_patch_drop(&patch, get(&patch, "b"));
    cr_assert(eq(int, ccpi_patch_finish(&patch), CCP_OK));
    cr_expect(eq(sz, ccpi_patch_pieces(&patch, &one, 1), 2));
    ccpi_patch_clear(&patch);
}
