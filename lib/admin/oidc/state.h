#ifndef CCPI_ADMIN_OIDC_STATE_H
#define CCPI_ADMIN_OIDC_STATE_H

#include "base/buf.h"
#include "ccproxy/seams.h"

/*
 * What a sign-in at an OpenID provider has to remember between its start and its
 * end: kept by the browser, signed by us, so that any process may end it.
 */
#define CCPI_OIDC_SECRET_LEN 43 /* 32 random bytes in base64url */
#define CCPI_OIDC_STATE_SECONDS 600

typedef struct ccpi_oidc_state {
    char state[CCPI_OIDC_SECRET_LEN + 1];
    char nonce[CCPI_OIDC_SECRET_LEN + 1];
    char verifier[CCPI_OIDC_SECRET_LEN + 1]; /* of PKCE (RFC 7636) */
    int64_t expires_at_s;                    /* Unix time */
} ccpi_oidc_state;

typedef struct ccpi_oidc_state_key {
    unsigned char bytes[32];
} ccpi_oidc_state_key;

/* From the secret that all processes share. */
ccp_status ccpi_oidc_state_key_derive(ccpi_span secret, ccpi_oidc_state_key *out,
                                      ccp_error *error);

ccp_status ccpi_oidc_state_new(const ccp_random *random, int64_t now_s,
                               ccpi_oidc_state *out, ccp_error *error);

/* Appends it as the value of a cookie. */
ccp_status ccpi_oidc_state_write(const ccpi_oidc_state_key *key,
                                 const ccpi_oidc_state *state, ccpi_buf *out);

/* false: not ours, or its time is over. */
bool ccpi_oidc_state_read(const ccpi_oidc_state_key *key, ccpi_span text, int64_t now_s,
                          ccpi_oidc_state *out);

/* The code_challenge of S256; with a NUL. */
void ccpi_oidc_challenge(const ccpi_oidc_state *state,
                         char out[CCPI_OIDC_SECRET_LEN + 1]);

#endif
