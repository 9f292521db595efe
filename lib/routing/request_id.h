#ifndef CCPI_ROUTING_REQUEST_ID_H
#define CCPI_ROUTING_REQUEST_ID_H

#include "ccproxy/seams.h"

/* "req_" and 24 hex digits (PX-4). */
#define CCPI_REQUEST_ID_LEN 28

/* What the random source returns when it fails. */
ccp_status ccpi_request_id_make(const ccp_random *random,
                                char out[CCPI_REQUEST_ID_LEN + 1]);

#endif
