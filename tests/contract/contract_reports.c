/* US-8 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/many_rows.h"

static void set_up(void)
{
    scene_open_in_zone(NULL);
}

TestSuite(reports, .init = set_up, .fini = scene_close);
TestSuite(reports_zone, .fini = scene_close);

#define CALL(function, ...)                                                              \
    on.store->reports.function(on.store->reports.self, __VA_ARGS__, &(ccp_error){0})

static void expect_sums(const ccp_usage_sums *seen, const ccp_usage_sums *expected,
                        const ccp_period *of)
{
    cr_expect(memcmp(seen, expected, sizeof(*seen)) == 0,
              "[%lld, %lld): %lld and %lld requests, %lld and %lld micro-dollars",
              (long long)of->start_us, (long long)of->end_us, (long long)seen->requests,
              (long long)expected->requests, (long long)seen->total_cost_micro,
              (long long)expected->total_cost_micro);
}

/* Buckets that follow each other without a hole from start to end, each with its sums. */
typedef struct checked {
    ccp_usage_range range;
    int64_t next_us;
    int count;
} checked;

static bool check_bucket(void *context, const ccp_usage_bucket *bucket)
{
    checked *of = context;
    ccp_usage_range part = of->range;
    ccp_usage_sums expected;

    cr_expect(eq(i64, bucket->start_us, of->next_us));
    cr_expect(gt(i64, bucket->end_us, bucket->start_us));
    part.period = (ccp_period){bucket->start_us, bucket->end_us};
    expected = sums_by_loop(&part);
    expect_sums(&bucket->sums, &expected, &part.period);
    of->next_us = bucket->end_us;
    of->count++;
    return true;
}

/* The models of the totals, the dearest first, which are all of them together. */
typedef struct models {
    ccp_usage_range range;
    int64_t last_micro;
    int64_t requests, cost_micro;
} models;

static bool check_model(void *context, const ccp_usage_group *group)
{
    models *of = context;
    ccp_usage_range part = of->range;
    ccp_usage_sums expected;

    part.model = group->key;
    expected = sums_by_loop(&part);
    expect_sums(&group->sums, &expected, &part.period);
    cr_expect(le(i64, group->sums.total_cost_micro, of->last_micro));
    of->last_micro = group->sums.total_cost_micro;
    of->requests += group->sums.requests;
    of->cost_micro += group->sums.total_cost_micro;
    return true;
}

static void check_totals(const ccp_usage_range *range, const ccp_usage_sums *expected)
{
    models of = {.range = *range, .last_micro = INT64_MAX};
    const ccp_usage_models told = {check_model, &of};
    ccp_usage_totals totals;

    cr_assert(eq(int, CALL(totals, range, &told, &totals), CCP_OK));
    expect_sums(&totals.sums, expected, &range->period);
    cr_expect(eq(i64, totals.active_users, active_by_loop(range)));
    cr_expect(eq(i64, of.requests, expected->requests));
    cr_expect(eq(i64, of.cost_micro, expected->total_cost_micro));
}

/* Returns how many requests the range has. */
static int64_t check_range(const ccp_usage_range *whole, ccp_bucket bucket)
{
    ccp_usage_range shown = *whole;
    const ccp_usage_range *range = &shown;
    const ccp_usage_sums expected = sums_by_loop(range);
    checked of = {*range, range->period.start_us, 0};

    shown.bucket = bucket;
    check_totals(range, &expected);
    cr_assert(eq(int, CALL(buckets, range, check_bucket, &of), CCP_OK));
    cr_expect(eq(i64, of.next_us, range->period.end_us));
    return expected.requests;
}

