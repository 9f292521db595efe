#include "routing/breaker.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>

/* RT-10's numbers. */
#define SECOND INT64_C(1000000)
#define WINDOW (60 * SECOND)
#define RESET (1800 * SECOND)

static const ccp_id alice = {"11111111-1111-4111-8111-111111111111"};
static const ccp_id bob = {"22222222-2222-4222-8222-222222222222"};

static const ccpi_report success = {.verdict = CCPI_VERDICT_SUCCESS};
static const ccpi_report failure = {.verdict = CCPI_VERDICT_FAILURE,
                                    .reason = CCPI_CLASS_SERVER_ERROR};
static const ccpi_report no_verdict = {.verdict = CCPI_VERDICT_NONE};

static ccpi_breaker *breaker;

static void make(void)
{
    const ccpi_breaker_options options = {
        .failure_threshold = 3, .failure_window_us = WINDOW, .reset_us = RESET};

    cr_assert(eq(int, ccpi_breaker_new(&options, &breaker), CCP_OK));
}

static void drop(void)
{
    ccpi_breaker_free(breaker);
}

TestSuite(breaker, .init = make, .fini = drop);

static ccpi_pass ask(const ccp_id *key, int64_t now)
{
    ccpi_circuit_change change;

    return ccpi_breaker_ask(breaker, key, now, &change);
}

static ccpi_circuit_change tell(const ccp_id *key, ccpi_pass pass, ccpi_report report,
                                int64_t now)
{
    return ccpi_breaker_report(breaker, key, &pass, &report, now);
}

static ccpi_circuit_change request(const ccp_id *key, ccpi_report report, int64_t now)
{
    return tell(key, ask(key, now), report, now);
}

static void open_at(const ccp_id *key, int64_t now)
{
    for (int i = 0; i < 3; i++)
        request(key, failure, now);
}

static ccpi_report limit(int64_t seconds)
{
    return (ccpi_report){.verdict = CCPI_VERDICT_LIMITED,
                         .reason = CCPI_CLASS_USAGE_LIMIT,
                         .cool_for_us = seconds * SECOND};
}

#define EXPECT_STATE(key, now, expected)                                                 \
    cr_expect(eq(int, ccpi_breaker_peek(breaker, &(key), now), expected))

Test(breaker, the_third_failure_within_the_window_opens_rt_10)
{
    request(&alice, failure, 0);
    request(&alice, failure, 30 * SECOND);
    EXPECT_STATE(alice, 30 * SECOND, CCPI_CIRCUIT_CLOSED);

    ccpi_circuit_change change = request(&alice, failure, WINDOW);

    cr_expect(eq(int, change.from, CCPI_CIRCUIT_CLOSED));
    cr_expect(eq(int, change.to, CCPI_CIRCUIT_OPEN));
    cr_expect(eq(int, change.reason, CCPI_CLASS_SERVER_ERROR));
    EXPECT_STATE(alice, WINDOW, CCPI_CIRCUIT_OPEN);
}

Test(breaker, three_failures_of_more_than_a_window_do_not_open)
{
    request(&alice, failure, 0);
    request(&alice, failure, 30 * SECOND);
    request(&alice, failure, WINDOW + 1);
    EXPECT_STATE(alice, WINDOW + 1, CCPI_CIRCUIT_CLOSED);

    /* The second to the fourth one lie within it. */
    request(&alice, failure, 80 * SECOND);
    EXPECT_STATE(alice, 80 * SECOND, CCPI_CIRCUIT_OPEN);
}

Test(breaker, a_success_clears_the_count)
{
    request(&alice, failure, 0);
    request(&alice, failure, 1);
    request(&alice, success, 2);
    request(&alice, failure, 3);
    request(&alice, failure, 4);
    EXPECT_STATE(alice, 4, CCPI_CIRCUIT_CLOSED);
}

Test(breaker, a_clients_fault_neither_counts_nor_clears)
{
    request(&alice, failure, 0);
    request(&alice, failure, 1);
    request(&alice, no_verdict, 2);
    EXPECT_STATE(alice, 2, CCPI_CIRCUIT_CLOSED);
    request(&alice, failure, 3);
    EXPECT_STATE(alice, 3, CCPI_CIRCUIT_OPEN);
}

