#ifndef CCPI_ADMIN_WEB_SIGNIN_H
#define CCPI_ADMIN_WEB_SIGNIN_H

#include "ccproxy/store.h"
#include "config/settings.h"
#include "security/address.h"
#include "security/admin_token.h"
#include "security/token.h"

/*
 * What proves who an administrator is: passwords, the tokens of sessions, what
 * guards their cookies, and the tokens of programs. Knows no HTTP. Any thread.
 */
typedef struct ccpi_signin ccpi_signin;

/* SE-4 */
#define CCPI_SESSION_SECONDS 86400

/* An HMAC in base64url. */
#define CCPI_CSRF_SIZE (43 + 1)

/* settings are borrowed. @param out  given; ccpi_signin_free() */
ccp_status ccpi_signin_new(const ccpi_settings *settings, const ccp_clock *clock,
                           const ccp_random *random, ccpi_signin **out, ccp_error *error);
void ccpi_signin_free(ccpi_signin *signin);

typedef struct ccpi_password_try {
    const char *username;
    const char *password;
    const ccpi_address *address;
} ccpi_password_try;

/*
 * SE-5. CCP_DENIED: wrong; CCP_LIMIT: too many failures, wait_us says for how
 * long; CCP_UNAVAILABLE: too many others are at it.
 */
ccp_status ccpi_signin_check(ccpi_signin *signin, const ccpi_password_try *tried,
                             int64_t *wait_us, ccp_error *error);

/* Makes a session and appends its token. The store does not have it yet. */
ccp_status ccpi_signin_make(ccpi_signin *signin, const char *username,
                            ccp_admin_session *out, ccpi_buf *token, ccp_error *error);

/* Which session a token is of. CCP_DENIED: none. */
ccp_status ccpi_signin_read(const ccpi_signin *signin, ccpi_span token, ccp_id *out,
                            ccp_error *error);

ccp_status ccpi_signin_csrf(const ccpi_signin *signin, const ccp_id *session,
                            char out[CCPI_CSRF_SIZE], ccp_error *error);
bool ccpi_signin_is_csrf(const ccpi_signin *signin, const ccp_id *session,
                         const char *given);

/* A new token of a program, and its hash. */
ccp_status ccpi_signin_new_token(const ccpi_signin *signin, ccpi_admin_token *out,
                                 ccp_key_hash *hash, ccp_error *error);
/* By a text that has the form of a token. */
ccp_status ccpi_signin_find_token(const ccpi_signin *signin,
                                  const ccp_token_store *tokens, ccpi_span text,
                                  ccp_admin_token *out, ccp_error *error);

#endif
