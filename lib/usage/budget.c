#include "usage/budget.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "calendar/calendar.h"
#include "calendar/civil.h"
#include "usage/budget_table.h"
#include "usage/money.h"

#define RETRY_SOON_S 5
#define MOST_READS 3
#define WARNING_PERCENT 80
#define CLOSE_PERCENT 90

/* A lease of a process that is gone is over after this time. */
#define LEASE_US INT64_C(120000000)
#define RENEW_US INT64_C(30000000)
/* A user without requests for so long gives back what is not needed. */
#define IDLE_US INT64_C(5000000)
#define MOST_TENDED 64

struct ccpi_budget {
    const ccp_usage_store *store;
    const ccp_clock *clock;
    ccpi_log *log;
    ccpi_zone *zone;
    int64_t cache_ttl_us;
    bool fails_open;
    bool leases;
    ccp_id holder;
    pthread_mutex_t lock; /* of all below; never held over a call of the store */
    pthread_cond_t was_read;
    bool has_leases; /* that the store knows of */
    bool is_cut_off; /* the store did not answer when it was asked last */
    ccpi_budget_table table;
};

static ccp_status name_holder(ccpi_budget *budget, const ccpi_budget_options *options,
                              ccp_error *error)
{
    budget->leases = options->random && options->store->lease_budget;
    return budget->leases ? ccp_id_new(options->random, &budget->holder, error) : CCP_OK;
}

ccp_status ccpi_budget_new(const ccpi_budget_options *options, ccpi_budget **out,
                           ccp_error *error)
{
    ccpi_budget *budget;
    ccp_status status;

    *out = NULL;
    budget = calloc(1, sizeof(*budget));
    if (!budget)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for budgets");
    budget->store = options->store;
    budget->clock = options->clock;
    budget->log = options->log;
    budget->cache_ttl_us = options->cache_ttl_ms * 1000;
    budget->fails_open = options->fails_open;
    pthread_mutex_init(&budget->lock, NULL);
    pthread_cond_init(&budget->was_read, NULL);
    status = ccpi_zone_new(options->zone ? options->zone : "UTC", &budget->zone, error);
    if (status == CCP_OK)
        status = ccpi_budget_table_init(&budget->table, CCPI_BUDGET_MAX_USERS);
    if (status == CCP_OK)
        status = name_holder(budget, options, error);
    if (status != CCP_OK) {
        ccpi_budget_free(budget);
        return status;
    }
    *out = budget;
    return CCP_OK;
}

void ccpi_budget_free(ccpi_budget *budget)
{
    if (!budget)
        return;
    /* Who is cut off does not wait: the leases will run out. */
    if (budget->has_leases && !budget->is_cut_off)
        budget->store->end_leases(budget->store->self, &budget->holder, NULL);
    ccpi_budget_table_clear(&budget->table);
    ccpi_zone_free(budget->zone);
    pthread_cond_destroy(&budget->was_read);
    pthread_mutex_destroy(&budget->lock);
    free(budget);
}

static int64_t now_us(const ccpi_budget *budget)
{
    return budget->clock->unix_us(budget->clock->self);
}

static bool is_close(const ccpi_budget_user *user)
{
    return ccpi_budget_user_spent(user) * 100 >= user->limit_micro * CLOSE_PERCENT;
}

/* Begins a month: what was counted belongs to the former one. */
static void enter_month(ccpi_budget *budget, ccpi_budget_user *user, int64_t at_us)
{
    int64_t start_s = ccpi_bucket_start(budget->zone, CCPI_BUCKET_MONTH, at_us / 1000000);

    if (user->month_start_s == start_s)
        return;
    user->month_start_s = start_s;
    user->stored_micro = user->unstored_micro = user->leased_micro = 0;
    user->is_stale = true;
    user->warned_percent = 0;
}

static ccp_period month_of(const ccpi_budget *budget, const ccpi_budget_user *user,
                           int64_t at_us)
{
    return (ccp_period){
        .start_us = user->month_start_s * 1000000,
        .end_us =
            ccpi_bucket_next(budget->zone, CCPI_BUCKET_MONTH, at_us / 1000000) * 1000000,
    };
}

