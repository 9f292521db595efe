/**
 * @file ccproxy/id.h
 *
 * Ids of what a store keeps: UUIDs in lower-case text. Plain values; any thread.
 */
#ifndef CCPROXY_ID_H
#define CCPROXY_ID_H

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/seams.h"

CCP_BEGIN_DECLS

typedef struct ccp_id {
    char text[36 + 1];
} ccp_id;

/** A new random UUID (RFC 9562, version 4). */
ccp_status ccp_id_new(const ccp_random *random, ccp_id *out, ccp_error *error);

CCP_END_DECLS

#endif
