#include "admin/web/signin.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/web/turnstile.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "ccproxy/password.h"
#include "security/hkdf.h"
#include "security/lockout.h"

#define US_PER_S INT64_C(1000000)
#define WINDOW_US (15 * 60 * US_PER_S)
#define MOST_PER_PAIR 5
#define MOST_PER_NAME 50
#define MAX_WHO 512
#define MAC_LEN 32
#define CSRF_PURPOSE CCPI_SPAN("ccproxy csrf token")

/* SE-5: two hashes of 32 MiB at a time; a few more may wait for their turn. */
#define HASHES_AT_ONCE 2
#define HASHES_WAITING 8
#define HASH_WAIT_MS 5000

/* Well formed, and of no password that anybody knows: for when none is set. */
#define NO_HASH                                                                          \
    "$scrypt$ln=15,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$"                                      \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

struct ccpi_signin {
    const ccpi_settings *settings;
    const ccp_clock *clock;
    const ccp_random *random;
    ccpi_token_key session_key;
    unsigned char csrf_key[MAC_LEN];
    ccpi_admin_token_hasher hasher;
    ccpi_lockout *pairs; /* of name and address */
    ccpi_lockout *names;
    ccpi_turnstile *hashes;
};

CCPI_DEFINE_FREEP(ccpi_signin)

static ccp_status derive_keys(ccpi_signin *signin, ccp_error *error)
{
    const ccpi_span secret = ccpi_span_of(signin->settings->key_hasher_secret);
    const ccpi_hkdf_input csrf = {.secret = secret, .info = CSRF_PURPOSE};
    ccp_status status = ccpi_token_key_derive(secret, &signin->session_key, error);

    if (status == CCP_OK)
        status = ccpi_hkdf_sha256(&csrf, signin->csrf_key, MAC_LEN, error);
    if (status == CCP_OK)
        status = ccpi_admin_token_hasher_init(secret, &signin->hasher, error);
    return status;
}

static ccp_status make_bounds(ccpi_signin *signin, ccp_error *error)
{
    const ccpi_turnstile_options hashes = {HASHES_AT_ONCE, HASHES_WAITING, HASH_WAIT_MS};
    ccpi_lockout_options lockout = {
        .most = MOST_PER_PAIR, .window_us = WINDOW_US, .random = signin->random};
    ccp_status status = ccpi_lockout_new(&lockout, &signin->pairs, error);

    lockout.most = MOST_PER_NAME;
    if (status == CCP_OK)
        status = ccpi_lockout_new(&lockout, &signin->names, error);
    if (status == CCP_OK)
        status = ccpi_turnstile_new(&hashes, &signin->hashes, error);
    return status;
}

ccp_status ccpi_signin_new(const ccpi_settings *settings, const ccp_clock *clock,
                           const ccp_random *random, ccpi_signin **out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_signin_freep) ccpi_signin *signin = calloc(1, sizeof(*signin));
    ccp_status status;

    *out = NULL;
    if (!signin)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for signing in");
    signin->settings = settings;
    signin->clock = clock;
    signin->random = random;
    status = derive_keys(signin, error);
    if (status == CCP_OK)
        status = make_bounds(signin, error);
    if (status != CCP_OK)
        return status;
    *out = signin;
    signin = NULL;
    return CCP_OK;
}

void ccpi_signin_free(ccpi_signin *signin)
{
    if (!signin)
        return;
    ccpi_turnstile_free(signin->hashes);
    ccpi_lockout_free(signin->names);
    ccpi_lockout_free(signin->pairs);
    OPENSSL_cleanse(signin, sizeof(*signin));
    free(signin);
}

/* ---- passwords ---- */

/* The same work whatever the name is, and whether a password is set. */
static ccp_status verify(ccpi_signin *signin, const ccpi_password_try *tried,
                         ccp_error *error)
{
    const ccpi_settings *settings = signin->settings;
    const char *hash =
        settings->admin_password_hash ? settings->admin_password_hash : NO_HASH;
    const char *name = settings->admin_username ? settings->admin_username : "";
    const size_t len = strlen(tried->username);
    const bool is_name =
        len == strlen(name) && CRYPTO_memcmp(tried->username, name, len) == 0;
    ccp_status status = ccpi_turnstile_enter(signin->hashes, error);

    if (status != CCP_OK)
        return status;
    status = ccp_password_verify(hash, tried->password, strlen(tried->password), error);
    ccpi_turnstile_leave(signin->hashes);
    if (status == CCP_OK && !is_name)
        return ccpi_fail(error, CCP_DENIED, "another user's name");
    return status;
}

/* A name and an address as one text; the address has no blanks. */
static void write_pair(const ccpi_password_try *tried, char out[MAX_WHO])
{
    const ccpi_address network = ccpi_address_network(tried->address);
    char address[CCPI_ADDRESS_TEXT];

    ccpi_address_format(&network, address);
    snprintf(out, MAX_WHO, "%s %s", address, tried->username);
}

