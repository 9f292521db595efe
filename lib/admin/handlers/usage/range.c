#include "admin/handlers/usage/range.h"

#include "base/fail.h"
#include "calendar/moment.h"
#include "store/store.h"

#define US_PER_S INT64_C(1000000)
#define HOUR_US (INT64_C(3600) * US_PER_S)
#define DAY_US (24 * HOUR_US)

/* Named periods and buckets; those of the calendar and of the store are the same. */
static const struct {
    const char *name;
    ccp_bucket bucket;
    ccpi_bucket period;
} buckets[] = {
    {"minute", CCP_BUCKET_MINUTE, CCPI_BUCKET_MINUTE},
    {"hour", CCP_BUCKET_HOUR, CCPI_BUCKET_HOUR},
    {"day", CCP_BUCKET_DAY, CCPI_BUCKET_DAY},
    {"week", CCP_BUCKET_WEEK, CCPI_BUCKET_WEEK},
    {"month", CCP_BUCKET_MONTH, CCPI_BUCKET_MONTH},
};

#define BUCKETS (sizeof(buckets) / sizeof(*buckets))
#define FIRST_PERIOD 2 /* minutes and hours are none */

void ccpi_usage_query_fields(ccpi_usage_query *query, ccpi_field *out)
{
    const ccpi_field fields[CCPI_USAGE_QUERY_FIELDS] = {
        {CCPI_TEXT_FIELD("user_id", query->user)},
        {CCPI_TEXT_FIELD("access_key_id", query->key)},
        {CCPI_TEXT_FIELD("provider", query->provider)},
        {CCPI_TEXT_FIELD("period", query->period)},
        {CCPI_TEXT_FIELD("start_date", query->start_date)},
        {CCPI_TEXT_FIELD("end_date", query->end_date)},
        {CCPI_TEXT_FIELD("start_time", query->start_time)},
        {CCPI_TEXT_FIELD("end_time", query->end_time)},
        {CCPI_TEXT_FIELD("bucket_type", query->bucket_name)},
    };

    memcpy(out, fields, sizeof(fields));
}

/* ---- of whom ---- */

static ccp_status check_id(ccpi_api_call *call, const char *name, const char *text,
                           ccp_id *id, const ccp_id **out)
{
    if (!text[0])
        return CCP_OK;
    if (!ccpi_id_parse(text, id))
        return ccpi_fail(&call->error, CCP_INVALID, "%s is no id", name);
    *out = id;
    return CCP_OK;
}

static ccp_status check_owner(ccpi_api_call *call, ccpi_usage_query *query)
{
    ccp_usage_range *range = &query->range;
    ccp_status status =
        check_id(call, "user_id", query->user, &query->user_id, &range->user_id);

    if (status == CCP_OK)
        status = check_id(call, "access_key_id", query->key, &query->access_key_id,
                          &range->access_key_id);
    if (status != CCP_OK || !query->provider[0])
        return status;
    if (strcmp(query->provider, "plan") != 0 && strcmp(query->provider, "bedrock") != 0)
        return ccpi_fail(&call->error, CCP_INVALID, "provider is plan or bedrock");
    range->provider = query->provider;
    return CCP_OK;
}

/* ---- of when ---- */

static int64_t start_of(const ccpi_api_call *call, ccpi_bucket period, int64_t now_us)
{
    return ccpi_bucket_start(call->admin.zone, period, now_us / US_PER_S) * US_PER_S;
}

static ccp_status take_period(ccpi_api_call *call, const ccpi_usage_query *query,
                              ccp_period *out)
{
    const int64_t now_us = ccpi_api_call_now(call);

    for (size_t i = FIRST_PERIOD; i < BUCKETS; i++)
        if (strcmp(query->period, buckets[i].name) == 0) {
            *out = (ccp_period){start_of(call, buckets[i].period, now_us), now_us};
            return CCP_OK;
        }
    return ccpi_fail(&call->error, CCP_INVALID, "period is day, week or month");
}

static ccp_status take_dates(ccpi_api_call *call, const ccpi_usage_query *query,
                             ccp_period *out)
{
    int64_t ignored;

    if (!query->start_date[0] || !query->end_date[0])
        return ccpi_fail(&call->error, CCP_INVALID,
                         "start_date and end_date belong together");
    if (!ccpi_moment_parse_day(ccpi_span_of(query->start_date), call->admin.zone,
                               &out->start_us, &ignored) ||
        !ccpi_moment_parse_day(ccpi_span_of(query->end_date), call->admin.zone, &ignored,
                               &out->end_us))
        return ccpi_fail(&call->error, CCP_INVALID,
                         "start_date and end_date are days, such as \"2026-01-31\"");
    return CCP_OK;
}

