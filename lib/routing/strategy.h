#ifndef CCPI_ROUTING_STRATEGY_H
#define CCPI_ROUTING_STRATEGY_H

#include "ccproxy/store.h"
#include "provider/provider.h"
#include "routing/breaker.h"

/*
 * Which upstream a request goes to next, and whose answer its client gets
 * (RT-1 to RT-8, RT-15): one table, read from top to bottom with what is known
 * so far. Pure: asks nothing and changes nothing. exchange.c does what the
 * step says, adds what came of it to the facts, and asks again until the step
 * is an answer.
 */

/* What became of the Plan in this request. */
typedef enum ccpi_plan_state {
    CCPI_PLAN_UNTRIED = 0,
    CCPI_PLAN_ANSWERED,       /* a success, or an error that is the client's own */
    CCPI_PLAN_FAILED,         /* a fallback class, with an answer that may be shown */
    CCPI_PLAN_SILENT,         /* a fallback class without an answer */
    CCPI_PLAN_REFUSED_SHARED, /* it refused the operator's own key (PL-4) */
    CCPI_PLAN_STATES
} ccpi_plan_state;

/* What became of Bedrock; the budget is asked on the way to it. */
typedef enum ccpi_bedrock_state {
    CCPI_BEDROCK_UNTRIED = 0,
    CCPI_BEDROCK_ANSWERED,
    CCPI_BEDROCK_FAILED,
    CCPI_BEDROCK_UNCONVERTIBLE, /* BR-4 */
    CCPI_BEDROCK_OVER_BUDGET,
    CCPI_BEDROCK_BUDGET_UNREADABLE,
    CCPI_BEDROCK_STATES
} ccpi_bedrock_state;

typedef struct ccpi_facts {
    ccp_routing routing;
    bool has_plan_credential;
    bool has_bedrock_credential;
    ccpi_circuit_state circuit; /* as ccpi_breaker_ask() said */
    ccpi_plan_state plan;
    ccpi_class plan_class; /* of a failure */
    ccpi_bedrock_state bedrock;
    bool blocks_without_fallback; /* circuit_block_without_fallback */
    bool serves_without_plan;     /* bedrock_without_plan_credential */
} ccpi_facts;

typedef enum ccpi_step {
    /* Something to try. */
    CCPI_STEP_ASK_PLAN = 0,
    CCPI_STEP_ASK_BEDROCK,
    /* An upstream's answer. */
    CCPI_STEP_GIVE_PLAN,
    CCPI_STEP_GIVE_BEDROCK,
    /* Answers of the proxy's own. */
    CCPI_STEP_TELL_PLAN_FAILURE,    /* 504 or 503, by the class */
    CCPI_STEP_TELL_BEDROCK_FAILURE, /* BR-12 */
    CCPI_STEP_TELL_UNCONVERTIBLE,   /* 400 */
    CCPI_STEP_TELL_OVER_BUDGET,     /* 429 */
    CCPI_STEP_TELL_NO_BUDGET_DATA,  /* 503 */
    CCPI_STEP_TELL_NO_BEDROCK,      /* 503: bedrock_only without a credential */
    CCPI_STEP_TELL_NO_CREDENTIAL,   /* 401: nothing to ask the Plan with */
    CCPI_STEP_TELL_BLOCKED,         /* 503: the circuit is open */
    CCPI_STEPS
} ccpi_step;

typedef struct ccpi_decision {
    ccpi_step step;
    /*
     * Of ASK_BEDROCK: why not the Plan (RT-13), or NULL when Bedrock is no
     * fallback. Of an answer: what x-ccproxy-fallback says of it, or NULL.
     */
    const char *reason;
    bool tells_bedrock_class; /* x-ccproxy-fallback-error goes with the answer */
} ccpi_decision;

ccpi_decision ccpi_strategy_next(const ccpi_facts *facts);

/* "ask_plan", "tell_over_budget"; for logs. */
const char *ccpi_step_name(ccpi_step step);

static inline bool ccpi_step_is_answer(ccpi_step step)
{
    return step != CCPI_STEP_ASK_PLAN && step != CCPI_STEP_ASK_BEDROCK;
}

/* RT-4: whether another provider may answer instead. */
bool ccpi_class_allows_fallback(ccpi_class kind);

/*
 * RT-4: what a class says of the circuit. names_end: the Plan said when its limit
 * ends; counts_network: the setting circuit_count_network.
 */
ccpi_verdict ccpi_class_verdict(ccpi_class kind, bool names_end, bool counts_network);

#endif
