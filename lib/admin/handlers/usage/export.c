/* Usage for spreadsheets: rows, as many as there are, or the sums of buckets. */
#include "admin/handlers/handlers.h"
#include "admin/handlers/usage/csv.h"
#include "admin/handlers/usage/rows.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define TYPE "text/csv; charset=utf-8; header=present"
#define ROWS_AT_ONCE 1000
#define MAX_TEXT ((size_t)16 * 1024 * 1024)
/* So much is written before it is sent. */
#define PIECE ((size_t)64 * 1024)

static const char *const row_columns[] = {"request_id",
                                          "created_at",
                                          "user_id",
                                          "access_key_id",
                                          "provider",
                                          "model",
                                          "served_model",
                                          "is_fallback",
                                          "fallback_reason",
                                          "stream",
                                          "status",
                                          "http_status",
                                          "error_type",
                                          "input_tokens",
                                          "output_tokens",
                                          "cache_read_tokens",
                                          "cache_write_5m_tokens",
                                          "cache_write_1h_tokens",
                                          "total_tokens",
                                          "estimated",
                                          "latency_ms",
                                          "ttft_ms",
                                          "overhead_ms",
                                          "input_cost_usd",
                                          "output_cost_usd",
                                          "cache_write_cost_usd",
                                          "cache_read_cost_usd",
                                          "total_cost_usd",
                                          "price_estimated",
                                          "session_id",
                                          "agent_id",
                                          "parent_agent_id"};

static const char *const bucket_columns[] = {
    "bucket_start",        "requests",          "errors",          "fallbacks",
    "input_tokens",        "output_tokens",     "total_tokens",    "cache_write_tokens",
    "cache_read_tokens",   "input_cost_usd",    "output_cost_usd", "cache_write_cost_usd",
    "cache_read_cost_usd", "estimated_cost_usd"};

#define COUNT_OF(names) (sizeof(names) / sizeof(*(names)))

typedef struct export
{
    ccpi_api_call *call;
    ccpi_row_query query;
    ccpi_csv table; /* not sent yet */
    size_t rows;    /* of the current page */
    char last_id[65];
    int64_t last_at_us;
    ccp_status status;
}
export;

static void clear(export *of)
{
    ccpi_buf_clear(&of->table.text);
}

/* Late, since until then an error can be told. */
static ccp_status begin(ccpi_api_call *call)
{
    ccp_status status = ccpi_api_call_add_header(call, "content-disposition",
                                                 "attachment; filename=\"usage.csv\"");

    return status == CCP_OK ? ccpi_api_call_begin(call, TYPE) : status;
}

static bool send_text(export *of)
{
    of->status = of->table.text.status;
    if (of->status == CCP_OK && !of->call->has_begun)
        of->status = begin(of->call);
    if (of->status == CCP_OK)
        of->status = ccpi_api_call_push(of->call, ccpi_buf_span(&of->table.text));
    ccpi_buf_reset(&of->table.text);
    return of->status == CCP_OK;
}

/* ---- rows ---- */

static void write_outcome(const ccp_usage_record *row, ccpi_csv *out)
{
    ccpi_csv_text(out, row->request_id);
    ccpi_csv_time(out, row->created_at_us);
    ccpi_csv_text(out, row->user_id);
    ccpi_csv_text(out, row->access_key_id);
    ccpi_csv_text(out, row->provider);
    ccpi_csv_text(out, row->model);
    ccpi_csv_text(out, row->served_model);
    ccpi_csv_flag(out, row->is_fallback);
    ccpi_csv_text(out, row->fallback_reason);
    ccpi_csv_flag(out, row->is_stream);
    ccpi_csv_text(out, ccp_usage_status_name(row->status));
    ccpi_csv_number(out, row->http_status);
    ccpi_csv_text(out, row->error_type);
}

static void write_numbers(const ccp_usage_record *row, ccpi_csv *out)
{
    const ccp_tokens *tokens = &row->tokens;

    ccpi_csv_number(out, tokens->input);
    ccpi_csv_number(out, tokens->output);
    ccpi_csv_number(out, tokens->cache_read);
    ccpi_csv_number(out, tokens->cache_write_5m);
    ccpi_csv_number(out, tokens->cache_write_1h);
    ccpi_csv_number(out, tokens->input + tokens->output);
    ccpi_csv_flag(out, row->is_estimated);
    ccpi_csv_number(out, row->latency_ms);
    ccpi_csv_optional(out, row->ttft_ms);
    ccpi_csv_optional(out, row->overhead_ms);
    ccpi_csv_money(out, row->input_cost_micro);
    ccpi_csv_money(out, row->output_cost_micro);
    ccpi_csv_money(out, row->cache_write_cost_micro);
    ccpi_csv_money(out, row->cache_read_cost_micro);
    ccpi_csv_money(out, row->total_cost_micro);
    ccpi_csv_flag(out, row->price_is_estimated);
}

