#include "routing/strategy.h"

/* Sets of values, as bits. */
#define ANY (~0u)
#define ONE(value) (1u << (value))
#define NO ONE(false)
#define YES ONE(true)

#define PLAN_FIRST ONE(CCP_ROUTING_PLAN_FIRST)
#define BEDROCK_ONLY ONE(CCP_ROUTING_BEDROCK_ONLY)

#define OPEN ONE(CCPI_CIRCUIT_OPEN)
#define COOLING ONE(CCPI_CIRCUIT_COOLING)

#define P_UNTRIED ONE(CCPI_PLAN_UNTRIED)
#define P_ANSWERED ONE(CCPI_PLAN_ANSWERED)
#define P_FAILED ONE(CCPI_PLAN_FAILED)
#define P_NOTHING (ONE(CCPI_PLAN_SILENT) | ONE(CCPI_PLAN_REFUSED_SHARED))

#define B_UNTRIED ONE(CCPI_BEDROCK_UNTRIED)
#define B_ANSWERED ONE(CCPI_BEDROCK_ANSWERED)
#define B_FAILED ONE(CCPI_BEDROCK_FAILED)
#define B_UNCONVERTIBLE ONE(CCPI_BEDROCK_UNCONVERTIBLE)
#define B_OVER_BUDGET ONE(CCPI_BEDROCK_OVER_BUDGET)
#define B_UNREADABLE ONE(CCPI_BEDROCK_BUDGET_UNREADABLE)

/* Stands for the name of the class of the Plan's failure. */
static const char by_class[] = "";

/* A row fits when each fact is in the row's set of that name. */
typedef struct row {
    unsigned routing;
    unsigned plan_credential;
    unsigned circuit;
    unsigned plan;
    unsigned bedrock_credential;
    unsigned bedrock;
    ccpi_step step;
    unsigned blocks; /* 0: any */
    unsigned serves; /* 0: any */
    bool tells_bedrock_class;
    const char *reason;
} row;

/*
 * The first row that fits decides. RT-15 is written for people, one row an
 * outcome; here the order of events is plain, one row a decision. The numbers
 * on the right are those of RT-15.
 */
static const row rows[] = {
    /* clang-format off */
    /* Who has answered, answers. */
    {ANY, ANY, ANY, P_ANSWERED, ANY, ANY,
     CCPI_STEP_GIVE_PLAN, .reason = NULL}, /* 1, 2, 10, 11, 18 */
    {ANY, ANY, ANY, ANY, ANY, B_ANSWERED,
     CCPI_STEP_GIVE_BEDROCK, .reason = NULL}, /* 4, 8, 9, 11, 14 */
    {ANY, ANY, ANY, ANY, ANY, B_UNREADABLE,
     CCPI_STEP_TELL_NO_BUDGET_DATA, .reason = NULL}, /* 17 */

    /* bedrock_only never asks the Plan. */
    {BEDROCK_ONLY, ANY, ANY, ANY, NO, ANY,
     CCPI_STEP_TELL_NO_BEDROCK, .reason = NULL}, /* 12 */
    {BEDROCK_ONLY, ANY, ANY, ANY, YES, B_UNTRIED,
     CCPI_STEP_ASK_BEDROCK, .reason = NULL}, /* 14 */

    /* plan_first, but nothing to ask the Plan with (PL-5). */
    {PLAN_FIRST, NO, ANY, ANY, YES, B_UNTRIED,
     CCPI_STEP_ASK_BEDROCK, .serves = YES, .reason = "no_plan_credential"},
    {PLAN_FIRST, NO, ANY, ANY, ANY, B_UNTRIED,
     CCPI_STEP_TELL_NO_CREDENTIAL, .reason = NULL},

    /* An open circuit or a cool-down prefers Bedrock, where that can answer. */
    {PLAN_FIRST, YES, OPEN, P_UNTRIED, YES, B_UNTRIED,
     CCPI_STEP_ASK_BEDROCK, .reason = "circuit_open"}, /* 9 */
    {PLAN_FIRST, YES, COOLING, P_UNTRIED, YES, B_UNTRIED,
     CCPI_STEP_ASK_BEDROCK, .reason = "usage_limit"}, /* 9 */
    {PLAN_FIRST, YES, OPEN | COOLING, P_UNTRIED, YES, B_FAILED,
     CCPI_STEP_TELL_BEDROCK_FAILURE, .reason = NULL}, /* 9 */
    {PLAN_FIRST, YES, OPEN, P_UNTRIED, NO, ANY,
     CCPI_STEP_TELL_BLOCKED, .blocks = YES, .reason = NULL}, /* 10 */
    {PLAN_FIRST, YES, ANY, P_UNTRIED, ANY, ANY,
     CCPI_STEP_ASK_PLAN, .reason = NULL}, /* 1 to 8, 10, 11, 18 */

    /* The Plan failed. */
    {PLAN_FIRST, YES, ANY, ANY, YES, B_UNTRIED,
     CCPI_STEP_ASK_BEDROCK, .reason = by_class}, /* 4, 8, 11 */
    {PLAN_FIRST, YES, ANY, P_FAILED, NO, ANY,
     CCPI_STEP_GIVE_PLAN, .reason = "not-configured"}, /* 3 */
    {PLAN_FIRST, YES, ANY, P_FAILED, ANY, B_OVER_BUDGET,
     CCPI_STEP_GIVE_PLAN, .reason = "budget-exceeded"}, /* 5, 10 */
    {PLAN_FIRST, YES, ANY, P_FAILED, ANY, B_UNCONVERTIBLE,
     CCPI_STEP_GIVE_PLAN, .reason = "not-convertible"}, /* BR-4 */
    {PLAN_FIRST, YES, ANY, P_FAILED, ANY, B_FAILED,
     CCPI_STEP_GIVE_PLAN, .tells_bedrock_class = true, .reason = NULL}, /* 6 */
    {PLAN_FIRST, YES, ANY, P_NOTHING, NO, ANY,
     CCPI_STEP_TELL_PLAN_FAILURE, .reason = "not-configured"}, /* 7 */
    {PLAN_FIRST, YES, ANY, P_NOTHING, ANY, B_UNCONVERTIBLE,
     CCPI_STEP_TELL_PLAN_FAILURE, .reason = "not-convertible"}, /* BR-4 */

    /* Bedrock had the last word. */
    {ANY, ANY, ANY, ANY, ANY, B_OVER_BUDGET,
     CCPI_STEP_TELL_OVER_BUDGET, .reason = NULL}, /* 5, 13 */
    {ANY, ANY, ANY, ANY, ANY, B_UNCONVERTIBLE,
     CCPI_STEP_TELL_UNCONVERTIBLE, .reason = NULL}, /* BR-4 */
    {ANY, ANY, ANY, ANY, ANY, ANY,
     CCPI_STEP_TELL_BEDROCK_FAILURE, .reason = NULL}, /* 8, 14 */
    /* clang-format on */
};

