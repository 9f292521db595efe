/* US-8, PX-11 */
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

TestSuite(report_rows, .init = set_up, .fini = scene_close);

#define CALL(function, ...)                                                              \
    on.store->reports.function(on.store->reports.self, __VA_ARGS__, &(ccp_error){0})

/* ---- rows ---- */

typedef struct row_pile {
    char ids[8][65];
    int count;
} row_pile;

static bool pile_row(void *context, const ccp_usage_record *record)
{
    row_pile *of = context;

    if (of->count < 8)
        strcpy(of->ids[of->count], record->request_id);
    of->count++;
    return true;
}

static row_pile rows_of(const ccp_usage_row_filter *filter, ccp_page *page)
{
    ccp_usage_row_page wanted = {*filter, *page};
    row_pile of = {.count = 0};

    cr_assert(eq(int, CALL(rows, &wanted, pile_row, &of), CCP_OK));
    *page = wanted.page;
    return of;
}

static size_t count_by_loop(const ccp_usage_range *range, const ccp_usage_status *status)
{
    size_t count = 0;

    for (int i = 0; i < MANY; i++)
        count += is_in_range(range, &many[i]) && (!status || many[i].status == *status);
    return count;
}

Test(report_rows, rows_come_newest_first_by_page_with_their_number)
{
    const ccp_usage_row_filter all = {.request_id = NULL};
    ccp_usage_record records[4];
    ccp_page page = {.limit = 2};
    row_pile of;

    for (int i = 0; i < 4; i++)
        records[i] = usage_of(i, ADA, SCENE_START_US - i * MINUTE - 1);
    records[3].created_at_us = records[2].created_at_us; /* the later id goes first */
    add_usage(records, 4);
    of = rows_of(&all, &page);
    cr_expect(eq(sz, page.total, 4));
    cr_assert(eq(int, of.count, 2));
    cr_expect(eq(str, of.ids[0], "req_000000"));
    page.offset = 2;
    of = rows_of(&all, &page);
    cr_assert(eq(int, of.count, 2));
    cr_expect(eq(str, of.ids[0], "req_000003"));
    cr_expect(eq(str, of.ids[1], "req_000002"));
}

Test(report_rows, a_row_comes_whole)
{
    ccp_usage_record record = usage_of(1, ADA, SCENE_START_US);
    const ccp_usage_row_filter filter = {.request_id = "req_000001"};
    ccp_page page = {.limit = 10};

    strcpy(record.agent_id, "agent");
    add_usage(&record, 1);
    cr_expect(eq(int, rows_of(&filter, &page).count, 1));
    cr_expect(eq(sz, page.total, 1));
}

Test(report_rows, rows_are_filtered_by_each_of_their_facts)
{
    const ccp_id ada = id_of(ADA), key = id_of(OTHER_KEY);
    const ccp_usage_status failed = CCP_USAGE_ERROR, whole = CCP_USAGE_COMPLETE;
    const ccp_period period = {SCENE_START_US - 5 * DAY + 3, SCENE_START_US - DAY};
    const ccp_period any = {0, SCENE_START_US};
    const struct {
        ccp_usage_row_filter filter;
        ccp_usage_range range;
    } cases[] = {
        {{.period = period}, {.period = period}},
        {{.user_id = &ada}, {.period = any, .user_id = &ada}},
        {{.access_key_id = &key}, {.period = any, .access_key_id = &key}},
        {{.provider = "plan"}, {.period = any, .provider = "plan"}},
        {{.status = &failed, .period = period}, {.period = period}},
        {{.status = &whole, .user_id = &ada}, {.period = any, .user_id = &ada}},
        {{.model = "asked", .provider = "plan"}, {.period = any, .provider = "plan"}},
        {{.model = "nobody's"}, {.period = {0, 0}}},
        {{.session_id = "none"}, {.period = {0, 0}}},
    };

    add_many(SCENE_START_US - 6 * DAY, SCENE_START_US);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const size_t expected = count_by_loop(&cases[i].range, cases[i].filter.status);
        ccp_page page = {.limit = 1000};
        const row_pile of = rows_of(&cases[i].filter, &page);

        cr_expect(eq(sz, (size_t)of.count, expected), "case %zu", i);
        cr_expect(eq(sz, page.total, expected), "case %zu", i);
    }
}

/* Ten at each moment. */
Test(report_rows, rows_go_on_behind_the_last_one_that_was_read)
{
    ccp_usage_row_filter filter = {.period = {0, SCENE_START_US}};
    ccp_usage_record records[40];
    ccp_page page = {.limit = 7};
    ccp_usage_cursor cursor;
    row_pile of;
    size_t count = 0;

    for (int i = 0; i < 40; i++)
        records[i] = usage_of(i, ADA, SCENE_START_US - MINUTE * (i / 10 + 1));
    add_usage(records, 40);
    while ((of = rows_of(&filter, &page)).count > 0) {
        const char *last = of.ids[of.count - 1];

        count += (size_t)of.count;
        cursor.created_at_us = records[atoi(last + 4)].created_at_us;
        cursor.request_id = last;
        filter.after = &cursor;
        cr_assert(count <= 40);
    }
    cr_expect(eq(sz, count, 40));
}

