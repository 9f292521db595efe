#include "ccproxy/envelope.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "security/gcm.h"
#include "security/hkdf.h"

#define VERSION 1
#define MODE_LOCAL 1

#define KEY_ID_LEN 8
#define MAX_MASTER_KEYS 2

/* What HKDF is told each derived key is for. Part of the format: never change them. */
#define PURPOSE_WRAP CCPI_SPAN("ccproxy envelope: wrap data keys")
#define PURPOSE_ID CCPI_SPAN("ccproxy envelope: id of the master key")

/* Where the parts of a blob of local mode stand; the ciphertext is the rest. */
enum {
    AT_VERSION = 0,
    AT_MODE = 1,
    AT_KEY_ID = 2,
    AT_WRAPPED_LEN = AT_KEY_ID + KEY_ID_LEN,
    AT_WRAPPED = AT_WRAPPED_LEN + 2,
    /* A data key is wrapped as nonce, ciphertext, tag. */
    WRAPPED_LEN = CCPI_GCM_NONCE_LEN + CCPI_GCM_KEY_LEN + CCPI_GCM_TAG_LEN,
    AT_NONCE = AT_WRAPPED + WRAPPED_LEN,
    AT_CIPHERTEXT = AT_NONCE + CCPI_GCM_NONCE_LEN,
    OVERHEAD = AT_CIPHERTEXT + CCPI_GCM_TAG_LEN
};

_Static_assert(OVERHEAD <= CCP_SEALED_OVERHEAD, "the header promises the overhead");

typedef struct master_key {
    unsigned char id[KEY_ID_LEN];
    ccpi_gcm_key wrap;
} master_key;

struct ccp_envelope {
    const ccp_random *random;
    master_key masters[MAX_MASTER_KEYS]; /* the first one seals */
    size_t master_count;
};

static void wipe_key(ccpi_gcm_key *key)
{
    OPENSSL_cleanse(key, sizeof(*key));
}

static ccp_status add_master(ccp_envelope *envelope, const unsigned char *master,
                             ccp_error *error)
{
    master_key *into = &envelope->masters[envelope->master_count++];
    ccpi_hkdf_input wrap = {.secret = {(const char *)master, CCP_MASTER_KEY_LEN},
                            .info = PURPOSE_WRAP};
    ccpi_hkdf_input id = {.secret = wrap.secret, .info = PURPOSE_ID};
    ccp_status status =
        ccpi_hkdf_sha256(&wrap, into->wrap.bytes, sizeof(into->wrap.bytes), error);

    if (status != CCP_OK)
        return status;
    return ccpi_hkdf_sha256(&id, into->id, sizeof(into->id), error);
}

ccp_status ccp_envelope_new_local(const unsigned char master[CCP_MASTER_KEY_LEN],
                                  const unsigned char *previous, const ccp_random *random,
                                  ccp_envelope **out, ccp_error *error)
{
    ccp_envelope *envelope = calloc(1, sizeof(*envelope));
    ccp_status status;

    *out = NULL;
    if (!envelope)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an envelope");

    envelope->random = random ? random : ccp_system_random();
    status = add_master(envelope, master, error);
    if (status == CCP_OK && previous)
        status = add_master(envelope, previous, error);
    if (status != CCP_OK) {
        ccp_envelope_free(envelope);
        return status;
    }
    *out = envelope;
    return CCP_OK;
}

void ccp_envelope_free(ccp_envelope *envelope)
{
    if (!envelope)
        return;
    OPENSSL_cleanse(envelope, sizeof(*envelope));
    free(envelope);
}

static ccp_status fill(const ccp_random *random, unsigned char *bytes, size_t len,
                       ccp_error *error)
{
    ccp_status status = random->fill(random->self, bytes, len);

    if (status != CCP_OK)
        return ccpi_fail(error, status, "no random bytes to seal with");
    return CCP_OK;
}

/* The head is authenticated with the wrapped key: mode and key id can't be swapped. */
static ccpi_gcm_terms wrap_terms(const master_key *master, const unsigned char *blob)
{
    return (ccpi_gcm_terms){
        .key = &master->wrap,
        .nonce = blob + AT_WRAPPED,
        .beside = {(const char *)blob, AT_WRAPPED},
    };
}

static ccpi_gcm_terms data_terms(const ccpi_gcm_key *key, const unsigned char *blob,
                                 const char *context)
{
    return (ccpi_gcm_terms){
        .key = key,
        .nonce = blob + AT_NONCE,
        .beside = ccpi_span_of(context),
    };
}

static void write_head(const master_key *master, unsigned char *blob)
{
    blob[AT_VERSION] = VERSION;
    blob[AT_MODE] = MODE_LOCAL;
    memcpy(blob + AT_KEY_ID, master->id, KEY_ID_LEN);
    blob[AT_WRAPPED_LEN] = WRAPPED_LEN >> 8;
    blob[AT_WRAPPED_LEN + 1] = WRAPPED_LEN & 0xFF;
}

