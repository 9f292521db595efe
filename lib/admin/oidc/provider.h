#ifndef CCPI_ADMIN_OIDC_PROVIDER_H
#define CCPI_ADMIN_OIDC_PROVIDER_H

#include <jansson.h>

#include "aws/http.h"
#include "ccproxy/seams.h"
#include "config/settings.h"

/*
 * An OpenID provider as its documents and endpoints show it (OpenID Connect Core
 * and Discovery 1.0): what it says of itself is asked once an hour, its keys also
 * when a token names one that is not known. Any thread; calls wait for the provider.
 */
typedef struct ccpi_oidc_provider ccpi_oidc_provider;

typedef struct ccpi_oidc_provider_options {
    const ccpi_settings *settings; /* borrowed */
    const ccp_clock *clock;
} ccpi_oidc_provider_options;

/* CCP_NO_MEMORY only. @param out  given; ccpi_oidc_provider_free() */
ccp_status ccpi_oidc_provider_new(const ccpi_oidc_provider_options *options,
                                  ccpi_oidc_provider **out, ccp_error *error);
void ccpi_oidc_provider_free(ccpi_oidc_provider *provider);

/*
 * All of them: CCP_TIMEOUT or CCP_UNAVAILABLE when the provider does not answer,
 * CCP_PROTOCOL when it answers something else than it should.
 */

/* What it says of itself. @param out  given; json_decref() */
ccp_status ccpi_oidc_provider_metadata(ccpi_oidc_provider *provider, json_t **out,
                                       ccp_error *error);

/* The claims of a token that it signed. CCP_DENIED: it did not. @param out  given */
ccp_status ccpi_oidc_provider_verify(ccpi_oidc_provider *provider, ccpi_span token,
                                     json_t **out, ccp_error *error);

/* What an authorization code is worth. */
typedef struct ccpi_oidc_exchange {
    const char *code;
    const char *redirect_uri;
    const char *verifier;
} ccpi_oidc_exchange;

/* The answer with id_token. CCP_DENIED: the code is worth nothing. @param out  given */
ccp_status ccpi_oidc_provider_redeem(ccpi_oidc_provider *provider,
                                     const ccpi_oidc_exchange *exchange, json_t **out,
                                     ccp_error *error);

/* The claims of whom an access token is of; an empty object where there are none. */
ccp_status ccpi_oidc_provider_userinfo(ccpi_oidc_provider *provider,
                                       const char *access_token, json_t **out,
                                       ccp_error *error);

#endif