Test(report_rows, the_number_of_rows_is_of_those_that_are_kept)
{
    const ccp_usage_row_filter all = {.request_id = NULL};
    const ccp_usage_retention keep = {.rows_from_us = SCENE_START_US - HOUR};
    ccp_usage_record records[2] = {usage_of(1, ADA, SCENE_START_US - 70 * DAY),
                                   usage_of(2, ADA, SCENE_START_US - 1)};
    ccp_page page = {.limit = 9};

    add_usage(records, 2);
    cr_assert(eq(int, on.store->usage.prune(on.store->usage.self, &keep, NULL), CCP_OK));
    cr_expect(eq(int, rows_of(&all, &page).count, 1));
    cr_expect(eq(sz, page.total, 1));
}

/* ---- sessions ---- */

static ccp_usage_record of_session(int number, const char *session, const char *agent,
                                   const char *parent)
{
    ccp_usage_record record = usage_of(number, ADA, SCENE_START_US + number);

    strcpy(record.session_id, session);
    strcpy(record.agent_id, agent);
    strcpy(record.parent_agent_id, parent);
    return record;
}

typedef struct session_pile {
    ccp_usage_session at[4];
    int count;
} session_pile;

static bool pile_session(void *context, const ccp_usage_session *session)
{
    session_pile *of = context;

    if (of->count < 4)
        of->at[of->count] = *session;
    of->count++;
    return true;
}

Test(report_rows, sessions_come_with_the_one_used_last_first)
{
    ccp_usage_session_page wanted = {.range.period = {0, SCENE_START_US + 100},
                                     .page.limit = 4};
    ccp_usage_record records[5] = {
        of_session(1, "one", "", ""), of_session(2, "two", "", ""),
        of_session(3, "one", "a", ""), of_session(4, "late", "", ""),
        of_session(5, "", "", "")};
    session_pile of = {.count = 0};

    records[3].created_at_us += 100;
    add_usage(records, 5);
    cr_assert(eq(int, CALL(sessions, &wanted, pile_session, &of), CCP_OK));
    cr_expect(eq(sz, wanted.page.total, 2));
    cr_assert(eq(int, of.count, 2));
    cr_expect(eq(str, of.at[0].session_id, "one"));
    cr_expect(eq(i64, of.at[0].agents, 1));
    cr_expect(eq(i64, of.at[0].first_us, SCENE_START_US + 1));
    cr_expect(eq(i64, of.at[0].last_us, SCENE_START_US + 3));
    cr_expect(eq(i64, of.at[0].sums.total_cost_micro, 200));
    cr_expect(eq(str, of.at[0].user_id.text, ADA));
    cr_expect(eq(str, of.at[0].access_key_id.text, KEY));
    cr_expect(eq(str, of.at[1].session_id, "two"));
}

static void expect_sessions(const ccp_usage_range *range, size_t total, const char *first,
                            int64_t requests)
{
    ccp_usage_session_page wanted = {.range = *range, .page.limit = 4};
    session_pile of = {.count = 0};

    cr_assert(eq(int, CALL(sessions, &wanted, pile_session, &of), CCP_OK));
    cr_expect(eq(sz, wanted.page.total, total));
    cr_assert(eq(int, of.count, (int)total));
    if (total == 0)
        return;
    cr_expect(eq(str, of.at[0].session_id, (char *)first));
    cr_expect(eq(i64, of.at[0].sums.requests, requests));
}

Test(report_rows,
     a_session_of_days_is_in_the_range_of_each_and_only_with_what_it_did_there)
{
    const int64_t day = INT64_C(86400000000), at = SCENE_START_US;
    ccp_usage_record records[4] = {
        of_session(0, "long", "", ""), of_session(1, "long", "", ""),
        of_session(2, "long", "", ""), of_session(3, "short", "", "")};

    records[1].created_at_us = at + 2 * day;
    records[2].created_at_us = at + 2 * day + 5;
    records[3].created_at_us = at + 2 * day + 1;
    add_usage(records, 4);
    expect_sessions(&(ccp_usage_range){.period = {at, at + 3 * day}}, 2, "long", 3);
    expect_sessions(&(ccp_usage_range){.period = {at, at + day}}, 1, "long", 1);
    expect_sessions(&(ccp_usage_range){.period = {at + day, at + 2 * day}}, 0, "", 0);
    expect_sessions(&(ccp_usage_range){.period = {at + 2 * day, at + 2 * day + 5}}, 2,
                    "short", 1);
    expect_sessions(&(ccp_usage_range){.period = {at + 2 * day + 5, at + 3 * day}}, 1,
                    "long", 1);
}

