/* The rows of usage: one for each request that reached a provider. */
#include <stdlib.h>

#include "admin/handlers/handlers.h"
#include "admin/handlers/usage/rows.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"

static json_t *number_or_null(int64_t value)
{
    return value < 0 ? json_null() : json_integer(value);
}

static json_t *identity_object(const ccp_usage_record *row, const char *user_name)
{
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "request_id", row->request_id,
        "created_at", ccpi_object_time(row->created_at_us), "user_id",
        ccpi_object_text(row->user_id), "user_name", ccpi_object_text(user_name),
        "access_key_id", ccpi_object_text(row->access_key_id), "session_id",
        ccpi_object_text(row->session_id), "agent_id", ccpi_object_text(row->agent_id),
        "parent_agent_id", ccpi_object_text(row->parent_agent_id));
}

static json_t *outcome_object(const ccp_usage_record *row)
{
    return json_pack("{s:s, s:s, s:o, s:b, s:o, s:b, s:s, s:i, s:o, s:I, s:o, s:o}",
                     "provider", row->provider, "model", row->model, "served_model",
                     ccpi_object_text(row->served_model), "is_fallback", row->is_fallback,
                     "fallback_reason", ccpi_object_text(row->fallback_reason), "stream",
                     row->is_stream, "status", ccp_usage_status_name(row->status),
                     "http_status", row->http_status, "error_type",
                     ccpi_object_text(row->error_type), "latency_ms",
                     (json_int_t)row->latency_ms, "ttft_ms", number_or_null(row->ttft_ms),
                     "overhead_ms", number_or_null(row->overhead_ms));
}

static json_t *tokens_object(const ccp_usage_record *row)
{
    const ccp_tokens *tokens = &row->tokens;

    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "input_tokens", (json_int_t)tokens->input,
        "output_tokens", (json_int_t)tokens->output, "cache_read_tokens",
        (json_int_t)tokens->cache_read, "cache_write_5m_tokens",
        (json_int_t)tokens->cache_write_5m, "cache_write_1h_tokens",
        (json_int_t)tokens->cache_write_1h, "total_tokens",
        (json_int_t)tokens->input + tokens->output, "estimated", row->is_estimated);
}

static json_t *cost_object(const ccp_usage_record *row)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "input_cost_usd",
                     ccpi_object_money(row->input_cost_micro), "output_cost_usd",
                     ccpi_object_money(row->output_cost_micro), "cache_write_cost_usd",
                     ccpi_object_money(row->cache_write_cost_micro),
                     "cache_read_cost_usd", ccpi_object_money(row->cache_read_cost_micro),
                     "total_cost_usd", ccpi_object_money(row->total_cost_micro),
                     "price_estimated", row->price_is_estimated, "pricing_region",
                     ccpi_object_text(row->pricing_region), "pricing_model_id",
                     ccpi_object_text(row->pricing_model_id), "pricing_effective_date",
                     ccpi_object_text(row->pricing_effective_date));
}

static json_t *row_object(const ccp_usage_record *row, const char *user_name)
{
    json_t *who_and_how =
        ccpi_object_join(identity_object(row, user_name), outcome_object(row));

    return ccpi_object_join(ccpi_object_join(who_and_how, tokens_object(row)),
                            cost_object(row));
}

/* The rows of a page: a listing can't ask the store for more while it runs. */
typedef struct row_list {
    ccpi_list list;
    ccp_usage_record *rows; /* owned; room for a page */
    size_t count;
    ccp_user user; /* that was found last: rows of one often stand together */
} row_list;

static void clear(row_list *list)
{
    ccpi_list_clear(&list->list);
    free(list->rows);
}

static bool keep_row(void *context, const ccp_usage_record *row)
{
    row_list *list = context;

    if (list->count < list->list.page.limit)
        list->rows[list->count++] = *row;
    return list->count < list->list.page.limit;
}

static ccp_status answer(ccpi_api_call *call, row_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const ccp_usage_record *row = &list->rows[i];

        if (!ccpi_list_take(
                &list->list,
                row_object(row, ccpi_users_name(call, row->user_id, &list->user))))
            break;
    }
    return ccpi_list_answer(call, &list->list);
}

ccp_status ccpi_usage_requests(ccpi_api_call *call)
{
    const ccp_report_store *reports = &call->admin.store->reports;
    CCPI_CLEANUP(clear) row_list list = {.count = 0};
    ccpi_row_query query = {.model = ""};
    ccpi_field fields[CCPI_ROW_QUERY_FIELDS];
    ccp_usage_row_page page;
    ccp_status status;

    ccpi_row_query_fields(&query, fields);
    status = ccpi_list_open(call, fields, CCPI_ROW_QUERY_FIELDS, &list.list);
    if (status == CCP_OK)
        status = ccpi_row_query_check(call, &query);
    if (status != CCP_OK)
        return status;
    list.rows = calloc(list.list.page.limit, sizeof(*list.rows));
    if (!list.rows)
        return CCP_NO_MEMORY;
    page = (ccp_usage_row_page){query.filter, list.list.page};
    status = reports->rows(reports->self, &page, keep_row, &list, &call->error);
    list.list.page.total = page.page.total;
    return status == CCP_OK ? answer(call, &list) : status;
}
