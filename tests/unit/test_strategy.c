#include "routing/strategy.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

/* What the upstreams would say, were they asked. */
typedef struct scenario {
    const char *row; /* of RT-15, or the requirement */
    ccp_routing routing;
    bool no_plan_credential;
    ccpi_circuit_state circuit;
    ccpi_plan_state plan;
    ccpi_class plan_class;
    bool bedrock_credential;
    ccpi_bedrock_state bedrock;
    bool blocks;
    bool serves;
    /* What must come of it. */
    const char *path; /* the steps in their order */
    const char *fallback_reason;
    const char *header; /* x-ccproxy-fallback of the answer */
    bool tells_bedrock_class;
} scenario;

#define BEDROCK_ONLY .routing = CCP_ROUTING_BEDROCK_ONLY
#define OPEN .circuit = CCPI_CIRCUIT_OPEN
#define COOLING .circuit = CCPI_CIRCUIT_COOLING
#define PROBE .circuit = CCPI_CIRCUIT_HALF_OPEN
#define PLAN(state, kind) .plan = CCPI_PLAN_##state, .plan_class = CCPI_CLASS_##kind
#define BEDROCK(state) .bedrock_credential = true, .bedrock = CCPI_BEDROCK_##state

static const scenario scenarios[] = {
    {"1", PLAN(ANSWERED, NONE), .path = "ask_plan give_plan"},
    {"1, credential", PLAN(ANSWERED, NONE), BEDROCK(ANSWERED),
     .path = "ask_plan give_plan"},
    {"2", PLAN(ANSWERED, CLIENT_ERROR), BEDROCK(ANSWERED), .path = "ask_plan give_plan"},
    {"3, 429", PLAN(FAILED, RATE_LIMIT), .path = "ask_plan give_plan",
     .header = "not-configured"},
    {"3, 5xx", PLAN(FAILED, SERVER_ERROR), .path = "ask_plan give_plan",
     .header = "not-configured"},
    {"4, 429", PLAN(FAILED, RATE_LIMIT), BEDROCK(ANSWERED),
     .path = "ask_plan ask_bedrock give_bedrock", .fallback_reason = "rate_limit"},
    {"4, 5xx", PLAN(FAILED, SERVER_ERROR), BEDROCK(ANSWERED),
     .path = "ask_plan ask_bedrock give_bedrock", .fallback_reason = "server_error"},
    {"4, usage limit", PLAN(FAILED, USAGE_LIMIT), BEDROCK(ANSWERED),
     .path = "ask_plan ask_bedrock give_bedrock", .fallback_reason = "usage_limit"},
    {"5", PLAN(FAILED, USAGE_LIMIT), BEDROCK(OVER_BUDGET),
     .path = "ask_plan ask_bedrock give_plan", .fallback_reason = "usage_limit",
     .header = "budget-exceeded"},
    {"5, no answer", PLAN(SILENT, TIMEOUT), BEDROCK(OVER_BUDGET),
     .path = "ask_plan ask_bedrock tell_over_budget", .fallback_reason = "timeout"},
    {"6", PLAN(FAILED, SERVER_ERROR), BEDROCK(FAILED),
     .path = "ask_plan ask_bedrock give_plan", .fallback_reason = "server_error",
     .tells_bedrock_class = true},
    {"7, timeout", PLAN(SILENT, TIMEOUT), .path = "ask_plan tell_plan_failure",
     .header = "not-configured"},
    {"7, network", PLAN(SILENT, NETWORK_ERROR), .path = "ask_plan tell_plan_failure",
     .header = "not-configured"},
    {"8, timeout", PLAN(SILENT, TIMEOUT), BEDROCK(ANSWERED),
     .path = "ask_plan ask_bedrock give_bedrock", .fallback_reason = "timeout"},
    {"8, network, and Bedrock fails", PLAN(SILENT, NETWORK_ERROR), BEDROCK(FAILED),
     .path = "ask_plan ask_bedrock tell_bedrock_failure",
     .fallback_reason = "network_error"},
    {"9, open", OPEN, PLAN(ANSWERED, NONE), BEDROCK(ANSWERED),
     .path = "ask_bedrock give_bedrock", .fallback_reason = "circuit_open"},
    {"9, cool-down", COOLING, PLAN(ANSWERED, NONE), BEDROCK(ANSWERED),
     .path = "ask_bedrock give_bedrock", .fallback_reason = "usage_limit"},
    {"9, and Bedrock fails", OPEN, PLAN(ANSWERED, NONE), BEDROCK(FAILED),
     .path = "ask_bedrock tell_bedrock_failure", .fallback_reason = "circuit_open"},
    {"10, no credential", OPEN, PLAN(ANSWERED, NONE), .path = "ask_plan give_plan"},
    {"10, no credential, failure", OPEN, PLAN(FAILED, RATE_LIMIT),
     .path = "ask_plan give_plan", .header = "not-configured"},
    {"10, budget", OPEN, PLAN(ANSWERED, NONE), BEDROCK(OVER_BUDGET),
     .path = "ask_bedrock ask_plan give_plan", .fallback_reason = "circuit_open"},
    {"10, budget, failure", OPEN, PLAN(FAILED, SERVER_ERROR), BEDROCK(OVER_BUDGET),
     .path = "ask_bedrock ask_plan give_plan", .fallback_reason = "circuit_open",
     .header = "budget-exceeded"},
    {"10, budget, no answer", OPEN, PLAN(SILENT, NETWORK_ERROR), BEDROCK(OVER_BUDGET),
     .path = "ask_bedrock ask_plan tell_over_budget", .fallback_reason = "circuit_open"},
    {"10, BR-4", OPEN, PLAN(ANSWERED, NONE), BEDROCK(UNCONVERTIBLE),
     .path = "ask_bedrock ask_plan give_plan", .fallback_reason = "circuit_open"},
    {"10, blocked by the setting", OPEN, PLAN(ANSWERED, NONE), .blocks = true,
     .path = "tell_blocked"},
    {"10, the setting spares who has a credential", OPEN, PLAN(ANSWERED, NONE),
     BEDROCK(OVER_BUDGET), .blocks = true, .path = "ask_bedrock ask_plan give_plan",
     .fallback_reason = "circuit_open"},
    {"11, success", PROBE, PLAN(ANSWERED, NONE), BEDROCK(ANSWERED),
     .path = "ask_plan give_plan"},
    {"11, failure", PROBE, PLAN(FAILED, SERVER_ERROR), BEDROCK(ANSWERED),
     .path = "ask_plan ask_bedrock give_bedrock", .fallback_reason = "server_error"},
    {"12", BEDROCK_ONLY, .path = "tell_no_bedrock"},
    {"13", BEDROCK_ONLY, BEDROCK(OVER_BUDGET), .path = "ask_bedrock tell_over_budget"},
    {"14", BEDROCK_ONLY, BEDROCK(ANSWERED), .path = "ask_bedrock give_bedrock"},
    {"14, error", BEDROCK_ONLY, BEDROCK(FAILED),
     .path = "ask_bedrock tell_bedrock_failure"},
    {"14, whatever the circuit", BEDROCK_ONLY, OPEN, BEDROCK(ANSWERED),
     .path = "ask_bedrock give_bedrock"},
    {"17, after a failure", PLAN(FAILED, SERVER_ERROR), BEDROCK(BUDGET_UNREADABLE),
     .path = "ask_plan ask_bedrock tell_no_budget_data",
     .fallback_reason = "server_error"},
    {"17, open", OPEN, PLAN(ANSWERED, NONE), BEDROCK(BUDGET_UNREADABLE),
     .path = "ask_bedrock tell_no_budget_data", .fallback_reason = "circuit_open"},
    {"17, bedrock_only", BEDROCK_ONLY, BEDROCK(BUDGET_UNREADABLE),
     .path = "ask_bedrock tell_no_budget_data"},
    {"18", COOLING, PLAN(FAILED, USAGE_LIMIT), .path = "ask_plan give_plan",
     .header = "not-configured"},
    {"18, not blocked by the setting", COOLING, PLAN(FAILED, USAGE_LIMIT), .blocks = true,
     .path = "ask_plan give_plan", .header = "not-configured"},
    {"18, budget", COOLING, PLAN(FAILED, USAGE_LIMIT), BEDROCK(OVER_BUDGET),
     .path = "ask_bedrock ask_plan give_plan", .fallback_reason = "usage_limit",
     .header = "budget-exceeded"},
    {"BR-4, closed", PLAN(FAILED, SERVER_ERROR), BEDROCK(UNCONVERTIBLE),
     .path = "ask_plan ask_bedrock give_plan", .fallback_reason = "server_error",
     .header = "not-convertible"},
    {"BR-4, no answer", PLAN(SILENT, TIMEOUT), BEDROCK(UNCONVERTIBLE),
     .path = "ask_plan ask_bedrock tell_plan_failure", .fallback_reason = "timeout",
     .header = "not-convertible"},
    {"BR-4, bedrock_only", BEDROCK_ONLY, BEDROCK(UNCONVERTIBLE),
     .path = "ask_bedrock tell_unconvertible"},
    {"PL-4, no fallback", PLAN(REFUSED_SHARED, SERVER_ERROR),
     .path = "ask_plan tell_plan_failure", .header = "not-configured"},
    {"PL-4, fallback", PLAN(REFUSED_SHARED, SERVER_ERROR), BEDROCK(ANSWERED),
     .path = "ask_plan ask_bedrock give_bedrock", .fallback_reason = "server_error"},
    {"PL-4, Bedrock fails", PLAN(REFUSED_SHARED, SERVER_ERROR), BEDROCK(FAILED),
     .path = "ask_plan ask_bedrock tell_bedrock_failure",
     .fallback_reason = "server_error"},
    {"PL-5", .no_plan_credential = true, BEDROCK(ANSWERED), .path = "tell_no_credential"},
    {"PL-5, allowed", .no_plan_credential = true, BEDROCK(ANSWERED), .serves = true,
     .path = "ask_bedrock give_bedrock", .fallback_reason = "no_plan_credential"},
    {"PL-5, allowed, no credential", .no_plan_credential = true, .serves = true,
     .path = "tell_no_credential"},
    {"PL-5, allowed, budget", .no_plan_credential = true, BEDROCK(OVER_BUDGET),
     .serves = true, .path = "ask_bedrock tell_over_budget",
     .fallback_reason = "no_plan_credential"},
    {"PL-5, allowed, BR-4", .no_plan_credential = true, BEDROCK(UNCONVERTIBLE),
     .serves = true, .path = "ask_bedrock tell_unconvertible",
     .fallback_reason = "no_plan_credential"},
    {"PL-5, allowed, Bedrock fails", .no_plan_credential = true, BEDROCK(FAILED),
     .serves = true, .path = "ask_bedrock tell_bedrock_failure",
     .fallback_reason = "no_plan_credential"},
};

