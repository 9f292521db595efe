#include "base/json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/failing_malloc.h"

/* 200 values: the tree grows twice. */
static ccpi_buf long_list(void)
{
    ccpi_buf text = {.limit = 1000};

    ccpi_buf_append_char(&text, '[');
    for (int i = 0; i < 200; i++)
        ccpi_buf_append_text(&text, "1,");
    text.data[text.len - 1] = ']';
    return text;
}

Test(fault_json, a_tree_is_built_whole_or_not_at_all)
{
    ccpi_buf text = long_list();
    ccpi_json_tree tree;
    ccp_status status;
    int nth = 0;

    do {
        fail_allocation(nth++);
        status = ccpi_json_parse(ccpi_buf_span(&text), &tree, NULL);
        if (allocation_failed()) {
            cr_assert(eq(int, status, CCP_NO_MEMORY));
            cr_assert(zero(ptr, tree.nodes));
        }
    } while (allocation_failed());

    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 2), "no allocation was made to fail");
    ccpi_json_clear(&tree);
    ccpi_buf_clear(&text);
}
