/* ccproxy/breaker.h over the circuits of routing/. */
#include "ccproxy/breaker.h"

#include "routing/breaker.h"

_Static_assert((int)CCP_CIRCUIT_COOLING == (int)CCPI_CIRCUIT_COOLING &&
                   (int)CCP_CIRCUIT_HALF_OPEN == (int)CCPI_CIRCUIT_HALF_OPEN,
               "the states have one order");
_Static_assert((int)CCP_VERDICT_LIMITED == (int)CCPI_VERDICT_LIMITED &&
                   (int)CCP_VERDICT_FAILURE == (int)CCPI_VERDICT_FAILURE,
               "the verdicts have one order");
/* Not made: a public breaker is the inner one, under a name of its own. */
struct ccp_breaker;

static ccpi_breaker *inner_of(ccp_breaker *breaker)
{
    return (ccpi_breaker *)breaker;
}

ccp_status ccp_breaker_new(const ccp_breaker_options *options, ccp_breaker **out)
{
    ccpi_breaker *breaker;
    const ccp_status status = ccpi_breaker_new(
        &(ccpi_breaker_options){
            .failure_threshold = options->failure_threshold,
            .failure_window_us = options->failure_window_us,
            .reset_us = options->reset_us,
        },
        &breaker);

    *out = status == CCP_OK ? (ccp_breaker *)breaker : NULL;
    return status;
}

void ccp_breaker_free(ccp_breaker *breaker)
{
    ccpi_breaker_free(inner_of(breaker));
}

ccp_pass ccp_breaker_ask(ccp_breaker *breaker, const ccp_id *key, int64_t now_us)
{
    ccpi_circuit_change change;
    const ccpi_pass pass = ccpi_breaker_ask(inner_of(breaker), key, now_us, &change);

    return (ccp_pass){
        .state = (ccp_circuit_state)pass.state,
        .wait_us = pass.wait_us,
        .generation = pass.generation,
    };
}

ccp_circuit_state ccp_breaker_report(ccp_breaker *breaker, const ccp_id *key,
                                     const ccp_pass *pass, const ccp_result *result,
                                     int64_t now_us)
{
    const ccpi_pass inner = {
        .state = (ccpi_circuit_state)pass->state,
        .wait_us = pass->wait_us,
        .generation = pass->generation,
    };
    const ccpi_report report = {
        .verdict = (ccpi_verdict)result->verdict,
        .cool_for_us = result->cool_for_us,
    };

    ccpi_breaker_report(inner_of(breaker), key, &inner, &report, now_us);
    return (ccp_circuit_state)ccpi_breaker_peek(inner_of(breaker), key, now_us);
}

ccp_status ccp_breaker_reset(ccp_breaker *breaker, const ccp_id *key)
{
    return ccpi_breaker_reset(inner_of(breaker), key);
}
