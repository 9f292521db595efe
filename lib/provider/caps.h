#ifndef CCPI_PROVIDER_CAPS_H
#define CCPI_PROVIDER_CAPS_H

#include <stdint.h>

#include "upstream/outgoing.h"

/*
 * An operator's upper bounds on what a client may ask for (PL-8). They only
 * lower a number that the client sent, by splicing the new one between its own
 * bytes; where nothing is to be lowered the body is the client's, whole.
 */
typedef struct ccpi_caps {
    int64_t max_output_tokens; /* 0: none */
    int64_t thinking_budget;   /* 0: none */
} ccpi_caps;

/*
 * Writes the pieces of the body. The body is JSON that ccpi_look_at() accepted.
 * CCP_INVALID: it gives the same number too often to be capped.
 */
ccp_status ccpi_caps_apply(const ccpi_caps *caps, ccpi_span body, ccpi_outgoing *out,
                           ccp_error *error);

#endif
