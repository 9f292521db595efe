#include "routing/account.h"
#include "routing/ask.h"
#include "routing/tell.h"
#include "routing/usable.h"

static void gather_facts(ccpi_exchange *x)
{
    const ccpi_router_settings *settings = &x->router->settings;
    ccpi_circuit_change change;

    x->facts = (ccpi_facts){
        .routing = x->who.routing,
        .has_plan_credential = ccpi_ask_has_plan_credential(x),
        .has_bedrock_credential = ccpi_usable_exists(x->router, &x->who.key),
        .blocks_without_fallback = settings->blocks_without_fallback,
        .serves_without_plan = settings->serves_without_plan,
    };
    if (x->facts.routing != CCP_ROUTING_PLAN_FIRST || !x->facts.has_plan_credential)
        return;
    x->pass = ccpi_breaker_ask(x->router->breaker, &x->who.key.id,
                               ccpi_router_now(x->router), &change);
    x->has_pass = true;
    x->facts.circuit = x->pass.state;
    ccpi_account_circuit(x, &change);
}

void ccpi_messages_run(ccpi_exchange *x)
{
    ccpi_decision decision;

    gather_facts(x);
    decision = ccpi_strategy_next(&x->facts);
    ccpi_trace_add_step(x, &decision);
    while (!x->is_over && !ccpi_step_is_answer(decision.step)) {
        if (decision.step == CCPI_STEP_ASK_PLAN)
            ccpi_ask_plan(x);
        else
            ccpi_ask_bedrock(x, decision.reason);
        decision = ccpi_strategy_next(&x->facts);
        if (!x->is_over)
            ccpi_trace_add_step(x, &decision);
    }
    if (!x->is_over)
        ccpi_tell(x, &decision);
    ccpi_ask_report(x, &(ccpi_report){.verdict = CCPI_VERDICT_NONE});
}
