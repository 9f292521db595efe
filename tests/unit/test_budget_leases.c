/* BU-2 with several processes: each budget here stands for one of them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "support/folder.h"
#include "usage/budget.h"

#define DOLLAR INT64_C(1000000)
#define SECOND_US INT64_C(1000000)
#define ADA "a0000000-0000-4000-8000-000000000000"
/* 2026-11-22 12:00:00 UTC */
#define NOON_US INT64_C(1795348800000000)

static _Atomic int64_t now_us;
static char folder[FOLDER_MAX];
static ccp_store *store;
static ccp_usage_store usage;
static _Atomic bool is_down;
static ccpi_budget *processes[3];

static int64_t tell_time(void *self)
{
    (void)self;
    return now_us;
}

static const ccp_clock moving_clock = {.unix_us = tell_time, .monotonic_us = tell_time};

static ccp_status lease_unless_down(void *self, ccp_budget_lease *lease, ccp_error *error)
{
    return is_down ? CCP_UNAVAILABLE : store->usage.lease_budget(self, lease, error);
}

static void open_process(int number)
{
    const ccpi_budget_options options = {.store = &usage,
                                         .clock = &moving_clock,
                                         .zone = "UTC",
                                         .cache_ttl_ms = 60000,
                                         .random = ccp_system_random()};

    cr_assert(eq(int, ccpi_budget_new(&options, &processes[number], NULL), CCP_OK));
}

static void set_up(void)
{
    char url[FOLDER_MAX + 32];
    const ccp_store_options options = {
        .url = url, .clock = &moving_clock, .random = ccp_system_random()};

    now_us = NOON_US;
    folder_make(folder);
    snprintf(url, sizeof(url), "sqlite:%s/test.db", folder);
    cr_assert(eq(int, ccp_store_open(&options, &store, NULL), CCP_OK));
    cr_assert(eq(int, store->migrate(store->self, NULL), CCP_OK));
    usage = store->usage;
    usage.lease_budget = lease_unless_down;
    for (int i = 0; i < 3; i++)
        open_process(i);
}

static void tear_down(void)
{
    for (int i = 0; i < 3; i++)
        ccpi_budget_free(processes[i]);
    ccp_store_close(store);
    folder_remove(folder);
}

TestSuite(budget_leases, .init = set_up, .fini = tear_down);

static ccpi_budget_answer reserve(int process, int64_t limit, int64_t estimate)
{
    ccp_identity who = {.monthly_budget_micro = limit};
    ccpi_budget_answer answer;

    strcpy(who.key.user_id.text, ADA);
    ccpi_budget_reserve(processes[process], &who, estimate, &answer);
    return answer;
}

static void settle(int process, int64_t reserved, int64_t cost)
{
    ccp_id user;

    strcpy(user.text, ADA);
    ccpi_budget_settle(processes[process], &user, reserved, cost);
}

/* The row of a request that has been settled comes into the store. */
static void store_row(int process, int number, int64_t cost)
{
    ccp_usage_record record = {.created_at_us = now_us,
                               .user_id = ADA,
                               .access_key_id = ADA,
                               .provider = "bedrock",
                               .total_cost_micro = cost};
    ccp_id user;

    strcpy(user.text, ADA);
    snprintf(record.request_id, sizeof(record.request_id), "req_%d", number);
    cr_assert(
        eq(int, store->usage.add(store->usage.self, &record, 1, NULL, NULL), CCP_OK));
    ccpi_budget_stored(processes[process], &user, cost);
}

static _Atomic int admitted;

static void *ask(void *process)
{
    if (reserve(*(int *)process, 5 * DOLLAR, DOLLAR).verdict == CCPI_BUDGET_WITHIN)
        admitted++;
    return NULL;
}

/* "50 parallel requests against a budget for 5", in three processes. */
Test(budget_leases, fifty_at_once_in_three_processes_get_no_more_than_the_budget_holds)
{
    static int numbers[3] = {0, 1, 2};
    pthread_t threads[50];

    for (int i = 0; i < 50; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, ask, &numbers[i % 3]), 0));
    for (int i = 0; i < 50; i++)
        pthread_join(threads[i], NULL);
    cr_expect(ge(int, (int)admitted, 3));
    cr_expect(le(int, (int)admitted, 6)); /* with the one that may reach beyond */
}

