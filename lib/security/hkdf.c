#include "security/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/cleanup.h"
#include "base/fail.h"

static void free_kdf(EVP_KDF **kdf)
{
    EVP_KDF_free(*kdf);
}

static void free_context(EVP_KDF_CTX **context)
{
    EVP_KDF_CTX_free(*context);
}

static OSSL_PARAM bytes_param(const char *name, ccpi_span bytes)
{
    /* OpenSSL only reads it, but refuses a NULL even without length. */
    return OSSL_PARAM_construct_octet_string(name, (void *)(bytes.data ? bytes.data : ""),
                                             bytes.len);
}

ccp_status ccpi_hkdf_sha256(const ccpi_hkdf_input *input, unsigned char *out,
                            size_t out_len, ccp_error *error)
{
    CCPI_CLEANUP(free_kdf) EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    CCPI_CLEANUP(free_context) EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        bytes_param(OSSL_KDF_PARAM_KEY, input->secret),
        bytes_param(OSSL_KDF_PARAM_SALT, input->salt),
        bytes_param(OSSL_KDF_PARAM_INFO, input->info),
        OSSL_PARAM_construct_end(),
    };

    if (!context)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for HKDF");
    if (EVP_KDF_derive(context, out, out_len, params) != 1)
        return ccpi_fail(error, CCP_INTERNAL, "HKDF-SHA256 failed");
    return CCP_OK;
}
