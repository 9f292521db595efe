#include "security/local_key.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/fail.h"
#include "security/blob.h"
#include "security/hkdf.h"

/* What HKDF is told each derived key is for. Part of the format: never change them. */
#define PURPOSE_WRAP CCPI_SPAN("ccproxy envelope: wrap data keys")
#define PURPOSE_ID CCPI_SPAN("ccproxy envelope: id of the master key")

/* A data key is wrapped as nonce, ciphertext, tag. */
#define WRAPPED_LEN (CCPI_GCM_NONCE_LEN + CCP_DATA_KEY_LEN + CCPI_GCM_TAG_LEN)

_Static_assert(CCP_DATA_KEY_LEN == CCPI_GCM_KEY_LEN, "data keys are AES-256's");

typedef struct local_key {
    const ccp_random *random;
    ccpi_gcm_key wrap;
    /* Authenticated with each wrapped key: mode and key id can't be swapped. */
    unsigned char head[CCPI_BLOB_HEAD_LEN];
} local_key;

static ccpi_gcm_terms terms_of(const local_key *key, const unsigned char *nonce)
{
    return (ccpi_gcm_terms){
        .key = &key->wrap,
        .nonce = nonce,
        .beside = {(const char *)key->head, sizeof(key->head)},
    };
}

static ccp_status fill(const ccp_random *random, unsigned char *bytes, size_t len,
                       ccp_error *error)
{
    ccp_status status = random->fill(random->self, bytes, len);

    if (status != CCP_OK)
        return ccpi_fail(error, status, "no random bytes for a data key");
    return CCP_OK;
}

static ccp_status make(void *self, const char *context,
                       unsigned char data_key[CCP_DATA_KEY_LEN], ccp_room *wrapped,
                       ccp_error *error)
{
    const local_key *key = self;
    unsigned char *nonce = wrapped->data;
    const ccpi_gcm_terms terms = terms_of(key, nonce);
    ccp_status status;

    (void)context;
    wrapped->len = 0;
    if (wrapped->size < WRAPPED_LEN)
        return ccpi_fail(error, CCP_LIMIT, "no room for a wrapped data key");
    status = fill(key->random, data_key, CCP_DATA_KEY_LEN, error);
    if (status == CCP_OK)
        status = fill(key->random, nonce, CCPI_GCM_NONCE_LEN, error);
    if (status == CCP_OK)
        status =
            ccpi_gcm_seal(&terms, (ccpi_span){(const char *)data_key, CCP_DATA_KEY_LEN},
                          nonce + CCPI_GCM_NONCE_LEN, error);
    if (status == CCP_OK)
        wrapped->len = WRAPPED_LEN;
    return status;
}

static ccp_status unwrap(void *self, const char *context, ccp_bytes wrapped,
                         unsigned char data_key[CCP_DATA_KEY_LEN], ccp_error *error)
{
    const local_key *key = self;
    const unsigned char *nonce = wrapped.data;
    const ccpi_gcm_terms terms = terms_of(key, nonce);
    const ccpi_span sealed = {(const char *)nonce + CCPI_GCM_NONCE_LEN,
                              WRAPPED_LEN - CCPI_GCM_NONCE_LEN};

    (void)context;
    if (wrapped.len != WRAPPED_LEN)
        return ccpi_fail(error, CCP_INVALID, "not the form of a wrapped data key");
    return ccpi_gcm_open(&terms, sealed, data_key, error);
}

static void close_key(void *self)
{
    OPENSSL_cleanse(self, sizeof(local_key));
    free(self);
}

static ccp_status derive(const unsigned char *master, local_key *key,
                         ccp_key_service *out, ccp_error *error)
{
    ccpi_hkdf_input wrap = {.secret = {(const char *)master, CCP_MASTER_KEY_LEN},
                            .info = PURPOSE_WRAP};
    ccpi_hkdf_input id = {.secret = wrap.secret, .info = PURPOSE_ID};
    ccp_status status =
        ccpi_hkdf_sha256(&wrap, key->wrap.bytes, sizeof(key->wrap.bytes), error);

    if (status == CCP_OK)
        status = ccpi_hkdf_sha256(&id, out->id, sizeof(out->id), error);
    if (status == CCP_OK)
        ccpi_blob_write_head(key->head, CCPI_BLOB_LOCAL, out->id, WRAPPED_LEN);
    return status;
}

ccp_status ccpi_local_key_open(const unsigned char master[CCP_MASTER_KEY_LEN],
                               const ccp_random *random, ccp_key_service *out,
                               ccp_error *error)
{
    local_key *key = calloc(1, sizeof(*key));
    ccp_status status;

    if (!key)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a master key");
    key->random = random;
    status = derive(master, key, out, error);
    if (status != CCP_OK) {
        close_key(key);
        return status;
    }
    out->make = make;
    out->unwrap = unwrap;
    out->close = close_key;
    out->self = key;
    return CCP_OK;
}
