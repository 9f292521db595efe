/* A limit of a dollar: what is reserved and what is spent count, each once. */
#include <ccproxy/budget.h>
#include <string.h>

#include "check.h"

/* date -u -d 2026-03-08T17:00:00Z +%s; April is 23 days and 7 hours away. */
#define NOON INT64_C(1772989200)
#define TO_APRIL ((23 * 24 + 7) * INT64_C(3600))
#define DOLLAR INT64_C(1000000)
#define LONG_MS INT64_C(3600000)

typedef struct month {
    int64_t spent_micro;
    int reads;
    bool is_down;
} month;

static ccp_status read_month(void *self, const ccp_id *user_id, const ccp_period *period,
                             int64_t *cost_micro, ccp_error *error)
{
    month *kept = self;

    (void)user_id, (void)error;
    CHECK(period->end_us == (NOON + TO_APRIL) * 1000000);
    kept->reads++;
    *cost_micro = kept->spent_micro;
    return kept->is_down ? CCP_UNAVAILABLE : CCP_OK;
}

static int64_t noon_us(void *self)
{
    (void)self;
    return NOON * 1000000;
}

static ccp_budget_answer ask(ccp_budgets *budgets, int64_t estimate_micro)
{
    const ccp_id user = {"00000000-0000-4000-8000-000000000001"};
    ccp_budget_answer answer;

    ccp_budget_reserve(budgets, &user, DOLLAR, estimate_micro, &answer);
    return answer;
}

static void count_to_the_limit(ccp_budgets *budgets, month *kept)
{
    const ccp_id user = {"00000000-0000-4000-8000-000000000001"};
    ccp_budget_answer answer = ask(budgets, DOLLAR);

    CHECK(answer.verdict == CCP_BUDGET_WITHIN && answer.reserved_micro == DOLLAR);
    CHECK(ask(budgets, 1).verdict == CCP_BUDGET_RESERVED);
    ccp_budget_settle(budgets, &user, answer.reserved_micro, DOLLAR / 2);
    ccp_budget_stored(budgets, &user, DOLLAR / 2);
    kept->spent_micro = DOLLAR / 2;
    CHECK(kept->reads == 1);

    answer = ask(budgets, DOLLAR / 2);
    CHECK(answer.verdict == CCP_BUDGET_WITHIN);
    ccp_budget_settle(budgets, &user, answer.reserved_micro, DOLLAR / 2);
    answer = ask(budgets, 1);
    CHECK(answer.verdict == CCP_BUDGET_EXCEEDED && answer.reserved_micro == 0);
    CHECK(answer.retry_after_seconds == TO_APRIL);
    CHECK(strstr(answer.message, "Current usage: $1.00, Budget limit: $1.00"));
}

int main(void)
{
    month kept = {0};
    const ccp_usage_store store = {.bedrock_cost = read_month, .self = &kept};
    const ccp_clock clock = {.unix_us = noon_us};
    ccp_budgets_options options = {
        .store = &store, .clock = &clock, .cache_ttl_ms = LONG_MS};
    ccp_budgets *budgets;

    CHECK(ccp_budgets_new(&options, &budgets, NULL) == CCP_OK);
    count_to_the_limit(budgets, &kept);
    kept.is_down = true;
    ccp_budgets_forget(budgets);
    CHECK(ask(budgets, 1).verdict == CCP_BUDGET_UNREADABLE);
    ccp_budgets_free(budgets);

    options.fails_open = true;
    CHECK(ccp_budgets_new(&options, &budgets, NULL) == CCP_OK);
    CHECK(ask(budgets, 1).verdict == CCP_BUDGET_WITHIN);
    ccp_budgets_free(budgets);

    options.zone = "Nowhere/At_All";
    CHECK(ccp_budgets_new(&options, &budgets, NULL) == CCP_INVALID && !budgets);
    return 0;
}