/* What the store is asked once: the month's cost, and a lease where there are leases. */
static ccp_status ask_store(ccpi_budget *budget, ccp_budget_lease *lease)
{
    const ccp_usage_store *store = budget->store;

    if (budget->leases)
        return store->lease_budget(store->self, lease, NULL);
    return store->bedrock_cost(store->self, &lease->user_id, &lease->month,
                               &lease->stored_micro, NULL);
}

/* Asks without the lock; others may have reserved more when it is taken again. */
static ccp_status ask_once(ccpi_budget *budget, ccpi_budget_user *user, int64_t at_us,
                           int64_t wanted_micro)
{
    ccp_budget_lease lease = {
        .user_id = user->id,
        .holder = budget->holder,
        .month = month_of(budget, user, at_us),
        .limit_micro = user->limit_micro,
        .held_micro = ccpi_budget_user_held(user),
        .wanted_micro = wanted_micro,
        .expires_at_us = at_us + LEASE_US,
    };
    ccp_status status;

    user->moved_micro = 0;
    user->was_forgotten = false;
    pthread_mutex_unlock(&budget->lock);
    status = ask_store(budget, &lease);
    pthread_mutex_lock(&budget->lock);
    budget->is_cut_off = status != CCP_OK;
    budget->has_leases = budget->has_leases || lease.leased_micro > 0;
    if (status != CCP_OK || user->month_start_s * 1000000 != lease.month.start_us)
        return status;
    user->stored_micro = lease.stored_micro + user->moved_micro;
    user->leased_micro = lease.leased_micro;
    user->others_micro = lease.others_micro;
    user->leased_at_us = at_us;
    return CCP_OK;
}

/*
 * Reads the month's cost without the lock, again when rows were stored
 * meanwhile: such rows might be in the sum or not. When that does not end, they
 * count twice until the next read, which errs on the budget's side.
 */
static ccp_status read_usage(ccpi_budget *budget, ccpi_budget_user *user, int64_t at_us,
                             int64_t wanted_micro)
{
    ccp_status status = CCP_OK;

    user->is_reading = true;
    for (int reads = 0; reads < MOST_READS; reads++) {
        status = ask_once(budget, user, at_us, wanted_micro);
        if (status != CCP_OK || (user->moved_micro == 0 && !user->was_forgotten))
            break;
    }
    user->is_reading = false;
    user->has_failed = status != CCP_OK;
    if (status == CCP_OK) {
        user->is_stale = user->was_forgotten;
        user->read_at_us = at_us;
    }
    user->reads++;
    pthread_cond_broadcast(&budget->was_read);
    return status;
}

static bool fits_lease(const ccpi_budget_user *user, int64_t at_us, int64_t wanted_micro)
{
    return user->leased_micro >= ccpi_budget_user_held(user) + wanted_micro &&
           at_us >= user->leased_at_us && at_us - user->leased_at_us < LEASE_US;
}

static bool needs_reading(const ccpi_budget *budget, const ccpi_budget_user *user,
                          int64_t at_us, int64_t wanted_micro)
{
    return user->is_stale || at_us - user->read_at_us >= budget->cache_ttl_us ||
           at_us < user->read_at_us || is_close(user) ||
           (budget->leases && !fits_lease(user, at_us, wanted_micro));
}

/*
 * One reader a user. Who waited for it takes what it found; a lease that does not
 * reach for all who waited is asked for by the next of them.
 */
static ccp_status refresh(ccpi_budget *budget, ccpi_budget_user *user, int64_t at_us,
                          int64_t wanted_micro)
{
    const uint64_t reads = user->reads;

    if (!needs_reading(budget, user, at_us, wanted_micro))
        return CCP_OK;
    while (user->is_reading) {
        pthread_cond_wait(&budget->was_read, &budget->lock);
        if (user->reads == reads)
            continue;
        if (user->has_failed || user->is_stale)
            return CCP_UNAVAILABLE;
        if (!budget->leases || fits_lease(user, at_us, wanted_micro))
            return CCP_OK;
    }
    return read_usage(budget, user, at_us, wanted_micro);
}

