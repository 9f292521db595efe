/* Why requests were answered by Bedrock. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "contract/many_rows.h"

static void set_up(void)
{
    scene_open_in_zone(NULL);
}

TestSuite(report_fallbacks, .init = set_up, .fini = scene_close);

typedef struct pile {
    ccp_usage_reason at[8];
    int count;
} pile;

static bool take_reason(void *context, const ccp_usage_reason *reason)
{
    pile *to = context;

    cr_assert(lt(int, to->count, 8));
    to->at[to->count++] = *reason;
    return true;
}

static pile reasons_of(const ccp_usage_range *range)
{
    const ccp_report_store *reports = &on.store->reports;
    pile of = {.count = 0};

    cr_assert(eq(int, reports->fallbacks(reports->self, range, take_reason, &of, NULL),
                 CCP_OK));
    return of;
}

static ccp_usage_record fallback(int number, const char *reason)
{
    ccp_usage_record record = usage_of(number, ADA, SCENE_START_US + number);

    record.is_fallback = true;
    strcpy(record.fallback_reason, reason);
    return record;
}

Test(report_fallbacks, the_most_frequent_reason_comes_first)
{
    ccp_usage_record records[] = {
        fallback(1, "timeout"),          fallback(2, "rate_limit"),
        fallback(3, "rate_limit"),       fallback(4, "circuit_open"),
        fallback(5, "timeout"),          fallback(6, "rate_limit"),
        usage_of(7, ADA, SCENE_START_US)};
    const ccp_usage_range range = {.period = {SCENE_START_US, SCENE_START_US + HOUR}};
    pile of;

    records[4].status = CCP_USAGE_ERROR; /* an error is an error alone */
    add_usage(records, 7);
    of = reasons_of(&range);
    cr_assert(eq(int, of.count, 3));
    cr_expect(eq(str, of.at[0].reason, "rate_limit"));
    cr_expect(eq(i64, of.at[0].requests, 3));
    cr_expect(eq(str, of.at[1].reason, "circuit_open"));
    cr_expect(eq(str, of.at[2].reason, "timeout"));
    cr_expect(eq(i64, of.at[2].requests, 1));
}

Test(report_fallbacks, they_are_as_many_as_the_sums_say)
{
    const ccp_id bob = id_of(BOB), key = id_of(OTHER_KEY);
    ccp_usage_range range = {.period = {SCENE_START_US, SCENE_START_US + 20 * DAY}};

    int64_t seen = 0;

    add_many(SCENE_START_US, SCENE_START_US + 20 * DAY);
    for (int i = 0; i < 10; i++) {
        int64_t count = 0;
        pile of;

        range.period.start_us = SCENE_START_US + number_below(10 * DAY);
        range.period.end_us = range.period.start_us + number_below(10 * DAY);
        range.user_id = i % 2 ? &bob : NULL;
        /* alone it is one that the store knows: see below */
        range.access_key_id = range.user_id && i % 3 == 1 ? &key : NULL;
        range.provider = i % 4 == 2 ? "bedrock" : NULL;
        range.model = i % 5 == 3 ? "dearer" : NULL;
        of = reasons_of(&range);
        for (int n = 0; n < of.count; n++)
            count += of.at[n].requests;
        cr_expect(eq(i64, count, sums_by_loop(&range).fallbacks));
        seen += count;
    }
    cr_expect(gt(i64, seen, 100));
}

Test(report_fallbacks, those_of_an_access_key_are_its_own)
{
    const ccp_user user = scene_user("Carol");
    const ccp_access_key key = scene_key(&user), other = scene_key(&user);
    const ccp_usage_range range = {.period = {SCENE_START_US, SCENE_START_US + HOUR},
                                   .access_key_id = &key.id};
    ccp_usage_record records[] = {fallback(1, "timeout"), fallback(2, "timeout"),
                                  fallback(3, "rate_limit")};
    pile of;

    for (int i = 0; i < 2; i++)
        strcpy(records[i].user_id, user.id.text);
    strcpy(records[0].access_key_id, key.id.text);
    strcpy(records[1].access_key_id, other.id.text);
    add_usage(records, 3);
    of = reasons_of(&range);
    cr_assert(eq(int, of.count, 1));
    cr_expect(eq(str, of.at[0].reason, "timeout"));
    cr_expect(eq(i64, of.at[0].requests, 1));
}
