#ifndef CCPI_ADMIN_OIDC_OIDC_H
#define CCPI_ADMIN_OIDC_OIDC_H

#include "admin/oidc/state.h"
#include "config/settings.h"

/*
 * Signing in of administrators at an OpenID provider: authorization code with
 * PKCE. Knows no HTTP but that to the provider. Any thread; calls wait for it.
 */
typedef struct ccpi_oidc ccpi_oidc;

typedef struct ccpi_oidc_options {
    const ccpi_settings *settings; /* borrowed; with oidc_issuer and oidc_client_id */
    const ccp_clock *clock;
    const ccp_random *random;
} ccpi_oidc_options;

/* @param out  given; ccpi_oidc_free() */
ccp_status ccpi_oidc_new(const ccpi_oidc_options *options, ccpi_oidc **out,
                         ccp_error *error);
void ccpi_oidc_free(ccpi_oidc *oidc);

/* Where the browser goes, and the cookie that it takes along. */
ccp_status ccpi_oidc_begin(ccpi_oidc *oidc, const char *redirect_uri, ccpi_buf *url,
                           ccpi_buf *cookie, ccp_error *error);

/* With what it comes back. */
typedef struct ccpi_oidc_return {
    const char *code;
    const char *state;
    const char *issuer; /* of RFC 9207; "": not told */
    const char *redirect_uri;
    ccpi_span cookie;
} ccpi_oidc_return;

typedef struct ccpi_oidc_user {
    char name[255 + 1]; /* the verified address, else "oidc:" and the subject */
} ccpi_oidc_user;

/*
 * Who has signed in. CCP_INVALID: this browser began no such sign-in, or too long
 * ago. CCP_DENIED: the provider or our lists do not let that one in.
 */
ccp_status ccpi_oidc_finish(ccpi_oidc *oidc, const ccpi_oidc_return *with,
                            ccpi_oidc_user *out, ccp_error *error);

#endif