static bool take_row(void *context, const ccp_usage_record *row)
{
    export *of = context;

    write_outcome(row, &of->table);
    write_numbers(row, &of->table);
    ccpi_csv_text(&of->table, row->session_id);
    ccpi_csv_text(&of->table, row->agent_id);
    ccpi_csv_text(&of->table, row->parent_agent_id);
    ccpi_csv_end_line(&of->table);
    of->rows++;
    of->last_at_us = row->created_at_us;
    memcpy(of->last_id, row->request_id, sizeof(of->last_id));
    return of->table.text.status == CCP_OK;
}

static ccp_status write_rows(export *of)
{
    const ccp_report_store *reports = &of->call->admin.store->reports;
    const ccp_usage_cursor cursor = {0, of->last_id};
    ccp_usage_cursor after = cursor;
    ccp_status status = CCP_OK;

    ccpi_csv_head(&of->table, row_columns, COUNT_OF(row_columns));
    do {
        ccp_usage_row_page page = {of->query.filter, {.limit = ROWS_AT_ONCE}};

        of->rows = 0;
        status = reports->rows(reports->self, &page, take_row, of, &of->call->error);
        if (status != CCP_OK || !send_text(of))
            break;
        after.created_at_us = of->last_at_us;
        of->query.filter.after = &after;
    } while (of->rows == ROWS_AT_ONCE);
    of->query.filter.after = NULL;
    return status == CCP_OK ? of->status : status;
}

/* ---- buckets ---- */

static bool take_bucket(void *context, const ccp_usage_bucket *bucket)
{
    export *of = context;
    const ccp_usage_sums *sums = &bucket->sums;
    const int64_t counts[] = {sums->requests,           sums->errors,
                              sums->fallbacks,          sums->input_tokens,
                              sums->output_tokens,      sums->total_tokens,
                              sums->cache_write_tokens, sums->cache_read_tokens};
    const int64_t costs[] = {sums->input_cost_micro, sums->output_cost_micro,
                             sums->cache_write_cost_micro, sums->cache_read_cost_micro,
                             sums->total_cost_micro};

    ccpi_csv_time(&of->table, bucket->start_us);
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        ccpi_csv_number(&of->table, counts[i]);
    for (size_t i = 0; i < COUNT_OF(costs); i++)
        ccpi_csv_money(&of->table, costs[i]);
    ccpi_csv_end_line(&of->table);
    return of->table.text.len < PIECE || send_text(of);
}

static ccp_status write_buckets(export *of)
{
    const ccp_report_store *reports = &of->call->admin.store->reports;
    const ccpi_usage_query *query = &of->query.usage;
    ccp_status status;

    ccpi_csv_head(&of->table, bucket_columns, COUNT_OF(bucket_columns));
    status =
        reports->buckets(reports->self, &query->range, take_bucket, of, &of->call->error);
    if (status == CCP_OK)
        send_text(of);
    return status == CCP_OK ? of->status : status;
}

/* ---- which of both ---- */

static ccp_status check_for_buckets(ccpi_api_call *call, const ccpi_row_query *query)
{
    if (query->status_name[0] || query->request_id[0] || query->session_id[0])
        return ccpi_fail(&call->error, CCP_INVALID,
                         "status, request_id and session_id are of rows alone");
    return CCP_OK;
}

static ccp_status read_query(ccpi_api_call *call, export *of, bool *is_buckets)
{
    char kind[16] = "";
    ccpi_row_query *query = &of->query;
    ccpi_field fields[CCPI_ROW_QUERY_FIELDS + 2];
    ccp_status status;

    ccpi_row_query_fields(query, fields);
    fields[CCPI_ROW_QUERY_FIELDS] = (ccpi_field){CCPI_TEXT_FIELD("kind", kind)};
    fields[CCPI_ROW_QUERY_FIELDS + 1] =
        (ccpi_field){CCPI_TEXT_FIELD("bucket_type", query->usage.bucket_name)};
    status = ccpi_query_read(call, fields, CCPI_ROW_QUERY_FIELDS + 2);
    if (status == CCP_OK)
        status = ccpi_row_query_check(call, query);
    if (status == CCP_OK)
        status = ccpi_usage_query_check(call, &query->usage);
    if (status != CCP_OK)
        return status;
    *is_buckets = strcmp(kind, "buckets") == 0;
    if (kind[0] && !*is_buckets && strcmp(kind, "rows") != 0)
        return ccpi_fail(&call->error, CCP_INVALID, "kind is rows or buckets");
    query->filter.period = query->usage.range.period;
    query->usage.range.model = query->filter.model;
    return *is_buckets ? check_for_buckets(call, query) : CCP_OK;
}

ccp_status ccpi_usage_export(ccpi_api_call *call)
{
    CCPI_CLEANUP(clear) export of = {.call = call, .table.text.limit = MAX_TEXT};
    bool is_buckets = false;
    ccp_status status = read_query(call, &of, &is_buckets);

    if (status != CCP_OK)
        return status;
    status = is_buckets ? write_buckets(&of) : write_rows(&of);
    return ccpi_usage_query_failed(call, status);
}
