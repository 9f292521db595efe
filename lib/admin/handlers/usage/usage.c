/* What was used in a range of time (US-8). */
#include "admin/handlers/handlers.h"
#include "admin/handlers/usage/range.h"
#include "admin/handlers/usage/sums.h"
#include "admin/objects.h"
#include "base/cleanup.h"
#include "base/thread.h"

static bool take_bucket(void *context, const ccp_usage_bucket *bucket)
{
    ccpi_buf *text = context;

    ccpi_sums_append_bucket(bucket, text);
    return text->status == CCP_OK;
}

/* An array, and whether memory ran out. */
typedef struct listing {
    json_t *array;
    bool has_failed;
} listing;

static bool take_model(void *context, const ccp_usage_group *group)
{
    listing *to = context;
    json_t *object = ccpi_sums_costs(&group->sums);

    if (object && json_object_set_new(object, "model_id", json_string(group->key)) != 0) {
        json_decref(object);
        object = NULL;
    }
    to->has_failed = json_array_append_new(to->array, object) != 0;
    return !to->has_failed;
}

static bool take_reason(void *context, const ccp_usage_reason *reason)
{
    listing *to = context;

    to->has_failed =
        json_array_append_new(to->array,
                              json_pack("{s:s, s:I}", "reason", reason->reason,
                                        "requests", (json_int_t)reason->requests)) != 0;
    return !to->has_failed;
}

static ccp_status write_buckets(ccpi_api_call *call, const ccpi_usage_query *query)
{
    const ccp_report_store *reports = &call->admin.store->reports;
    ccp_status status;

    call->text.limit = CCPI_SUMS_MAX_TEXT;
    ccpi_buf_append_text(&call->text, "{\"buckets\":[");
    status = reports->buckets(reports->self, &query->range, take_bucket, &call->text,
                              &call->error);
    ccpi_buf_append_text(&call->text, "]");
    return status == CCP_OK ? call->text.status : status;
}

/* All but the buckets. */
typedef struct rest {
    const ccp_report_store *reports;
    const ccpi_usage_query *query;
    ccp_usage_totals totals;
    json_t *models;  /* owned */
    json_t *reasons; /* owned */
    ccp_status status;
    ccp_error error;
} rest;

static ccp_status add_up(rest *of)
{
    listing to = {.array = of->models};
    const ccp_usage_models models = {take_model, &to};
    ccp_status status = of->reports->totals(of->reports->self, &of->query->range, &models,
                                            &of->totals, &of->error);

    return status == CCP_OK && to.has_failed ? CCP_NO_MEMORY : status;
}

static ccp_status list_reasons(rest *of)
{
    listing to = {.array = of->reasons};
    ccp_status status = of->reports->fallbacks(of->reports->self, &of->query->range,
                                               take_reason, &to, &of->error);

    return status == CCP_OK && to.has_failed ? CCP_NO_MEMORY : status;
}

static void clear(rest *of)
{
    json_decref(of->models);
    json_decref(of->reasons);
}

static json_t *rest_object(const ccpi_api_call *call, const ccpi_usage_query *query,
                           const rest *of)
{
    const ccp_usage_totals *totals = &of->totals;

    return ccpi_object_join(
        ccpi_sums_totals(&totals->sums),
        json_pack("{s:I, s:O, s:O, s:o, s:o, s:s, s:s}", "active_users",
                  (json_int_t)totals->active_users, "cost_breakdown", of->models,
                  "fallback_reasons", of->reasons, "range_start",
                  ccpi_object_time(query->range.period.start_us), "range_end",
                  ccpi_object_time(query->range.period.end_us), "bucket_type",
                  query->bucket_name, "timezone", ccpi_zone_name(call->admin.zone)));
}

static ccp_status find(rest *of)
{
    ccp_status status;

    of->models = json_array();
    of->reasons = json_array();
    if (!of->models || !of->reasons)
        return CCP_NO_MEMORY;
    status = add_up(of);
    if (status == CCP_OK && of->totals.sums.fallbacks > 0)
        status = list_reasons(of);
    return status;
}

static void *find_rest(void *self)
{
    rest *of = self;

    of->status = find(of);
    return NULL;
}

/* Both read tens of thousands of sums when the range is long: at the same time. */
static ccp_status write_all(ccpi_api_call *call, rest *of)
{
    pthread_t beside;
    const bool is_beside = ccpi_thread_start(&beside, "ccp-report", find_rest, of);
    const ccp_status status = write_buckets(call, of->query);

    if (is_beside)
        pthread_join(beside, NULL);
    else
        find_rest(of);
    if (status == CCP_OK && of->status != CCP_OK)
        call->error = of->error;
    return status == CCP_OK ? of->status : status;
}

ccp_status ccpi_usage_get(ccpi_api_call *call)
{
    ccpi_usage_query query;
    CCPI_CLEANUP(clear)
    rest of = {.reports = &call->admin.store->reports, .query = &query};
    ccp_status status = ccpi_usage_query_read(call, &query, CCPI_USAGE_QUERY_FIELDS);

    if (status == CCP_OK)
        status = write_all(call, &of);
    if (status == CCP_OK)
        status = ccpi_sums_finish(&call->text, rest_object(call, &query, &of));
    if (status != CCP_OK)
        return ccpi_usage_query_failed(call, status);
    call->status = 200;
    return CCP_OK;
}
