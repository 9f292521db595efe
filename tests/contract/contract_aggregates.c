/* US-7, read from the table itself: these are the library's own stores. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "contract/scene.h"

static void set_up(void)
{
    scene_open_in_zone(NULL);
}

TestSuite(aggregates, .init = set_up, .fini = scene_close);
TestSuite(aggregates_zone, .fini = scene_close);

#define ADA "a0000000-0000-4000-8000-000000000000"
#define BOB "b0000000-0000-4000-8000-000000000000"
#define KEY "c0000000-0000-4000-8000-000000000000"

static ccp_usage_record record_of(int number, const char *user_id)
{
    ccp_usage_record record = {
        .created_at_us = on.now_us,
        .access_key_id = KEY,
        .provider = "bedrock",
        .model = "asked",
        .served_model = "served",
        .pricing_model_id = "priced",
        .tokens = {1, 20, 300, 4000, 50000},
        .input_cost_micro = 1,
        .output_cost_micro = 2,
        .cache_write_cost_micro = 3,
        .cache_read_cost_micro = 4,
        .total_cost_micro = 10,
    };

    snprintf(record.request_id, sizeof(record.request_id), "req_%d", number);
    strcpy(record.user_id, user_id);
    return record;
}

static void add(const ccp_usage_record *records, size_t count)
{
    ccp_error error = {0};
    ccp_status status =
        on.store->usage.add(on.store->usage.self, records, count, NULL, &error);

    cr_assert(eq(int, status, CCP_OK), "%s", error.message);
}

/* Sums of all that are not those of the owners, added up. */
static int64_t totals_that_differ(void)
{
    return scene_number(
        "SELECT count(*) FROM (SELECT bucket_type, bucket_start, provider, model_id,"
        " sum(requests) AS requests, sum(output_tokens) AS tokens,"
        " sum(total_cost_micro) AS cost FROM usage_aggregates GROUP BY 1, 2, 3, 4)"
        " AS owners FULL JOIN usage_totals AS t ON t.bucket_type = owners.bucket_type"
        " AND t.bucket_start = owners.bucket_start AND t.provider = owners.provider"
        " AND t.model_id = owners.model_id WHERE t.requests <> owners.requests"
        " OR t.output_tokens <> tokens OR t.total_cost_micro <> cost"
        " OR t.requests IS NULL OR owners.requests IS NULL");
}

static int64_t sum(const char *column, const char *condition)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
             "SELECT CAST(coalesce(sum(%s), 0) AS BIGINT) FROM usage_aggregates WHERE %s",
             column, condition);
    return scene_number(sql);
}

static int64_t count(const char *condition)
{
    char sql[512];

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM usage_aggregates WHERE %s",
             condition);
    return scene_number(sql);
}

/* Of a bucket's start, in Unix seconds. */
static int64_t start_of(const char *bucket)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
             "SELECT bucket_start FROM usage_aggregates WHERE bucket_type = '%s'",
             bucket);
    return scene_number(sql) / SCENE_SECOND;
}

Test(aggregates, a_row_raises_each_sum_in_each_of_five_buckets)
{
    static const struct {
        const char *column;
        int64_t expected;
    } sums[] = {
        {"requests", 2},
        {"errors", 0},
        {"fallbacks", 1},
        {"input_tokens", 2},
        {"output_tokens", 40},
        {"total_tokens", 42},
        {"cache_read_tokens", 600},
        {"cache_write_tokens", 108000},
        {"input_cost_micro", 2},
        {"output_cost_micro", 4},
        {"cache_write_cost_micro", 6},
        {"cache_read_cost_micro", 8},
        {"total_cost_micro", 20},
    };
    static const char *const buckets[] = {"minute", "hour", "day", "week", "month"};
    ccp_usage_record records[2] = {record_of(1, ADA), record_of(2, ADA)};

    records[1].is_fallback = true;
    add(&records[0], 1);
    add(&records[1], 1);
    cr_expect(eq(i64, count("model_id = 'priced'"), 5));
    for (size_t b = 0; b < 5; b++) {
        for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
            char condition[64];

            snprintf(condition, sizeof(condition), "bucket_type = '%s'", buckets[b]);
            cr_expect(eq(i64, sum(sums[i].column, condition), sums[i].expected),
                      "%s of %s", sums[i].column, buckets[b]);
        }
    }
}

/* date -u -d @1772366400: Sunday, 2026-03-01 12:00:00, whose week begins that day */
Test(aggregates, buckets_begin_where_the_utc_clock_is_round)
{
    ccp_usage_record record = record_of(1, ADA);

    record.created_at_us = SCENE_START_US + (3 * 86400 + 754) * SCENE_SECOND + 5;
    add(&record, 1); /* Wednesday, 2026-03-04 12:12:34 */
    cr_expect(eq(i64, start_of("minute"), 1772366400 + 3 * 86400 + 720));
    cr_expect(eq(i64, start_of("hour"), 1772366400 + 3 * 86400));
    cr_expect(eq(i64, start_of("day"), 1772366400 + 2 * 86400 + 43200));
    cr_expect(eq(i64, start_of("week"), 1772366400 - 43200));
    cr_expect(eq(i64, start_of("month"), 1772366400 - 43200));
}

