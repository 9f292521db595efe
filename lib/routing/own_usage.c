#include "routing/own_usage.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/fail.h"
#include "calendar/calendar.h"

#define US_PER_S INT64_C(1000000)
#define FRESH_US (5 * US_PER_S)
#define KEPT_US (600 * US_PER_S)
#define MAX_ENTRIES 8192
#define DIGEST_LEN 32

struct ccpi_own_usage {
    const ccp_report_store *reports;
    const ccp_clock *clock;
    ccpi_zone *zone;
    ccpi_cache *cache;
};

/* Of a month both, of a session the first one. */
typedef struct entry {
    ccpi_own_sums sums[2];
} entry;

/* A digest, since clients choose the names of sessions. */
typedef struct entry_key {
    unsigned char digest[DIGEST_LEN];
} entry_key;

ccp_status ccpi_own_usage_new(const ccp_report_store *reports, const ccp_clock *clock,
                              const char *zone, ccpi_own_usage **out, ccp_error *error)
{
    const ccpi_cache_options options = {.key_size = sizeof(entry_key),
                                        .value_size = sizeof(entry),
                                        .max_entries = MAX_ENTRIES};
    ccpi_own_usage *own = calloc(1, sizeof(*own));
    ccp_status status;

    *out = NULL;
    if (!own || ccpi_cache_new(&options, &own->cache) != CCP_OK) {
        free(own);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for users' own usage");
    }
    own->reports = reports;
    own->clock = clock;
    status = ccpi_zone_new(zone ? zone : "UTC", &own->zone, error);
    if (status == CCP_OK)
        *out = own;
    else
        ccpi_own_usage_free(own);
    return status;
}

void ccpi_own_usage_free(ccpi_own_usage *own)
{
    if (!own)
        return;
    ccpi_cache_free(own->cache);
    ccpi_zone_free(own->zone);
    free(own);
}

const char *ccpi_own_usage_zone(const ccpi_own_usage *own)
{
    return ccpi_zone_name(own->zone);
}

/* What is asked for: a session, or the month that the period is. */
typedef struct question {
    const ccp_id *user_id;
    const char *session_id; /* NULL: the month */
    ccp_period period;
} question;

static bool make_key(const question *of, entry_key *out)
{
    unsigned char text[sizeof(of->user_id->text) + sizeof(of->period) + 129] = {0};
    size_t len = sizeof(of->user_id->text);

    memcpy(text, of->user_id->text, len);
    if (of->session_id)
        strncpy((char *)text + len, of->session_id, 128);
    len += 129;
    memcpy(text + len, &of->period, sizeof(of->period));
    len += sizeof(of->period);
    return EVP_Digest(text, len, out->digest, NULL, EVP_sha256(), NULL) == 1;
}

static ccpi_own_sums shorten(const ccp_usage_sums *sums)
{
    return (ccpi_own_sums){sums->requests, sums->total_tokens, sums->total_cost_micro};
}

static bool take_provider(void *context, const ccp_usage_group *group)
{
    entry *out = context;

    out->sums[strcmp(group->key, "bedrock") == 0] = shorten(&group->sums);
    return true;
}

static ccp_status read_month(const ccp_report_store *reports, const question *of,
                             entry *out, ccp_error *error)
{
    const ccp_usage_grouping grouping = {
        .range = {.period = of->period, .user_id = of->user_id},
        .by = CCP_USAGE_BY_PROVIDER};

    if (!reports->groups)
        return ccpi_fail(error, CCP_UNAVAILABLE, "the store has no reports");
    return reports->groups(reports->self, &grouping, take_provider, out, error);
}

static ccp_status read_session(const ccp_report_store *reports, const question *of,
                               entry *out, ccp_error *error)
{
    ccp_usage_session session;
    ccp_status status;

    if (!reports->session)
        return ccpi_fail(error, CCP_UNAVAILABLE, "the store has no reports");
    status =
        reports->session(reports->self, of->session_id, of->user_id, &session, error);
    if (status == CCP_OK)
        out->sums[0] = shorten(&session.sums);
    return status;
}

static ccp_status answer(ccpi_own_usage *own, const question *of, entry *out,
                         ccp_error *error)
{
    const int64_t now_us = own->clock->monotonic_us(own->clock->self);
    const uint64_t ticket = ccpi_cache_ticket(own->cache);
    entry fresh = {0};
    ccpi_cache_answer kept;
    entry_key key;
    ccp_status status;

    if (!make_key(of, &key))
        return ccpi_fail(error, CCP_INTERNAL, "no digest");
    kept = ccpi_cache_get(own->cache, &key, now_us, out);
    if (kept == CCPI_CACHE_FRESH)
        return CCP_OK;
    status = of->session_id ? read_session(own->reports, of, &fresh, error)
                            : read_month(own->reports, of, &fresh, error);
    if (status != CCP_OK)
        return kept == CCPI_CACHE_STALE ? CCP_OK : status;
    *out = fresh;
    ccpi_cache_put(own->cache, &key, &fresh,
                   (ccpi_cache_life){now_us + FRESH_US, now_us + KEPT_US}, ticket);
    return CCP_OK;
}

ccp_status ccpi_own_usage_month(ccpi_own_usage *own, const ccp_id *user_id,
                                ccpi_own_month *out, ccp_error *error)
{
    const int64_t now_s = own->clock->unix_us(own->clock->self) / US_PER_S;
    const question of = {
        .user_id = user_id,
        .period = {ccpi_bucket_start(own->zone, CCPI_BUCKET_MONTH, now_s) * US_PER_S,
                   ccpi_bucket_next(own->zone, CCPI_BUCKET_MONTH, now_s) * US_PER_S}};
    entry found = {0};
    const ccp_status status = answer(own, &of, &found, error);

    *out = (ccpi_own_month){of.period, found.sums[0], found.sums[1]};
    return status;
}

ccp_status ccpi_own_usage_session(ccpi_own_usage *own, const ccp_id *user_id,
                                  const char *session_id, ccpi_own_sums *out,
                                  ccp_error *error)
{
    const question of = {.user_id = user_id, .session_id = session_id};
    entry found = {0};
    const ccp_status status = answer(own, &of, &found, error);

    *out = found.sums[0];
    return status;
}
