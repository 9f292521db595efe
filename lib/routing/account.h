#ifndef CCPI_ROUTING_ACCOUNT_H
#define CCPI_ROUTING_ACCOUNT_H

#include "routing/exchange.h"

/* What remains of a request: its usage row, its cost against the budget, its log line. */

/*
 * Records how the request ends, before its last bytes go out. Only the first
 * call counts.
 */
void ccpi_account_record(ccpi_exchange *x, ccp_usage_status status);

/* What Bedrock is expected to cost (BU-2). */
int64_t ccpi_account_estimate(const ccpi_exchange *x);

/* Gives the reservation for it back: nothing was spent. */
void ccpi_account_release(ccpi_exchange *x);

/* After the last bytes: gives back what is held, and writes the one log line (OB-1). */
void ccpi_account_close(ccpi_exchange *x);

/* An upstream's failure, for the log. */
void ccpi_account_failure(const ccpi_exchange *x, const ccpi_attempt *attempt);

/* A circuit's change, for the log. */
void ccpi_account_circuit(const ccpi_exchange *x, const ccpi_circuit_change *change);

#endif
