#include "aws/credentials.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/thread.h"
#include "base/wait.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)

/* Renewal begins this long before the end, or when a quarter of the life is left. */
#define EARLIEST_RENEWAL_US (900 * US_PER_S)

/* Keys this near to their end are not handed out: a request takes time to arrive. */
#define LAST_USE_US (5 * US_PER_S)

/* After a failure: the first pause, doubled with each further one up to the last. */
#define FIRST_PAUSE_US (US_PER_S)
#define MAX_DOUBLINGS 5

/* Keys younger than this are not doubted: others would be the same ones. */
#define YOUNG_US (30 * US_PER_S)

/* The slowest source, web identity, ends sooner. */
#define LOAD_WAIT_MS 15000

static const ccpi_aws_source *const sources[] = {
    &ccpi_aws_from_environment, &ccpi_aws_from_web_identity, &ccpi_aws_from_profile,
    &ccpi_aws_from_container,   &ccpi_aws_from_instance,
};

#define SOURCE_COUNT (sizeof(sources) / sizeof(sources[0]))

struct ccpi_aws_credentials {
    ccpi_aws_place place;
    pthread_mutex_t lock;
    pthread_cond_t loaded;
    /* Beneath here: with the lock held. */
    bool has_keys;
    bool is_loading;
    bool is_doubted;
    ccpi_aws_keys keys;
    int64_t loaded_at_us;   /* Unix time */
    int64_t pause_until_us; /* monotonic; no load before */
    int failures;           /* since the last success */
    ccp_error failure;
};

ccp_status ccpi_aws_credentials_new(const ccpi_aws_place *place,
                                    ccpi_aws_credentials **out, ccp_error *error)
{
    ccpi_aws_credentials *credentials = calloc(1, sizeof(*credentials));

    *out = NULL;
    if (!credentials || !ccpi_condition_init(&credentials->loaded)) {
        free(credentials);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for AWS credentials");
    }
    pthread_mutex_init(&credentials->lock, NULL);
    credentials->place = *place;
    *out = credentials;
    return CCP_OK;
}

void ccpi_aws_credentials_free(ccpi_aws_credentials *credentials)
{
    if (!credentials)
        return;
    pthread_cond_destroy(&credentials->loaded);
    pthread_mutex_destroy(&credentials->lock);
    OPENSSL_cleanse(credentials, sizeof(*credentials));
    free(credentials);
}

static int64_t unix_now(const ccpi_aws_credentials *credentials)
{
    return credentials->place.clock->unix_us(credentials->place.clock->self);
}

static int64_t monotonic_now(const ccpi_aws_credentials *credentials)
{
    return credentials->place.clock->monotonic_us(credentials->place.clock->self);
}

/* How long before their end these keys are to be renewed: while they can be used. */
static int64_t renewal_us(const ccpi_aws_credentials *credentials)
{
    const int64_t life = credentials->keys.expires_at_us - credentials->loaded_at_us;
    const int64_t wanted = life / 4 > 2 * LAST_USE_US ? life / 4 : 2 * LAST_USE_US;

    return wanted < EARLIEST_RENEWAL_US ? wanted : EARLIEST_RENEWAL_US;
}

static int64_t left_us(const ccpi_aws_credentials *credentials)
{
    if (credentials->keys.expires_at_us == CCPI_AWS_NEVER)
        return CCPI_AWS_NEVER;
    return credentials->keys.expires_at_us - unix_now(credentials);
}

static bool are_usable(const ccpi_aws_credentials *credentials)
{
    return credentials->has_keys && left_us(credentials) > LAST_USE_US;
}

static bool are_to_be_renewed(const ccpi_aws_credentials *credentials)
{
    return !are_usable(credentials) || credentials->is_doubted ||
           left_us(credentials) <= renewal_us(credentials);
}

/* What a caller does himself, since whoever keeps house should have done it. */
static bool are_overdue(const ccpi_aws_credentials *credentials)
{
    return !are_usable(credentials) || credentials->is_doubted ||
           left_us(credentials) <= renewal_us(credentials) / 2;
}

static bool may_load(const ccpi_aws_credentials *credentials)
{
    return !credentials->is_loading &&
           monotonic_now(credentials) >= credentials->pause_until_us;
}

typedef struct inquiry {
    const ccpi_aws_place *place;
    ccpi_aws_keys *out;
    ccp_error *error;
    ccp_status status;
} inquiry;

