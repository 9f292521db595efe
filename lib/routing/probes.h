#ifndef CCPI_ROUTING_PROBES_H
#define CCPI_ROUTING_PROBES_H

#include "routing/exchange.h"

/* What balancers and clients ask before they send anything; no authentication. */

/* 200 whenever the process can answer. */
void ccpi_probe_health(ccpi_exchange *x);

/* 200 when calls can be served, else 503; with what there is to know. */
void ccpi_probe_ready(ccpi_exchange *x);

/* What Prometheus reads (OB-4), for the addresses that may; no authentication. */
void ccpi_probe_metrics(ccpi_exchange *x);

/* A browser's question before a call from a page of another origin (PX-12). */
bool ccpi_probe_is_preflight(const ccp_request *request);
void ccpi_probe_preflight(ccpi_exchange *x);

#endif
