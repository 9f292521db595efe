#ifndef CCPI_USAGE_BUDGET_TABLE_H
#define CCPI_USAGE_BUDGET_TABLE_H

#include "ccproxy/store.h"

/*
 * What a process knows of each user's month. A bounded hash table; users with
 * something reserved, not stored yet, or under way are never forgotten.
 * The caller locks.
 */
typedef struct ccpi_budget_user {
    struct ccpi_budget_user *next;
    ccp_id id;
    int64_t limit_micro;
    int64_t month_start_s;
    int64_t stored_micro;   /* spent, as the store knows */
    int64_t unstored_micro; /* spent, on its way into the store */
    int64_t reserved_micro; /* by running requests */
    int64_t leased_micro;   /* of the budget, for this process; 0: nothing */
    int64_t others_micro;   /* leased by other processes, when it was last asked */
    int64_t leased_at_us;
    int64_t admitted_at_us; /* the last request */
    int64_t moved_micro;    /* stored since the read under way began */
    int64_t read_at_us;
    uint64_t reads; /* ended ones */
    int users;      /* threads that hold this pointer */
    int warned_percent;
    bool is_stale;
    bool is_reading;
    bool has_failed;    /* the last read */
    bool was_forgotten; /* since the read under way began */
} ccpi_budget_user;

typedef struct ccpi_budget_table {
    ccpi_budget_user **buckets;
    size_t count;
    size_t most;
} ccpi_budget_table;

/* CCP_NO_MEMORY only. */
ccp_status ccpi_budget_table_init(ccpi_budget_table *table, size_t most);
void ccpi_budget_table_clear(ccpi_budget_table *table);

/* NULL: not there, or (to be made) no memory, or no place. */
ccpi_budget_user *ccpi_budget_table_get(ccpi_budget_table *table, const ccp_id *id,
                                        bool make);

void ccpi_budget_table_each(ccpi_budget_table *table,
                            void (*visit)(ccpi_budget_user *user));

/* The first one of which this is true, or NULL. */
ccpi_budget_user *ccpi_budget_table_find(ccpi_budget_table *table,
                                         bool (*is_it)(const ccpi_budget_user *user,
                                                       int64_t at_us),
                                         int64_t at_us);

/* What this process must have leased: it is running, or spent and not stored yet. */
static inline int64_t ccpi_budget_user_held(const ccpi_budget_user *user)
{
    return user->reserved_micro + user->unstored_micro;
}

static inline int64_t ccpi_budget_user_spent(const ccpi_budget_user *user)
{
    return user->stored_micro + user->unstored_micro;
}

#endif
