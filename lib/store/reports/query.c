#include "store/reports/query.h"

#include "base/fail.h"

#define MAX_SQL 65536

typedef struct sum {
    const char *name;
    const char *of_row;
} sum;

/* In the order of ccp_usage_sums. */
static const sum sums[CCPI_SUMS] = {
    {"requests", "CASE WHEN status <> 'error' THEN 1 ELSE 0 END"},
    {"errors", "CASE WHEN status = 'error' THEN 1 ELSE 0 END"},
    {"fallbacks", "CASE WHEN is_fallback AND status <> 'error' THEN 1 ELSE 0 END"},
    {"input_tokens", "input_tokens"},
    {"output_tokens", "output_tokens"},
    {"total_tokens", "total_tokens"},
    {"cache_write_tokens", "cache_write_5m_tokens + cache_write_1h_tokens"},
    {"cache_read_tokens", "cache_read_tokens"},
    {"input_cost_micro", "input_cost_micro"},
    {"output_cost_micro", "output_cost_micro"},
    {"cache_write_cost_micro", "cache_write_cost_micro"},
    {"cache_read_cost_micro", "cache_read_cost_micro"},
    {"total_cost_micro", "total_cost_micro"},
};

ccpi_sql ccpi_sql_of(const char *sql)
{
    ccpi_sql query = {.sql = {.limit = MAX_SQL}};

    ccpi_buf_append_text(&query.sql, sql);
    return query;
}

void ccpi_sql_clear(ccpi_sql *query)
{
    ccpi_buf_clear(&query->sql);
    query->count = 0;
}

size_t ccpi_sql_bind(ccpi_sql *query, ccpi_db_value value)
{
    if (query->count == CCPI_SQL_VALUES) {
        query->sql.status = CCP_LIMIT;
        return 0;
    }
    query->values[query->count++] = value;
    return query->count;
}

static void append_numbered(ccpi_buf *sql, const char *text, size_t number)
{
    for (const char *mark; (mark = strchr(text, '?')) != NULL; text = mark + 1) {
        ccpi_buf_append(sql, text, (size_t)(mark - text));
        ccpi_buf_append_format(sql, "$%zu", number);
    }
    ccpi_buf_append_text(sql, text);
}

void ccpi_sql_add(ccpi_sql *query, const char *sql, ccpi_db_value value)
{
    append_numbered(&query->sql, sql, ccpi_sql_bind(query, value));
}

ccp_status ccpi_sql_read(ccpi_db *db, const ccpi_sql *query, ccpi_db_visitor visit,
                         void *context, ccp_error *error)
{
    const ccpi_db_statement statement = {
        .sql = query->sql.data,
        .values = query->values,
        .count = query->count,
        .visit = visit,
        .context = context,
    };

    if (query->sql.status != CCP_OK)
        return ccpi_fail(error, query->sql.status, "no memory for a query");
    return ccpi_db_read(db, &statement, error);
}

void ccpi_sql_add_sums(ccpi_sql *query)
{
    for (int i = 0; i < CCPI_SUMS; i++)
        ccpi_buf_append_format(&query->sql,
                               ", CAST(coalesce(sum(%s), 0) AS BIGINT) AS %s",
                               sums[i].name, sums[i].name);
}

void ccpi_sql_add_row_sums(ccpi_sql *query)
{
    for (int i = 0; i < CCPI_SUMS; i++)
        ccpi_buf_append_format(&query->sql,
                               ", CAST(coalesce(sum(%s), 0) AS BIGINT) AS sum_of_%s",
                               sums[i].of_row, sums[i].name);
}

ccp_usage_sums ccpi_sql_take_sums(const ccpi_db_value *columns)
{
    int64_t numbers[CCPI_SUMS];
    ccp_usage_sums out;

    _Static_assert(sizeof(out) == sizeof(numbers), "sums are numbers in this order");
    for (int i = 0; i < CCPI_SUMS; i++)
        numbers[i] = ccpi_db_get_integer(&columns[i]);
    memcpy(&out, numbers, sizeof(out));
    return out;
}

void ccpi_sums_add(ccp_usage_sums *to, const ccp_usage_sums *more)
{
    int64_t left[CCPI_SUMS], right[CCPI_SUMS];

    memcpy(left, to, sizeof(left));
    memcpy(right, more, sizeof(right));
    for (int i = 0; i < CCPI_SUMS; i++)
        left[i] += right[i];
    memcpy(to, left, sizeof(left));
}

static void add_shown(ccpi_sql *query, const ccpi_store *store, const ccpi_tile *tile)
{
    if (!tile->is_whole)
        ccpi_sql_add(query, "? AS shown, ", ccpi_db_time(tile->shown_us));
    else if (tile->is_rows)
        ccpi_buf_append_format(&query->sql, "%s AS shown, ",
                               ccpi_db_driver_of(store->db)->minute_of_usage);
    else
        ccpi_buf_append_text(&query->sql, "bucket_start AS shown, ");
}