Test(budget_leases, what_runs_elsewhere_counts_here)
{
    ccpi_budget_answer answer;

    cr_expect(eq(int, reserve(0, 5 * DOLLAR, 5 * DOLLAR).verdict, CCPI_BUDGET_WITHIN));
    answer = reserve(1, 5 * DOLLAR, DOLLAR);
    cr_expect(eq(int, answer.verdict, CCPI_BUDGET_RESERVED));
    cr_expect(ne(ptr, strstr(answer.message, "Current usage: $5.00"), NULL), "%s",
              answer.message);
    settle(0, 5 * DOLLAR, 0);
    ccpi_budget_tend(processes[0]); /* too soon: the next request may want it */
    cr_expect(eq(int, reserve(1, 5 * DOLLAR, DOLLAR).verdict, CCPI_BUDGET_RESERVED));
    now_us += 5 * SECOND_US;
    ccpi_budget_tend(processes[0]);
    cr_expect(eq(int, reserve(1, 5 * DOLLAR, DOLLAR).verdict, CCPI_BUDGET_WITHIN));
}

Test(budget_leases, what_is_spent_and_not_stored_yet_counts_elsewhere)
{
    reserve(0, 5 * DOLLAR, DOLLAR);
    settle(0, DOLLAR, 5 * DOLLAR); /* dearer than it was expected to be */
    now_us += 5 * SECOND_US;
    ccpi_budget_tend(processes[0]);
    cr_expect(eq(int, reserve(1, 5 * DOLLAR, 1).verdict, CCPI_BUDGET_RESERVED));
    store_row(0, 1, 5 * DOLLAR);
    cr_expect(eq(int, reserve(1, 5 * DOLLAR, 1).verdict, CCPI_BUDGET_EXCEEDED));
}

/* With the database gone: what is leased may be spent, for as long as the lease lives. */
Test(budget_leases, without_the_store_a_process_spends_its_lease_and_no_more)
{
    int64_t spent = 0;

    cr_expect(eq(int, reserve(0, 160 * DOLLAR, DOLLAR).verdict, CCPI_BUDGET_WITHIN));
    is_down = true;
    now_us += 61 * SECOND_US;
    while (reserve(0, 160 * DOLLAR, DOLLAR).verdict == CCPI_BUDGET_WITHIN)
        spent += DOLLAR;
    cr_expect(eq(i64, spent, 9 * DOLLAR)); /* a sixteenth of the 159 that were free */
    cr_expect(eq(int, reserve(0, 160 * DOLLAR, DOLLAR).verdict, CCPI_BUDGET_UNREADABLE));
    cr_expect(eq(int, reserve(1, 160 * DOLLAR, 1).verdict, CCPI_BUDGET_UNREADABLE));
    settle(0, 10 * DOLLAR, 0);
    now_us += 60 * SECOND_US;
    cr_expect(eq(int, reserve(0, 160 * DOLLAR, 1).verdict, CCPI_BUDGET_UNREADABLE));
    is_down = false;
    cr_expect(eq(int, reserve(0, 160 * DOLLAR, 1).verdict, CCPI_BUDGET_WITHIN));
}

Test(budget_leases, a_process_that_ends_gives_its_lease_back)
{
    cr_expect(eq(int, reserve(0, 5 * DOLLAR, 5 * DOLLAR).verdict, CCPI_BUDGET_WITHIN));
    ccpi_budget_free(processes[0]);
    open_process(0);
    cr_expect(eq(int, reserve(1, 5 * DOLLAR, DOLLAR).verdict, CCPI_BUDGET_WITHIN));
}

Test(budget_leases, a_process_that_is_killed_loses_its_lease_after_two_minutes)
{
    cr_expect(eq(int, reserve(0, 5 * DOLLAR, 5 * DOLLAR).verdict, CCPI_BUDGET_WITHIN));
    now_us += 119 * SECOND_US;
    cr_expect(eq(int, reserve(1, 5 * DOLLAR, DOLLAR).verdict, CCPI_BUDGET_RESERVED));
    now_us += SECOND_US;
    cr_expect(eq(int, reserve(1, 5 * DOLLAR, DOLLAR).verdict, CCPI_BUDGET_WITHIN));
}

Test(budget_leases, a_long_request_keeps_its_lease)
{
    cr_expect(eq(int, reserve(0, 5 * DOLLAR, 5 * DOLLAR).verdict, CCPI_BUDGET_WITHIN));
    for (int i = 0; i < 600; i++) {
        now_us += SECOND_US;
        ccpi_budget_tend(processes[0]);
    }
    cr_expect(eq(int, reserve(1, 5 * DOLLAR, DOLLAR).verdict, CCPI_BUDGET_RESERVED));
}
