#ifndef CCPI_UPSTREAM_STARTS_H
#define CCPI_UPSTREAM_STARTS_H

#include "upstream/loop.h"

/*
 * Relays that wait to be started, first come, first served. A start may be the
 * first step of a TLS handshake. When thousands come at once, finishing what was
 * begun goes before beginning more: else all handshakes end together, at the end
 * of everybody's connect timeout, and all their buffers are held until then.
 * The loop's thread alone; zeroed: empty.
 */
typedef struct ccpi_starts {
    ccpi_relay *first;
    ccpi_relay *last;
} ccpi_starts;

void ccpi_starts_put(ccpi_starts *starts, ccpi_relay *relay);
/* NULL: none waits. */
ccpi_relay *ccpi_starts_take(ccpi_starts *starts);

/* How many may start in a turn of the loop that had so many events. */
int ccpi_starts_allowed(int events);

#endif
