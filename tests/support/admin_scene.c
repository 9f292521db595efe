#include "support/admin_scene.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "support/folder.h"

const char hasher_secret[] = "0123456789abcdef0123456789abcdef";
static const char encryption_key[] =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static char folder[FOLDER_MAX];
int64_t now_us = START_US;
static ccp_clock frozen;
static ccp_config *config;
ccp_store *store;
ccp_admin *admin;
ccp_error error;

static int64_t tell_time(void *self)
{
    (void)self;
    return now_us;
}

void open_admin(void)
{
    char url[FOLDER_MAX + 32];

    folder_make(folder);
    snprintf(url, sizeof(url), "sqlite:%s/test.db", folder);
    frozen = (ccp_clock){.unix_us = tell_time, .monotonic_us = tell_time};
    cr_assert(eq(int, ccp_config_new(&config, &error), CCP_OK));
    ccp_config_set(config, "key_hasher_secret", hasher_secret, &error);
    ccp_config_set(config, "encryption_key", encryption_key, &error);
    ccp_config_set(config, "max_keys_per_user", "3", &error);
    cr_assert(eq(int, ccp_config_check(config, NULL, NULL, &error), CCP_OK));
    cr_assert(eq(int,
                 ccp_store_open(&(ccp_store_options){.url = url,
                                                     .clock = &frozen,
                                                     .random = ccp_system_random()},
                                &store, &error),
                 CCP_OK));
    cr_assert(eq(int, store->migrate(store->self, &error), CCP_OK));
    cr_assert(
        eq(int,
           ccp_admin_new(
               &(ccp_admin_options){.config = config, .store = store, .clock = &frozen},
               &admin, &error),
           CCP_OK));
}

void close_admin(void)
{
    ccp_admin_free(admin);
    ccp_store_close(store);
    ccp_config_free(config);
    folder_remove(folder);
}

ccp_user make_user(void)
{
    ccp_user user = {.name = "Ann", .monthly_budget_micro = CCP_NO_BUDGET};

    cr_assert(eq(int, ccp_admin_create_user(admin, &user, &error), CCP_OK));
    return user;
}

ccp_issued_key issue(const ccp_user *user)
{
    const ccp_access_key wanted = {.user_id = user->id};
    ccp_issued_key issued;

    cr_assert(eq(int, ccp_admin_issue_key(admin, &wanted, &issued, &error), CCP_OK));
    return issued;
}

ccp_access_key reread(const ccp_id *id)
{
    ccp_access_key key;

    cr_assert(
        eq(int, store->keys.find(store->keys.self, id->text, &key, &error), CCP_OK));
    return key;
}

ccp_status register_credential(const ccp_id *id, const char *text)
{
    return ccp_admin_set_bedrock_key(
        admin, id, (ccp_bedrock_credential){text, strlen(text)}, NULL, &error);
}
