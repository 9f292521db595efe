/* BU-2 with several processes */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "contract/many_rows.h"

TestSuite(leases, .init = scene_open, .fini = scene_close);

#define DOLLAR INT64_C(1000000)
#define FIRST "11111111-1111-4111-8111-111111111111"
#define SECOND "22222222-2222-4222-8222-222222222222"

static ccp_budget_lease lease_of(const char *holder, int64_t held, int64_t wanted)
{
    const ccp_budget_lease lease = {
        .user_id = id_of(ADA),
        .holder = id_of(holder),
        .month = {SCENE_START_US - 12 * HOUR, SCENE_START_US + 30 * DAY},
        .limit_micro = 20 * DOLLAR,
        .held_micro = held,
        .wanted_micro = wanted,
        .expires_at_us = SCENE_START_US + MINUTE,
    };

    return lease;
}

static ccp_budget_lease ask(ccp_budget_lease lease)
{
    ccp_error error = {0};

    cr_assert(eq(int, on.store->usage.lease_budget(on.store->usage.self, &lease, &error),
                 CCP_OK),
              "%s", error.message);
    return lease;
}

static void spend(int64_t micro)
{
    ccp_usage_record record = usage_of(1, ADA, SCENE_START_US);

    record.total_cost_micro = micro;
    add_usage(&record, 1);
}

/* 3 are stored, 1 is wanted: of the 16 that are left a sixteenth comes with it. */
Test(leases, a_lease_has_what_is_wanted_and_some_of_what_is_left)
{
    spend(3 * DOLLAR);
    const ccp_budget_lease lease = ask(lease_of(FIRST, 0, DOLLAR));

    cr_expect(eq(i64, lease.leased_micro, 2 * DOLLAR));
    cr_expect(eq(i64, lease.stored_micro, 3 * DOLLAR));
    cr_expect(eq(i64, lease.others_micro, 0));
}

Test(leases, what_others_have_leased_is_not_free)
{
    ask(lease_of(FIRST, 19 * DOLLAR, 0));
    const ccp_budget_lease last = ask(lease_of(SECOND, 0, 5 * DOLLAR));
    const ccp_budget_lease beyond = ask(lease_of(SECOND, 5 * DOLLAR, DOLLAR));

    cr_expect(eq(i64, last.others_micro, 19 * DOLLAR));
    cr_expect(eq(i64, last.leased_micro, 5 * DOLLAR)); /* the last one that is let in */
    cr_expect(eq(i64, beyond.leased_micro, 5 * DOLLAR));
}

Test(leases, a_new_lease_takes_the_place_of_the_former_one)
{
    ask(lease_of(FIRST, 19 * DOLLAR, 0));
    ask(lease_of(FIRST, DOLLAR, 0));
    cr_expect(eq(i64, ask(lease_of(SECOND, 0, 0)).others_micro, DOLLAR));
    ask(lease_of(FIRST, 0, 0));
    cr_expect(eq(i64, ask(lease_of(SECOND, 0, 0)).others_micro, 0));
    cr_expect(eq(i64, scene_number("SELECT count(*) FROM budget_leases"), 0));
}

Test(leases, what_a_process_has_running_is_leased_whatever_the_limit)
{
    spend(30 * DOLLAR);
    cr_expect(eq(i64, ask(lease_of(FIRST, 7 * DOLLAR, DOLLAR)).leased_micro, 7 * DOLLAR));
}

Test(leases, the_lease_of_a_process_that_is_gone_is_over_after_its_time)
{
    ask(lease_of(FIRST, 19 * DOLLAR, 0));
    on.now_us += MINUTE;
    cr_expect(eq(i64, ask(lease_of(SECOND, 0, 0)).others_micro, 0));
    cr_expect(eq(i64, scene_number("SELECT count(*) FROM budget_leases"), 0));
}

Test(leases, a_process_that_ends_gives_all_of_its_own_back)
{
    const ccp_id first = id_of(FIRST);

    ask(lease_of(FIRST, 19 * DOLLAR, 0));
    ask(lease_of(SECOND, DOLLAR, 0));
    cr_assert(
        eq(int, on.store->usage.end_leases(on.store->usage.self, &first, NULL), CCP_OK));
    cr_expect(eq(i64, scene_number("SELECT leased_micro FROM budget_leases"), DOLLAR));
}

Test(leases, users_and_months_have_leases_of_their_own)
{
    ccp_budget_lease other_month = lease_of(SECOND, 0, 0);
    ccp_budget_lease other_user = lease_of(SECOND, 0, 0);

    other_month.month =
        (ccp_period){SCENE_START_US + 30 * DAY, SCENE_START_US + 61 * DAY};
    other_user.user_id = id_of(BOB);
    ask(lease_of(FIRST, 19 * DOLLAR, 0));
    cr_expect(eq(i64, ask(other_month).others_micro, 0));
    cr_expect(eq(i64, ask(other_user).others_micro, 0));
}

/* Twelve processes at once, each for one dollar of five. */
static void *take_a_dollar(void *context)
{
    ccp_budget_lease *lease = context;
    ccp_store *store = scene_open_second();

    if (store->usage.lease_budget(store->usage.self, lease, NULL) != CCP_OK)
        lease->leased_micro = -1;
    ccp_store_close(store);
    return NULL;
}

Test(leases, leases_at_one_moment_are_given_one_after_another)
{
    enum { PROCESSES = 12 };
    ccp_budget_lease leases[PROCESSES];
    pthread_t threads[PROCESSES];
    int64_t leased = 0;

    for (int i = 0; i < PROCESSES; i++) {
        char holder[37];

        snprintf(holder, sizeof(holder), "%08d-1111-4111-8111-111111111111", i);
        leases[i] = lease_of(holder, 0, DOLLAR);
        leases[i].limit_micro = 5 * DOLLAR;
        cr_assert(
            eq(int, pthread_create(&threads[i], NULL, take_a_dollar, &leases[i]), 0));
    }
    for (int i = 0; i < PROCESSES; i++) {
        pthread_join(threads[i], NULL);
        cr_expect(ge(i64, leases[i].leased_micro, 0));
        leased += leases[i].leased_micro;
    }
    cr_expect(ge(i64, leased, 5 * DOLLAR));
    cr_expect(lt(i64, leased, 6 * DOLLAR));
}
