/**
 * @file ccproxy/budget.h
 *
 * Monthly limits on what each user may cost: reserve what a request is expected
 * to cost before it runs, settle with what it did cost. What was spent comes from
 * a store; where that can lease, several processes keep to one limit together
 * (docs/budgets.md says how far it can be overrun).
 *
 * Money is in millionths of a dollar. Any thread; the store is called without a
 * lock held, by one thread a user, and must take calls from several at once.
 */
#ifndef CCPROXY_BUDGET_H
#define CCPROXY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/id.h"
#include "ccproxy/seams.h"
#include "ccproxy/store.h"

CCP_BEGIN_DECLS

typedef struct ccp_budgets ccp_budgets;

typedef struct ccp_budgets_options {
    /**
     * Borrowed until the end. Of it bedrock_cost is called or, when it is not NULL
     * and there is a random source, lease_budget and end_leases instead.
     */
    const ccp_usage_store *store;
    const ccp_clock *clock;   /**< NULL: the system's */
    const ccp_random *random; /**< names the leases' holder; NULL: nothing is leased */
    const ccp_log_sink *log;  /**< of 80 %, 100 % and a silent store; may be NULL */
    const char *zone;         /**< whose months: an IANA name; NULL: UTC */
    int64_t cache_ttl_ms;     /**< how long the store's answer holds below 90 % */
    bool fails_open;          /**< when the store can't say: let requests pass */
} ccp_budgets_options;

/** CCP_INVALID: no such zone; CCP_NO_MEMORY. @param out  given; free it with
 * ccp_budgets_free() */
ccp_status ccp_budgets_new(const ccp_budgets_options *options, ccp_budgets **out,
                           ccp_error *error);

/** Gives the leases back. Only when no other call runs. NULL is allowed. */
void ccp_budgets_free(ccp_budgets *budgets);

typedef enum ccp_budget_verdict {
    CCP_BUDGET_WITHIN = 0, /**< go, and settle later */
    CCP_BUDGET_EXCEEDED,   /**< this month's cost has reached the limit */
    CCP_BUDGET_RESERVED,   /**< only running requests fill it: come again soon */
    CCP_BUDGET_UNREADABLE  /**< the store can't say */
} ccp_budget_verdict;

typedef struct ccp_budget_answer {
    ccp_budget_verdict verdict;
    int64_t reserved_micro;      /**< for ccp_budget_settle() */
    int64_t retry_after_seconds; /**< of EXCEEDED and RESERVED */
    char message[256];           /**< the same in words for the user; else "" */
} ccp_budget_answer;

/**
 * May wait for the store.
 *
 * @param limit_micro  the user's; CCP_NO_BUDGET: nothing is counted
 */
void ccp_budget_reserve(ccp_budgets *budgets, const ccp_id *user_id, int64_t limit_micro,
                        int64_t estimate_micro, ccp_budget_answer *out);

/**
 * Once for each reservation, whatever became of the request, and before its cost
 * goes to the store.
 *
 * @param cost_micro  0: nothing was spent
 */
void ccp_budget_settle(ccp_budgets *budgets, const ccp_id *user_id,
                       int64_t reserved_micro, int64_t cost_micro);

/** The store counts this cost now. */
void ccp_budget_stored(ccp_budgets *budgets, const ccp_id *user_id, int64_t cost_micro);

/** Renews leases, and gives back what is idle: call it every second, in one thread. */
void ccp_budgets_tend(ccp_budgets *budgets);

/** The store or a limit was changed by others: asks anew for every user. */
void ccp_budgets_forget(ccp_budgets *budgets);

CCP_END_DECLS

#endif
