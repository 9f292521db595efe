#ifndef CCPI_ROUTING_USABLE_H
#define CCPI_ROUTING_USABLE_H

#include "aws/keys.h"
#include "routing/router.h"

/*
 * What a request to Bedrock is made with: the access key's own credential, else,
 * where the operator allows it, the service's AWS keys (BR-1).
 */
typedef struct ccpi_usable {
    ccpi_buf bearer;
    ccpi_aws_keys *keys; /* owned; NULL: the bearer counts */
} ccpi_usable;

bool ccpi_usable_exists(const ccpi_router *router, const ccp_access_key *key);

/*
 * Made by zeroed memory. May read the store, and wait for AWS. What
 * ccpi_credentials_get() or ccpi_aws_credentials_get() return.
 */
ccp_status ccpi_usable_get(const ccpi_router *router, const ccp_access_key *key,
                           ccpi_usable *out, ccp_error *error);
void ccpi_usable_wipe(ccpi_usable *usable);

/* The keys' texts; without an id where there are none. usable may be NULL. */
ccpi_sigv4_credentials ccpi_usable_signer(const ccpi_usable *usable);

/* Bedrock did not accept it. */
void ccpi_usable_doubt(const ccpi_router *router, const ccpi_usable *usable);

#endif
