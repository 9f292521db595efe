#include "admin/oidc/state.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/fail.h"
#include "security/hkdf.h"

#define PURPOSE CCPI_SPAN("ccproxy oidc state")
#define RANDOM_LEN 32
#define MAX_TEXT 256

ccp_status ccpi_oidc_state_key_derive(ccpi_span secret, ccpi_oidc_state_key *out,
                                      ccp_error *error)
{
    const ccpi_hkdf_input input = {.secret = secret, .info = PURPOSE};

    return ccpi_hkdf_sha256(&input, out->bytes, sizeof(out->bytes), error);
}

static ccp_status draw(const ccp_random *random, char out[CCPI_OIDC_SECRET_LEN + 1],
                       ccp_error *error)
{
    unsigned char bytes[RANDOM_LEN];
    const ccp_status status = random->fill(random->self, bytes, sizeof(bytes));

    if (status != CCP_OK)
        return ccpi_fail(error, status, "no random bytes for a sign-in");
    ccpi_base64url_encode(bytes, sizeof(bytes), out);
    return CCP_OK;
}

ccp_status ccpi_oidc_state_new(const ccp_random *random, int64_t now_s,
                               ccpi_oidc_state *out, ccp_error *error)
{
    ccp_status status = draw(random, out->state, error);

    if (status == CCP_OK)
        status = draw(random, out->nonce, error);
    if (status == CCP_OK)
        status = draw(random, out->verifier, error);
    out->expires_at_s = now_s + CCPI_OIDC_STATE_SECONDS;
    return status;
}

static bool sign(const ccpi_oidc_state_key *key, const char *text,
                 char out[CCPI_OIDC_SECRET_LEN + 1])
{
    unsigned char mac[RANDOM_LEN];

    if (!HMAC(EVP_sha256(), key->bytes, sizeof(key->bytes), (const unsigned char *)text,
              strlen(text), mac, NULL))
        return false;
    ccpi_base64url_encode(mac, sizeof(mac), out);
    return true;
}

static void print(const ccpi_oidc_state *state, char out[MAX_TEXT])
{
    snprintf(out, MAX_TEXT, "%s.%s.%s.%" PRId64, state->state, state->nonce,
             state->verifier, state->expires_at_s);
}

ccp_status ccpi_oidc_state_write(const ccpi_oidc_state_key *key,
                                 const ccpi_oidc_state *state, ccpi_buf *out)
{
    char text[MAX_TEXT], mac[CCPI_OIDC_SECRET_LEN + 1];

    print(state, text);
    if (!sign(key, text, mac))
        return CCP_INTERNAL;
    return ccpi_buf_append_format(out, "%s.%s", text, mac);
}

/* Takes the next part off, up to a point or the end; false: it is too long. */
static bool take_part(ccpi_span *text, char *out, size_t size)
{
    const char *point = memchr(text->data, '.', text->len);
    const size_t len = point ? (size_t)(point - text->data) : text->len;
    const size_t taken = point ? len + 1 : len;

    if (len >= size)
        return false;
    memcpy(out, text->data, len);
    out[len] = '\0';
    text->data += taken;
    text->len -= taken;
    return true;
}

bool ccpi_oidc_state_read(const ccpi_oidc_state_key *key, ccpi_span text, int64_t now_s,
                          ccpi_oidc_state *out)
{
    char expiry[24], mac[CCPI_OIDC_SECRET_LEN + 1], right[CCPI_OIDC_SECRET_LEN + 1];
    char again[MAX_TEXT];

    if (!text.data || !take_part(&text, out->state, sizeof(out->state)) ||
        !take_part(&text, out->nonce, sizeof(out->nonce)) ||
        !take_part(&text, out->verifier, sizeof(out->verifier)) ||
        !take_part(&text, expiry, sizeof(expiry)) ||
        !take_part(&text, mac, sizeof(mac)) || text.len > 0)
        return false;
    out->expires_at_s = strtoll(expiry, NULL, 10);
    print(out, again);
    return sign(key, again, right) && strlen(mac) == CCPI_OIDC_SECRET_LEN &&
           CRYPTO_memcmp(mac, right, CCPI_OIDC_SECRET_LEN) == 0 &&
           out->expires_at_s > now_s;
}

void ccpi_oidc_challenge(const ccpi_oidc_state *state, char out[CCPI_OIDC_SECRET_LEN + 1])
{
    unsigned char digest[RANDOM_LEN] = {0};

    (void)EVP_Digest(state->verifier, strlen(state->verifier), digest, NULL, EVP_sha256(),
                     NULL);
    ccpi_base64url_encode(digest, sizeof(digest), out);
}
