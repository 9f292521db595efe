#include "usage/budget.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define DOLLAR 1000000LL
/* 2026-11-22 12:00:00 UTC and the first of the months around, from `date -u` */
#define NOON_US 1795348800000000LL
#define NOVEMBER_US 1793491200000000LL
#define DECEMBER_US 1796083200000000LL
#define DECEMBER_IN_SEOUL_US 1796050800000000LL

static _Atomic int64_t now_us = NOON_US;

/* A store that knows one number. */
typedef struct ledger {
    _Atomic int64_t cost_micro;
    _Atomic int reads;
    _Atomic bool is_down;
    int64_t start_us, end_us;
    void (*during_read)(void);
} ledger;

static int64_t tell_time(void *self)
{
    (void)self;
    return now_us;
}

static const ccp_clock fixed_clock = {.unix_us = tell_time, .monotonic_us = tell_time};

static ccp_status read_cost(void *self, const ccp_id *user_id, const ccp_period *period,
                            int64_t *cost_micro, ccp_error *error)
{
    ledger *book = self;

    (void)user_id, (void)error;
    book->reads++;
    book->start_us = period->start_us;
    book->end_us = period->end_us;
    *cost_micro = book->cost_micro;
    if (book->during_read)
        book->during_read();
    return book->is_down ? CCP_UNAVAILABLE : CCP_OK;
}

static ledger book;
static ccp_usage_store store = {.bedrock_cost = read_cost, .self = &book};
static ccpi_budget *budget;

static void open_budget(const char *zone, bool fails_open)
{
    const ccpi_budget_options options = {.store = &store,
                                         .clock = &fixed_clock,
                                         .zone = zone,
                                         .cache_ttl_ms = 60000,
                                         .fails_open = fails_open};

    cr_assert(eq(int, ccpi_budget_new(&options, &budget, NULL), CCP_OK));
}

static ccp_identity user_with(int64_t limit_micro)
{
    ccp_identity who = {.monthly_budget_micro = limit_micro};

    snprintf(who.key.user_id.text, sizeof(who.key.user_id.text),
             "11111111-1111-4111-8111-111111111111");
    return who;
}

static ccpi_budget_answer reserve(const ccp_identity *who, int64_t estimate_micro)
{
    ccpi_budget_answer answer;

    ccpi_budget_reserve(budget, who, estimate_micro, &answer);
    return answer;
}

static void close_budget(void)
{
    ccpi_budget_free(budget);
}

TestSuite(budget, .fini = close_budget);

Test(budget, usage_below_the_limit_goes_and_reserves)
{
    ccp_identity who = user_with(10 * DOLLAR);

    open_budget("UTC", false);
    book.cost_micro = 4 * DOLLAR;
    cr_expect(eq(int, reserve(&who, 5 * DOLLAR).verdict, CCPI_BUDGET_WITHIN));
    cr_expect(eq(i64, book.start_us, NOVEMBER_US));
    cr_expect(eq(i64, book.end_us, DECEMBER_US));
    cr_expect(eq(int, reserve(&who, 5 * DOLLAR).verdict, CCPI_BUDGET_WITHIN));
    /* 4 spent and 10 reserved: only running requests fill it. */
    ccpi_budget_answer answer = reserve(&who, 1);

    cr_expect(eq(int, answer.verdict, CCPI_BUDGET_RESERVED));
    cr_expect(eq(i64, answer.retry_after_seconds, 5));
    ccpi_budget_settle(budget, &who.key.user_id, 5 * DOLLAR, DOLLAR);
    ccpi_budget_settle(budget, &who.key.user_id, 5 * DOLLAR, 0);
    cr_expect(eq(int, reserve(&who, 1).verdict, CCPI_BUDGET_WITHIN));
}

Test(budget, a_spent_budget_names_sums_and_the_reset_in_the_zone)
{
    ccp_identity who = user_with(5 * DOLLAR);
    ccpi_budget_answer answer;

    open_budget("Asia/Seoul", false);
    book.cost_micro = 5 * DOLLAR + 125000;
    answer = reserve(&who, 1);
    cr_expect(eq(int, answer.verdict, CCPI_BUDGET_EXCEEDED));
    cr_expect(
        eq(i64, answer.retry_after_seconds, (DECEMBER_IN_SEOUL_US - NOON_US) / 1000000));
    cr_expect(
        eq(str, answer.message,
           "Monthly budget exceeded. Current usage: $5.13, Budget limit: $5.00. Budget "
           "resets on 2026-12-01 00:00:00 Asia/Seoul."));
}