static void check_ranges(int64_t from_us, int64_t to_us)
{
    static const int64_t grains[] = {1, SCENE_SECOND, MINUTE, 30 * MINUTE, HOUR, DAY};
    /* Minutes of a long range are too many to look at. */
    static const ccp_bucket buckets[] = {CCP_BUCKET_HOUR, CCP_BUCKET_DAY, CCP_BUCKET_WEEK,
                                         CCP_BUCKET_MONTH};
    int64_t seen = 0;

    for (int i = 0; i < 24; i++) {
        const int64_t grain = grains[i % 6];
        int64_t start_us = from_us + number_below((to_us - from_us) / 2);
        int64_t end_us = start_us + 1 + number_below(to_us - start_us);

        start_us -= start_us % grain;
        end_us -= end_us % grain;
        const ccp_usage_range range = {.period = {start_us, end_us}};
        seen += check_range(&range, buckets[i / 6]);
    }
    cr_expect(gt(i64, seen, MANY));
}

/* Of the first zone without daylight saving; then clocks that go forward and back by an
 * hour, by half an hour, and at midnight. */
static void check_zone(const char *zone)
{
    const int64_t from_us = SCENE_START_US - 200 * DAY;
    const int64_t to_us = SCENE_START_US + 40 * DAY;
    const ccp_usage_retention keep = {.minutes_from_us = to_us - 14 * DAY};

    scene_open_in_zone(zone);
    on.now_us = to_us;
    add_many(from_us, to_us);
    check_ranges(from_us, to_us);
    cr_assert(eq(int, on.store->usage.prune(on.store->usage.self, &keep, NULL), CCP_OK));
    check_ranges(from_us, to_us);
}

Test(reports_zone, sums_are_exact_over_any_range_in_utc)
{
    check_zone("UTC");
}

Test(reports_zone, sums_are_exact_over_any_range_where_summer_is_an_hour)
{
    check_zone("Europe/Berlin");
}

Test(reports_zone, sums_are_exact_over_any_range_where_summer_is_half_an_hour)
{
    check_zone("Australia/Lord_Howe");
}

Test(reports_zone, sums_are_exact_over_any_range_where_the_clock_jumps_at_midnight)
{
    check_zone("America/Santiago");
}

Test(reports, minutes_are_exact_whether_their_sums_are_kept_or_not)
{
    const int64_t start_us = SCENE_START_US - 14 * DAY - 2 * HOUR + 12345678;
    const ccp_usage_range range = {.period = {start_us, start_us + 4 * HOUR}};
    const ccp_usage_retention keep = {.minutes_from_us = SCENE_START_US - 14 * DAY};

    add_many(start_us - HOUR, start_us + 5 * HOUR);
    check_range(&range, CCP_BUCKET_MINUTE);
    cr_assert(eq(int, on.store->usage.prune(on.store->usage.self, &keep, NULL), CCP_OK));
    check_range(&range, CCP_BUCKET_MINUTE);
}

Test(reports, a_range_may_be_of_one_user_key_provider_and_model)
{
    const ccp_id user_id = id_of(ADA), key_id = id_of(OTHER_KEY);
    const ccp_period period = {SCENE_START_US - 9 * DAY + 7, SCENE_START_US + 7};
    const ccp_usage_range ranges[] = {
        {.period = period, .user_id = &user_id},
        {.period = period, .access_key_id = &key_id},
        {.period = period, .provider = "plan"},
        {.period = period, .model = "dearer"},
        {.period = period, .model = "served"},
        {.period = period,
         .user_id = &user_id,
         .access_key_id = &key_id,
         .provider = "bedrock",
         .model = "priced"},
    };

    add_many(SCENE_START_US - 10 * DAY, SCENE_START_US + DAY);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        check_range(&ranges[i], CCP_BUCKET_DAY);
}

Test(reports, an_empty_range_has_no_buckets_and_zero_sums)
{
    const ccp_usage_range range = {.period = {SCENE_START_US, SCENE_START_US}};
    ccp_usage_totals totals = {.active_users = 7};
    checked of = {.range = range};

    cr_expect(eq(int, CALL(totals, &range, NULL, &totals), CCP_OK));
    cr_expect(eq(i64, totals.active_users, 0));
    cr_expect(eq(int, CALL(buckets, &range, check_bucket, &of), CCP_OK));
    cr_expect(eq(int, of.count, 0));
}

