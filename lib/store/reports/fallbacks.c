/* Why requests were answered by Bedrock: no stored sum says it, so rows do. */
#include "base/cleanup.h"
#include "store/reports/query.h"
#include "store/reports/reports.h"

typedef struct listing {
    ccp_usage_reason_visitor visit;
    void *context;
} listing;

static bool show_reason(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_usage_reason reason = {.requests = ccpi_db_get_integer(&columns[1])};

    ccpi_db_get_text(&columns[0], reason.reason, sizeof(reason.reason));
    return to->visit(to->context, &reason);
}

ccp_status ccpi_report_fallbacks(void *self, const ccp_usage_range *range,
                                 ccp_usage_reason_visitor visit, void *context,
                                 ccp_error *error)
{
    const ccpi_store *store = self;
    CCPI_CLEANUP(ccpi_sql_clear)
    ccpi_sql query = ccpi_sql_of("SELECT fallback_reason, count(*) FROM token_usage "
                                 "WHERE is_fallback AND status <> 'error'");

    ccpi_sql_add(&query, " AND created_at >= ?", ccpi_db_time(range->period.start_us));
    ccpi_sql_add(&query, " AND created_at < ?", ccpi_db_time(range->period.end_us));
    if (range->user_id)
        ccpi_sql_add(&query, " AND user_id = ?", ccpi_db_id(range->user_id->text));
    if (range->access_key_id)
        ccpi_sql_add(&query, " AND access_key_id = ?",
                     ccpi_db_id(range->access_key_id->text));
    if (range->provider)
        ccpi_sql_add(&query, " AND provider = ?", ccpi_db_text(range->provider));
    if (range->model)
        ccpi_sql_add(&query, " AND " CCPI_ROW_MODEL " = ?", ccpi_db_text(range->model));
    ccpi_buf_append_text(&query.sql, " GROUP BY fallback_reason "
                                     "ORDER BY count(*) DESC, fallback_reason");
    return ccpi_sql_read(store->db, &query, show_reason, &(listing){visit, context},
                         error);
}