/* A new data key, its wrapped form in the blob. */
static ccp_status make_data_key(const ccp_envelope *envelope, unsigned char *blob,
                                ccpi_gcm_key *key, ccp_error *error)
{
    const master_key *master = &envelope->masters[0];
    const ccpi_gcm_terms terms = wrap_terms(master, blob);
    ccp_status status = fill(envelope->random, key->bytes, sizeof(key->bytes), error);

    if (status == CCP_OK)
        status = fill(envelope->random, blob + AT_WRAPPED, CCPI_GCM_NONCE_LEN, error);
    if (status != CCP_OK)
        return status;
    return ccpi_gcm_seal(&terms,
                         (ccpi_span){(const char *)key->bytes, sizeof(key->bytes)},
                         blob + AT_WRAPPED + CCPI_GCM_NONCE_LEN, error);
}

ccp_status ccp_envelope_seal(const ccp_envelope *envelope, const char *context,
                             ccp_bytes secret, ccp_room *sealed, ccp_error *error)
{
    CCPI_CLEANUP(wipe_key) ccpi_gcm_key key = {{0}};
    unsigned char *blob = sealed->data;
    ccpi_gcm_terms terms;
    ccp_status status;

    sealed->len = 0;
    if (secret.len > CCP_SECRET_MAX)
        return ccpi_fail(error, CCP_LIMIT, "a secret of %zu bytes is too long",
                         secret.len);
    if (sealed->size < secret.len + OVERHEAD)
        return ccpi_fail(error, CCP_LIMIT, "no room for a sealed secret");

    terms = data_terms(&key, blob, context);
    write_head(&envelope->masters[0], blob);
    status = make_data_key(envelope, blob, &key, error);
    if (status == CCP_OK)
        status = fill(envelope->random, blob + AT_NONCE, CCPI_GCM_NONCE_LEN, error);
    if (status == CCP_OK)
        status = ccpi_gcm_seal(&terms, (ccpi_span){secret.data, secret.len},
                               blob + AT_CIPHERTEXT, error);
    if (status == CCP_OK)
        sealed->len = secret.len + OVERHEAD;
    return status;
}

static bool is_blob(const unsigned char *blob, size_t len)
{
    return len >= OVERHEAD && blob[AT_VERSION] == VERSION &&
           blob[AT_MODE] == MODE_LOCAL &&
           (blob[AT_WRAPPED_LEN] << 8 | blob[AT_WRAPPED_LEN + 1]) == WRAPPED_LEN;
}

static const master_key *find_master(const ccp_envelope *envelope,
                                     const unsigned char *blob)
{
    for (size_t i = 0; i < envelope->master_count; i++)
        if (memcmp(envelope->masters[i].id, blob + AT_KEY_ID, KEY_ID_LEN) == 0)
            return &envelope->masters[i];
    return NULL;
}

static ccp_status unwrap_data_key(const ccp_envelope *envelope, const unsigned char *blob,
                                  ccpi_gcm_key *key, ccp_error *error)
{
    const master_key *master = find_master(envelope, blob);
    const unsigned char *wrapped = blob + AT_WRAPPED + CCPI_GCM_NONCE_LEN;
    ccpi_gcm_terms terms;

    if (!master)
        return ccpi_fail(error, CCP_DENIED, "sealed under another encryption_key");
    terms = wrap_terms(master, blob);
    return ccpi_gcm_open(
        &terms, (ccpi_span){(const char *)wrapped, WRAPPED_LEN - CCPI_GCM_NONCE_LEN},
        key->bytes, error);
}

ccp_status ccp_envelope_open(const ccp_envelope *envelope, const char *context,
                             ccp_bytes sealed, ccp_room *secret, ccp_error *error)
{
    CCPI_CLEANUP(wipe_key) ccpi_gcm_key key = {{0}};
    const unsigned char *blob = sealed.data;
    ccpi_gcm_terms terms;
    ccp_status status;

    secret->len = 0;
    if (!is_blob(blob, sealed.len))
        return ccpi_fail(error, CCP_INVALID, "not the form of a sealed secret");
    if (secret->size < sealed.len - OVERHEAD)
        return ccpi_fail(error, CCP_LIMIT, "no room for an opened secret");

    terms = data_terms(&key, blob, context);
    status = unwrap_data_key(envelope, blob, &key, error);
    if (status == CCP_OK)
        status = ccpi_gcm_open(
            &terms,
            (ccpi_span){(const char *)blob + AT_CIPHERTEXT, sealed.len - AT_CIPHERTEXT},
            secret->data, error);
    if (status == CCP_OK)
        secret->len = sealed.len - OVERHEAD;
    return status;
}