static void *ask_in_turn(void *self)
{
    inquiry *of = self;

    for (size_t i = 0; i < SOURCE_COUNT && of->status == CCP_NOT_FOUND; i++) {
        ccp_error reason = {0};

        of->status = sources[i]->load(of->place, of->out, &reason);
        if (of->status != CCP_OK)
            ccpi_fail(of->error, of->status, "no AWS credentials: %s", reason.message);
    }
    return NULL;
}

/* Asks the sources in turn. Without the lock: this may take seconds. */
static ccp_status ask_sources(const ccpi_aws_place *place, ccpi_aws_keys *out,
                              ccp_error *error)
{
    inquiry of = {place, out, error, CCP_NOT_FOUND};

    if (!ccpi_thread_call("ccp-aws-keys", ask_in_turn, &of))
        return ccpi_fail(error, CCP_NO_MEMORY, "no AWS credentials: no memory for them");
    return of.status;
}

static void take_keys(ccpi_aws_credentials *credentials, const ccpi_aws_keys *fresh)
{
    credentials->keys = *fresh;
    credentials->has_keys = true;
    credentials->is_doubted = false;
    credentials->loaded_at_us = unix_now(credentials);
    credentials->failures = 0;
    credentials->pause_until_us = 0;
}

static void take_failure(ccpi_aws_credentials *credentials, const ccp_error *failure)
{
    const int doublings =
        credentials->failures < MAX_DOUBLINGS ? credentials->failures : MAX_DOUBLINGS;

    credentials->failure = *failure;
    credentials->failures++;
    credentials->pause_until_us =
        monotonic_now(credentials) + (FIRST_PAUSE_US << doublings);
}

/* With the lock held, which it gives up while it loads. */
static void load(ccpi_aws_credentials *credentials)
{
    CCPI_CLEANUP(ccpi_aws_keys_wipe) ccpi_aws_keys fresh = {.access_key_id = ""};
    ccp_error failure = {0};
    ccp_status status;

    credentials->is_loading = true;
    pthread_mutex_unlock(&credentials->lock);
    status = ask_sources(&credentials->place, &fresh, &failure);
    pthread_mutex_lock(&credentials->lock);
    credentials->is_loading = false;
    if (status == CCP_OK && fresh.expires_at_us - unix_now(credentials) <= LAST_USE_US)
        status = ccpi_fail(&failure, CCP_UNAVAILABLE,
                           "no AWS credentials: those that are handed out are expired");
    if (status == CCP_OK)
        take_keys(credentials, &fresh);
    else
        take_failure(credentials, &failure);
    pthread_cond_broadcast(&credentials->loaded);
}

static bool wait_for_load(ccpi_aws_credentials *credentials)
{
    const struct timespec deadline = ccpi_deadline_in(LOAD_WAIT_MS);

    while (credentials->is_loading && !are_usable(credentials))
        if (!ccpi_wait_until(&credentials->loaded, &credentials->lock, &deadline))
            return false;
    return true;
}

/* With the lock held. */
static ccp_status provide(ccpi_aws_credentials *credentials, ccpi_aws_keys *out,
                          ccp_error *error)
{
    if (are_overdue(credentials) && may_load(credentials))
        load(credentials);
    else if (!wait_for_load(credentials))
        return ccpi_fail(error, CCP_TIMEOUT, "no AWS credentials: their source is slow");
    if (!are_usable(credentials))
        return ccpi_fail(error, credentials->failure.status, "%s",
                         credentials->failure.message);
    *out = credentials->keys;
    return CCP_OK;
}

ccp_status ccpi_aws_credentials_get(ccpi_aws_credentials *credentials, ccpi_aws_keys *out,
                                    ccp_error *error)
{
    ccp_status status;

    pthread_mutex_lock(&credentials->lock);
    status = provide(credentials, out, error);
    pthread_mutex_unlock(&credentials->lock);
    return status;
}

void ccpi_aws_credentials_renew(ccpi_aws_credentials *credentials)
{
    pthread_mutex_lock(&credentials->lock);
    if (are_to_be_renewed(credentials) && may_load(credentials))
        load(credentials);
    pthread_mutex_unlock(&credentials->lock);
}

void ccpi_aws_credentials_doubt(ccpi_aws_credentials *credentials,
                                const ccpi_aws_keys *keys)
{
    pthread_mutex_lock(&credentials->lock);
    if (credentials->has_keys &&
        strcmp(keys->access_key_id, credentials->keys.access_key_id) == 0 &&
        strcmp(keys->session_token, credentials->keys.session_token) == 0 &&
        unix_now(credentials) - credentials->loaded_at_us > YOUNG_US)
        credentials->is_doubted = true;
    pthread_mutex_unlock(&credentials->lock);
}
