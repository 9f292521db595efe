#include "routing/identity.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cache.h"

#define REJECTION_TTL_US (INT64_C(10) * 1000000) /* AK-7 */
#define USE_INTERVAL_US (INT64_C(60) * 1000000)  /* AK-11 */
/* How long a store that did not answer is left alone for one key. */
#define RETRY_US (INT64_C(1) * 1000000)

/* Stands in for what has not the form of a key, so that it takes the same way. */
#define NEVER_ISSUED "ak_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* What is kept of an accepted key. */
typedef struct kept {
    ccp_identity identity;
    int64_t kept_until_us;
} kept;

typedef struct answer {
    ccpi_who who;
    ccp_identity identity;
} answer;

/* One question to the store, and who waits for its answer. */
typedef struct flight {
    struct flight *next;
    ccp_key_hash hash;
    int waiting;
    bool has_landed;
    answer answer;
} flight;

typedef struct noted_use {
    ccp_id access_key_id;
    int64_t used_at_us;
} noted_use;

struct ccpi_identities {
    ccpi_identities_options options;
    ccpi_cache *accepted;
    ccpi_cache *rejected; /* apart, so that guesses don't push out who is known */
    ccpi_cache *used;     /* keys whose use was noted within the last minute */

    pthread_mutex_t lock;
    pthread_cond_t landed;
    pthread_rwlock_t hashers; /* those of options */
    flight *flights;
    noted_use uses[CCPI_IDENTITIES_MAX_USES];
    size_t use_count;
};

static ccp_status make_cache(size_t key_size, size_t value_size, ccpi_cache **out)
{
    const ccpi_cache_options options = {.key_size = key_size,
                                        .value_size = value_size,
                                        .max_entries = CCPI_IDENTITIES_MAX};

    return ccpi_cache_new(&options, out);
}

ccp_status ccpi_identities_new(const ccpi_identities_options *options,
                               ccpi_identities **out)
{
    ccpi_identities *identities = calloc(1, sizeof(*identities));
    ccp_status status;

    *out = NULL;
    if (!identities)
        return CCP_NO_MEMORY;
    identities->options = *options;
    pthread_mutex_init(&identities->lock, NULL);
    pthread_cond_init(&identities->landed, NULL);
    pthread_rwlock_init(&identities->hashers, NULL);

    status = make_cache(sizeof(ccp_key_hash), sizeof(kept), &identities->accepted);
    if (status == CCP_OK)
        status = make_cache(sizeof(ccp_key_hash), 1, &identities->rejected);
    if (status == CCP_OK)
        status = make_cache(sizeof(ccp_id), 1, &identities->used);
    if (status != CCP_OK) {
        ccpi_identities_free(identities);
        return status;
    }
    *out = identities;
    return CCP_OK;
}

void ccpi_identities_free(ccpi_identities *identities)
{
    if (!identities)
        return;
    ccpi_cache_free(identities->accepted);
    ccpi_cache_free(identities->rejected);
    ccpi_cache_free(identities->used);
    pthread_rwlock_destroy(&identities->hashers);
    pthread_cond_destroy(&identities->landed);
    pthread_mutex_destroy(&identities->lock);
    free(identities);
}

static int64_t monotonic_now(const ccpi_identities *identities)
{
    const ccp_clock *clock = identities->options.clock;

    return clock->monotonic_us(clock->self);
}

static int64_t unix_now(const ccpi_identities *identities)
{
    const ccp_clock *clock = identities->options.clock;

    return clock->unix_us(clock->self);
}

/* AK-3; the end of a rotation holds by the clock, whatever job has run. */
static bool is_accepted(const ccp_identity *identity, int64_t unix_us)
{
    const ccp_access_key *key = &identity->key;

    if (identity->user_status != CCP_USER_ACTIVE)
        return false;
    return key->status == CCP_ACCESS_KEY_ACTIVE ||
           (key->status == CCP_ACCESS_KEY_ROTATING &&
            key->rotation_expires_at_us > unix_us);
}

/* How long an accepted key may be kept: never beyond the end of its rotation. */
static ccpi_cache_life life_of(const ccpi_identities *identities,
                               const ccp_identity *identity)
{
    const int64_t now = monotonic_now(identities);
    ccpi_cache_life life = {.fresh_until_us = now + identities->options.ttl_us};
    int64_t end;

    life.kept_until_us = life.fresh_until_us + identities->options.stale_us;
    if (identity->key.status != CCP_ACCESS_KEY_ROTATING)
        return life;
    end = now + identity->key.rotation_expires_at_us - unix_now(identities);
    if (life.fresh_until_us > end)
        life.fresh_until_us = end;
    if (life.kept_until_us > end)
        life.kept_until_us = end;
    return life;
}