typedef struct starts {
    int64_t at[8];
    int count;
} starts;

static bool note_start(void *context, const ccp_usage_bucket *bucket)
{
    starts *of = context;

    if (of->count < 8)
        of->at[of->count] = bucket->start_us / SCENE_SECOND;
    of->count++;
    return true;
}

static starts starts_of(int64_t start_s, int64_t end_s, ccp_bucket bucket)
{
    const ccp_usage_range range = {
        .period = {start_s * SCENE_SECOND, end_s * SCENE_SECOND}, .bucket = bucket};
    starts of = {.count = 0};

    cr_assert(eq(int, CALL(buckets, &range, note_start, &of), CCP_OK));
    return of;
}

/* TZ=Europe/Berlin date -d '2026-03-28' +%s and so on: the 29th has 23 hours. */
Test(reports_zone, days_follow_the_clock_of_the_zone_over_its_change)
{
    scene_open_in_zone("Europe/Berlin");
    const starts of = starts_of(1774652400 + 3600, 1774908000 + 3600, CCP_BUCKET_DAY);

    cr_expect(eq(int, of.count, 4));
    cr_expect(eq(i64, of.at[0], 1774652400 + 3600)); /* cut to the range */
    cr_expect(eq(i64, of.at[1], 1774738800));
    cr_expect(eq(i64, of.at[2], 1774821600));
    cr_expect(eq(i64, of.at[3], 1774908000));
}

/* 2026-11-01 in New York: 01:00 is there twice, so the day has 25 hours. */
Test(reports_zone, the_hour_that_is_there_twice_has_two_buckets)
{
    scene_open_in_zone("America/New_York");
    const int64_t midnight = 1793505600; /* TZ=America/New_York date -d 2026-11-01 +%s */
    const starts of = starts_of(midnight, midnight + 25 * 3600, CCP_BUCKET_HOUR);

    cr_expect(eq(int, of.count, 25));
    cr_expect(eq(i64, of.at[2], midnight + 2 * 3600));
    cr_expect(
        eq(int, starts_of(midnight, midnight + 25 * 3600, CCP_BUCKET_DAY).count, 1));
}

/* TZ=Asia/Seoul: 2025-01-06 12:00 is in the week of Sunday, 2025-01-05 00:00. */
Test(reports_zone, a_week_begins_on_sunday_in_the_zone)
{
    scene_open_in_zone("Asia/Seoul");
    const int64_t sunday = 1736002800; /* TZ=Asia/Seoul date -d 2025-01-05 +%s */
    const starts of = starts_of(sunday - 1, 1736132400, CCP_BUCKET_WEEK);

    cr_expect(eq(int, of.count, 2));
    cr_expect(eq(i64, of.at[1], sunday));
}

Test(reports, more_buckets_than_anybody_looks_at_are_refused)
{
    const ccp_usage_range range = {
        .period = {SCENE_START_US, SCENE_START_US + 50000 * MINUTE + 1},
        .bucket = CCP_BUCKET_MINUTE};
    starts of = {.count = 0};

    cr_expect(eq(int, CALL(buckets, &range, note_start, &of), CCP_LIMIT));
    cr_expect(eq(int, of.count, 0));
}

static bool note_two(void *context, const ccp_usage_bucket *bucket)
{
    note_start(context, bucket);
    return ((starts *)context)->count < 2;
}

Test(reports, a_visitor_ends_the_listing_of_buckets)
{
    const ccp_usage_range range = {.period = {SCENE_START_US, SCENE_START_US + DAY},
                                   .bucket = CCP_BUCKET_HOUR};
    starts of = {.count = 0};

    add_many(SCENE_START_US, SCENE_START_US + DAY);
    cr_expect(eq(int, CALL(buckets, &range, note_two, &of), CCP_OK));
    cr_expect(eq(int, of.count, 2));
}

