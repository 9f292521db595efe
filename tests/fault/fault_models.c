/* Lists of models, and the name of one in a stream, without memory. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "bedrock/native/renamed.h"
#include "routing/model_list.h"
#include "support/failing_malloc.h"

static ccpi_listed_model models[] = {{"claude-opus-5-5", 1}, {"house-model", 2}};

Test(fault_models, a_page_is_written_whole_or_not_at_all)
{
    const ccpi_model_list list = {models, sizeof(models) / sizeof(*models)};
    ccp_status status;
    int nth = 0;

    do {
        ccpi_buf out = {.limit = 4096};

        fail_allocation(nth++);
        status = ccpi_model_list_write_page(&list, "limit=1&after_id=claude-opus-5-5",
                                            &out, NULL);
        if (allocation_failed())
            cr_assert(ne(int, status, CCP_OK));
        ccpi_buf_clear(&out);
    } while (allocation_failed());
    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 1));
}

static ccp_status rename_all(ccpi_buf *out)
{
    static const char stream[] =
        "data: {\"type\":\"message_start\",\"message\":{\"model\":\"x\"}}\n\n";
    ccpi_renamed renamed;
    ccp_status status = ccpi_renamed_init(&renamed, "mine");

    if (status == CCP_OK)
        status = ccpi_renamed_feed(&renamed, ccpi_span_of(stream), out);
    if (status == CCP_OK)
        status = ccpi_renamed_finish(&renamed, out);
    ccpi_renamed_clear(&renamed);
    return status;
}

/* An event that can't be changed for want of memory goes by as it came. */
Test(fault_models, no_event_is_lost_for_its_models_name)
{
    ccp_status status;
    int nth = 0;

    do {
        ccpi_buf out = {.limit = 4096};

        fail_allocation(nth++);
        status = rename_all(&out);
        if (status == CCP_OK)
            cr_assert(not(zero(ptr, strstr(out.data, "message_start"))));
        else
            cr_assert(eq(int, status, CCP_NO_MEMORY));
        ccpi_buf_clear(&out);
    } while (allocation_failed());
    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 2));
}
