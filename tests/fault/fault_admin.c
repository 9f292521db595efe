#include "ccproxy/admin.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "support/failing_malloc.h"
#include "support/folder.h"

static char folder[FOLDER_MAX];
static ccp_config *config;
static ccp_store *store;

static void set_up(void)
{
    char url[FOLDER_MAX + 32];

    folder_make(folder);
    snprintf(url, sizeof(url), "sqlite:%s/test.db", folder);
    cr_assert(eq(int, ccp_config_new(&config, NULL), CCP_OK));
    ccp_config_set(config, "key_hasher_secret", "0123456789abcdef0123456789abcdef", NULL);
    ccp_config_set(config, "encryption_key",
                   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                   NULL);
    cr_assert(eq(int, ccp_config_check(config, NULL, NULL, NULL), CCP_OK));
    cr_assert(eq(int,
                 ccp_store_open(&(ccp_store_options){.url = url,
                                                     .clock = ccp_system_clock(),
                                                     .random = ccp_system_random()},
                                &store, NULL),
                 CCP_OK));
    cr_assert(eq(int, store->migrate(store->self, NULL), CCP_OK));
}

static void tear_down(void)
{
    ccp_store_close(store);
    ccp_config_free(config);
    folder_remove(folder);
}

TestSuite(fault_admin, .init = set_up, .fini = tear_down);

/* A bit of everything that administration does. */
static ccp_status use(ccp_admin *admin)
{
    ccp_user user = {.name = "Ann", .monthly_budget_micro = CCP_NO_BUDGET};
    ccp_access_key wanted = {.has_bedrock_key = false};
    ccp_user_summary summary;
    ccp_issued_key first;
    ccp_issued_key second;
    ccp_status status = ccp_admin_create_user(admin, &user, NULL);

    wanted.user_id = user.id;
    if (status == CCP_OK)
        status = ccp_admin_issue_key(admin, &wanted, &first, NULL);
    if (status == CCP_OK)
        status = ccp_admin_set_bedrock_key(
            admin, &first.key.id, (ccp_bedrock_credential){"ABSKx", 5}, NULL, NULL);
    if (status == CCP_OK)
        status = ccp_admin_rotate_key(admin, &first.key.id, 0, &second, NULL);
    if (status == CCP_OK)
        status = ccp_admin_summarize_user(admin, &user, &summary, NULL);
    return status;
}

Test(fault_admin, administration_works_whole_or_says_no_memory)
{
    ccp_status status;
    int nth = 0;

    do {
        ccp_admin *admin = NULL;

        fail_allocation(nth++);
        status = ccp_admin_new(&(ccp_admin_options){.config = config, .store = store},
                               &admin, NULL);
        if (status == CCP_OK)
            status = use(admin);
        else
            cr_expect(zero(ptr, admin));
        if (status != CCP_OK)
            cr_expect(eq(int, status, CCP_NO_MEMORY));
        fail_no_allocation();
        ccp_admin_free(admin);
    } while (status != CCP_OK);
    cr_expect(gt(int, nth, 3));
}
