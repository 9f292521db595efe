#ifndef CCPI_SECURITY_ADMIN_TOKEN_H
#define CCPI_SECURITY_ADMIN_TOKEN_H

#include "base/span.h"
#include "ccproxy/keys.h"

/*
 * Tokens with which programs use the admin API: "cct_" and 32 random bytes in
 * unpadded base64url. Like access keys they are shown once, and kept as a hash
 * under a secret. Pure; any thread.
 */
#define CCPI_ADMIN_TOKEN_LEN 47

/* A whole token. Secret: wipe it once it is delivered. */
typedef struct ccpi_admin_token {
    char text[CCPI_ADMIN_TOKEN_LEN + 1];
} ccpi_admin_token;

typedef struct ccpi_admin_token_hasher {
    unsigned char key[32];
} ccpi_admin_token_hasher;

ccp_status ccpi_admin_token_generate(const ccp_random *random, ccpi_admin_token *out,
                                     ccp_error *error);
void ccpi_admin_token_wipe(ccpi_admin_token *token);

/* Whether text has the form of a token. */
bool ccpi_admin_token_is(ccpi_span text);

/* Derives its key from the secret of access keys by HKDF. */
ccp_status ccpi_admin_token_hasher_init(ccpi_span secret, ccpi_admin_token_hasher *out,
                                        ccp_error *error);

/* Of a text that has the form of a token. */
ccp_status ccpi_admin_token_hash(const ccpi_admin_token_hasher *hasher, ccpi_span token,
                                 ccp_key_hash *out, ccp_error *error);

#endif
