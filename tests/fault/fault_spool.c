#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "support/failing_malloc.h"
#include "support/folder.h"
#include "usage/spool.h"

static char folder[FOLDER_MAX];

static void set_up(void)
{
    folder_make(folder);
}

static void tear_down(void)
{
    folder_remove(folder);
}

TestSuite(fault_spool, .init = set_up, .fini = tear_down);

static ccp_status open_spool(ccpi_spool **out)
{
    const ccpi_spool_options options = {.directory = folder, .max_bytes = 64 * 1024};

    return ccpi_spool_open(&options, out, NULL);
}

Test(fault_spool, a_spool_is_opened_whole_or_not_at_all)
{
    ccp_status status;
    ccpi_spool *spool;
    int nth = 0;

    do {
        fail_allocation(nth++);
        status = open_spool(&spool);
        if (allocation_failed()) {
            cr_assert(eq(int, status, CCP_NO_MEMORY));
            cr_assert(zero(ptr, spool));
        }
    } while (allocation_failed());

    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 1), "no allocation was made to fail");
    ccpi_spool_close(spool);
}

/* Rotations and adoptions want memory; without it they are put off. */
Test(fault_spool, records_survive_whatever_allocation_fails)
{
    const ccp_usage_record record = {.request_id = "req_1"};
    ccpi_spool *spool;
    uint64_t depth = 0;
    int nth = 0;

    cr_assert(eq(int, open_spool(&spool), CCP_OK));
    do {
        fail_allocation(nth++);
        for (int i = 0; i < 50; i++)
            cr_assert(eq(int, ccpi_spool_append(spool, &record, &depth), CCP_OK));
        ccpi_spool_close(spool);
        fail_no_allocation();
        cr_assert(eq(int, open_spool(&spool), CCP_OK));
        fail_allocation(nth);
        depth = ccpi_spool_adopt(spool);
        fail_no_allocation();
        depth += ccpi_spool_adopt(spool);
        cr_assert(eq(u64, depth, 50 * (uint64_t)nth));
    } while (nth < 4);
    ccpi_spool_close(spool);
}
