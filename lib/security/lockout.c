#include "security/lockout.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cache.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define SALT_LEN 16

/* Salted, since names are what strangers choose. */
typedef struct digest {
    unsigned char bytes[32];
} digest;

typedef struct tally {
    int64_t count;
    int64_t until_us;
} tally;

struct ccpi_lockout {
    ccpi_lockout_options options;
    unsigned char salt[SALT_LEN];
    pthread_mutex_t lock; /* over reading a tally and writing it back */
    ccpi_cache *tallies;
};

ccp_status ccpi_lockout_new(const ccpi_lockout_options *options, ccpi_lockout **out,
                            ccp_error *error)
{
    const ccp_random *random = options->random;
    const ccpi_cache_options tallies = {.key_size = sizeof(digest),
                                        .value_size = sizeof(tally),
                                        .max_entries = CCPI_LOCKOUT_MAX_ENTRIES};
    ccpi_lockout *lockout = calloc(1, sizeof(*lockout));

    *out = NULL;
    if (!lockout)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory to count failures");
    pthread_mutex_init(&lockout->lock, NULL);
    lockout->options = *options;
    if (ccpi_cache_new(&tallies, &lockout->tallies) != CCP_OK) {
        ccpi_lockout_free(lockout);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory to count failures");
    }
    if (random->fill(random->self, lockout->salt, SALT_LEN) != CCP_OK) {
        ccpi_lockout_free(lockout);
        return ccpi_fail(error, CCP_UNAVAILABLE, "no random bytes for a salt");
    }
    *out = lockout;
    return CCP_OK;
}

void ccpi_lockout_free(ccpi_lockout *lockout)
{
    if (!lockout)
        return;
    pthread_mutex_destroy(&lockout->lock);
    ccpi_cache_free(lockout->tallies);
    free(lockout);
}

static void free_context(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

static bool digest_of(const ccpi_lockout *lockout, ccpi_span who, digest *out)
{
    CCPI_CLEANUP(free_context) EVP_MD_CTX *context = EVP_MD_CTX_new();

    return context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
           EVP_DigestUpdate(context, lockout->salt, SALT_LEN) == 1 &&
           EVP_DigestUpdate(context, who.data, who.len) == 1 &&
           EVP_DigestFinal_ex(context, out->bytes, NULL) == 1;
}

static tally find(ccpi_lockout *lockout, const digest *key, int64_t now_us)
{
    tally t;

    if (ccpi_cache_get(lockout->tallies, key, now_us, &t) == CCPI_CACHE_MISS)
        t = (tally){.until_us = now_us + lockout->options.window_us};
    return t;
}

static bool keep(ccpi_lockout *lockout, const digest *key, const tally *t)
{
    return ccpi_cache_put(lockout->tallies, key, t,
                          (ccpi_cache_life){.fresh_until_us = t->until_us},
                          ccpi_cache_ticket(lockout->tallies)) == CCP_OK;
}

int64_t ccpi_lockout_try(ccpi_lockout *lockout, ccpi_span who, int64_t now_us)
{
    int64_t wait_us = 0;
    digest key;
    tally t;

    /* What can't be counted is not let through: guesses would be free. */
    if (!digest_of(lockout, who, &key))
        return lockout->options.window_us;
    pthread_mutex_lock(&lockout->lock);
    t = find(lockout, &key, now_us);
    if (t.count >= lockout->options.most) {
        wait_us = t.until_us - now_us;
    } else {
        t.count++;
        if (!keep(lockout, &key, &t))
            wait_us = lockout->options.window_us;
    }
    pthread_mutex_unlock(&lockout->lock);
    return wait_us;
}

void ccpi_lockout_take_back(ccpi_lockout *lockout, ccpi_span who, int64_t now_us)
{
    digest key;
    tally t;

    if (!digest_of(lockout, who, &key))
        return;
    pthread_mutex_lock(&lockout->lock);
    t = find(lockout, &key, now_us);
    if (t.count > 0) {
        t.count--;
        keep(lockout, &key, &t);
    }
    pthread_mutex_unlock(&lockout->lock);
}

void ccpi_lockout_forget(ccpi_lockout *lockout, ccpi_span who)
{
    digest key;

    if (digest_of(lockout, who, &key))
        ccpi_cache_drop(lockout->tallies, &key);
}
