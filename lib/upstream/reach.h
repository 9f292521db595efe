#ifndef CCPI_UPSTREAM_REACH_H
#define CCPI_UPSTREAM_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/error.h"
#include "upstream/outgoing.h"

/* Whether hosts can be connected to, TLS and its proofs included; nothing is sent. */
#define CCPI_REACH_MAX 4

typedef struct ccpi_reach_target {
    const char *url;
    const ccpi_trust *trust; /* NULL: the system's */
    /* Written by the check. */
    bool is_reachable;
    int64_t latency_us; /* of a connection that came to be */
    char cause[128];    /* why not, or empty */
} ccpi_reach_target;

/* Tries all at once, and waits for the last. CCP_NO_MEMORY only. */
ccp_status ccpi_reach_check(ccpi_reach_target *targets, size_t count, int64_t timeout_ms,
                            ccp_error *error);

#endif
