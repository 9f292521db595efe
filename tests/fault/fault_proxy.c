#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "proxy.h"
#include "support/failing_malloc.h"
#include "support/stage.h"

Test(fault_proxy, a_proxy_is_made_whole_or_not_at_all)
{
    const stage_options plain = {.has_bedrock_key = true};
    stage stage;
    ccp_proxy_options options;
    ccp_status status;
    int nth = 0;

    stage_open(&stage, &plain);
    options = stage_proxy_options(&stage);
    do {
        ccp_proxy_free(stage.proxy);
        fail_allocation(nth++);
        status = ccp_proxy_new(&options, &stage.proxy, NULL);
        if (status != CCP_OK)
            cr_assert(zero(ptr, stage.proxy));
    } while (allocation_failed());

    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 10), "no allocation was made to fail");
    stage_close(&stage);
}

/* What the request held is given back, whatever it could not get. */
static void expect_nothing_held(const stage *stage, int nth)
{
    const ccpi_router *router = &stage->proxy->router;

    cr_assert(eq(sz, ccp_proxy_active(stage->proxy), 0), "allocation %d", nth);
    cr_assert(eq(sz, ccpi_slots_taken(router->slots), 0), "allocation %d", nth);
    cr_assert(eq(sz, atomic_load(&router->memory.used), 0), "allocation %d", nth);
}

/* Sends the request with each allocation failing, then once without. */
static void fail_each(const stage_options *options, stage_answer plan, bool is_stream)
{
    bool has_failed = true;
    stage stage;

    stage_open(&stage, options);
    atomic_store(&stage.plan.answer, plan);
    for (int nth = 0; has_failed; nth++) {
        exchange e = stage_messages(CLIENT_LENDS_SOCKET, is_stream);

        fail_allocation(nth);
        stage_run(&stage, &e);
        has_failed = allocation_failed();
        fail_no_allocation();
        expect_nothing_held(&stage, nth);
        if (!has_failed)
            cr_expect(eq(int, exchange_status(&e), 200));
        exchange_clear(&e);
    }
    stage_close(&stage);
}

static const stage_options plan_only = {.has_bedrock_key = false};
static const stage_options bedrock_only = {.has_bedrock_key = true,
                                           .routing = CCP_ROUTING_BEDROCK_ONLY};

Test(fault_proxy, a_stream_of_the_plan_gives_back_what_it_holds)
{
    fail_each(&plan_only, STAGE_SUCCESS, true);
}

Test(fault_proxy, a_whole_answer_of_the_plan_gives_back_what_it_holds)
{
    fail_each(&plan_only, STAGE_SUCCESS, false);
}

Test(fault_proxy, a_stream_of_bedrock_gives_back_what_it_holds)
{
    fail_each(&bedrock_only, STAGE_SUCCESS, true);
}

Test(fault_proxy, a_whole_answer_of_bedrock_gives_back_what_it_holds)
{
    fail_each(&bedrock_only, STAGE_SUCCESS, false);
}
