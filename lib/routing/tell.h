#ifndef CCPI_ROUTING_TELL_H
#define CCPI_ROUTING_TELL_H

#include "routing/exchange.h"

/* The last step of a messages request: the answer that the decision names. */
void ccpi_tell(ccpi_exchange *x, const ccpi_decision *decision);

#endif