static bool has(unsigned set, unsigned value)
{
    return set == 0 || (set & ONE(value)) != 0;
}

static bool fits(const row *r, const ccpi_facts *facts)
{
    return has(r->routing, facts->routing) &&
           has(r->plan_credential, facts->has_plan_credential) &&
           has(r->circuit, facts->circuit) && has(r->plan, facts->plan) &&
           has(r->bedrock_credential, facts->has_bedrock_credential) &&
           has(r->bedrock, facts->bedrock) &&
           has(r->blocks, facts->blocks_without_fallback) &&
           has(r->serves, facts->serves_without_plan);
}

ccpi_decision ccpi_strategy_next(const ccpi_facts *facts)
{
    const row *r = rows;

    /* The last row fits everything. */
    while (!fits(r, facts))
        r++;
    return (ccpi_decision){
        .step = r->step,
        .reason = r->reason == by_class ? ccpi_class_name(facts->plan_class) : r->reason,
        .tells_bedrock_class = r->tells_bedrock_class};
}

const char *ccpi_step_name(ccpi_step step)
{
    static const char *const names[CCPI_STEPS] = {
        [CCPI_STEP_ASK_PLAN] = "ask_plan",
        [CCPI_STEP_ASK_BEDROCK] = "ask_bedrock",
        [CCPI_STEP_GIVE_PLAN] = "give_plan",
        [CCPI_STEP_GIVE_BEDROCK] = "give_bedrock",
        [CCPI_STEP_TELL_PLAN_FAILURE] = "tell_plan_failure",
        [CCPI_STEP_TELL_BEDROCK_FAILURE] = "tell_bedrock_failure",
        [CCPI_STEP_TELL_UNCONVERTIBLE] = "tell_unconvertible",
        [CCPI_STEP_TELL_OVER_BUDGET] = "tell_over_budget",
        [CCPI_STEP_TELL_NO_BUDGET_DATA] = "tell_no_budget_data",
        [CCPI_STEP_TELL_NO_BEDROCK] = "tell_no_bedrock",
        [CCPI_STEP_TELL_NO_CREDENTIAL] = "tell_no_credential",
        [CCPI_STEP_TELL_BLOCKED] = "tell_blocked",
    };

    return names[step];
}

/* RT-4 */
typedef struct class_rule {
    ccpi_class kind;
    bool allows_fallback;
    ccpi_verdict verdict;
} class_rule;

static const class_rule class_rules[] = {
    {CCPI_CLASS_NONE, false, CCPI_VERDICT_SUCCESS},
    {CCPI_CLASS_RATE_LIMIT, true, CCPI_VERDICT_FAILURE},
    {CCPI_CLASS_USAGE_LIMIT, true, CCPI_VERDICT_LIMITED},
    {CCPI_CLASS_SERVER_ERROR, true, CCPI_VERDICT_FAILURE},
    {CCPI_CLASS_TIMEOUT, true, CCPI_VERDICT_FAILURE},
    {CCPI_CLASS_NETWORK_ERROR, true, CCPI_VERDICT_FAILURE},
    {CCPI_CLASS_CLIENT_ERROR, false, CCPI_VERDICT_NONE},
};

static const class_rule *rule_of(ccpi_class kind)
{
    const size_t count = sizeof(class_rules) / sizeof(*class_rules);
    size_t i = 0;

    /* A class of Bedrock's own is none of the circuit's business: the last rule. */
    while (i + 1 < count && class_rules[i].kind != kind)
        i++;
    return &class_rules[i];
}

bool ccpi_class_allows_fallback(ccpi_class kind)
{
    return rule_of(kind)->allows_fallback;
}

ccpi_verdict ccpi_class_verdict(ccpi_class kind, bool names_end, bool counts_network)
{
    if (kind == CCPI_CLASS_RATE_LIMIT && names_end)
        return CCPI_VERDICT_LIMITED;
    if ((kind == CCPI_CLASS_TIMEOUT || kind == CCPI_CLASS_NETWORK_ERROR) &&
        !counts_network)
        return CCPI_VERDICT_NONE;
    return rule_of(kind)->verdict;
}
