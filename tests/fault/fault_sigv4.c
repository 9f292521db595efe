#include "wire/sigv4.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/failing_malloc.h"

Test(fault_sigv4, a_request_is_signed_or_has_no_signature)
{
    const ccpi_sigv4_credentials credentials = {"id", "secret", "token"};
    ccpi_sigv4_request request = {.credentials = &credentials,
                                  .region = "us-east-1",
                                  .service = "bedrock",
                                  .method = "GET",
                                  .url = "https://example.amazonaws.com/?a=1"};
    ccp_status status;
    int nth = 0;

    cr_assert(eq(int, ccpi_sigv4_hash_body(NULL, 0, &request.body, NULL), CCP_OK));
    do {
        ccpi_headers headers = {0};

        fail_allocation(nth++);
        status = ccpi_sigv4_sign(&request, &headers, NULL);
        if (allocation_failed()) {
            cr_assert(eq(int, status, CCP_NO_MEMORY));
            cr_assert(zero(ptr, (void *)ccpi_headers_get(&headers, "authorization")));
        }
        ccpi_headers_clear(&headers);
    } while (allocation_failed());

    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 5), "no allocation was made to fail");
}
