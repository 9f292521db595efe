/* Sums over a range by bucket, in all and for each of some users. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "store/reports/query.h"
#include "store/reports/reports.h"

#define US_PER_DAY INT64_C(86400000000)

/* A minute's sums may be pruned by another process, whose clock is ahead. */
#define CLOCK_SLACK_US INT64_C(300000000)

void ccpi_report_tile(const ccpi_store *store, const ccp_usage_range *range,
                      ccpi_bucket coarsest, ccpi_tiling *out)
{
    const ccpi_tiling_rule rule = {
        .zone = store->zone,
        .coarsest = coarsest,
        .minutes_from_us =
            ccpi_store_now(store) - CCP_USAGE_MINUTES_DAYS * US_PER_DAY + CLOCK_SLACK_US,
    };

    ccpi_tile_range(&rule, &range->period, out);
}

/* Goes through the buckets as they are shown, while sums arrive in order of time. */
typedef struct walk {
    const ccpi_zone *zone;
    ccpi_bucket kind;
    ccp_period period;
    ccp_usage_bucket at;
    bool is_stopped; /* by the visitor */
    bool (*visit)(const struct walk *walk, const ccp_usage_bucket *bucket);
    ccp_usage_bucket_visitor visit_bucket;
    ccp_usage_series_visitor visit_series;
    const ccp_id *user_id; /* of a series */
    void *context;
} walk;

static void open_bucket(walk *of, int64_t start_us)
{
    const int64_t next_us = ccpi_shown_next(of->zone, of->kind, start_us);
    const int64_t end_us = of->period.end_us;

    of->at = (ccp_usage_bucket){.start_us = start_us,
                                .end_us = next_us < end_us ? next_us : end_us};
}

/* Shows all buckets that end at this moment or before. */
static void walk_until(walk *of, int64_t unix_us)
{
    while (!of->is_stopped && of->at.start_us < of->period.end_us &&
           of->at.end_us <= unix_us) {
        of->is_stopped = !of->visit(of, &of->at);
        open_bucket(of, of->at.end_us);
    }
}

static bool show_alone(const walk *of, const ccp_usage_bucket *bucket)
{
    return of->visit_bucket(of->context, bucket);
}

static bool show_of_user(const walk *of, const ccp_usage_bucket *bucket)
{
    return of->visit_series(of->context, of->user_id, bucket);
}

static bool take_bucket(void *context, const ccpi_db_value *columns)
{
    walk *of = context;
    const ccp_usage_sums sums = ccpi_sql_take_sums(&columns[1]);

    walk_until(of, ccpi_db_get_integer(&columns[0]));
    ccpi_sums_add(&of->at.sums, &sums);
    return !of->is_stopped;
}

/* CCP_LIMIT: they are more than may be shown, so often. */
static ccp_status check_count(const ccpi_store *store, const ccp_usage_range *range,
                              size_t times, ccp_error *error)
{
    const ccp_period *period = &range->period;
    size_t left = CCP_USAGE_BUCKETS_MOST / (times > 0 ? times : 1);

    for (int64_t at = period->start_us; at < period->end_us && left > 0; left--)
        at = ccpi_shown_next(store->zone, (ccpi_bucket)range->bucket, at);
    if (left > 0)
        return CCP_OK;
    return ccpi_fail(error, CCP_LIMIT, "the range has more than %d buckets",
                     CCP_USAGE_BUCKETS_MOST);
}

ccp_status ccpi_report_buckets(void *self, const ccp_usage_range *range,
                               ccp_usage_bucket_visitor visit, void *context,
                               ccp_error *error)
{
    const ccpi_store *store = self;
    walk of = {.zone = store->zone,
               .kind = (ccpi_bucket)range->bucket,
               .period = range->period,
               .visit = show_alone,
               .visit_bucket = visit,
               .context = context};
    ccpi_tiling tiling;
    const ccpi_tiles_want want = {.tiling = &tiling, .range = range, .has_shown = true};
    ccp_status status = check_count(store, range, 1, error);

    ccpi_report_tile(store, range, of.kind, &tiling);
    if (status != CCP_OK || tiling.count == 0)
        return status;

    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of("SELECT shown");
    ccpi_sql_add_sums(&query);
    ccpi_buf_append_text(&query.sql, " FROM ");
    ccpi_sql_add_tiles(&query, store, &want);
    ccpi_buf_append_text(&query.sql, " GROUP BY shown ORDER BY shown");
    open_bucket(&of, range->period.start_us);
    status = ccpi_sql_read(store->db, &query, take_bucket, &of, error);
    if (status == CCP_OK)
        walk_until(&of, range->period.end_us);
    return status;
}

