#include "usage/pricing.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/failing_malloc.h"

Test(fault_pricing, a_price_table_is_made_whole_or_not_at_all)
{
    ccpi_pricing *pricing = NULL;
    ccp_status status;
    int nth = 0;

    do {
        fail_allocation(nth++);
        status = ccpi_pricing_new(NULL, &pricing, NULL);
        if (allocation_failed()) {
            cr_assert(eq(int, status, CCP_NO_MEMORY));
            cr_assert(zero(ptr, pricing));
        }
    } while (allocation_failed());

    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 1), "no allocation was made to fail");
    ccpi_pricing_free(pricing);
}
