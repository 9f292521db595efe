#ifndef CCPI_ROUTING_ARRIVAL_H
#define CCPI_ROUTING_ARRIVAL_H

#include "routing/exchange.h"

/*
 * A call's way in: who asks (section 2), a slot of the key's own, the body under
 * its limits, and what it asks for. false: the client has its refusal.
 */
bool ccpi_arrival_take(ccpi_exchange *x);

#endif