static ccp_status take_times(ccpi_api_call *call, const ccpi_usage_query *query,
                             ccp_period *out)
{
    if (!query->start_time[0] || !query->end_time[0])
        return ccpi_fail(&call->error, CCP_INVALID,
                         "start_time and end_time belong together");
    if (!ccpi_moment_parse(ccpi_span_of(query->start_time), &out->start_us) ||
        !ccpi_moment_parse(ccpi_span_of(query->end_time), &out->end_us))
        return ccpi_fail(&call->error, CCP_INVALID,
                         "start_time and end_time are times, such as "
                         "\"2026-01-31T12:00:00Z\"");
    return CCP_OK;
}

static ccp_status check_when(ccpi_api_call *call, ccpi_usage_query *query,
                             int64_t default_us)
{
    const bool has_period = query->period[0];
    const bool has_dates = query->start_date[0] || query->end_date[0];
    const bool has_times = query->start_time[0] || query->end_time[0];
    const int64_t now_us = ccpi_api_call_now(call);
    ccp_period *out = &query->range.period;
    ccp_status status = CCP_OK;

    if (has_period + has_dates + has_times > 1)
        return ccpi_fail(&call->error, CCP_INVALID,
                         "a range is a period, two dates or two times, and no two of "
                         "these");
    if (has_period)
        status = take_period(call, query, out);
    else if (has_dates)
        status = take_dates(call, query, out);
    else if (has_times)
        status = take_times(call, query, out);
    else if (default_us > 0)
        *out = (ccp_period){now_us - default_us, now_us};
    if (status == CCP_OK && (has_dates || has_times) && out->end_us <= out->start_us)
        return ccpi_fail(&call->error, CCP_INVALID, "the range ends before it begins");
    return status;
}

/* ---- in which buckets ---- */

/* About fifty to three hundred of them (UI-2). */
static ccp_bucket bucket_for(const ccp_period *period)
{
    const int64_t length_us = period->end_us - period->start_us;

    if (length_us <= 6 * HOUR_US)
        return CCP_BUCKET_MINUTE;
    if (length_us <= 2 * DAY_US)
        return CCP_BUCKET_HOUR;
    return length_us <= 45 * DAY_US ? CCP_BUCKET_DAY : CCP_BUCKET_WEEK;
}

static ccp_status check_bucket(ccpi_api_call *call, ccpi_usage_query *query)
{
    query->range.bucket = bucket_for(&query->range.period);
    for (size_t i = 0; i < BUCKETS && query->bucket_name[0]; i++)
        if (strcmp(query->bucket_name, buckets[i].name) == 0) {
            query->range.bucket = buckets[i].bucket;
            return CCP_OK;
        }
    if (query->bucket_name[0])
        return ccpi_fail(&call->error, CCP_INVALID,
                         "bucket_type is minute, hour, day, week or month");
    for (size_t i = 0; i < BUCKETS; i++)
        if (buckets[i].bucket == query->range.bucket)
            memcpy(query->bucket_name, buckets[i].name, strlen(buckets[i].name) + 1);
    return CCP_OK;
}

static ccp_status check(ccpi_api_call *call, ccpi_usage_query *query, int64_t default_us)
{
    ccp_status status;

    query->range = (ccp_usage_range){.user_id = NULL};
    status = check_owner(call, query);
    if (status == CCP_OK)
        status = check_when(call, query, default_us);
    return status == CCP_OK ? check_bucket(call, query) : status;
}

ccp_status ccpi_usage_query_check(ccpi_api_call *call, ccpi_usage_query *query)
{
    return check(call, query, DAY_US);
}

ccp_status ccpi_usage_query_check_open(ccpi_api_call *call, ccpi_usage_query *query)
{
    return check(call, query, 0);
}

ccp_status ccpi_usage_query_read(ccpi_api_call *call, ccpi_usage_query *query,
                                 size_t count)
{
    ccpi_field fields[CCPI_USAGE_QUERY_FIELDS];
    ccp_status status;

    *query = (ccpi_usage_query){.user = ""};
    ccpi_usage_query_fields(query, fields);
    status = ccpi_query_read(call, fields, count);
    return status == CCP_OK ? ccpi_usage_query_check(call, query) : status;
}

ccp_status ccpi_usage_query_failed(ccpi_api_call *call, ccp_status status)
{
    if (status != CCP_LIMIT)
        return status;
    return ccpi_api_call_refuse(call, CCPI_CODE_VALIDATION_ERROR,
                                "that are more than %d buckets: ask for a shorter range "
                                "or a longer bucket_type",
                                CCP_USAGE_BUCKETS_MOST);
}