Test(reports, users_whose_requests_all_failed_are_not_active)
{
    const ccp_usage_range range = {.period = {0, SCENE_START_US + 1}};
    ccp_usage_record records[3] = {usage_of(1, ADA, SCENE_START_US),
                                   usage_of(2, ADA, SCENE_START_US - 3 * DAY),
                                   usage_of(3, BOB, SCENE_START_US)};
    ccp_usage_totals totals;

    records[2].status = CCP_USAGE_ERROR;
    add_usage(records, 3);
    cr_assert(eq(int, CALL(totals, &range, NULL, &totals), CCP_OK));
    cr_expect(eq(i64, totals.active_users, 1));
    cr_expect(eq(i64, totals.sums.errors, 1));
}

/* ---- groups ---- */

typedef struct group_pile {
    ccp_usage_group at[4];
    int count;
} group_pile;

static bool pile_group(void *context, const ccp_usage_group *group)
{
    group_pile *of = context;

    if (of->count < 4)
        of->at[of->count] = *group;
    of->count++;
    return true;
}

static group_pile groups_of(ccp_usage_by by, bool dearest_first, size_t limit)
{
    const ccp_usage_grouping grouping = {
        .range = {.period = {SCENE_START_US - 40 * DAY, SCENE_START_US + 1}},
        .by = by,
        .dearest_first = dearest_first,
        .limit = limit};
    group_pile of = {.count = 0};

    cr_assert(eq(int, CALL(groups, &grouping, pile_group, &of), CCP_OK));
    return of;
}

Test(reports, users_come_with_the_most_tokens_first_and_their_names)
{
    const ccp_user ada = scene_user("Ada"), bob = scene_user("Bob");
    ccp_usage_record records[4] = {usage_of(1, ada.id.text, SCENE_START_US),
                                   usage_of(2, bob.id.text, SCENE_START_US),
                                   usage_of(3, bob.id.text, SCENE_START_US - 35 * DAY),
                                   usage_of(4, EVE, SCENE_START_US)};
    group_pile of;

    records[3].tokens.output = 1000;
    add_usage(records, 4);
    cr_assert(eq(
        int,
        on.store->users.set_status(on.store->users.self, &bob.id, CCP_USER_DELETED, NULL),
        CCP_OK));
    of = groups_of(CCP_USAGE_BY_USER, false, 2);
    cr_assert(eq(int, of.count, 2));
    cr_expect(eq(str, of.at[0].key, EVE));
    cr_expect(eq(str, of.at[0].label, ""));
    cr_expect(eq(str, of.at[1].key, (char *)bob.id.text));
    cr_expect(eq(str, of.at[1].label, "Bob"));
    cr_expect(eq(i64, of.at[1].sums.requests, 2));
    cr_expect(eq(i64, of.at[1].sums.total_tokens, 6));
}

Test(reports, models_come_with_the_dearest_first_as_they_were_priced)
{
    ccp_usage_record records[3] = {usage_of(1, ADA, SCENE_START_US),
                                   usage_of(2, ADA, SCENE_START_US),
                                   usage_of(3, ADA, SCENE_START_US)};
    group_pile of;

    strcpy(records[1].pricing_model_id, "dearer");
    records[1].total_cost_micro = 101;
    records[2].pricing_model_id[0] = '\0';
    records[2].total_cost_micro = 0;
    add_usage(records, 3);
    of = groups_of(CCP_USAGE_BY_MODEL, true, 0);
    cr_assert(eq(int, of.count, 3));
    cr_expect(eq(str, of.at[0].key, "dearer"));
    cr_expect(eq(str, of.at[1].key, "priced"));
    cr_expect(eq(str, of.at[2].key, "served"));
    cr_expect(eq(i64, of.at[1].sums.cache_write_cost_micro, 30));
}