ccp_status ccpi_signin_check(ccpi_signin *signin, const ccpi_password_try *tried,
                             int64_t *wait_us, ccp_error *error)
{
    const int64_t now_us = signin->clock->monotonic_us(signin->clock->self);
    const ccpi_span name = ccpi_span_of(tried->username);
    char pair[MAX_WHO];
    ccp_status status;

    write_pair(tried, pair);
    *wait_us = ccpi_lockout_try(signin->pairs, ccpi_span_of(pair), now_us);
    if (*wait_us > 0)
        return ccpi_fail(error, CCP_LIMIT, "too many failures from this address");
    *wait_us = ccpi_lockout_try(signin->names, name, now_us);
    if (*wait_us > 0) {
        ccpi_lockout_take_back(signin->pairs, ccpi_span_of(pair), now_us);
        return ccpi_fail(error, CCP_LIMIT, "too many failures of this name");
    }
    status = verify(signin, tried, error);
    if (status == CCP_DENIED)
        return status;
    ccpi_lockout_take_back(signin->names, name, now_us);
    if (status == CCP_OK)
        ccpi_lockout_forget(signin->pairs, ccpi_span_of(pair));
    else
        ccpi_lockout_take_back(signin->pairs, ccpi_span_of(pair), now_us);
    return status;
}

/* ---- sessions ---- */

ccp_status ccpi_signin_make(ccpi_signin *signin, const char *username,
                            ccp_admin_session *out, ccpi_buf *token, ccp_error *error)
{
    const int64_t now_s = signin->clock->unix_us(signin->clock->self) / US_PER_S;
    ccpi_token_claims claims = {.issued_at = now_s,
                                .expires_at = now_s + CCPI_SESSION_SECONDS};
    ccp_status status = ccp_id_new(signin->random, &out->id, error);

    if (status != CCP_OK)
        return status;
    snprintf(out->username, sizeof(out->username), "%s", username);
    snprintf(claims.subject, sizeof(claims.subject), "%s", out->username);
    memcpy(claims.id, out->id.text, sizeof(claims.id));
    out->created_at_us = claims.issued_at * US_PER_S;
    out->expires_at_us = claims.expires_at * US_PER_S;
    return ccpi_token_sign(&signin->session_key, &claims, token, error);
}

ccp_status ccpi_signin_read(const ccpi_signin *signin, ccpi_span token, ccp_id *out,
                            ccp_error *error)
{
    const int64_t now_s = signin->clock->unix_us(signin->clock->self) / US_PER_S;
    ccpi_token_claims claims;
    ccp_status status =
        ccpi_token_verify(&signin->session_key, token, now_s, &claims, error);

    if (status == CCP_OK)
        memcpy(out->text, claims.id, sizeof(out->text));
    return status;
}

ccp_status ccpi_signin_csrf(const ccpi_signin *signin, const ccp_id *session,
                            char out[CCPI_CSRF_SIZE], ccp_error *error)
{
    unsigned char mac[MAC_LEN];

    if (!HMAC(EVP_sha256(), signin->csrf_key, MAC_LEN,
              (const unsigned char *)session->text, strlen(session->text), mac, NULL))
        return ccpi_fail(error, CCP_INTERNAL, "HMAC-SHA256 failed");
    ccpi_base64url_encode(mac, sizeof(mac), out);
    return CCP_OK;
}

bool ccpi_signin_is_csrf(const ccpi_signin *signin, const ccp_id *session,
                         const char *given)
{
    char right[CCPI_CSRF_SIZE];

    return ccpi_signin_csrf(signin, session, right, NULL) == CCP_OK &&
           strlen(given) == CCPI_CSRF_SIZE - 1 &&
           CRYPTO_memcmp(given, right, CCPI_CSRF_SIZE - 1) == 0;
}

/* ---- tokens of programs ---- */

ccp_status ccpi_signin_new_token(const ccpi_signin *signin, ccpi_admin_token *out,
                                 ccp_key_hash *hash, ccp_error *error)
{
    ccp_status status = ccpi_admin_token_generate(signin->random, out, error);

    return status == CCP_OK ? ccpi_admin_token_hash(&signin->hasher,
                                                    ccpi_span_of(out->text), hash, error)
                            : status;
}

ccp_status ccpi_signin_find_token(const ccpi_signin *signin,
                                  const ccp_token_store *tokens, ccpi_span text,
                                  ccp_admin_token *out, ccp_error *error)
{
    ccp_key_hash hash;
    ccp_status status = ccpi_admin_token_hash(&signin->hasher, text, &hash, error);

    return status == CCP_OK ? tokens->find(tokens->self, &hash, out, error) : status;
}
