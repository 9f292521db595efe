#include "admin/upstreams.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

#define FRESH_US (INT64_C(15) * 1000000)
#define TIMEOUT_MS 2000

struct ccpi_upstreams {
    const ccp_clock *clock;
    const ccpi_trust *trust[CCPI_UPSTREAMS_COUNT];
    char urls[CCPI_UPSTREAMS_COUNT][2048];
    pthread_mutex_t lock;
    bool is_checking;
    bool was_checked;
    int64_t checked_at_us; /* monotonic */
    ccpi_upstream_state states[CCPI_UPSTREAMS_COUNT];
};

/* Scheme, host and port: what people may see, and all that is connected to. */
static void write_origin(const char *url, ccpi_upstream_state *out)
{
    const char *host = strstr(url, "://");
    const char *at;
    size_t len;

    if (!host)
        return;
    host += 3;
    len = strcspn(host, "/?#");
    at = memchr(host, '@', len);
    if (at) {
        len -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    snprintf(out->origin, sizeof(out->origin), "%.*s%.*s",
             (int)(strstr(url, "://") + 3 - url), url, (int)len, host);
}

static void write_bedrock_url(const ccpi_settings *settings, char *out, size_t size)
{
    const char *region = settings->bedrock_region ? settings->bedrock_region : "";

    if (settings->bedrock_endpoint)
        snprintf(out, size, "%s", settings->bedrock_endpoint);
    else
        snprintf(out, size, "https://bedrock-runtime.%s.amazonaws.com%s", region,
                 strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}

ccp_status ccpi_upstreams_new(const ccpi_upstreams_options *options, ccpi_upstreams **out,
                              ccp_error *error)
{
    ccpi_upstreams *upstreams = calloc(1, sizeof(*upstreams));

    *out = upstreams;
    if (!upstreams)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for the state of upstreams");
    pthread_mutex_init(&upstreams->lock, NULL);
    upstreams->clock = options->clock;
    upstreams->trust[0] = options->plan_trust;
    upstreams->trust[1] = options->bedrock_trust;
    upstreams->states[0].name = "plan";
    upstreams->states[1].name = "bedrock";
    snprintf(upstreams->urls[0], sizeof(upstreams->urls[0]), "%s",
             options->settings->plan_api_url);
    write_bedrock_url(options->settings, upstreams->urls[1], sizeof(upstreams->urls[1]));
    for (size_t i = 0; i < CCPI_UPSTREAMS_COUNT; i++)
        write_origin(upstreams->urls[i], &upstreams->states[i]);
    return CCP_OK;
}

void ccpi_upstreams_free(ccpi_upstreams *upstreams)
{
    if (!upstreams)
        return;
    pthread_mutex_destroy(&upstreams->lock);
    free(upstreams);
}

static bool takes_check(ccpi_upstreams *upstreams, int64_t now_us)
{
    bool takes;

    pthread_mutex_lock(&upstreams->lock);
    takes = !upstreams->is_checking &&
            (!upstreams->was_checked || now_us - upstreams->checked_at_us >= FRESH_US);
    if (takes)
        upstreams->is_checking = true;
    pthread_mutex_unlock(&upstreams->lock);
    return takes;
}

static void take_result(ccpi_upstreams *upstreams, const ccpi_reach_target *targets)
{
    const int64_t now_us = upstreams->clock->unix_us(upstreams->clock->self);

    for (size_t i = 0; i < CCPI_UPSTREAMS_COUNT; i++) {
        ccpi_upstream_state *state = &upstreams->states[i];

        state->is_reachable = targets[i].is_reachable;
        state->latency_us = targets[i].latency_us;
        state->checked_at_us = now_us;
        memcpy(state->cause, targets[i].cause, sizeof(state->cause));
    }
}

static void check(ccpi_upstreams *upstreams)
{
    ccpi_reach_target targets[CCPI_UPSTREAMS_COUNT];
    ccp_status status;

    for (size_t i = 0; i < CCPI_UPSTREAMS_COUNT; i++)
        targets[i] =
            (ccpi_reach_target){.url = upstreams->urls[i], .trust = upstreams->trust[i]};
    status = ccpi_reach_check(targets, CCPI_UPSTREAMS_COUNT, TIMEOUT_MS, NULL);
    pthread_mutex_lock(&upstreams->lock);
    upstreams->is_checking = false;
    if (status == CCP_OK) {
        upstreams->was_checked = true;
        upstreams->checked_at_us = upstreams->clock->monotonic_us(upstreams->clock->self);
        take_result(upstreams, targets);
    }
    pthread_mutex_unlock(&upstreams->lock);
}

void ccpi_upstreams_look(ccpi_upstreams *upstreams,
                         ccpi_upstream_state out[CCPI_UPSTREAMS_COUNT])
{
    if (takes_check(upstreams, upstreams->clock->monotonic_us(upstreams->clock->self)))
        check(upstreams);
    pthread_mutex_lock(&upstreams->lock);
    memcpy(out, upstreams->states, sizeof(upstreams->states));
    pthread_mutex_unlock(&upstreams->lock);
}