Test(reports, access_keys_come_with_their_prefix)
{
    const ccp_user ada = scene_user("Ada");
    const ccp_access_key key = scene_key(&ada);
    ccp_usage_record record = usage_of(1, ada.id.text, SCENE_START_US);
    group_pile of;

    strcpy(record.access_key_id, key.id.text);
    add_usage(&record, 1);
    of = groups_of(CCP_USAGE_BY_ACCESS_KEY, true, 0);
    cr_assert(eq(int, of.count, 1));
    cr_expect(eq(str, of.at[0].key, (char *)key.id.text));
    cr_expect(eq(str, of.at[0].label, (char *)key.prefix.text));
}

Test(reports, plan_and_bedrock_are_told_apart)
{
    ccp_usage_record records[2] = {usage_of(1, ADA, SCENE_START_US),
                                   usage_of(2, ADA, SCENE_START_US)};

    strcpy(records[1].provider, "plan");
    records[1].total_cost_micro = 7;
    add_usage(records, 2);
    const group_pile of = groups_of(CCP_USAGE_BY_PROVIDER, true, 0);
    cr_assert(eq(int, of.count, 2));
    cr_expect(eq(str, (char *)of.at[0].key, "bedrock"));
    cr_expect(eq(i64, of.at[1].sums.total_cost_micro, 7));
}

/* ---- series ---- */

typedef struct checked_series {
    checked of;
    ccp_id user_id;
    int users;
} checked_series;

static bool check_point(void *context, const ccp_id *user_id,
                        const ccp_usage_bucket *bucket)
{
    checked_series *series = context;

    if (series->users == 0 || strcmp(series->user_id.text, user_id->text) != 0) {
        if (series->users++ > 0)
            cr_expect(eq(i64, series->of.next_us, series->of.range.period.end_us));
        cr_expect(gt(int, strcmp(user_id->text, series->user_id.text), 0));
        series->user_id = *user_id;
        series->of.next_us = series->of.range.period.start_us;
        series->of.range.user_id = &series->user_id;
    }
    return check_bucket(&series->of, bucket);
}

Test(reports, a_series_has_all_buckets_of_each_user_also_of_one_without_usage)
{
    const ccp_id users[] = {id_of(EVE), id_of(OTHER_KEY), id_of(ADA)};
    const ccp_usage_series wanted = {
        .range = {.period = {SCENE_START_US - 3 * DAY + 5, SCENE_START_US},
                  .bucket = CCP_BUCKET_HOUR},
        .users = users,
        .count = 3};
    checked_series series = {.of = {.range = wanted.range}};

    add_many(SCENE_START_US - 4 * DAY, SCENE_START_US + DAY);
    cr_assert(eq(int, CALL(series, &wanted, check_point, &series), CCP_OK));
    cr_expect(eq(int, series.users, 3));
    cr_expect(eq(int, series.of.count, 3 * 72));
}

Test(reports, a_series_may_be_of_a_hundred_users)
{
    ccp_id users[101];
    ccp_usage_series wanted = {.range = {.period = {SCENE_START_US - DAY, SCENE_START_US},
                                         .bucket = CCP_BUCKET_DAY},
                               .users = users,
                               .count = 100};
    checked_series series = {.of = {.range = wanted.range}};

    for (int i = 0; i < 101; i++)
        snprintf(users[i].text, sizeof(users[i].text), "%08x-0000-4000-8000-000000000000",
                 0xa0000000u + (unsigned)i);
    add_many(SCENE_START_US - 2 * DAY, SCENE_START_US);
    cr_assert(eq(int, CALL(series, &wanted, check_point, &series), CCP_OK));
    cr_expect(eq(int, series.users, 100));
    wanted.count = 101;
    cr_expect(eq(int, CALL(series, &wanted, check_point, &series), CCP_LIMIT));
}
