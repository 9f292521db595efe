/* Three failures in a row open a circuit; after the reset time one request probes. */
#include <ccproxy/breaker.h>

#include "check.h"

#define SECOND INT64_C(1000000)

static const ccp_id KEY = {"00000000-0000-4000-8000-000000000001"};

static ccp_circuit_state ask_and_report(ccp_breaker *breaker, ccp_verdict verdict,
                                        int64_t now_us)
{
    const ccp_result result = {verdict, 10 * SECOND};
    const ccp_pass pass = ccp_breaker_ask(breaker, &KEY, now_us);

    return ccp_breaker_report(breaker, &KEY, &pass, &result, now_us);
}

int main(void)
{
    const ccp_breaker_options options = {3, 60 * SECOND, 1800 * SECOND};
    ccp_breaker *breaker;
    ccp_pass probe;

    CHECK(ccp_breaker_new(&options, &breaker) == CCP_OK);
    CHECK(ask_and_report(breaker, CCP_VERDICT_FAILURE, 1) == CCP_CIRCUIT_CLOSED);
    CHECK(ask_and_report(breaker, CCP_VERDICT_FAILURE, 2) == CCP_CIRCUIT_CLOSED);
    CHECK(ask_and_report(breaker, CCP_VERDICT_FAILURE, 3) == CCP_CIRCUIT_OPEN);
    CHECK(ccp_breaker_ask(breaker, &KEY, 4).state == CCP_CIRCUIT_OPEN);

    probe = ccp_breaker_ask(breaker, &KEY, 1801 * SECOND);
    CHECK(probe.state == CCP_CIRCUIT_HALF_OPEN && probe.wait_us == 0);
    CHECK(ccp_breaker_ask(breaker, &KEY, 1801 * SECOND).state == CCP_CIRCUIT_OPEN);
    CHECK(ccp_breaker_report(breaker, &KEY, &probe, &(ccp_result){CCP_VERDICT_SUCCESS, 0},
                             1802 * SECOND) == CCP_CIRCUIT_CLOSED);

    CHECK(ask_and_report(breaker, CCP_VERDICT_LIMITED, 1803 * SECOND) ==
          CCP_CIRCUIT_COOLING);
    CHECK(ccp_breaker_reset(breaker, &KEY) == CCP_OK);
    CHECK(ccp_breaker_reset(breaker, &KEY) == CCP_NOT_FOUND);
    ccp_breaker_free(breaker);
    return 0;
}