#define SCENARIOS (sizeof(scenarios) / sizeof(*scenarios))

typedef struct outcome {
    char path[128];
    const char *fallback_reason;
    ccpi_decision answer;
} outcome;

static ccpi_facts start_of(const scenario *s)
{
    return (ccpi_facts){.routing = s->routing,
                        .has_plan_credential = !s->no_plan_credential,
                        .has_bedrock_credential = s->bedrock_credential,
                        .circuit = s->circuit,
                        .blocks_without_fallback = s->blocks,
                        .serves_without_plan = s->serves};
}

static outcome play(const scenario *s)
{
    ccpi_facts facts = start_of(s);
    outcome out = {.path = ""};

    for (int i = 0; i < 4; i++) {
        size_t len = strlen(out.path);

        out.answer = ccpi_strategy_next(&facts);
        snprintf(out.path + len, sizeof(out.path) - len, "%s%s", len ? " " : "",
                 ccpi_step_name(out.answer.step));
        if (ccpi_step_is_answer(out.answer.step))
            break;
        if (out.answer.step == CCPI_STEP_ASK_PLAN) {
            facts.plan = s->plan;
            facts.plan_class = s->plan_class;
        } else {
            facts.bedrock = s->bedrock;
            out.fallback_reason = out.answer.reason;
        }
    }
    return out;
}

