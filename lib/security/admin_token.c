#include "security/admin_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encode.h"
#include "base/fail.h"
#include "security/hkdf.h"

#define MARK "cct_"
#define MARK_LEN (sizeof(MARK) - 1)
#define RANDOM_LEN 32
#define DIGEST_LEN 32
#define PURPOSE CCPI_SPAN("ccproxy admin token")

_Static_assert(MARK_LEN + CCPI_BASE64URL_LEN(RANDOM_LEN) == CCPI_ADMIN_TOKEN_LEN,
               "a token is its mark and its random bytes in base64url");

ccp_status ccpi_admin_token_generate(const ccp_random *random, ccpi_admin_token *out,
                                     ccp_error *error)
{
    unsigned char bytes[RANDOM_LEN];
    ccp_status status = random->fill(random->self, bytes, sizeof(bytes));

    if (status != CCP_OK)
        return ccpi_fail(error, status, "no random bytes for a new token");
    memcpy(out->text, MARK, MARK_LEN);
    ccpi_base64url_encode(bytes, sizeof(bytes), out->text + MARK_LEN);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return CCP_OK;
}

void ccpi_admin_token_wipe(ccpi_admin_token *token)
{
    OPENSSL_cleanse(token, sizeof(*token));
}

bool ccpi_admin_token_is(ccpi_span text)
{
    char copy[CCPI_ADMIN_TOKEN_LEN + 1] = {0};

    if (text.len != CCPI_ADMIN_TOKEN_LEN || !ccpi_span_starts(text, MARK))
        return false;
    memcpy(copy, text.data, text.len);
    return strlen(copy) == CCPI_ADMIN_TOKEN_LEN && ccpi_is_base64url(copy + MARK_LEN);
}

ccp_status ccpi_admin_token_hasher_init(ccpi_span secret, ccpi_admin_token_hasher *out,
                                        ccp_error *error)
{
    const ccpi_hkdf_input input = {.secret = secret, .info = PURPOSE};

    return ccpi_hkdf_sha256(&input, out->key, sizeof(out->key), error);
}

ccp_status ccpi_admin_token_hash(const ccpi_admin_token_hasher *hasher, ccpi_span token,
                                 ccp_key_hash *out, ccp_error *error)
{
    unsigned char digest[DIGEST_LEN];

    if (!HMAC(EVP_sha256(), hasher->key, sizeof(hasher->key),
              (const unsigned char *)token.data, token.len, digest, NULL))
        return ccpi_fail(error, CCP_INTERNAL, "HMAC-SHA256 failed");
    ccpi_hex_encode(digest, sizeof(digest), out->hex);
    return CCP_OK;
}
