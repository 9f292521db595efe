#ifndef CCPI_ROUTING_REQUEST_ID_H
#define CCPI_ROUTING_REQUEST_ID_H

#include "ccproxy/seams.h"

/*
 * "req_" and 24 hex digits (PX-4): 12 of the time in milliseconds, 12 of chance. Ids
 * of one time stand together in the store's indexes: random ones would touch a page for
 * each row.
 */
#define CCPI_REQUEST_ID_LEN 28

/* What the random source returns when it fails. */
ccp_status ccpi_request_id_make(const ccp_clock *clock, const ccp_random *random,
                                char out[CCPI_REQUEST_ID_LEN + 1]);

#endif
