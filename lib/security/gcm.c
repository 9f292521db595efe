#include "security/gcm.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/cleanup.h"
#include "base/fail.h"

static void free_context(EVP_CIPHER_CTX **context)
{
    EVP_CIPHER_CTX_free(*context);
}

static const unsigned char *bytes_of(ccpi_span span)
{
    return (const unsigned char *)span.data;
}

static bool is_small(ccpi_span span)
{
    return span.len <= INT_MAX;
}

static bool seal(EVP_CIPHER_CTX *context, const ccpi_gcm_terms *terms, ccpi_span plain,
                 unsigned char *out)
{
    int len;

    return EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, terms->key->bytes,
                              terms->nonce) == 1 &&
           EVP_EncryptUpdate(context, NULL, &len, bytes_of(terms->beside),
                             (int)terms->beside.len) == 1 &&
           EVP_EncryptUpdate(context, out, &len, bytes_of(plain), (int)plain.len) == 1 &&
           EVP_EncryptFinal_ex(context, out + len, &len) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, CCPI_GCM_TAG_LEN,
                               out + plain.len) == 1;
}

ccp_status ccpi_gcm_seal(const ccpi_gcm_terms *terms, ccpi_span plain, unsigned char *out,
                         ccp_error *error)
{
    CCPI_CLEANUP(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (!context)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for AES-GCM");
    if (!is_small(plain) || !is_small(terms->beside) || !seal(context, terms, plain, out))
        return ccpi_fail(error, CCP_INTERNAL, "AES-GCM failed");
    return CCP_OK;
}

static bool open_sealed(EVP_CIPHER_CTX *context, const ccpi_gcm_terms *terms,
                        ccpi_span sealed, unsigned char *out)
{
    const size_t plain_len = sealed.len - CCPI_GCM_TAG_LEN;
    unsigned char tag[CCPI_GCM_TAG_LEN];
    int len;

    memcpy(tag, sealed.data + plain_len, sizeof(tag));
    return EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, terms->key->bytes,
                              terms->nonce) == 1 &&
           EVP_DecryptUpdate(context, NULL, &len, bytes_of(terms->beside),
                             (int)terms->beside.len) == 1 &&
           EVP_DecryptUpdate(context, out, &len, bytes_of(sealed), (int)plain_len) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, sizeof(tag), tag) == 1 &&
           EVP_DecryptFinal_ex(context, out + len, &len) == 1;
}

ccp_status ccpi_gcm_open(const ccpi_gcm_terms *terms, ccpi_span sealed,
                         unsigned char *out, ccp_error *error)
{
    CCPI_CLEANUP(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (!context)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for AES-GCM");
    if (sealed.len < CCPI_GCM_TAG_LEN || !is_small(sealed) || !is_small(terms->beside))
        return ccpi_fail(error, CCP_DENIED, "a sealed text is too short");
    if (!open_sealed(context, terms, sealed, out)) {
        OPENSSL_cleanse(out, sealed.len - CCPI_GCM_TAG_LEN);
        return ccpi_fail(error, CCP_DENIED,
                         "a sealed text was changed, or belongs elsewhere");
    }
    return CCP_OK;
}
