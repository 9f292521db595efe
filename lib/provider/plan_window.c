#include "provider/plan_window.h"

#include <stdlib.h>

#include "calendar/moment.h"

#define PREFIX "anthropic-ratelimit-"
#define US_PER_S INT64_C(1000000)
/* The year 9999: later ones have no text. */
#define LAST_S INT64_C(253402300799)

/* A word of the API's own; anything else is not shown on. */
static bool take_word(const char *text, char out[CCPI_PLAN_STATUS_SIZE])
{
    const size_t len = text ? strlen(text) : 0;

    out[0] = '\0';
    if (len == 0 || len >= CCPI_PLAN_STATUS_SIZE ||
        strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

static int64_t take_count(const char *text)
{
    char *end;
    long long value;

    if (!text || *text < '0' || *text > '9')
        return -1;
    value = strtoll(text, &end, 10);
    return *end == '\0' ? value : -1;
}

/* Epoch seconds or RFC 3339. */
static int64_t take_moment(const char *text)
{
    const int64_t seconds = take_count(text);
    int64_t moment;

    if (seconds >= 0)
        return seconds <= LAST_S ? seconds * US_PER_S : 0;
    return text && ccpi_moment_parse(ccpi_span_of(text), &moment) ? moment : 0;
}

/* Written by hand: strtod() takes its decimal point from the process's locale. */
static double take_share(const char *text)
{
    double value = 0, place = 1;

    if (!text || *text < '0' || *text > '9')
        return -1;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (*text - '0');
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9'; text++)
            value += (*text - '0') * (place /= 10);
    return *text == '\0' && value < 1e6 ? value : -1;
}

/* Names as literals: each answer is asked for all of them. */
typedef struct limit_names {
    const char *status, *utilization, *reset;
} limit_names;

typedef struct quota_names {
    const char *limit, *remaining, *reset;
} quota_names;

#define LIMIT_NAMES(group)                                                               \
    ((limit_names){PREFIX group "-status", PREFIX group "-utilization",                  \
                   PREFIX group "-reset"})
#define QUOTA_NAMES(group)                                                               \
    ((quota_names){PREFIX group "-limit", PREFIX group "-remaining",                     \
                   PREFIX group "-reset"})

static bool take_limit(const ccpi_headers *answer, limit_names names,
                       ccpi_plan_limit *out)
{
    const bool has_status =
        take_word(ccpi_headers_get(answer, names.status), out->status);

    out->utilization = take_share(ccpi_headers_get(answer, names.utilization));
    out->resets_at_us = take_moment(ccpi_headers_get(answer, names.reset));
    out->is_known = has_status || out->utilization >= 0 || out->resets_at_us > 0;
    return out->is_known;
}

static bool take_quota(const ccpi_headers *answer, quota_names names,
                       ccpi_plan_quota *out)
{
    out->limit = take_count(ccpi_headers_get(answer, names.limit));
    out->remaining = take_count(ccpi_headers_get(answer, names.remaining));
    out->resets_at_us = take_moment(ccpi_headers_get(answer, names.reset));
    out->is_known = out->limit >= 0 || out->remaining >= 0;
    return out->is_known;
}

bool ccpi_plan_window_read(const ccpi_headers *answer, int64_t now_us,
                           ccpi_plan_window *out)
{
    bool is_told;

    *out = (ccpi_plan_window){.seen_at_us = now_us};
    is_told = take_word(ccpi_headers_get(answer, PREFIX "unified-status"), out->status);
    take_word(ccpi_headers_get(answer, PREFIX "unified-representative-claim"),
              out->claim);
    out->resets_at_us = take_moment(ccpi_headers_get(answer, PREFIX "unified-reset"));
    is_told |= take_limit(answer, LIMIT_NAMES("unified-5h"), &out->five_hour);
    is_told |= take_limit(answer, LIMIT_NAMES("unified-7d"), &out->seven_day);
    is_told |= take_limit(answer, LIMIT_NAMES("unified-overage"), &out->overage);
    is_told |= take_quota(answer, QUOTA_NAMES("requests"), &out->requests);
    is_told |= take_quota(answer, QUOTA_NAMES("tokens"), &out->tokens);
    is_told |= take_quota(answer, QUOTA_NAMES("input-tokens"), &out->input_tokens);
    is_told |= take_quota(answer, QUOTA_NAMES("output-tokens"), &out->output_tokens);
    return is_told;
}
