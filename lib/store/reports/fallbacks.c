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

#define FALLBACKS "FROM token_usage WHERE is_fallback AND status <> 'error'"

/* The few reasons that there are: from each the index is asked for the next. */
static const char reasons[] =
    "WITH RECURSIVE reasons(reason) AS ("
    "SELECT min(fallback_reason) " FALLBACKS " UNION ALL"
    " SELECT (SELECT min(fallback_reason) " FALLBACKS " AND fallback_reason > reason)"
    " FROM reasons WHERE reason IS NOT NULL),"
    " counted AS MATERIALIZED (SELECT reason, (SELECT count(*) " FALLBACKS
    " AND fallback_reason = reason";

static void add_range(ccpi_sql *query, const ccp_usage_range *range)
{
    ccpi_sql_add(query, " AND created_at >= ?", ccpi_db_time(range->period.start_us));
    ccpi_sql_add(query, " AND created_at < ?", ccpi_db_time(range->period.end_us));
    if (range->user_id)
        ccpi_sql_add(query, " AND user_id = ?", ccpi_db_id(range->user_id->text));
    else if (range->access_key_id) /* whose index it is found in */
        ccpi_sql_add(query,
                     " AND user_id = (SELECT owned.user_id FROM access_keys owned"
                     " WHERE owned.id = ?)",
                     ccpi_db_id(range->access_key_id->text));
    if (range->access_key_id)
        ccpi_sql_add(query, " AND access_key_id = ?",
                     ccpi_db_id(range->access_key_id->text));
    if (range->provider)
        ccpi_sql_add(query, " AND provider = ?", ccpi_db_text(range->provider));
    if (range->model)
        ccpi_sql_add(query, " AND " CCPI_ROW_MODEL " = ?", ccpi_db_text(range->model));
}

ccp_status ccpi_report_fallbacks(void *self, const ccp_usage_range *range,
                                 ccp_usage_reason_visitor visit, void *context,
                                 ccp_error *error)
{
    const ccpi_store *store = self;
    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of(reasons);

    add_range(&query, range);
    ccpi_buf_append_text(&query.sql, ") AS number FROM reasons WHERE reason IS NOT NULL)"
                                     " SELECT reason, number FROM counted"
                                     " WHERE number > 0 ORDER BY number DESC, reason");
    return ccpi_sql_read(store->db, &query, show_reason, &(listing){visit, context},
                         error);
}
