/* Parts with memory of their own are made whole or not at all. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "ccproxy/budget.h"
#include "ccproxy/queue.h"
#include "support/failing_malloc.h"

Test(fault_parts, a_queue_is_made_whole_or_not_at_all)
{
    ccp_queue *queue;

    fail_allocation(0);
    cr_expect(eq(int, ccp_queue_new(3, &queue), CCP_NO_MEMORY));
    cr_expect(allocation_failed());
    cr_expect(zero(ptr, queue));
}

static ccp_status cost_nothing(void *self, const ccp_id *user_id,
                               const ccp_period *period, int64_t *cost_micro,
                               ccp_error *error)
{
    (void)self, (void)user_id, (void)period, (void)error;
    *cost_micro = 0;
    return CCP_OK;
}

static const ccp_usage_store store = {.bedrock_cost = cost_nothing};

Test(fault_parts, budgets_are_made_whole_or_not_at_all)
{
    const ccp_budgets_options options = {.store = &store, .zone = "Asia/Seoul"};
    ccp_budgets *budgets;
    int failures = 0;

    for (int nth = 0;; nth++, failures++) {
        ccp_status status;

        fail_allocation(nth);
        status = ccp_budgets_new(&options, &budgets, NULL);
        if (!allocation_failed())
            break;
        cr_expect(eq(int, status, CCP_NO_MEMORY));
        cr_expect(zero(ptr, budgets));
    }
    cr_expect(ge(int, failures, 3));
    cr_assert(not(zero(ptr, budgets)));
    ccp_budgets_free(budgets);
}

Test(fault_parts, who_found_no_place_is_not_let_in_unless_budgets_fail_open)
{
    const ccp_id user = {"00000000-0000-4000-8000-000000000001"};
    const ccp_budgets_options options = {.store = &store};
    ccp_budget_answer answer;
    ccp_budgets *budgets;

    cr_assert(eq(int, ccp_budgets_new(&options, &budgets, NULL), CCP_OK));
    fail_allocation(0);
    ccp_budget_reserve(budgets, &user, 1000000, 1, &answer);
    cr_expect(allocation_failed());
    cr_expect(eq(int, answer.verdict, CCP_BUDGET_UNREADABLE));
    ccp_budget_reserve(budgets, &user, 1000000, 1, &answer);
    cr_expect(eq(int, answer.verdict, CCP_BUDGET_WITHIN));
    ccp_budgets_free(budgets);
}