Test(breaker, each_access_key_has_its_own_circuit)
{
    open_at(&alice, 0);
    EXPECT_STATE(alice, 0, CCPI_CIRCUIT_OPEN);
    EXPECT_STATE(bob, 0, CCPI_CIRCUIT_CLOSED);
}

Test(breaker, after_the_reset_time_exactly_one_request_probes)
{
    open_at(&alice, 0);
    cr_expect(eq(int, ask(&alice, RESET - 1).state, CCPI_CIRCUIT_OPEN));
    cr_expect(eq(int, ask(&alice, RESET).state, CCPI_CIRCUIT_HALF_OPEN));
    cr_expect(eq(int, ask(&alice, RESET).state, CCPI_CIRCUIT_OPEN));
    cr_expect(eq(int, ask(&alice, RESET + 1).state, CCPI_CIRCUIT_OPEN));
}

Test(breaker, a_request_that_is_told_to_wait_learns_how_long)
{
    open_at(&alice, 0);
    cr_expect(eq(i64, ask(&alice, RESET - 7 * SECOND).wait_us, 7 * SECOND));
}

Test(breaker, a_probes_success_closes)
{
    open_at(&alice, 0);

    ccpi_circuit_change change = request(&alice, success, RESET);

    cr_expect(eq(int, change.from, CCPI_CIRCUIT_HALF_OPEN));
    cr_expect(eq(int, change.to, CCPI_CIRCUIT_CLOSED));
    cr_expect(eq(int, ask(&alice, RESET).state, CCPI_CIRCUIT_CLOSED));
}

Test(breaker, a_probes_failure_opens_for_a_full_period)
{
    open_at(&alice, 0);
    request(&alice, failure, RESET);
    EXPECT_STATE(alice, 2 * RESET - 1, CCPI_CIRCUIT_OPEN);
    EXPECT_STATE(alice, 2 * RESET, CCPI_CIRCUIT_HALF_OPEN);
}

Test(breaker, a_probe_without_a_verdict_frees_its_place)
{
    open_at(&alice, 0);
    request(&alice, no_verdict, RESET);
    cr_expect(eq(int, ask(&alice, RESET).state, CCPI_CIRCUIT_HALF_OPEN));
}

Test(breaker, a_success_of_a_request_that_had_no_other_way_closes_rt_7)
{
    open_at(&alice, 0);

    ccpi_pass pass = ask(&alice, SECOND);

    cr_assert(eq(int, pass.state, CCPI_CIRCUIT_OPEN));
    tell(&alice, pass, success, 2 * SECOND);
    EXPECT_STATE(alice, 2 * SECOND, CCPI_CIRCUIT_CLOSED);
}

Test(breaker, a_failure_of_a_request_that_had_no_other_way_changes_nothing)
{
    open_at(&alice, 0);
    tell(&alice, ask(&alice, SECOND), failure, 2 * SECOND);
    EXPECT_STATE(alice, RESET, CCPI_CIRCUIT_HALF_OPEN);
}

Test(breaker, a_success_from_before_the_trouble_does_not_close)
{
    ccpi_pass early = ask(&alice, 0);

    open_at(&alice, 1);
    tell(&alice, early, success, 2);
    EXPECT_STATE(alice, 2, CCPI_CIRCUIT_OPEN);
}

Test(breaker, a_failure_from_before_the_opening_does_not_extend_it)
{
    ccpi_pass early = ask(&alice, 0);

    open_at(&alice, 1);
    tell(&alice, early, failure, 10 * SECOND);
    EXPECT_STATE(alice, RESET + 1, CCPI_CIRCUIT_HALF_OPEN);
}

Test(breaker, a_limit_cools_down_until_its_end_and_then_one_probes_rt_9)
{
    ccpi_circuit_change change = request(&alice, limit(90), 0);

    cr_expect(eq(int, change.to, CCPI_CIRCUIT_COOLING));
    cr_expect(eq(int, ask(&alice, 90 * SECOND - 1).state, CCPI_CIRCUIT_COOLING));
    cr_expect(eq(int, ask(&alice, 90 * SECOND).state, CCPI_CIRCUIT_HALF_OPEN));
    cr_expect(eq(int, ask(&alice, 90 * SECOND).state, CCPI_CIRCUIT_COOLING));
}

Test(breaker, a_cool_down_is_never_longer_than_the_reset_time_rt_9)
{
    request(&alice, limit(5 * 3600), 0);
    EXPECT_STATE(alice, RESET - 1, CCPI_CIRCUIT_COOLING);
    EXPECT_STATE(alice, RESET, CCPI_CIRCUIT_HALF_OPEN);
}

