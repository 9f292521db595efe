#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "ccproxy/store.h"
#include "support/failing_malloc.h"
#include "support/folder.h"

static char folder[FOLDER_MAX];

static void set_up(void)
{
    folder_make(folder);
}

static void tear_down(void)
{
    folder_remove(folder);
}

TestSuite(fault_store, .init = set_up, .fini = tear_down);

static ccp_status open_store(ccp_store **out)
{
    char url[FOLDER_MAX + 32];
    const ccp_store_options options = {
        .url = url, .clock = ccp_system_clock(), .random = ccp_system_random()};

    snprintf(url, sizeof(url), "sqlite:%s/test.db", folder);
    return ccp_store_open(&options, out, NULL);
}

static bool count_record(void *context, const ccp_usage_record *record)
{
    (void)record;
    ++*(int *)context;
    return true;
}

static bool see_bucket(void *context, const ccp_usage_bucket *bucket)
{
    (void)bucket;
    ++*(int *)context;
    return true;
}

static bool see_group(void *context, const ccp_usage_group *group)
{
    (void)group;
    ++*(int *)context;
    return true;
}

static bool see_agent(void *context, const ccp_usage_agent *agent)
{
    (void)agent;
    ++*(int *)context;
    return true;
}

static ccp_status report(const ccp_store *store)
{
    const ccp_report_store *reports = &store->reports;
    const ccp_usage_range range = {.period = {0, 100000000}, .bucket = CCP_BUCKET_MINUTE};
    const ccp_usage_grouping grouping = {.range = range, .by = CCP_USAGE_BY_USER};
    ccp_usage_row_page page = {.filter.model = "m", .page.limit = 5};
    ccp_usage_session session;
    ccp_usage_totals totals;
    int count = 0;
    ccp_status status = reports->buckets(reports->self, &range, see_bucket, &count, NULL);

    if (status == CCP_OK)
        status = reports->totals(reports->self, &range, NULL, &totals, NULL);
    if (status == CCP_OK)
        status = reports->groups(reports->self, &grouping, see_group, &count, NULL);
    if (status == CCP_OK)
        status = reports->rows(reports->self, &page, count_record, &count, NULL);
    if (status == CCP_OK)
        status = reports->session(reports->self, "s", NULL, &session, NULL);
    if (status == CCP_OK)
        status = reports->agents(reports->self, &session, see_agent, &count, NULL);
    return status;
}

/* A bit of everything; each time with another request id. */
static ccp_status use(const ccp_store *store, int number)
{
    ccp_usage_record record = {.created_at_us = number + 1,
                               .user_id = "a0000000-0000-4000-8000-000000000000",
                               .access_key_id = "a0000000-0000-4000-8000-000000000000"};
    ccp_user user = {.name = "Ada", .monthly_budget_micro = CCP_NO_BUDGET};
    int count = 0;
    ccp_status status = store->migrate(store->self, NULL);

    if (status == CCP_OK)
        status = store->users.create(store->users.self, &user, NULL);
    if (status == CCP_OK)
        status = store->usage.add(store->usage.self, &record, 1, NULL, NULL);
    if (status == CCP_OK)
        status = store->usage.recent(store->usage.self, 10, count_record, &count, NULL);
    return status == CCP_OK ? report(store) : status;
}

Test(fault_store, a_store_is_opened_and_used_whole_or_says_no_memory)
{
    ccp_status status;
    int nth = 0;

    do {
        ccp_store *store = NULL;

        fail_allocation(nth++);
        status = open_store(&store);
        if (status == CCP_OK)
            status = use(store, nth);
        if (allocation_failed())
            cr_assert(eq(int, status, CCP_NO_MEMORY));
        ccp_store_close(store);
    } while (allocation_failed());

    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 5), "no allocation was made to fail");
}
