/* How many were active: users have no sums of their own but by time, so each is sought.
 */
#include "base/cleanup.h"
#include "store/reports/query.h"
#include "store/reports/reports.h"

#define OF_MONTHS "FROM usage_aggregates WHERE bucket_type = 'month'"

/* From each user the index is asked for the next; none of them has no sum of a month. */
static const char everyone[] =
    "WITH RECURSIVE everyone(who) AS ("
    "SELECT (SELECT user_id " OF_MONTHS " ORDER BY user_id LIMIT 1) UNION ALL"
    " SELECT (SELECT user_id " OF_MONTHS " AND user_id > who ORDER BY user_id LIMIT 1)"
    " FROM everyone WHERE who IS NOT NULL)"
    " SELECT count(*) FROM everyone WHERE who IS NOT NULL AND (";

static void add_tile(ccpi_sql *query, const ccp_usage_range *range, const ccpi_tile *tile)
{
    ccpi_buf_append_text(&query->sql, "EXISTS (SELECT 1");
    ccpi_sql_add_tile(query, tile, false);
    ccpi_buf_append_text(&query->sql, tile->is_rows
                                          ? " AND user_id = who AND status <> 'error'"
                                          : " AND user_id = who AND requests > 0");
    if (range->access_key_id)
        ccpi_sql_add(query, " AND access_key_id = ?",
                     ccpi_db_id(range->access_key_id->text));
    if (range->provider)
        ccpi_sql_add(query, " AND provider = ?", ccpi_db_text(range->provider));
    if (range->model)
        ccpi_sql_add(query,
                     tile->is_rows ? " AND " CCPI_ROW_MODEL " = ?" : " AND model_id = ?",
                     ccpi_db_text(range->model));
    ccpi_buf_append_text(&query->sql, ")");
}

static bool take_count(void *context, const ccpi_db_value *columns)
{
    *(int64_t *)context = ccpi_db_get_integer(&columns[0]);
    return false;
}

ccp_status ccpi_report_active_users(const ccpi_store *store, const ccp_usage_range *range,
                                    const ccpi_tiling *tiling, int64_t *out,
                                    ccp_error *error)
{
    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of(everyone);

    for (size_t i = 0; i < tiling->count; i++) {
        ccpi_buf_append_text(&query.sql, i > 0 ? " OR " : "");
        add_tile(&query, range, &tiling->tiles[i]);
    }
    ccpi_buf_append_text(&query.sql, ")");
    return ccpi_sql_read(store->db, &query, take_count, out, error);
}