Test(report_rows, sessions_are_filtered_by_user_and_provider)
{
    const ccp_id bob = id_of(BOB), key = id_of(KEY);
    const ccp_period all = {0, SCENE_START_US + 100};
    ccp_usage_record records[3] = {of_session(1, "one", "", ""),
                                   of_session(2, "two", "", ""),
                                   of_session(3, "two", "", "")};

    strcpy(records[0].user_id, BOB);
    strcpy(records[2].provider, "plan");
    add_usage(records, 3);
    expect_sessions(&(ccp_usage_range){.period = all, .user_id = &bob}, 1, "one", 1);
    expect_sessions(&(ccp_usage_range){.period = all, .provider = "plan"}, 1, "two", 1);
    expect_sessions(&(ccp_usage_range){.period = all, .provider = "bedrock"}, 2, "two",
                    1);
    expect_sessions(&(ccp_usage_range){.period = all, .access_key_id = &key}, 2, "two",
                    2);
    expect_sessions(&(ccp_usage_range){.period = all, .access_key_id = &bob}, 0, "", 0);
}

Test(report_rows, how_many_sessions_there_are_is_told_behind_the_last_page_too)
{
    ccp_usage_session_page wanted = {.range.period = {0, SCENE_START_US + 100},
                                     .page = {.limit = 1, .offset = 1}};
    ccp_usage_record records[2] = {of_session(1, "one", "", ""),
                                   of_session(2, "two", "", "")};
    session_pile of = {.count = 0};

    add_usage(records, 2);
    cr_assert(eq(int, CALL(sessions, &wanted, pile_session, &of), CCP_OK));
    cr_assert(eq(int, of.count, 1));
    cr_expect(eq(str, of.at[0].session_id, "one"));
    cr_expect(eq(sz, wanted.page.total, 2));
    wanted.page.offset = 2;
    cr_assert(eq(int, CALL(sessions, &wanted, pile_session, &of), CCP_OK));
    cr_expect(eq(int, of.count, 1));
    cr_expect(eq(sz, wanted.page.total, 2));
}

Test(report_rows, sessions_go_with_their_rows)
{
    const int64_t month = INT64_C(32) * 86400000000;
    const ccp_usage_range all = {.period = {0, SCENE_START_US + 2 * month}};
    ccp_usage_retention keep = {.rows_from_us = SCENE_START_US + month};
    ccp_usage_record records[2] = {of_session(1, "old", "", ""),
                                   of_session(2, "new", "", "")};

    records[1].created_at_us += month;
    add_usage(records, 2);
    expect_sessions(&all, 2, "new", 1);
    cr_assert(eq(int, on.store->usage.prune(on.store->usage.self, &keep, NULL), CCP_OK));
    expect_sessions(&all, 1, "new", 1);
}

/* PX-11: a name of a session is the client's, so two users may have the same. */
Test(report_rows, a_session_is_its_users_own)
{
    const ccp_id ada = id_of(ADA), eve = id_of(EVE);
    ccp_usage_record records[2] = {of_session(1, "one", "", ""),
                                   of_session(2, "one", "", "")};
    ccp_usage_session session;

    strcpy(records[1].user_id, BOB);
    add_usage(records, 2);
    cr_assert(eq(int, CALL(session, "one", &ada, &session), CCP_OK));
    cr_expect(eq(i64, session.sums.requests, 1));
    cr_expect(eq(i64, session.first_us, SCENE_START_US + 1));
    cr_assert(eq(int, CALL(session, "one", &eve, &session), CCP_OK));
    cr_expect(eq(i64, session.first_us, 0));
    cr_expect(eq(str, session.session_id, "one"));
}

typedef struct agent_text {
    char text[256];
} agent_text;

static bool write_agent(void *context, const ccp_usage_agent *agent)
{
    agent_text *of = context;
    const size_t len = strlen(of->text);

    snprintf(of->text + len, sizeof(of->text) - len, "%d%s:%d ", agent->depth,
             agent->agent_id, (int)agent->sums.requests);
    return true;
}

Test(report_rows, agents_stand_below_those_that_started_them)
{
    ccp_usage_record records[7] = {
        of_session(1, "one", "", ""),    of_session(2, "one", "b", ""),
        of_session(3, "one", "a", ""),   of_session(4, "one", "b2", "b"),
        of_session(5, "one", "b1", "b"), of_session(6, "one", "b", ""),
        of_session(7, "two", "x", "")};
    ccp_usage_session session;
    agent_text of = {""};

    add_usage(records, 7);
    cr_assert(eq(int, CALL(session, "one", NULL, &session), CCP_OK));
    cr_assert(eq(int, CALL(agents, &session, write_agent, &of), CCP_OK));
    cr_expect(eq(str, of.text, "0:1 1b:2 2b2:1 2b1:1 1a:1 "));
}

/* Their names come from clients. */
Test(report_rows, agents_that_start_each_other_or_nobody_knows_are_shown_once)
{
    ccp_usage_record records[4] = {
        of_session(1, "one", "a", "b"), of_session(2, "one", "b", "a"),
        of_session(3, "one", "c", "c"), of_session(4, "one", "d", "gone")};
    ccp_usage_session session;
    agent_text of = {""};

    add_usage(records, 4);
    cr_assert(eq(int, CALL(session, "one", NULL, &session), CCP_OK));
    cr_assert(eq(int, CALL(agents, &session, write_agent, &of), CCP_OK));
    cr_expect(eq(str, of.text, "0a:1 1b:1 0c:1 0d:1 "));
}
