#include "routing/credential.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cache.h"
#include "base/fail.h"

#define US_PER_S INT64_C(1000000)

/*
 * While KMS or the store can't be reached, what was opened before goes on to serve
 * for an hour, and is tried again this often: work must not wait for a service that
 * hangs.
 */
#define GRACE_US (INT64_C(3600) * US_PER_S)
#define RETRY_US (INT64_C(30) * US_PER_S)

typedef struct secret {
    int64_t kept_until_us;
    size_t len;
    char bytes[CCP_SECRET_MAX];
} secret;

struct ccpi_credentials {
    ccpi_credentials_options options;
    ccpi_cache *kept;
    pthread_rwlock_t lock; /* of options.envelope */
};

ccp_status ccpi_credentials_new(const ccpi_credentials_options *options,
                                ccpi_credentials **out)
{
    const ccpi_cache_options kept = {.key_size = sizeof(ccp_id),
                                     .value_size = sizeof(secret),
                                     .max_entries = CCPI_CREDENTIALS_MAX,
                                     .is_secret = true};
    ccpi_credentials *credentials = calloc(1, sizeof(*credentials));

    *out = NULL;
    if (!credentials)
        return CCP_NO_MEMORY;
    credentials->options = *options;
    if (ccpi_cache_new(&kept, &credentials->kept) != CCP_OK) {
        free(credentials);
        return CCP_NO_MEMORY;
    }
    pthread_rwlock_init(&credentials->lock, NULL);
    *out = credentials;
    return CCP_OK;
}

void ccpi_credentials_free(ccpi_credentials *credentials)
{
    if (!credentials)
        return;
    ccpi_cache_free(credentials->kept);
    pthread_rwlock_destroy(&credentials->lock);
    free(credentials);
}

/* Under the lock. */
static ccp_status unseal(const ccpi_credentials *credentials, const ccp_id *access_key_id,
                         secret *out, ccp_error *error)
{
    const ccp_access_key_store *store = credentials->options.store;
    ccp_room room = {.data = out->bytes, .size = sizeof(out->bytes)};
    ccp_sealed_key sealed;
    ccp_status status;

    if (!credentials->options.envelope)
        return ccpi_fail(error, CCP_DENIED, "no key to open bedrock credentials with");
    status = store->get_bedrock_key(store->self, access_key_id, &sealed, error);
    if (status != CCP_OK)
        return status;
    status = ccp_envelope_open(credentials->options.envelope, access_key_id->text,
                               (ccp_bytes){sealed.bytes, sealed.len}, &room, error);
    out->len = room.len;
    return status;
}

static bool is_outage(ccp_status status)
{
    return status == CCP_UNAVAILABLE || status == CCP_TIMEOUT;
}

static ccp_status open_sealed(ccpi_credentials *credentials, const ccp_id *access_key_id,
                              secret *out, ccp_error *error)
{
    ccp_status status;

    pthread_rwlock_rdlock(&credentials->lock);
    status = unseal(credentials, access_key_id, out, error);
    pthread_rwlock_unlock(&credentials->lock);
    return status;
}

/* What is stale stays in `out` when nothing newer can be had. */
static ccp_status renew(ccpi_credentials *credentials, const ccp_id *access_key_id,
                        bool has_stale, secret *out, ccp_error *error)
{
    const int64_t ttl_us = credentials->options.ttl_us;
    const uint64_t ticket = ccpi_cache_ticket(credentials->kept);
    const ccp_clock *clock = credentials->options.clock;
    secret fresh = {.len = 0};
    ccp_status status = open_sealed(credentials, access_key_id, &fresh, error);
    const int64_t now_us = clock->monotonic_us(clock->self);
    ccpi_cache_life life = {.fresh_until_us = now_us + ttl_us};

    if (status == CCP_OK) {
        *out = fresh;
        out->kept_until_us = ttl_us > 0 ? now_us + ttl_us + GRACE_US : 0;
    } else if (has_stale && is_outage(status)) {
        life.fresh_until_us = now_us + RETRY_US;
        status = CCP_OK;
    }
    OPENSSL_cleanse(&fresh, sizeof(fresh));
    life.kept_until_us = out->kept_until_us;
    if (status == CCP_OK)
        ccpi_cache_put(credentials->kept, access_key_id, out, life, ticket);
    return status;
}

static ccp_status fetch(ccpi_credentials *credentials, const ccp_id *access_key_id,
                        secret *out, ccp_error *error)
{
    const ccp_clock *clock = credentials->options.clock;
    const ccpi_cache_answer kept = ccpi_cache_get(credentials->kept, access_key_id,
                                                  clock->monotonic_us(clock->self), out);

    return kept == CCPI_CACHE_FRESH
               ? CCP_OK
               : renew(credentials, access_key_id, kept == CCPI_CACHE_STALE, out, error);
}

ccp_status ccpi_credentials_get(ccpi_credentials *credentials,
                                const ccp_id *access_key_id, ccpi_buf *out,
                                ccp_error *error)
{
    secret found = {.len = 0};
    ccp_status status = fetch(credentials, access_key_id, &found, error);

    if (status == CCP_OK && ccpi_buf_append(out, found.bytes, found.len) != CCP_OK)
        status = ccpi_fail(error, out->status, "no room for a bedrock credential");
    OPENSSL_cleanse(&found, sizeof(found));
    return status;
}

void ccpi_credentials_set_envelope(ccpi_credentials *credentials,
                                   const ccp_envelope *envelope)
{
    pthread_rwlock_wrlock(&credentials->lock);
    credentials->options.envelope = envelope;
    pthread_rwlock_unlock(&credentials->lock);
    ccpi_credentials_forget(credentials);
}

void ccpi_credentials_forget(ccpi_credentials *credentials)
{
    ccpi_cache_drop_all(credentials->kept);
}
