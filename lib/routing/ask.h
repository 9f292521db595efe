#ifndef CCPI_ROUTING_ASK_H
#define CCPI_ROUTING_ASK_H

#include "routing/exchange.h"

/*
 * The two steps of a messages request that try something. Each adds what came
 * of it to the exchange's facts, or, where nothing is left to decide, gives the
 * client its answer and says so in is_over.
 */

void ccpi_ask_plan(ccpi_exchange *x);

/* reason: why not the Plan, or NULL when Bedrock is no fallback. */
void ccpi_ask_bedrock(ccpi_exchange *x, const char *reason);

/* Gives the breaker's pass back, unless that was done. */
void ccpi_ask_report(ccpi_exchange *x, const ccpi_report *report);

bool ccpi_ask_has_plan_credential(const ccpi_exchange *x);

/* PL-4: the Plan refused the operator's own key. */
bool ccpi_ask_was_shared_key_refused(const ccpi_exchange *x, const ccpi_attempt *attempt);

/* Which model on Bedrock serves the request (BR-2). CCP_NOT_FOUND: none. */
ccp_status ccpi_ask_model(ccpi_exchange *x, ccp_error *error);

#endif
