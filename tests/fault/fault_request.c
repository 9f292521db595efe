#include "anthropic/request.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "anthropic/error_body.h"
#include "support/failing_malloc.h"

Test(fault_request, no_memory_is_not_taken_for_a_bad_request)
{
    ccpi_span body = CCPI_SPAN("{\"model\":\"m\",\"messages\":[]}");
    ccpi_look look;

    fail_allocation(0);
    cr_expect(eq(int, ccpi_look_at(body, &look, NULL), CCP_NO_MEMORY));
    cr_expect(allocation_failed());
    fail_allocation(1);
    cr_expect(eq(int, ccpi_look_at(body, &look, NULL), CCP_OK));
    cr_expect(not(allocation_failed()));
    fail_no_allocation();
}

Test(fault_request, no_memory_is_not_taken_for_an_error_of_another_form)
{
    ccpi_span body = CCPI_SPAN("{\"error\":{\"type\":\"t\",\"message\":\"m\"}}");
    ccp_status status;
    int nth = 0;

    do {
        ccpi_buf type = {.limit = 10};
        ccpi_buf message = {.limit = 10};

        fail_allocation(nth++);
        status = ccpi_error_body_read(body, &type, &message);
        cr_assert(eq(int, status, allocation_failed() ? CCP_NO_MEMORY : CCP_OK));
        ccpi_buf_clear(&type);
        ccpi_buf_clear(&message);
    } while (allocation_failed());
    fail_no_allocation();
    cr_expect(eq(int, nth, 3));
}