/* By the former secret's hash; a key that is found so gets its new one. */
static ccp_status identify_by_previous(ccpi_identities *identities, const ccp_key *key,
                                       const ccp_key_hash *hash, ccp_identity *out)
{
    const ccp_access_key_store *store = identities->options.store;
    ccp_key_hash previous;
    ccp_status status = CCP_NOT_FOUND;

    pthread_rwlock_rdlock(&identities->hashers);
    if (identities->options.previous)
        status = ccp_key_hasher_hash(identities->options.previous, key, &previous, NULL);
    pthread_rwlock_unlock(&identities->hashers);
    if (status == CCP_OK)
        status = store->identify(store->self, &previous, out, NULL);
    /* If this fails the key is found by its former hash once more: no harm. */
    if (status == CCP_OK && is_accepted(out, unix_now(identities)))
        store->rehash(store->self, &out->key.id, hash, NULL);
    return status;
}

static ccp_status ask_store(ccpi_identities *identities, const ccp_key *key,
                            const ccp_key_hash *hash, ccp_identity *out)
{
    const ccp_access_key_store *store = identities->options.store;
    ccp_status status = store->identify(store->self, hash, out, NULL);

    if (status == CCP_NOT_FOUND)
        status = identify_by_previous(identities, key, hash, out);
    if (status == CCP_OK && !is_accepted(out, unix_now(identities)))
        status = CCP_NOT_FOUND;
    return status;
}

/* The store can't say. What was kept serves, and for a moment without asking again. */
static answer serve_old(ccpi_identities *identities, const ccp_key_hash *hash,
                        const kept *old, uint64_t ticket)
{
    ccpi_cache_life life = {.fresh_until_us = monotonic_now(identities) + RETRY_US,
                            .kept_until_us = old->kept_until_us};

    if (life.fresh_until_us > life.kept_until_us)
        life.fresh_until_us = life.kept_until_us;
    ccpi_cache_put(identities->accepted, hash, old, life, ticket);
    return (answer){CCPI_WHO_ACCEPTED, old->identity};
}

/* `old` is what was kept until now, or NULL. A cache that can't keep loses time only. */
static answer look_up(ccpi_identities *identities, const ccp_key *key,
                      const ccp_key_hash *hash, const kept *old)
{
    const uint64_t ticket = ccpi_cache_ticket(identities->accepted);
    const uint64_t rejected_ticket = ccpi_cache_ticket(identities->rejected);
    kept found = {.kept_until_us = 0};
    ccp_status status = ask_store(identities, key, hash, &found.identity);
    ccpi_cache_life life;

    if (status == CCP_OK) {
        life = life_of(identities, &found.identity);
        found.kept_until_us = life.kept_until_us;
        ccpi_cache_put(identities->accepted, hash, &found, life, ticket);
        return (answer){CCPI_WHO_ACCEPTED, found.identity};
    }
    if (status == CCP_NOT_FOUND) {
        life.fresh_until_us = life.kept_until_us =
            monotonic_now(identities) + REJECTION_TTL_US;
        ccpi_cache_put(identities->rejected, hash, "", life, rejected_ticket);
        return (answer){.who = CCPI_WHO_REJECTED};
    }
    return old ? serve_old(identities, hash, old, ticket)
               : (answer){.who = CCPI_WHO_UNKNOWN};
}

static flight *find_flight(ccpi_identities *identities, const ccp_key_hash *hash)
{
    flight *f = identities->flights;

    while (f && strcmp(f->hash.hex, hash->hex) != 0)
        f = f->next;
    return f;
}

/* Called with the lock. The leader's flight stands on its stack until all have it. */
static answer follow(ccpi_identities *identities, flight *leader)
{
    answer result;

    leader->waiting++;
    while (!leader->has_landed)
        pthread_cond_wait(&identities->landed, &identities->lock);
    result = leader->answer;
    leader->waiting--;
    pthread_cond_broadcast(&identities->landed);
    return result;
}

static void land(ccpi_identities *identities, flight *own)
{
    flight **slot = &identities->flights;

    while (*slot != own)
        slot = &(*slot)->next;
    *slot = own->next; /* who comes now asks anew */
    own->has_landed = true;
    pthread_cond_broadcast(&identities->landed);
    while (own->waiting > 0)
        pthread_cond_wait(&identities->landed, &identities->lock);
}