/* The month's first instant after now, as the zone writes it. */
static void write_reset(const ccpi_budget *budget, int64_t reset_s, char *out,
                        size_t size)
{
    ccpi_civil date = ccpi_civil_of(reset_s + ccpi_zone_offset(budget->zone, reset_s));

    snprintf(out, size, "%04" PRId64 "-%02d-%02d %02d:%02d:%02d %s", date.year,
             date.month, date.day, (int)(date.second / 3600),
             (int)(date.second / 60 % 60), (int)(date.second % 60),
             ccpi_zone_name(budget->zone));
}

static void refuse(const ccpi_budget *budget, const ccpi_budget_user *user, int64_t at_us,
                   ccpi_budget_answer *out)
{
    int64_t reset_s = ccpi_bucket_next(budget->zone, CCPI_BUCKET_MONTH, at_us / 1000000);
    char used[CCPI_MONEY_TEXT_SIZE], limit[CCPI_MONEY_TEXT_SIZE], reset[100];

    out->verdict = ccpi_budget_user_spent(user) >= user->limit_micro
                       ? CCPI_BUDGET_EXCEEDED
                       : CCPI_BUDGET_RESERVED;
    out->retry_after_seconds =
        out->verdict == CCPI_BUDGET_EXCEEDED ? reset_s - at_us / 1000000 : RETRY_SOON_S;
    ccpi_money_write_cents(
        ccpi_budget_user_spent(user) + user->reserved_micro + user->others_micro, used);
    ccpi_money_write_cents(user->limit_micro, limit);
    write_reset(budget, reset_s, reset, sizeof(reset));
    snprintf(
        out->message, sizeof(out->message),
        "Monthly budget exceeded. Current usage: $%s, Budget limit: $%s. Budget resets "
        "on %s.",
        used, limit, reset);
}

static bool may_go(const ccpi_budget *budget, const ccpi_budget_user *user, int64_t at_us,
                   int64_t wanted_micro)
{
    if (budget->leases)
        return fits_lease(user, at_us, wanted_micro);
    return ccpi_budget_user_spent(user) + user->reserved_micro < user->limit_micro;
}

static void decide(ccpi_budget *budget, ccpi_budget_user *user, int64_t wanted_micro,
                   ccpi_budget_answer *out)
{
    const int64_t at_us = now_us(budget);

    if (!may_go(budget, user, at_us, wanted_micro)) {
        refuse(budget, user, at_us, out);
        return;
    }
    out->verdict = CCPI_BUDGET_WITHIN;
    out->reserved_micro = wanted_micro;
    user->reserved_micro += wanted_micro;
    user->admitted_at_us = at_us;
}

static void log_unreadable(ccpi_budget *budget, const ccp_identity *who)
{
    ccpi_log_line line;

    ccpi_log_start(&line, budget->log, CCP_LOG_ERROR, "budget_unreadable", NULL);
    ccpi_log_text(&line, "user_id", who->key.user_id.text);
    ccpi_log_flag(&line, "allowed", budget->fails_open);
    ccpi_log_end(&line);
}

void ccpi_budget_reserve(ccpi_budget *budget, const ccp_identity *who,
                         int64_t estimate_micro, ccpi_budget_answer *out)
{
    ccp_status status = CCP_NO_MEMORY;
    /* Nothing is free of charge, so that a lease of nothing lets nobody in. */
    const int64_t wanted_micro = estimate_micro > 1 ? estimate_micro : 1;
    const int64_t at_us = now_us(budget);
    ccpi_budget_user *user;

    *out = (ccpi_budget_answer){.verdict = CCPI_BUDGET_WITHIN};
    if (who->monthly_budget_micro == CCP_NO_BUDGET)
        return;

    pthread_mutex_lock(&budget->lock);
    user = ccpi_budget_table_get(&budget->table, &who->key.user_id, true);
    if (user) {
        user->limit_micro = who->monthly_budget_micro;
        user->users++;
        enter_month(budget, user, at_us);
        status = refresh(budget, user, at_us, wanted_micro);
        /* What is leased may be spent, whatever became of the store. */
        if (status != CCP_OK && budget->leases && fits_lease(user, at_us, wanted_micro))
            status = CCP_OK;
        if (status == CCP_OK)
            decide(budget, user, wanted_micro, out);
        user->users--;
    }
    pthread_mutex_unlock(&budget->lock);

    if (status == CCP_OK)
        return;
    log_unreadable(budget, who);
    out->verdict = budget->fails_open ? CCPI_BUDGET_WITHIN : CCPI_BUDGET_UNREADABLE;
}

