#include "usage/budget_table.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024

ccp_status ccpi_budget_table_init(ccpi_budget_table *table, size_t most)
{
    *table = (ccpi_budget_table){.most = most};
    table->buckets = calloc(BUCKETS, sizeof(ccpi_budget_user *));
    return table->buckets ? CCP_OK : CCP_NO_MEMORY;
}

static bool is_idle(const ccpi_budget_user *user)
{
    return user->reserved_micro == 0 && user->unstored_micro == 0 &&
           user->leased_micro == 0 && user->users == 0;
}

static bool is_any(const ccpi_budget_user *user)
{
    (void)user;
    return true;
}

static void drop_of_bucket(ccpi_budget_table *table, ccpi_budget_user **link,
                           bool (*may_go)(const ccpi_budget_user *user))
{
    while (*link) {
        ccpi_budget_user *user = *link;

        if (may_go(user)) {
            *link = user->next;
            free(user);
            table->count--;
        } else {
            link = &user->next;
        }
    }
}

static void drop(ccpi_budget_table *table, bool (*may_go)(const ccpi_budget_user *user))
{
    for (size_t i = 0; i < BUCKETS; i++)
        drop_of_bucket(table, &table->buckets[i], may_go);
}

void ccpi_budget_table_clear(ccpi_budget_table *table)
{
    if (table->buckets)
        drop(table, is_any);
    free(table->buckets);
    *table = (ccpi_budget_table){0};
}

/* FNV-1a; ids are our own random ones, so nobody can choose collisions. */
static size_t bucket_of(const ccp_id *id)
{
    uint32_t hash = 2166136261u;

    for (const char *at = id->text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return hash % BUCKETS;
}

static ccpi_budget_user *insert(ccpi_budget_table *table, const ccp_id *id)
{
    ccpi_budget_user **bucket = &table->buckets[bucket_of(id)];
    ccpi_budget_user *user;

    if (table->count >= table->most)
        drop(table, is_idle);
    if (table->count >= table->most)
        return NULL;
    user = calloc(1, sizeof(*user));
    if (!user)
        return NULL;
    user->id = *id;
    user->is_stale = true;
    user->next = *bucket;
    *bucket = user;
    table->count++;
    return user;
}

ccpi_budget_user *ccpi_budget_table_get(ccpi_budget_table *table, const ccp_id *id,
                                        bool make)
{
    ccpi_budget_user *user = table->buckets[bucket_of(id)];

    while (user && strcmp(user->id.text, id->text) != 0)
        user = user->next;
    return user || !make ? user : insert(table, id);
}

void ccpi_budget_table_each(ccpi_budget_table *table,
                            void (*visit)(ccpi_budget_user *user))
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (ccpi_budget_user *user = table->buckets[i]; user; user = user->next)
            visit(user);
    }
}

ccpi_budget_user *ccpi_budget_table_find(ccpi_budget_table *table,
                                         bool (*is_it)(const ccpi_budget_user *user,
                                                       int64_t at_us),
                                         int64_t at_us)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (ccpi_budget_user *user = table->buckets[i]; user; user = user->next)
            if (is_it(user, at_us))
                return user;
    return NULL;
}