void ccpi_sql_add_tile(ccpi_sql *query, const ccpi_tile *tile, bool of_all)
{
    const char *time = tile->is_rows ? "created_at" : "bucket_start";

    if (tile->is_rows)
        ccpi_buf_append_text(&query->sql, " FROM token_usage WHERE ");
    else
        ccpi_buf_append_format(&query->sql, " FROM %s WHERE bucket_type = '%s' AND ",
                               of_all ? "usage_totals" : "usage_aggregates",
                               ccpi_bucket_name(tile->bucket));
    ccpi_buf_append_text(&query->sql, time);
    ccpi_sql_add(query, " >= ? AND ", ccpi_db_time(tile->start_us));
    ccpi_buf_append_text(&query->sql, time);
    ccpi_sql_add(query, " < ?", ccpi_db_time(tile->end_us));
}

static void add_source(ccpi_sql *query, const ccpi_tiles_want *want,
                       const ccpi_tile *tile)
{
    const ccp_usage_range *range = want->range;
    const bool of_all = !want->is_by_owner && want->user_count == 0 && !range->user_id &&
                        !range->access_key_id;

    for (int i = 0; i < CCPI_SUMS; i++)
        ccpi_buf_append_format(&query->sql, "%ssum(%s) AS %s", i > 0 ? ", " : "",
                               tile->is_rows ? sums[i].of_row : sums[i].name,
                               sums[i].name);
    ccpi_sql_add_tile(query, tile, of_all);
}

/* The conditions of a range, which every tile repeats. */
typedef struct conditions {
    ccpi_sql *query;
    ccpi_buf of_rows, of_sums;
} conditions;

static void add_condition(conditions *to, const char *of_rows, const char *of_sums,
                          ccpi_db_value value)
{
    const size_t number = ccpi_sql_bind(to->query, value);

    append_numbered(&to->of_rows, of_rows, number);
    append_numbered(&to->of_sums, of_sums, number);
}

static void add_same(conditions *to, const char *sql, ccpi_db_value value)
{
    add_condition(to, sql, sql, value);
}

static void add_users(conditions *to, const ccpi_tiles_want *want)
{
    for (size_t i = 0; i < want->user_count; i++)
        add_same(to, i == 0 ? " AND user_id IN (?" : ", ?",
                 ccpi_db_id(want->users[i].text));
    ccpi_buf_append_text(&to->of_rows, ")");
    ccpi_buf_append_text(&to->of_sums, ")");
}

static void add_conditions(conditions *to, const ccpi_tiles_want *want)
{
    const ccp_usage_range *range = want->range;

    if (want->user_count > 0)
        add_users(to, want);
    else if (range->user_id)
        add_same(to, " AND user_id = ?", ccpi_db_id(range->user_id->text));
    if (range->access_key_id)
        add_same(to, " AND access_key_id = ?", ccpi_db_id(range->access_key_id->text));
    if (range->provider)
        add_same(to, " AND provider = ?", ccpi_db_text(range->provider));
    if (range->model)
        add_condition(to, " AND " CCPI_ROW_MODEL " = ?", " AND model_id = ?",
                      ccpi_db_text(range->model));
}

static void add_tile(ccpi_sql *query, const ccpi_store *store,
                     const ccpi_tiles_want *want, const ccpi_tile *tile)
{
    if (want->has_shown)
        add_shown(query, store, tile);
    if (want->part)
        ccpi_buf_append_format(&query->sql, "%s AS part, ",
                               tile->is_rows ? want->row_part : want->part);
    if (want->has_model)
        ccpi_buf_append_format(&query->sql, "%s AS priced, ",
                               tile->is_rows ? CCPI_ROW_MODEL : "model_id");
    add_source(query, want, tile);
}

/* Each tile adds up what it can, mostly in the order of its index: little is left to
 * sort. */
static void add_grouping(ccpi_sql *query, const ccpi_tiles_want *want)
{
    static const char *const groupings[] = {"", " GROUP BY 1", " GROUP BY 1, 2",
                                            " GROUP BY 1, 2, 3"};
    const int columns = want->has_shown + (want->part != NULL) + want->has_model;

    ccpi_buf_append_text(&query->sql, groupings[columns]);
}

void ccpi_sql_add_tiles(ccpi_sql *query, const ccpi_store *store,
                        const ccpi_tiles_want *want)
{
    conditions common = {query, {.limit = MAX_SQL}, {.limit = MAX_SQL}};

    add_conditions(&common, want);
    ccpi_buf_append_text(&query->sql, "(");
    for (size_t i = 0; i < want->tiling->count; i++) {
        const ccpi_tile *tile = &want->tiling->tiles[i];

        ccpi_buf_append_text(&query->sql, i > 0 ? " UNION ALL SELECT " : "SELECT ");
        add_tile(query, store, want, tile);
        ccpi_buf_append_span(&query->sql, ccpi_buf_span(tile->is_rows ? &common.of_rows
                                                                      : &common.of_sums));
        add_grouping(query, want);
    }
    ccpi_buf_append_text(&query->sql, ") AS tiles");
    if (common.of_rows.status != CCP_OK || common.of_sums.status != CCP_OK)
        query->sql.status = CCP_NO_MEMORY;
    ccpi_buf_clear(&common.of_rows);
    ccpi_buf_clear(&common.of_sums);
}
