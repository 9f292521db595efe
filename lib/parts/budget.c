/* ccproxy/budget.h over the budgets of usage/. */
#include "ccproxy/budget.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "usage/budget.h"

_Static_assert((int)CCP_BUDGET_EXCEEDED == (int)CCPI_BUDGET_EXCEEDED &&
                   (int)CCP_BUDGET_RESERVED == (int)CCPI_BUDGET_RESERVED &&
                   (int)CCP_BUDGET_UNREADABLE == (int)CCPI_BUDGET_UNREADABLE,
               "the verdicts have one order");

struct ccp_budgets {
    ccpi_log log;
    ccpi_budget *inner;
};

ccp_status ccp_budgets_new(const ccp_budgets_options *options, ccp_budgets **out,
                           ccp_error *error)
{
    const ccp_clock *clock = options->clock ? options->clock : ccp_system_clock();
    ccp_budgets *budgets = calloc(1, sizeof(*budgets));
    ccp_status status;

    *out = NULL;
    if (!budgets)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for budgets");
    budgets->log.sink = options->log;
    budgets->log.clock = clock;
    atomic_init(&budgets->log.level, CCP_LOG_INFO);
    status = ccpi_budget_new(
        &(ccpi_budget_options){
            .store = options->store,
            .clock = clock,
            .log = options->log ? &budgets->log : NULL,
            .zone = options->zone,
            .cache_ttl_ms = options->cache_ttl_ms,
            .fails_open = options->fails_open,
            .random = options->random,
        },
        &budgets->inner, error);
    if (status != CCP_OK) {
        free(budgets);
        return status;
    }
    *out = budgets;
    return CCP_OK;
}

void ccp_budgets_free(ccp_budgets *budgets)
{
    if (!budgets)
        return;
    ccpi_budget_free(budgets->inner);
    free(budgets);
}

void ccp_budget_reserve(ccp_budgets *budgets, const ccp_id *user_id, int64_t limit_micro,
                        int64_t estimate_micro, ccp_budget_answer *out)
{
    const ccp_identity who = {
        .key.user_id = *user_id,
        .monthly_budget_micro = limit_micro,
    };
    ccpi_budget_answer answer;

    ccpi_budget_reserve(budgets->inner, &who, estimate_micro, &answer);
    *out = (ccp_budget_answer){
        .verdict = (ccp_budget_verdict)answer.verdict,
        .reserved_micro = answer.reserved_micro,
        .retry_after_seconds = answer.retry_after_seconds,
    };
    snprintf(out->message, sizeof(out->message), "%s", answer.message);
}

void ccp_budget_settle(ccp_budgets *budgets, const ccp_id *user_id,
                       int64_t reserved_micro, int64_t cost_micro)
{
    ccpi_budget_settle(budgets->inner, user_id, reserved_micro, cost_micro);
}

void ccp_budget_stored(ccp_budgets *budgets, const ccp_id *user_id, int64_t cost_micro)
{
    ccpi_budget_stored(budgets->inner, user_id, cost_micro);
}

void ccp_budgets_tend(ccp_budgets *budgets)
{
    ccpi_budget_tend(budgets->inner);
}

void ccp_budgets_forget(ccp_budgets *budgets)
{
    ccpi_budget_forget(budgets->inner);
}
