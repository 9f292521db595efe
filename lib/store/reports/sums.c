/* Sums over a range, in all and by part. */
#include "base/cleanup.h"
#include "store/reports/query.h"
#include "store/reports/reports.h"

/* ---- in all ---- */

/* The total comes first, then each model. */
typedef struct overview {
    ccp_usage_totals *totals;
    const ccp_usage_models *models;
} overview;

static bool take_overview(void *context, const ccpi_db_value *columns)
{
    const overview *to = context;
    const ccp_usage_sums sums = ccpi_sql_take_sums(&columns[3]);
    ccp_usage_group model = {.sums = sums};

    if (ccpi_db_get_integer(&columns[0]) == 0) {
        to->totals->active_users = ccpi_db_get_integer(&columns[2]);
        to->totals->sums = sums;
        return to->models != NULL;
    }
    ccpi_db_get_text(&columns[1], model.key, sizeof(model.key));
    return to->models->visit(to->models->context, &model);
}

/* What the tiles say is read once, and added up in each way from what is left then. */
static void add_overview(ccpi_sql *query, const ccpi_store *store,
                         const ccpi_tiles_want *want)
{
    ccpi_sql_add_sums(query);
    ccpi_buf_append_text(&query->sql, " FROM ");
    ccpi_sql_add_tiles(query, store, want);
    ccpi_buf_append_text(
        &query->sql,
        " GROUP BY part, priced) SELECT CAST(0 AS BIGINT) AS place, '' AS model,"
        " count(DISTINCT CASE WHEN requests > 0 THEN part END) AS active");
    ccpi_sql_add_sums(query);
    ccpi_buf_append_text(&query->sql, " FROM parts UNION ALL SELECT 1, priced, 0");
    ccpi_sql_add_sums(query);
    ccpi_buf_append_text(&query->sql, " FROM parts GROUP BY priced"
                                      " ORDER BY place, total_cost_micro DESC, model");
}

ccp_status ccpi_report_totals(void *self, const ccp_usage_range *range,
                              const ccp_usage_models *models, ccp_usage_totals *out,
                              ccp_error *error)
{
    const ccpi_store *store = self;
    ccpi_tiling tiling;
    const ccpi_tiles_want want = {.tiling = &tiling,
                                  .range = range,
                                  .part = "user_id",
                                  .row_part = "user_id",
                                  .has_model = true};

    *out = (ccp_usage_totals){0};
    ccpi_report_tile(store, range, CCPI_BUCKET_MONTH, &tiling);
    if (tiling.count == 0)
        return CCP_OK;

    CCPI_CLEANUP(ccpi_sql_clear)
    ccpi_sql query = ccpi_sql_of("WITH parts AS (SELECT part, priced");
    add_overview(&query, store, &want);
    return ccpi_sql_read(store->db, &query, take_overview, &(overview){out, models},
                         error);
}

/* ---- by part ---- */

typedef struct kind {
    const char *of_sums;
    const char *of_rows;
    const char *label; /* what else is read of a part, and where */
    const char *join;
} kind;

static const kind kinds[] = {
    [CCP_USAGE_BY_MODEL] = {"model_id", CCPI_ROW_MODEL, "''", ""},
    [CCP_USAGE_BY_USER] = {"user_id", "user_id", "users.name",
                           " LEFT JOIN users ON users.id = parts.part"},
    [CCP_USAGE_BY_ACCESS_KEY] = {"access_key_id", "access_key_id",
                                 "access_keys.key_prefix",
                                 " LEFT JOIN access_keys ON access_keys.id = parts.part"},
    [CCP_USAGE_BY_PROVIDER] = {"provider", "provider", "''", ""},
};

typedef struct group_listing {
    ccp_usage_group_visitor visit;
    void *context;
} group_listing;

static bool show_group(void *context, const ccpi_db_value *columns)
{
    const group_listing *to = context;
    ccp_usage_group group = {0};

    ccpi_db_get_text(&columns[0], group.key, sizeof(group.key));
    ccpi_db_get_text(&columns[1], group.label, sizeof(group.label));
    /* The part stands once more, in the subquery's own columns. */
    group.sums = ccpi_sql_take_sums(&columns[3]);
    return to->visit(to->context, &group);
}

static ccp_status groups(void *self, const ccp_usage_grouping *grouping,
                         ccp_usage_group_visitor visit, void *context, ccp_error *error)
{
    const ccpi_store *store = self;
    const ccp_usage_range *range = &grouping->range;
    const kind *by = &kinds[grouping->by];
    const char *order = grouping->dearest_first ? "total_cost_micro" : "total_tokens";
    ccpi_tiling tiling;
    const ccpi_tiles_want want = {
        .tiling = &tiling, .range = range, .part = by->of_sums, .row_part = by->of_rows};

    ccpi_report_tile(store, range, CCPI_BUCKET_MONTH, &tiling);
    if (tiling.count == 0)
        return CCP_OK;

    CCPI_CLEANUP(ccpi_sql_clear)
    ccpi_sql query = ccpi_sql_of("SELECT parts.part, ");
    ccpi_buf_append_format(&query.sql, "%s, parts.* FROM (SELECT part", by->label);
    ccpi_sql_add_sums(&query);
    ccpi_buf_append_text(&query.sql, " FROM ");
    ccpi_sql_add_tiles(&query, store, &want);
    ccpi_buf_append_text(&query.sql, " GROUP BY part) AS parts");
    ccpi_buf_append_format(&query.sql, "%s ORDER BY %s DESC, parts.part", by->join,
                           order);
    if (grouping->limit > 0)
        ccpi_sql_add(&query, " LIMIT ?", ccpi_db_integer((int64_t)grouping->limit));
    return ccpi_sql_read(store->db, &query, show_group, &(group_listing){visit, context},
                         error);
}

void ccpi_store_fill_reports(ccpi_store *store)
{
    store->table.reports = (ccp_report_store){
        .totals = ccpi_report_totals,
        .buckets = ccpi_report_buckets,
        .groups = groups,
        .series = ccpi_report_series,
        .fallbacks = ccpi_report_fallbacks,
        .rows = ccpi_report_rows,
        .sessions = ccpi_report_sessions,
        .session = ccpi_report_session,
        .agents = ccpi_report_agents,
        .self = store,
    };
}