static const char *text_of(const char *text)
{
    return text ? text : "-";
}

Test(strategy, every_row_of_rt_15_goes_its_way)
{
    for (size_t i = 0; i < SCENARIOS; i++) {
        const scenario *s = &scenarios[i];
        outcome out = play(s);

        cr_expect(eq(str, out.path, (char *)s->path), "row %s", s->row);
        cr_expect(eq(str, (char *)text_of(out.fallback_reason),
                     (char *)text_of(s->fallback_reason)),
                  "row %s", s->row);
        cr_expect(eq(str, (char *)text_of(out.answer.reason), (char *)text_of(s->header)),
                  "row %s", s->row);
        cr_expect(eq(int, out.answer.tells_bedrock_class, s->tells_bedrock_class),
                  "row %s", s->row);
    }
}

/* Numbers the combinations of all facts, one after another. */
static ccpi_facts facts_number(unsigned n, scenario *upstreams)
{
    const unsigned ways[] = {
        2, 2, 2, 4, 2, 2, CCPI_PLAN_STATES - 1, CCPI_BEDROCK_STATES - 1};
    unsigned choice[8];

    for (int i = 0; i < 8; i++) {
        choice[i] = n % ways[i];
        n /= ways[i];
    }
    *upstreams = (scenario){.plan = choice[6] + 1,
                            .plan_class = CCPI_CLASS_SERVER_ERROR,
                            .bedrock = choice[7] + 1,
                            .routing = choice[0],
                            .no_plan_credential = choice[1],
                            .bedrock_credential = choice[2],
                            .circuit = choice[3],
                            .blocks = choice[4],
                            .serves = choice[5]};
    return start_of(upstreams);
}

