/* Single rows of usage, filtered and by page. */
#include "base/cleanup.h"
#include "base/fail.h"
#include "store/record.h"
#include "store/reports/query.h"
#include "store/reports/reports.h"

/* The oldest time that any database of ours knows as one. */
#define BEGINNING_US INT64_C(0)

static void add_time(ccpi_sql *query, const ccp_usage_row_filter *filter)
{
    const ccp_usage_cursor *after = filter->after;

    if (filter->period.end_us > 0) {
        ccpi_sql_add(query, " AND created_at >= ?",
                     ccpi_db_time(filter->period.start_us));
        ccpi_sql_add(query, " AND created_at < ?", ccpi_db_time(filter->period.end_us));
    }
    if (after) {
        ccpi_sql_add(query, " AND created_at <= ? AND (created_at < ?",
                     ccpi_db_time(after->created_at_us));
        ccpi_sql_add(query, " OR request_id < ?)", ccpi_db_text(after->request_id));
    }
}

static void add_filter(ccpi_sql *query, const ccp_usage_row_filter *filter)
{
    if (filter->request_id)
        ccpi_sql_add(query, " AND request_id = ?", ccpi_db_text(filter->request_id));
    if (filter->session_id)
        ccpi_sql_add(query, " AND session_id = ?", ccpi_db_text(filter->session_id));
    if (filter->user_id)
        ccpi_sql_add(query, " AND user_id = ?", ccpi_db_id(filter->user_id->text));
    if (filter->access_key_id)
        ccpi_sql_add(query, " AND access_key_id = ?",
                     ccpi_db_id(filter->access_key_id->text));
    if (filter->provider)
        ccpi_sql_add(query, " AND provider = ?", ccpi_db_text(filter->provider));
    if (filter->model)
        ccpi_sql_add(query, " AND (model = ? OR served_model = ?)",
                     ccpi_db_text(filter->model));
    /* As its index says it: neither database concludes it from the other condition. */
    if (filter->status && *filter->status != CCP_USAGE_COMPLETE)
        ccpi_buf_append_text(&query->sql, " AND status <> 'complete'");
    if (filter->status)
        ccpi_sql_add(query, " AND status = ?",
                     ccpi_db_text(ccp_usage_status_name(*filter->status)));
    add_time(query, filter);
}

typedef struct listing {
    ccp_usage_visitor visit;
    void *context;
} listing;

static bool show_row(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_usage_record record = {0};

    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT; i++)
        ccpi_record_take(&record, &ccpi_record_fields[i], &columns[i]);
    return to->visit(to->context, &record);
}

static ccp_status read_page(const ccpi_store *store, const ccp_usage_row_page *wanted,
                            listing *to, ccp_error *error)
{
    const ccp_page *page = &wanted->page;
    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of("SELECT ");

    for (size_t i = 0; i < CCPI_RECORD_FIELD_COUNT; i++)
        ccpi_buf_append_format(&query.sql, "%s%s", i > 0 ? ", " : "",
                               ccpi_record_fields[i].column);
    ccpi_buf_append_text(&query.sql, " FROM token_usage WHERE 1 = 1");
    add_filter(&query, &wanted->filter);
    ccpi_sql_add(&query, " ORDER BY created_at DESC, request_id DESC LIMIT ?",
                 ccpi_db_integer((int64_t)page->limit));
    if (page->offset > 0)
        ccpi_sql_add(&query, " OFFSET ?", ccpi_db_integer((int64_t)page->offset));
    return ccpi_sql_read(store->db, &query, show_row, to, error);
}

static bool take_count(void *context, const ccpi_db_value *columns)
{
    *(size_t *)context = (size_t)ccpi_db_get_integer(&columns[0]);
    return false;
}

static ccp_status count_rows(const ccpi_store *store, const ccp_usage_row_filter *filter,
                             size_t *total, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_sql_clear)
    ccpi_sql query =
        ccpi_sql_of("SELECT count(*) FROM (SELECT 1 AS one FROM token_usage WHERE 1 = 1");

    add_filter(&query, filter);
    ccpi_sql_add(&query, " LIMIT ?) AS counted", ccpi_db_integer(CCP_USAGE_COUNT_MOST));
    return ccpi_sql_read(store->db, &query, take_count, total, error);
}

static bool take_time(void *context, const ccpi_db_value *columns)
{
    *(int64_t *)context = ccpi_db_get_integer(&columns[0]);
    return false;
}

/* Of the rows that are kept; 0: there is none. */
static ccp_status find_oldest(const ccpi_store *store, int64_t *out, ccp_error *error)
{
    const ccpi_db_statement query = {
        .sql = "SELECT created_at FROM token_usage ORDER BY created_at LIMIT 1",
        .visit = take_time,
        .context = out,
    };

    *out = BEGINNING_US;
    return ccpi_db_read(store->db, &query, error);
}

/* Sums know how many rows there are, as long as none of those was removed. */
static ccp_status count_by_sums(const ccpi_store *store,
                                const ccp_usage_row_filter *filter, size_t *total,
                                ccp_error *error)
{
    ccp_usage_range range = {.period = filter->period,
                             .user_id = filter->user_id,
                             .access_key_id = filter->access_key_id,
                             .provider = filter->provider};
    ccp_usage_totals totals = {0};
    int64_t oldest_us;
    ccp_status status = find_oldest(store, &oldest_us, error);

    if (status != CCP_OK)
        return status;
    if (range.period.end_us == 0)
        range.period.end_us = ccpi_store_now(store);
    if (range.period.start_us < oldest_us)
        range.period.start_us = oldest_us;
    status = ccpi_report_totals((void *)(uintptr_t)store, &range, NULL, &totals, error);
    *total = (size_t)totals.sums.errors;
    if (!filter->status)
        *total += (size_t)totals.sums.requests;
    return status;
}

static bool sums_know(const ccp_usage_row_filter *filter)
{
    const bool any_status = !filter->status || *filter->status == CCP_USAGE_ERROR;

    return any_status && !filter->model && !filter->request_id && !filter->session_id;
}

ccp_status ccpi_report_rows(void *self, ccp_usage_row_page *wanted,
                            ccp_usage_visitor visit, void *context, ccp_error *error)
{
    const ccpi_store *store = self;
    const ccp_usage_row_filter *filter = &wanted->filter;
    size_t *total = &wanted->page.total;
    ccp_status status = read_page(store, wanted, &(listing){visit, context}, error);

    if (status != CCP_OK || filter->after)
        return status;
    return sums_know(filter) ? count_by_sums(store, filter, total, error)
                             : count_rows(store, filter, total, error);
}
