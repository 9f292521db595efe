#ifndef CCPI_SECURITY_JWT_H
#define CCPI_SECURITY_JWT_H

#include <jansson.h>

#include "base/span.h"
#include "ccproxy/error.h"

/*
 * Tokens that others have signed (RFC 7515, 7517, 7518): RS256 and ES256, by the
 * public keys of a JWK set. What the claims mean is the caller's to judge.
 */
#define CCPI_JWT_MAX_LEN ((size_t)32 * 1024)

/*
 * keys: the set, {"keys": [...]}. CCP_DENIED: no token, another algorithm, or not
 * signed by the key it names. CCP_NOT_FOUND: the set does not have that key.
 * @param claims  given; json_decref()
 */
ccp_status ccpi_jwt_verify(ccpi_span token, const json_t *keys, json_t **claims,
                           ccp_error *error);

#endif