/* TZ=Asia/Seoul date -d 2026-03-01 +%s: 1772290800; the moment is 21:00 there. */
Test(aggregates_zone, days_weeks_and_months_begin_in_the_reporting_zone)
{
    ccp_usage_record record;

    scene_open_in_zone("Asia/Seoul");
    record = record_of(1, ADA);
    add(&record, 1);
    cr_expect(eq(i64, start_of("day"), 1772290800));
    cr_expect(eq(i64, start_of("week"), 1772290800));
    cr_expect(eq(i64, start_of("month"), 1772290800));
    cr_expect(eq(i64, start_of("hour"), 1772366400));
}

/* US-5 */
Test(aggregates, a_replay_raises_nothing)
{
    ccp_usage_record records[3] = {record_of(1, ADA), record_of(2, ADA),
                                   record_of(3, ADA)};

    add(records, 2);
    add(records, 3);
    add(records, 3);
    cr_expect(eq(i64, sum("requests", "bucket_type = 'day'"), 3));
}

/* US-1 */
Test(aggregates, what_failed_counts_under_errors_and_never_under_requests)
{
    ccp_usage_record record = record_of(1, ADA);

    record.status = CCP_USAGE_ERROR;
    record.is_fallback = true;
    add(&record, 1);
    cr_expect(eq(i64, sum("requests", "bucket_type = 'day'"), 0));
    cr_expect(eq(i64, sum("fallbacks", "bucket_type = 'day'"), 0));
    cr_expect(eq(i64, sum("errors", "bucket_type = 'day'"), 1));
}

Test(aggregates, users_keys_providers_and_models_are_kept_apart)
{
    ccp_usage_record records[6];

    for (int i = 0; i < 6; i++)
        records[i] = record_of(i, ADA);
    strcpy(records[1].user_id, BOB);
    strcpy(records[2].access_key_id, ADA);
    strcpy(records[3].provider, "plan");
    strcpy(records[4].pricing_model_id, "dearer");
    records[5].pricing_model_id[0] = '\0'; /* has no price: as it was served */
    add(records, 6);
    cr_expect(eq(i64, count("bucket_type = 'day'"), 6));
    cr_expect(eq(i64, sum("requests", "bucket_type = 'day' AND model_id = 'served'"), 1));
    cr_expect(eq(i64, sum("requests", "bucket_type = 'day' AND user_id = '" BOB "'"), 1));
    cr_expect(eq(i64, totals_that_differ(), 0));
}

Test(aggregates, many_rows_of_many_users_add_up)
{
    enum { COUNT = 300 };
    static ccp_usage_record records[COUNT];

    for (int i = 0; i < COUNT; i++) {
        records[i] = record_of(i, i % 2 ? ADA : BOB);
        records[i].created_at_us += i * 20 * SCENE_SECOND; /* 100 minutes */
    }
    add(records, COUNT);
    cr_expect(eq(i64, count("bucket_type = 'minute'"), 200));
    cr_expect(eq(i64, sum("total_cost_micro", "bucket_type = 'minute'"), 3000));
    cr_expect(eq(i64, sum("total_cost_micro", "bucket_type = 'month'"), 3000));
    cr_expect(eq(i64, count("bucket_type = 'month'"), 2));
    cr_expect(eq(i64, totals_that_differ(), 0));
    cr_expect(eq(i64,
                 scene_number("SELECT count(*) FROM usage_totals"
                              " WHERE bucket_type = 'minute'"),
                 100));
}

static void prune(int64_t rows_from_us, int64_t minutes_from_us)
{
    const ccp_usage_retention keep = {rows_from_us, minutes_from_us};

    cr_assert(eq(int, on.store->usage.prune(on.store->usage.self, &keep, NULL), CCP_OK));
}

/* A month lies between the rows: PostgreSQL's are removed by month. */
Test(aggregates, pruning_takes_old_minutes_and_rows_and_nothing_else)
{
    const int64_t month = 31 * 24 * 3600 * SCENE_SECOND;
    ccp_usage_record records[2] = {record_of(1, ADA), record_of(2, ADA)};

    records[1].created_at_us += month;
    add(records, 2);

    prune(0, 0);
    cr_expect(eq(i64, count("bucket_type = 'minute'"), 2));
    prune(0, SCENE_START_US + month);
    cr_expect(eq(i64, count("bucket_type = 'minute'"), 1));
    cr_expect(eq(i64, count("bucket_type = 'hour'"), 2));
    cr_expect(eq(i64, totals_that_differ(), 0));
    cr_expect(eq(i64, scene_number("SELECT count(*) FROM token_usage"), 2));
    prune(SCENE_START_US + month, 0);
    cr_expect(eq(i64, scene_number("SELECT count(*) FROM token_usage"), 1));
    cr_expect(eq(i64, count("bucket_type = 'hour'"), 2));
}