/* Which of the marks the spending has passed that was not told of yet; 0: none. */
static int passed_mark(ccpi_budget_user *user)
{
    int64_t spent = ccpi_budget_user_spent(user);
    int mark = 0;

    if (user->limit_micro <= 0)
        return 0;
    if (spent >= user->limit_micro)
        mark = 100;
    else if (spent * 100 >= user->limit_micro * WARNING_PERCENT)
        mark = WARNING_PERCENT;
    if (mark <= user->warned_percent)
        return 0;
    user->warned_percent = mark;
    return mark;
}

static void log_mark(ccpi_budget *budget, const ccp_id *user_id, int percent)
{
    ccpi_log_line line;

    ccpi_log_start(&line, budget->log, CCP_LOG_WARNING,
                   percent == 100 ? "budget_exceeded" : "budget_warning", NULL);
    ccpi_log_text(&line, "user_id", user_id->text);
    ccpi_log_number(&line, "percent", percent);
    ccpi_log_end(&line);
}

void ccpi_budget_settle(ccpi_budget *budget, const ccp_id *user_id,
                        int64_t reserved_micro, int64_t cost_micro)
{
    ccpi_budget_user *user;
    int mark = 0;

    if (reserved_micro == 0 && cost_micro == 0)
        return;
    pthread_mutex_lock(&budget->lock);
    user = ccpi_budget_table_get(&budget->table, user_id, false);
    if (user) {
        enter_month(budget, user, now_us(budget));
        user->reserved_micro -= reserved_micro;
        user->unstored_micro += cost_micro;
        mark = passed_mark(user);
    }
    pthread_mutex_unlock(&budget->lock);
    if (mark > 0)
        log_mark(budget, user_id, mark);
}

void ccpi_budget_stored(ccpi_budget *budget, const ccp_id *user_id, int64_t cost_micro)
{
    ccpi_budget_user *user;

    if (cost_micro == 0)
        return;
    pthread_mutex_lock(&budget->lock);
    user = ccpi_budget_table_get(&budget->table, user_id, false);
    if (user && user->unstored_micro >= cost_micro) {
        user->unstored_micro -= cost_micro;
        user->stored_micro += cost_micro;
        user->moved_micro += cost_micro;
    } else if (user) {
        /* Another process's, or a former month's: the store knows better. */
        user->is_stale = user->was_forgotten = true;
    }
    pthread_mutex_unlock(&budget->lock);
}

/* Less is leased than was spent, more than is needed, or not for long any more. */
static bool wants_tending(const ccpi_budget_user *user, int64_t at_us)
{
    const int64_t held = ccpi_budget_user_held(user);

    if (user->is_reading || (user->leased_micro == 0 && held == 0))
        return false;
    if (user->leased_micro < held)
        return true;
    if (user->leased_micro > held && at_us - user->admitted_at_us >= IDLE_US)
        return true;
    return at_us - user->leased_at_us >= RENEW_US;
}

void ccpi_budget_tend(ccpi_budget *budget)
{
    const int64_t at_us = now_us(budget);
    ccpi_budget_user *user;
    ccp_status status = CCP_OK;

    if (!budget->leases)
        return;
    pthread_mutex_lock(&budget->lock);
    for (int i = 0; i < MOST_TENDED && status == CCP_OK; i++) {
        user = ccpi_budget_table_find(&budget->table, wants_tending, at_us);
        if (!user)
            break;
        user->users++;
        enter_month(budget, user, at_us);
        status = read_usage(budget, user, at_us, 0);
        user->users--;
    }
    pthread_mutex_unlock(&budget->lock);
}

static void make_stale(ccpi_budget_user *user)
{
    user->is_stale = user->was_forgotten = true;
}

void ccpi_budget_forget(ccpi_budget *budget)
{
    pthread_mutex_lock(&budget->lock);
    ccpi_budget_table_each(&budget->table, make_stale);
    pthread_mutex_unlock(&budget->lock);
}