/* One of the threads that want the same key asks the store, the others wait for it. */
static answer look_up_once(ccpi_identities *identities, const ccp_key *key,
                           const ccp_key_hash *hash, const kept *old)
{
    flight own = {.hash = *hash};
    flight *leader;
    answer result;

    pthread_mutex_lock(&identities->lock);
    leader = find_flight(identities, hash);
    if (leader) {
        result = follow(identities, leader);
        pthread_mutex_unlock(&identities->lock);
        return result;
    }
    own.next = identities->flights;
    identities->flights = &own;
    pthread_mutex_unlock(&identities->lock);

    result = look_up(identities, key, hash, old);

    pthread_mutex_lock(&identities->lock);
    own.answer = result;
    land(identities, &own);
    pthread_mutex_unlock(&identities->lock);
    return result;
}

static answer find(ccpi_identities *identities, const ccp_key *key,
                   const ccp_key_hash *hash)
{
    const int64_t now = monotonic_now(identities);
    kept found;
    char nothing;
    ccpi_cache_answer cached;

    cached = ccpi_cache_get(identities->accepted, hash, now, &found);
    if (cached == CCPI_CACHE_FRESH && is_accepted(&found.identity, unix_now(identities)))
        return (answer){CCPI_WHO_ACCEPTED, found.identity};
    if (ccpi_cache_get(identities->rejected, hash, now, &nothing) == CCPI_CACHE_FRESH)
        return (answer){.who = CCPI_WHO_REJECTED};
    return look_up_once(identities, key, hash,
                        cached == CCPI_CACHE_STALE ? &found : NULL);
}

static ccp_status hash_key(ccpi_identities *identities, const ccp_key *key,
                           ccp_key_hash *out)
{
    ccp_status status;

    pthread_rwlock_rdlock(&identities->hashers);
    status = ccp_key_hasher_hash(identities->options.hasher, key, out, NULL);
    pthread_rwlock_unlock(&identities->hashers);
    return status;
}

void ccpi_identities_set_hashers(ccpi_identities *identities,
                                 const ccp_key_hasher *hasher,
                                 const ccp_key_hasher *previous)
{
    pthread_rwlock_wrlock(&identities->hashers);
    identities->options.hasher = hasher;
    identities->options.previous = previous;
    pthread_rwlock_unlock(&identities->hashers);
    ccpi_identities_forget(identities);
}

ccpi_who ccpi_identities_find(ccpi_identities *identities, ccpi_span key,
                              ccp_identity *out)
{
    ccp_key parsed = {.text = NEVER_ISSUED};
    char text[CCP_KEY_LEN + 1] = "";
    ccp_key_hash hash;
    bool has_form;
    answer found;

    if (key.len == CCP_KEY_LEN)
        memcpy(text, key.data, CCP_KEY_LEN);
    has_form = ccp_key_parse(text, &parsed, NULL) == CCP_OK;
    OPENSSL_cleanse(text, sizeof(text));

    found.who = CCPI_WHO_UNKNOWN;
    if (hash_key(identities, &parsed, &hash) == CCP_OK)
        found = find(identities, &parsed, &hash);
    ccp_key_wipe(&parsed);
    if (found.who == CCPI_WHO_ACCEPTED && !has_form)
        found.who = CCPI_WHO_REJECTED;
    if (found.who == CCPI_WHO_ACCEPTED)
        *out = found.identity;
    return found.who;
}

void ccpi_identities_forget(ccpi_identities *identities)
{
    ccpi_cache_drop_all(identities->accepted);
    ccpi_cache_drop_all(identities->rejected);
}

void ccpi_identities_note_use(ccpi_identities *identities, const ccp_id *access_key_id)
{
    const int64_t now = monotonic_now(identities);
    char nothing;

    if (ccpi_cache_get(identities->used, access_key_id, now, &nothing) ==
        CCPI_CACHE_FRESH)
        return;
    ccpi_cache_put(identities->used, access_key_id, "",
                   (ccpi_cache_life){.fresh_until_us = now + USE_INTERVAL_US},
                   ccpi_cache_ticket(identities->used));

    pthread_mutex_lock(&identities->lock);
    if (identities->use_count < CCPI_IDENTITIES_MAX_USES)
        identities->uses[identities->use_count++] =
            (noted_use){*access_key_id, unix_now(identities)};
    pthread_mutex_unlock(&identities->lock);
}

static bool take_use(ccpi_identities *identities, noted_use *out)
{
    bool has_one;

    pthread_mutex_lock(&identities->lock);
    has_one = identities->use_count > 0;
    if (has_one)
        *out = identities->uses[--identities->use_count];
    pthread_mutex_unlock(&identities->lock);
    return has_one;
}

void ccpi_identities_write_uses(ccpi_identities *identities)
{
    const ccp_access_key_store *store = identities->options.store;
    noted_use use;

    /* A use that can't be written is lost; the next one comes within minutes. */
    while (take_use(identities, &use))
        store->touch(store->self, &use.access_key_id, use.used_at_us, NULL);
}
