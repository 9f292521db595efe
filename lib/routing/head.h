#ifndef CCPI_ROUTING_HEAD_H
#define CCPI_ROUTING_HEAD_H

#include "base/headers.h"

/*
 * The heads of answers: which of an upstream's header fields reach the client
 * (PX-7), and what a stream's head says (PX-8). Pure.
 */

/* Appends what may pass. CCP_NO_MEMORY or CCP_LIMIT. */
ccp_status ccpi_head_relay(const ccpi_headers *upstream, ccpi_headers *client);

/* A stream's own fields, in place of the upstream's. */
ccp_status ccpi_head_make_stream(ccpi_headers *client);

/*
 * What a browser may do with an answer of our own (SE-8): nothing but show it to
 * who asked. is_secure: the user's side speaks HTTPS.
 */
ccp_status ccpi_head_guard(bool is_secure, ccpi_headers *client);

/*
 * What other origins' pages may read (PX-12). origin: the request's, or NULL;
 * the configured ones may be "*".
 */
typedef struct ccpi_origins {
    const char *const *items;
    size_t count;
} ccpi_origins;

ccp_status ccpi_head_allow_origin(const ccpi_origins *allowed, const char *origin,
                                  ccpi_headers *client);

#endif
