#include "routing/usable.h"

#include <stdlib.h>

#include "base/fail.h"

bool ccpi_usable_exists(const ccpi_router *router, const ccp_access_key *key)
{
    return key->has_bedrock_key || router->service_keys != NULL;
}

ccp_status ccpi_usable_get(const ccpi_router *router, const ccp_access_key *key,
                           ccpi_usable *out, ccp_error *error)
{
    out->bearer.limit = CCP_SECRET_MAX;
    if (key->has_bedrock_key || !router->service_keys)
        return ccpi_credentials_get(router->credentials, &key->id, &out->bearer, error);
    out->keys = calloc(1, sizeof(*out->keys));
    if (!out->keys)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for AWS keys");
    return ccpi_aws_credentials_get(router->service_keys, out->keys, error);
}

void ccpi_usable_wipe(ccpi_usable *usable)
{
    ccpi_buf_wipe(&usable->bearer);
    if (usable->keys)
        ccpi_aws_keys_wipe(usable->keys);
    free(usable->keys);
    usable->keys = NULL;
}

ccpi_sigv4_credentials ccpi_usable_signer(const ccpi_usable *usable)
{
    return usable && usable->keys ? ccpi_aws_keys_view(usable->keys)
                                  : (ccpi_sigv4_credentials){.access_key_id = NULL};
}

void ccpi_usable_doubt(const ccpi_router *router, const ccpi_usable *usable)
{
    if (usable->keys)
        ccpi_aws_credentials_doubt(router->service_keys, usable->keys);
}
