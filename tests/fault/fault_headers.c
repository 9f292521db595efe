#include "base/headers.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/failing_malloc.h"

Test(fault_headers, a_field_is_set_or_the_list_is_as_it_was)
{
    ccpi_headers headers = {0};
    ccp_status status;
    int nth = 0;

    cr_assert(
        eq(int, ccpi_headers_add(&headers, CCPI_SPAN("a"), CCPI_SPAN("1")), CCP_OK));
    do {
        fail_allocation(nth++);
        status = ccpi_headers_set(&headers, "a", "2");
        if (allocation_failed()) {
            cr_assert(eq(int, status, CCP_NO_MEMORY));
            cr_assert(eq(str, (char *)ccpi_headers_get(&headers, "a"), (char *)"1"));
            cr_assert(eq(sz, headers.count, 1));
        }
    } while (allocation_failed());

    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 1), "no allocation was made to fail");
    cr_expect(eq(str, (char *)ccpi_headers_get(&headers, "a"), (char *)"2"));
    ccpi_headers_clear(&headers);
}

Test(fault_headers, a_list_that_can_not_grow_keeps_what_it_has)
{
    ccpi_headers headers = {0};
    bool has_failed = false;

    for (int i = 0; i < 40; i++) {
        fail_allocation(0);
        if (ccpi_headers_add(&headers, CCPI_SPAN("a"), CCPI_SPAN("1")) != CCP_OK)
            has_failed = has_failed || allocation_failed();
        fail_no_allocation();
        cr_assert(
            eq(int, ccpi_headers_add(&headers, CCPI_SPAN("a"), CCPI_SPAN("1")), CCP_OK));
    }
    cr_expect(has_failed);
    cr_expect(eq(sz, headers.count, 40));
    ccpi_headers_clear(&headers);
}
