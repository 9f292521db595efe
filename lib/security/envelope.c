#include "ccproxy/envelope.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "security/blob.h"
#include "security/local_key.h"

#define MAX_MASTER_KEYS 4

_Static_assert(CCPI_BLOB_HEAD_LEN + CCP_WRAPPED_KEY_MAX + CCPI_GCM_NONCE_LEN +
                       CCPI_GCM_TAG_LEN <=
                   CCP_SEALED_OVERHEAD,
               "the header promises the overhead");

typedef struct master_key {
    ccpi_blob_mode mode;
    ccp_key_service service;
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

static void close_service(const ccp_key_service *service)
{
    if (service && service->close)
        service->close(service->self);
}

static void take_service(ccp_envelope *envelope, const ccp_key_service *service)
{
    if (service)
        envelope->masters[envelope->master_count++] =
            (master_key){CCPI_BLOB_SERVICE, *service};
}

static ccp_status add_local(ccp_envelope *envelope, const unsigned char *master,
                            ccp_error *error)
{
    master_key *into = &envelope->masters[envelope->master_count];
    ccp_status status;

    if (!master)
        return CCP_OK;
    into->mode = CCPI_BLOB_LOCAL;
    status = ccpi_local_key_open(master, envelope->random, &into->service, error);
    if (status == CCP_OK)
        envelope->master_count++;
    return status;
}

/* In the order in which they are to seal. */
static ccp_status take_keys(ccp_envelope *envelope, const ccp_envelope_options *options,
                            ccp_error *error)
{
    ccp_status status;

    take_service(envelope, options->service);
    status = add_local(envelope, options->master, error);
    take_service(envelope, options->previous_service);
    if (status == CCP_OK)
        status = add_local(envelope, options->previous, error);
    if (status == CCP_OK && !options->service && !options->master)
        status = ccpi_fail(error, CCP_INVALID, "no key to seal secrets with");
    return status;
}

ccp_status ccp_envelope_new_take(const ccp_envelope_options *options, ccp_envelope **out,
                                 ccp_error *error)
{
    ccp_envelope *envelope = calloc(1, sizeof(*envelope));
    ccp_status status;

    *out = NULL;
    if (!envelope) {
        close_service(options->service);
        close_service(options->previous_service);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an envelope");
    }
    envelope->random = options->random ? options->random : ccp_system_random();
    status = take_keys(envelope, options, error);
    if (status != CCP_OK) {
        ccp_envelope_free(envelope);
        return status;
    }
    *out = envelope;
    return CCP_OK;
}

ccp_status ccp_envelope_new_local(const unsigned char master[CCP_MASTER_KEY_LEN],
                                  const unsigned char *previous, const ccp_random *random,
                                  ccp_envelope **out, ccp_error *error)
{
    return ccp_envelope_new_take(
        &(ccp_envelope_options){.master = master, .previous = previous, .random = random},
        out, error);
}

void ccp_envelope_free(ccp_envelope *envelope)
{
    if (!envelope)
        return;
    for (size_t i = 0; i < envelope->master_count; i++)
        close_service(&envelope->masters[i].service);
    free(envelope);
}

static ccpi_gcm_terms data_terms(const ccpi_gcm_key *key, const unsigned char *nonce,
                                 const char *context)
{
    return (ccpi_gcm_terms){
        .key = key,
        .nonce = nonce,
        .beside = ccpi_span_of(context),
    };
}

/* Writes the blob's head and the wrapped form of a new data key. */
static ccp_status begin_blob(const ccp_envelope *envelope, const char *context,
                             ccpi_gcm_key *key, ccp_room *sealed, ccp_error *error)
{
    const master_key *master = &envelope->masters[0];
    unsigned char *blob = sealed->data;
    const size_t left = sealed->size - CCPI_BLOB_HEAD_LEN;
    ccp_room wrapped = {
        .data = blob + CCPI_BLOB_HEAD_LEN,
        .size = left < CCP_WRAPPED_KEY_MAX ? left : CCP_WRAPPED_KEY_MAX,
    };
    ccp_status status =
        master->service.make(master->service.self, context, key->bytes, &wrapped, error);

    if (status != CCP_OK)
        return status;
    ccpi_blob_write_head(blob, master->mode, master->service.id, wrapped.len);
    sealed->len = CCPI_BLOB_HEAD_LEN + wrapped.len;
    return CCP_OK;
}

/* Writes nonce, ciphertext and tag behind what stands there. */
static ccp_status finish_blob(const ccp_envelope *envelope, const ccpi_gcm_terms *terms,
                              ccp_bytes secret, ccp_room *sealed, ccp_error *error)
{
    const ccp_random *random = envelope->random;
    unsigned char *nonce = (unsigned char *)sealed->data + sealed->len;
    ccp_status status;

    if (sealed->size - sealed->len < CCPI_GCM_NONCE_LEN + secret.len + CCPI_GCM_TAG_LEN)
        return ccpi_fail(error, CCP_LIMIT, "no room for a sealed secret");
    status = random->fill(random->self, nonce, CCPI_GCM_NONCE_LEN);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no random bytes to seal with");
    status = ccpi_gcm_seal(terms, (ccpi_span){secret.data, secret.len},
                           nonce + CCPI_GCM_NONCE_LEN, error);
    sealed->len += CCPI_GCM_NONCE_LEN + secret.len + CCPI_GCM_TAG_LEN;
    return status;
}

ccp_status ccp_envelope_seal(const ccp_envelope *envelope, const char *context,
                             ccp_bytes secret, ccp_room *sealed, ccp_error *error)
{
    CCPI_CLEANUP(wipe_key) ccpi_gcm_key key = {{0}};
    ccpi_gcm_terms terms;
    ccp_status status;

    sealed->len = 0;
    if (secret.len > CCP_SECRET_MAX)
        return ccpi_fail(error, CCP_LIMIT, "a secret of %zu bytes is too long",
                         secret.len);
    if (sealed->size < CCPI_BLOB_HEAD_LEN)
        return ccpi_fail(error, CCP_LIMIT, "no room for a sealed secret");

    status = begin_blob(envelope, context, &key, sealed, error);
    if (status == CCP_OK) {
        terms = data_terms(&key, (unsigned char *)sealed->data + sealed->len, context);
        status = finish_blob(envelope, &terms, secret, sealed, error);
    }
    if (status != CCP_OK)
        sealed->len = 0;
    return status;
}

/* A blob's parts; they stand in it. */
typedef struct blob_parts {
    ccpi_blob_mode mode;
    const unsigned char *key_id;
    ccp_bytes wrapped;
    const unsigned char *nonce;
    ccpi_span ciphertext; /* and the tag */
} blob_parts;

static bool split(ccp_bytes sealed, blob_parts *parts)
{
    const unsigned char *blob = sealed.data;
    size_t before;

    if (sealed.len < CCPI_BLOB_HEAD_LEN ||
        blob[CCPI_BLOB_AT_VERSION] != CCPI_BLOB_VERSION)
        return false;
    parts->mode = blob[CCPI_BLOB_AT_MODE];
    parts->key_id = blob + CCPI_BLOB_AT_KEY_ID;
    parts->wrapped = (ccp_bytes){blob + CCPI_BLOB_HEAD_LEN, ccpi_blob_wrapped_len(blob)};
    before = CCPI_BLOB_HEAD_LEN + parts->wrapped.len + CCPI_GCM_NONCE_LEN;
    if (sealed.len < before + CCPI_GCM_TAG_LEN)
        return false;
    parts->nonce = blob + before - CCPI_GCM_NONCE_LEN;
    parts->ciphertext = (ccpi_span){(const char *)blob + before, sealed.len - before};
    return parts->mode == CCPI_BLOB_LOCAL || parts->mode == CCPI_BLOB_SERVICE;
}

static bool is_sealed_by(const master_key *master, const blob_parts *parts)
{
    return master->mode == parts->mode &&
           memcmp(master->service.id, parts->key_id, CCP_MASTER_KEY_ID_LEN) == 0;
}

bool ccp_envelope_is_current(const ccp_envelope *envelope, ccp_bytes sealed)
{
    blob_parts parts;

    return split(sealed, &parts) && is_sealed_by(&envelope->masters[0], &parts);
}

static ccp_status unwrap(const ccp_envelope *envelope, const char *context,
                         const blob_parts *parts, ccpi_gcm_key *key, ccp_error *error)
{
    for (size_t i = 0; i < envelope->master_count; i++) {
        const ccp_key_service *service = &envelope->masters[i].service;

        if (is_sealed_by(&envelope->masters[i], parts))
            return service->unwrap(service->self, context, parts->wrapped, key->bytes,
                                   error);
    }
    return ccpi_fail(error, CCP_DENIED, "sealed under another %s",
                     parts->mode == CCPI_BLOB_LOCAL ? "encryption_key" : "kms_key_id");
}

ccp_status ccp_envelope_open(const ccp_envelope *envelope, const char *context,
                             ccp_bytes sealed, ccp_room *secret, ccp_error *error)
{
    CCPI_CLEANUP(wipe_key) ccpi_gcm_key key = {{0}};
    blob_parts parts;
    ccpi_gcm_terms terms;
    ccp_status status;
    size_t len;

    secret->len = 0;
    if (!split(sealed, &parts))
        return ccpi_fail(error, CCP_INVALID, "not the form of a sealed secret");
    len = parts.ciphertext.len - CCPI_GCM_TAG_LEN;
    if (secret->size < len)
        return ccpi_fail(error, CCP_LIMIT, "no room for an opened secret");

    status = unwrap(envelope, context, &parts, &key, error);
    if (status != CCP_OK)
        return status;
    terms = data_terms(&key, parts.nonce, context);
    status = ccpi_gcm_open(&terms, parts.ciphertext, secret->data, error);
    if (status == CCP_OK)
        secret->len = len;
    return status;
}
