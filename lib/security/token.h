#ifndef CCPI_SECURITY_TOKEN_H
#define CCPI_SECURITY_TOKEN_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Session tokens of administrators (SE-4): JSON Web Tokens (RFC 7519) signed
 * with HMAC-SHA256, and with nothing else. Whether a session was ended before
 * its time is the store's matter. Pure; any thread.
 */

typedef struct ccpi_token_key {
    unsigned char bytes[32];
} ccpi_token_key;

#define CCPI_TOKEN_MAX_LEN 2048
#define CCPI_TOKEN_SUBJECT_MAX 255

typedef struct ccpi_token_claims {
    char subject[CCPI_TOKEN_SUBJECT_MAX + 1]; /* the administrator's name */
    char id[36 + 1];                          /* jti: a UUID */
    int64_t issued_at;                        /* Unix seconds */
    int64_t expires_at;
} ccpi_token_claims;

/* Derives the signing key from the hasher's secret by HKDF. */
ccp_status ccpi_token_key_derive(ccpi_span secret, ccpi_token_key *out, ccp_error *error);

/* Appends the token. */
ccp_status ccpi_token_sign(const ccpi_token_key *key, const ccpi_token_claims *claims,
                           ccpi_buf *out, ccp_error *error);

/*
 * CCP_DENIED: not a token of this key, or its time is over. out is filled only
 * when it returns CCP_OK. CCP_NO_MEMORY, CCP_INTERNAL.
 */
ccp_status ccpi_token_verify(const ccpi_token_key *key, ccpi_span token,
                             int64_t unix_seconds, ccpi_token_claims *out,
                             ccp_error *error);

#endif