/* ---- by user and bucket ---- */

static int compare_ids(const void *left, const void *right)
{
    const ccp_id *a = left, *b = right;

    return strcmp(a->text, b->text);
}

/* Users in order, and the walk of the one whose buckets arrive. */
typedef struct series {
    walk walk;
    const ccp_id *users;
    size_t count;
    size_t at;
} series;

static void begin_user(series *of)
{
    of->walk.user_id = &of->users[of->at];
    open_bucket(&of->walk, of->walk.period.start_us);
}

/* Ends users until this one's turn, or all when it is NULL. */
static void go_to_user(series *of, const char *id)
{
    while (of->at < of->count && (!id || strcmp(of->users[of->at].text, id) != 0)) {
        walk_until(&of->walk, of->walk.period.end_us);
        if (++of->at < of->count)
            begin_user(of);
    }
}

static bool take_point(void *context, const ccpi_db_value *columns)
{
    series *of = context;
    const ccp_usage_sums sums = ccpi_sql_take_sums(&columns[2]);
    char id[sizeof(of->users->text)];

    ccpi_db_get_text(&columns[1], id, sizeof(id));
    go_to_user(of, id);
    walk_until(&of->walk, ccpi_db_get_integer(&columns[0]));
    ccpi_sums_add(&of->walk.at.sums, &sums);
    return !of->walk.is_stopped;
}

static ccp_status read_series(const ccpi_store *store, const ccp_usage_range *range,
                              series *of, ccp_error *error)
{
    ccpi_tiling tiling;
    const ccpi_tiles_want want = {.tiling = &tiling,
                                  .range = range,
                                  .part = "user_id",
                                  .row_part = "user_id",
                                  .is_by_owner = true,
                                  .users = of->users,
                                  .user_count = of->count,
                                  .has_shown = true};
    ccp_status status;

    ccpi_report_tile(store, range, of->walk.kind, &tiling);
    if (tiling.count == 0)
        return CCP_OK;
    CCPI_CLEANUP(ccpi_sql_clear) ccpi_sql query = ccpi_sql_of("SELECT shown, part");
    ccpi_sql_add_sums(&query);
    ccpi_buf_append_text(&query.sql, " FROM ");
    ccpi_sql_add_tiles(&query, store, &want);
    ccpi_buf_append_text(&query.sql, " GROUP BY part, shown ORDER BY part, shown");
    begin_user(of);
    status = ccpi_sql_read(store->db, &query, take_point, of, error);
    if (status == CCP_OK)
        go_to_user(of, NULL);
    return status;
}

static ccp_status read_in_parts(const ccpi_store *store, const ccp_usage_range *range,
                                series *of, ccp_error *error)
{
    const ccp_id *users = of->users;
    const size_t count = of->count;
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < count && status == CCP_OK && !of->walk.is_stopped;
         i += CCPI_SQL_USERS) {
        of->users = &users[i];
        of->count = count - i < CCPI_SQL_USERS ? count - i : CCPI_SQL_USERS;
        of->at = 0;
        status = read_series(store, range, of, error);
    }
    return status;
}

static ccp_status sort_users(const ccp_usage_series *wanted, ccp_id *out,
                             ccp_error *error)
{
    if (wanted->count > CCP_USAGE_SERIES_MOST)
        return ccpi_fail(error, CCP_LIMIT, "a series has at most %d users",
                         CCP_USAGE_SERIES_MOST);
    for (size_t i = 0; i < wanted->count; i++)
        if (!ccpi_id_parse(wanted->users[i].text, &out[i]))
            return ccpi_fail(error, CCP_INVALID, "a user's id is none");
    if (wanted->count > 0)
        qsort(out, wanted->count, sizeof(out[0]), compare_ids);
    return CCP_OK;
}

ccp_status ccpi_report_series(void *self, const ccp_usage_series *wanted,
                              ccp_usage_series_visitor visit, void *context,
                              ccp_error *error)
{
    const ccpi_store *store = self;
    const ccp_usage_range *range = &wanted->range;
    ccp_id sorted[CCP_USAGE_SERIES_MOST];
    series of = {.walk = {.zone = store->zone,
                          .kind = (ccpi_bucket)range->bucket,
                          .period = range->period,
                          .visit = show_of_user,
                          .visit_series = visit,
                          .context = context},
                 .users = sorted,
                 .count = wanted->count};
    ccp_status status = sort_users(wanted, sorted, error);

    if (status == CCP_OK)
        status = check_count(store, range, wanted->count, error);
    return status == CCP_OK ? read_in_parts(store, range, &of, error) : status;
}