Test(strategy, whatever_the_facts_each_upstream_is_asked_at_most_once_rt_14)
{
    const unsigned all =
        2 * 2 * 2 * 4 * 2 * 2 * (CCPI_PLAN_STATES - 1) * (CCPI_BEDROCK_STATES - 1);

    for (unsigned n = 0; n < all; n++) {
        scenario s;
        ccpi_facts facts = facts_number(n, &s);
        int asked[2] = {0, 0};
        ccpi_decision next = ccpi_strategy_next(&facts);

        for (int i = 0; i < 3 && !ccpi_step_is_answer(next.step); i++) {
            asked[next.step]++;
            if (next.step == CCPI_STEP_ASK_PLAN)
                facts.plan = s.plan, facts.plan_class = s.plan_class;
            else
                facts.bedrock = s.bedrock;
            next = ccpi_strategy_next(&facts);
        }
        cr_assert(ccpi_step_is_answer(next.step), "combination %u does not end", n);
        cr_assert(le(int, asked[0], 1));
        cr_assert(le(int, asked[1], 1));
        cr_assert(s.routing != CCP_ROUTING_BEDROCK_ONLY || asked[0] == 0);
        cr_assert(s.no_plan_credential == false || asked[0] == 0);
        cr_assert(s.bedrock_credential || asked[1] == 0);
    }
}

Test(strategy, the_classes_count_and_fall_back_as_rt_4_says)
{
    static const struct {
        ccpi_class kind;
        bool names_end;
        bool counts_network;
        bool allows_fallback;
        ccpi_verdict verdict;
    } cases[] = {
        {CCPI_CLASS_NONE, false, true, false, CCPI_VERDICT_SUCCESS},
        {CCPI_CLASS_SERVER_ERROR, false, true, true, CCPI_VERDICT_FAILURE},
        {CCPI_CLASS_SERVER_ERROR, true, true, true, CCPI_VERDICT_FAILURE},
        {CCPI_CLASS_RATE_LIMIT, false, true, true, CCPI_VERDICT_FAILURE},
        {CCPI_CLASS_RATE_LIMIT, true, true, true, CCPI_VERDICT_LIMITED},
        {CCPI_CLASS_USAGE_LIMIT, false, true, true, CCPI_VERDICT_LIMITED},
        {CCPI_CLASS_USAGE_LIMIT, true, true, true, CCPI_VERDICT_LIMITED},
        {CCPI_CLASS_TIMEOUT, false, true, true, CCPI_VERDICT_FAILURE},
        {CCPI_CLASS_TIMEOUT, false, false, true, CCPI_VERDICT_NONE},
        {CCPI_CLASS_NETWORK_ERROR, false, true, true, CCPI_VERDICT_FAILURE},
        {CCPI_CLASS_NETWORK_ERROR, false, false, true, CCPI_VERDICT_NONE},
        {CCPI_CLASS_CLIENT_ERROR, false, true, false, CCPI_VERDICT_NONE},
        {CCPI_CLASS_BEDROCK_UNAVAILABLE, false, true, false, CCPI_VERDICT_NONE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cr_expect(
            eq(int, ccpi_class_allows_fallback(cases[i].kind), cases[i].allows_fallback),
            "%s", ccpi_class_name(cases[i].kind));
        cr_expect(eq(int,
                     ccpi_class_verdict(cases[i].kind, cases[i].names_end,
                                        cases[i].counts_network),
                     cases[i].verdict),
                  "%s", ccpi_class_name(cases[i].kind));
    }
}
