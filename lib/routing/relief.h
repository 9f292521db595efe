#ifndef CCPI_ROUTING_RELIEF_H
#define CCPI_ROUTING_RELIEF_H

#include "routing/exchange.h"

/*
 * Relieves the caller's thread of an answer that may take minutes: where the
 * sink gives its socket away, what is left of the exchange runs in a thread of
 * the router's crew. The caller's may be one of a few hundred, with a stack full
 * of the HTTP server's own frames and a second buffer for the request's head.
 *
 * Arrival has been successful and nothing was answered. true: the exchange went
 * elsewhere and x is empty; `go_on` gets it there, and ends it. false: x goes on here.
 */
bool ccpi_relief_try(ccpi_exchange *x, void (*go_on)(ccpi_exchange *x));

#endif
