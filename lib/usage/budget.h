#ifndef CCPI_USAGE_BUDGET_H
#define CCPI_USAGE_BUDGET_H

#include "ccproxy/store.h"
#include "observe/log.h"
#include "usage/pricing.h"

/* Users that are kept in mind at most; beyond, idle ones are forgotten. */
#define CCPI_BUDGET_MAX_USERS 65536

/*
 * Monthly limits on what Bedrock may cost a user (BU-1 to BU-6). A request
 * reserves its estimated cost before it goes to Bedrock, and settles with the
 * real one, in one place, whatever became of it. Where the store can lease, a
 * process lets in what fits its lease, so that several processes keep to one
 * limit, and can do so for a while without the store.
 */
typedef struct ccpi_budget ccpi_budget;

typedef enum ccpi_budget_verdict {
    CCPI_BUDGET_WITHIN = 0, /* go; settle later */
    CCPI_BUDGET_EXCEEDED,   /* this month's usage has reached the limit */
    CCPI_BUDGET_RESERVED,   /* only running requests' reservations fill it: retry soon */
    CCPI_BUDGET_UNREADABLE  /* the store can't say, and budget_fail_mode is closed */
} ccpi_budget_verdict;

typedef struct ccpi_budget_answer {
    ccpi_budget_verdict verdict;
    int64_t reserved_micro;      /* to be given back to ccpi_budget_settle() */
    int64_t retry_after_seconds; /* of a refusal */
    char message[256];           /* of a refusal, for the client (BU-4) */
} ccpi_budget_answer;

typedef struct ccpi_budget_options {
    const ccp_usage_store *store;
    const ccp_clock *clock;
    ccpi_log *log;
    const char *zone;     /* report_timezone: an IANA name */
    int64_t cache_ttl_ms; /* budget_cache_ttl */
    bool fails_open;      /* budget_fail_mode */
    /* For the name under which this process leases; NULL: it leases nothing. */
    const ccp_random *random;
} ccpi_budget_options;

ccp_status ccpi_budget_new(const ccpi_budget_options *options, ccpi_budget **out,
                           ccp_error *error);
void ccpi_budget_free(ccpi_budget *budget);

/* May read the store, so never in the engine's thread. */
void ccpi_budget_reserve(ccpi_budget *budget, const ccp_identity *who,
                         int64_t estimate_micro, ccpi_budget_answer *out);

/*
 * Takes a reservation back and counts what was really spent (0: nothing). What
 * was spent stays counted here until ccpi_budget_stored() says that the store
 * counts it, so call this before the request's record goes to the recorder.
 */
void ccpi_budget_settle(ccpi_budget *budget, const ccp_id *user_id,
                        int64_t reserved_micro, int64_t cost_micro);

/* The store has a record of this cost now: the recorder tells of each one. */
void ccpi_budget_stored(ccpi_budget *budget, const ccp_id *user_id, int64_t cost_micro);

/*
 * Gives back what idle users' leases hold, and renews others before they end. To be
 * called every second or so, by one thread.
 */
void ccpi_budget_tend(ccpi_budget *budget);

/* Forgets what is cached of all users: the store has changed. */
void ccpi_budget_forget(ccpi_budget *budget);

#endif