Test(breaker, parallel_requests_that_meet_one_limit_do_not_open_rt_4)
{
    ccpi_pass passes[10];

    for (int i = 0; i < 10; i++)
        passes[i] = ask(&alice, 0);
    for (int i = 0; i < 10; i++)
        tell(&alice, passes[i], limit(5), 1);
    EXPECT_STATE(alice, 1, CCPI_CIRCUIT_COOLING);
    EXPECT_STATE(alice, 6 * SECOND, CCPI_CIRCUIT_HALF_OPEN);
}

Test(breaker, a_limit_met_again_without_another_way_cools_down_anew)
{
    request(&alice, limit(60), 0);
    request(&alice, limit(60), 50 * SECOND);
    EXPECT_STATE(alice, 109 * SECOND, CCPI_CIRCUIT_COOLING);
    EXPECT_STATE(alice, 110 * SECOND, CCPI_CIRCUIT_HALF_OPEN);
}

Test(breaker, another_failure_after_a_cool_down_is_a_first_one)
{
    request(&alice, limit(60), 0);
    request(&alice, failure, 60 * SECOND);
    EXPECT_STATE(alice, 60 * SECOND, CCPI_CIRCUIT_CLOSED);
    request(&alice, failure, 61 * SECOND);
    request(&alice, failure, 62 * SECOND);
    EXPECT_STATE(alice, 62 * SECOND, CCPI_CIRCUIT_OPEN);
}

Test(breaker, an_administrator_sees_and_closes_circuits_rt_12)
{
    ccpi_circuit circuit;

    open_at(&alice, 5);
    cr_assert(eq(sz, ccpi_breaker_list(breaker, 5, &circuit, 1), 1));
    cr_expect(eq(str, circuit.access_key_id.text, (char *)alice.text));
    cr_expect(eq(int, circuit.state, CCPI_CIRCUIT_OPEN));
    cr_expect(eq(int, circuit.failures, 3));
    cr_expect(eq(i64, circuit.next_probe_at_us, 5 + RESET));

    cr_expect(eq(int, ccpi_breaker_reset(breaker, &alice), CCP_OK));
    EXPECT_STATE(alice, 6, CCPI_CIRCUIT_CLOSED);
    cr_expect(eq(int, ccpi_breaker_reset(breaker, &alice), CCP_NOT_FOUND));
}

Test(breaker, an_idle_circuit_is_dropped_after_an_hour_rt_12)
{
    request(&alice, failure, 0);
    ccpi_breaker_sweep(breaker, 3600 * SECOND);
    cr_expect(eq(sz, ccpi_breaker_list(breaker, 0, NULL, 0), 1));
    ccpi_breaker_sweep(breaker, 3600 * SECOND + 1);
    cr_expect(eq(sz, ccpi_breaker_list(breaker, 0, NULL, 0), 0));
}

Test(breaker, circuits_are_bounded_and_the_oldest_goes_rt_12)
{
    ccp_id key;

    for (int i = 0; i <= CCPI_BREAKER_MAX_CIRCUITS; i++) {
        snprintf(key.text, sizeof(key.text), "key-%d", i);
        open_at(&key, i);
    }
    cr_expect(eq(sz, ccpi_breaker_list(breaker, 1, NULL, 0), CCPI_BREAKER_MAX_CIRCUITS));
    snprintf(key.text, sizeof(key.text), "key-0");
    EXPECT_STATE(key, 2, CCPI_CIRCUIT_CLOSED);
    snprintf(key.text, sizeof(key.text), "key-1");
    EXPECT_STATE(key, 2, CCPI_CIRCUIT_OPEN);
}

static void *probe_once(void *result)
{
    *(bool *)result = ask(&alice, RESET).state == CCPI_CIRCUIT_HALF_OPEN;
    return NULL;
}

Test(breaker, of_many_threads_one_wins_the_probe)
{
    pthread_t threads[16];
    bool won[16];
    int winners = 0;

    open_at(&alice, 0);
    for (int i = 0; i < 16; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, probe_once, &won[i]), 0));
    for (int i = 0; i < 16; i++) {
        pthread_join(threads[i], NULL);
        winners += won[i];
    }
    cr_expect(eq(int, winners, 1));
}
