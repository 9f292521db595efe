/* Sums over a range, in all and by part. */
#include "base/cleanup.h"
#include "store/reports/query.h"
#include "store/reports/reports.h"

/* ---- in all ---- */

/* The total is that of the models. */
typedef struct overview {
    ccp_usage_sums *total;
    const ccp_usage_models *models; /* NULL: nobody asks for more of them */
} overview;

static bool take_model(void *context, const ccpi_db_value *columns)
{
    overview *to = context;
    ccp_usage_group model = {.sums = ccpi_sql_take_sums(&columns[1])};

    ccpi_sums_add(to->total, &model.sums);
    ccpi_db_get_text(&columns[0], model.key, sizeof(model.key));
    if (to->models && !to->models->visit(to->models->context, &model))
        to->models = NULL;
    return true;
}

static ccp_status read_models(const ccpi_store *store, const ccp_usage_range *range,
                              const ccpi_tiling *tiling, overview *to, ccp_error *error)
{
    const ccpi_tiles_want want = {.tiling = tiling, .range = range, .has_model = true};
    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of("SELECT priced");

    ccpi_sql_add_sums(&query);
    ccpi_buf_append_text(&query.sql, " FROM ");
    ccpi_sql_add_tiles(&query, store, &want);
    ccpi_buf_append_text(&query.sql,
                         " GROUP BY priced ORDER BY total_cost_micro DESC, priced");
    return ccpi_sql_read(store->db, &query, take_model, to, error);
}

ccp_status ccpi_report_totals(void *self, const ccp_usage_range *range,
                              const ccp_usage_models *models, ccp_usage_totals *out,
                              ccp_error *error)
{
    const ccpi_store *store = self;
    overview to = {&out->sums, models};
    ccpi_tiling tiling;
    ccp_status status;

    *out = (ccp_usage_totals){0};
    ccpi_report_tile(store, range, CCPI_BUCKET_MONTH, &tiling);
    if (tiling.count == 0)
        return CCP_OK;
    status = read_models(store, range, &tiling, &to, error);
    if (status != CCP_OK || out->sums.requests == 0)
        return status;
    if (!range->user_id)
        return ccpi_report_active_users(store, range, &tiling, &out->active_users, error);
    out->active_users = 1;
    return CCP_OK;
}

/* ---- by part ---- */

typedef struct kind {
    const char *of_sums;
    const char *of_rows;
    bool is_owner;
    const char *label; /* what else is read of a part, and where */
    const char *join;
} kind;

static const kind kinds[] = {
    [CCP_USAGE_BY_MODEL] = {"model_id", CCPI_ROW_MODEL, false, "''", ""},
    [CCP_USAGE_BY_USER] = {"user_id", "user_id", true, "users.name",
                           " LEFT JOIN users ON users.id = parts.part"},
    [CCP_USAGE_BY_ACCESS_KEY] = {"access_key_id", "access_key_id", true,
                                 "access_keys.key_prefix",
                                 " LEFT JOIN access_keys ON access_keys.id = parts.part"},
    [CCP_USAGE_BY_PROVIDER] = {"provider", "provider", false, "''", ""},
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
    const ccpi_tiles_want want = {.tiling = &tiling,
                                  .range = range,
                                  .part = by->of_sums,
                                  .row_part = by->of_rows,
                                  .is_by_owner = by->is_owner};

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