Test(budget, no_limit_reads_nothing)
{
    ccp_identity who = user_with(CCP_NO_BUDGET);

    open_budget("UTC", false);
    cr_expect(eq(int, reserve(&who, DOLLAR).verdict, CCPI_BUDGET_WITHIN));
    cr_expect(eq(int, book.reads, 0));
}

Test(budget, usage_is_read_once_a_minute_until_it_is_close)
{
    ccp_identity who = user_with(10 * DOLLAR);

    open_budget("UTC", false);
    reserve(&who, 0);
    reserve(&who, 0);
    cr_expect(eq(int, book.reads, 1));
    now_us += 60 * 1000000LL;
    reserve(&who, 0);
    cr_expect(eq(int, book.reads, 2));
    ccpi_budget_settle(budget, &who.key.user_id, 0, 9 * DOLLAR);
    reserve(&who, 0);
    reserve(&who, 0);
    cr_expect(eq(int, book.reads, 4));
}

Test(budget, what_was_spent_here_counts_before_the_store_knows_it)
{
    ccp_identity who = user_with(2 * DOLLAR);

    open_budget("UTC", false);
    cr_expect(eq(int, reserve(&who, DOLLAR).verdict, CCPI_BUDGET_WITHIN));
    ccpi_budget_settle(budget, &who.key.user_id, DOLLAR, 2 * DOLLAR);
    cr_expect(eq(int, reserve(&who, 1).verdict, CCPI_BUDGET_EXCEEDED));
    /* Stored now, so the store's sum holds it: counted once, not twice. */
    book.cost_micro = 2 * DOLLAR;
    ccpi_budget_stored(budget, &who.key.user_id, 2 * DOLLAR);
    who.monthly_budget_micro = 3 * DOLLAR;
    cr_expect(eq(int, reserve(&who, 1).verdict, CCPI_BUDGET_WITHIN));
}

static void store_a_row(void)
{
    ccp_identity who = user_with(0);

    if (book.reads > 1)
        return;
    book.cost_micro = 3 * DOLLAR; /* committed after the read's answer was made */
    ccpi_budget_stored(budget, &who.key.user_id, 3 * DOLLAR);
}

Test(budget, a_row_stored_during_the_read_is_not_lost)
{
    ccp_identity who = user_with(3 * DOLLAR);

    open_budget("UTC", false);
    reserve(&who, 0);
    ccpi_budget_settle(budget, &who.key.user_id, 0, 3 * DOLLAR);
    book.reads = 0;
    book.during_read = store_a_row;
    cr_expect(eq(int, reserve(&who, 1).verdict, CCPI_BUDGET_EXCEEDED));
    cr_expect(eq(int, book.reads, 2));
}

Test(budget, a_new_month_begins_at_nothing)
{
    ccp_identity who = user_with(DOLLAR);

    open_budget("UTC", false);
    book.cost_micro = DOLLAR;
    cr_expect(eq(int, reserve(&who, 1).verdict, CCPI_BUDGET_EXCEEDED));
    now_us = DECEMBER_US;
    book.cost_micro = 0;
    cr_expect(eq(int, reserve(&who, 1).verdict, CCPI_BUDGET_WITHIN));
    cr_expect(eq(i64, book.start_us, DECEMBER_US));
}

Test(budget, a_store_that_is_down_closes_or_opens_as_configured)
{
    ccp_identity who = user_with(DOLLAR);

    book.is_down = true;
    open_budget("UTC", false);
    cr_expect(eq(int, reserve(&who, 1).verdict, CCPI_BUDGET_UNREADABLE));
    ccpi_budget_free(budget);
    open_budget("UTC", true);
    cr_expect(eq(int, reserve(&who, 1).verdict, CCPI_BUDGET_WITHIN));
}

Test(budget, a_change_elsewhere_is_read_at_once)
{
    ccp_identity who = user_with(DOLLAR);

    open_budget("UTC", false);
    cr_expect(eq(int, reserve(&who, 0).verdict, CCPI_BUDGET_WITHIN));
    book.cost_micro = DOLLAR;
    ccpi_budget_forget(budget);
    cr_expect(eq(int, reserve(&who, 0).verdict, CCPI_BUDGET_EXCEEDED));
}

static _Atomic int admitted;

static void *ask(void *unused)
{
    ccp_identity who = user_with(5 * DOLLAR);

    (void)unused;
    if (reserve(&who, DOLLAR).verdict == CCPI_BUDGET_WITHIN)
        admitted++;
    return NULL;
}

Test(budget, fifty_at_once_get_what_the_budget_holds)
{
    pthread_t threads[50];

    open_budget("UTC", false);
    for (size_t i = 0; i < 50; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, ask, NULL), 0));
    for (size_t i = 0; i < 50; i++)
        pthread_join(threads[i], NULL);
    cr_expect(eq(int, admitted, 5));
}
