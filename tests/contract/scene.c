#include "contract/scene.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"

scene on;

static int64_t read_now(void *self)
{
    return ((const scene *)self)->now_us;
}

static ccp_store *open_store(void)
{
    const ccp_store_options options = {.url = on.url,
                                       .report_timezone = on.zone,
                                       .clock = &on.clock,
                                       .random = ccp_system_random()};
    ccp_store *store = NULL;
    ccp_error error = {0};

    cr_assert(eq(int, ccp_store_open(&options, &store, &error), CCP_OK), "%s",
              error.message);
    return store;
}

void scene_open_unmigrated(void)
{
    on.now_us = SCENE_START_US;
    on.clock = (ccp_clock){.unix_us = read_now, .monotonic_us = read_now, .self = &on};
    stage_set(on.url, sizeof(on.url));
    on.store = open_store();
}

void scene_open(void)
{
    ccp_error error = {0};

    scene_open_unmigrated();
    cr_assert(eq(int, on.store->migrate(on.store->self, &error), CCP_OK), "%s",
              error.message);
}

void scene_open_in_zone(const char *zone)
{
    on.zone = zone;
    scene_open();
}

void scene_close(void)
{
    ccp_store_close(on.store);
    stage_clear();
}

ccp_store *scene_open_second(void)
{
    return open_store();
}

ccp_user scene_user(const char *name)
{
    ccp_user user = {.monthly_budget_micro = CCP_NO_BUDGET};
    ccp_error error = {0};

    snprintf(user.name, sizeof(user.name), "%s", name ? name : "Ada");
    cr_assert(
        eq(int, on.store->users.create(on.store->users.self, &user, &error), CCP_OK),
        "%s", error.message);
    return user;
}

ccp_key_hash scene_hash(int number)
{
    ccp_key_hash hash;

    snprintf(hash.hex, sizeof(hash.hex), "%064d", number);
    return hash;
}

ccp_access_key scene_key(const ccp_user *user)
{
    static int number = 1000;
    const ccp_access_key_limits limits = {.most_per_user = 10};
    const ccp_key_hash hash = scene_hash(++number);
    ccp_access_key key = {.user_id = user->id, .bedrock_region = "eu-central-1"};
    ccp_status status;

    snprintf(key.prefix.text, sizeof(key.prefix.text), "ak_k%05u",
             (unsigned)number % 100000);
    status = on.store->keys.create(on.store->keys.self, &key, &hash, &limits, NULL);
    cr_assert(eq(int, status, CCP_OK));
    return key;
}

ccp_sealed_key scene_sealed(const char *bytes)
{
    ccp_sealed_key sealed = {.len = strlen(bytes)};

    memcpy(sealed.bytes, bytes, sealed.len);
    memset(sealed.hash, 'c', sizeof(sealed.hash) - 1);
    return sealed;
}

int64_t scene_version(void)
{
    int64_t version = 0;
    ccp_status status = on.store->changes.version(on.store->changes.self, &version, NULL);

    cr_assert(eq(int, status, CCP_OK));
    return version;
}

static bool take_number(void *context, const ccpi_db_value *columns)
{
    *(int64_t *)context = ccpi_db_get_integer(&columns[0]);
    return false;
}

int64_t scene_number(const char *sql)
{
    const ccpi_store *store = on.store->self;
    int64_t number = 0;
    const ccpi_db_statement query = {
        .sql = sql, .visit = take_number, .context = &number};
    ccp_error error = {0};

    cr_assert(eq(int, ccpi_db_read(store->db, &query, &error), CCP_OK), "%s: %s", sql,
              error.message);
    return number;
}
