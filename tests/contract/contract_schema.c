#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <string.h>

#include "contract/scene.h"

TestSuite(schema, .init = scene_open, .fini = scene_close);
TestSuite(empty, .init = scene_open_unmigrated, .fini = scene_close);

static ccp_schema_status read_schema(void)
{
    ccp_schema_status schema = {.version = -1};
    ccp_error error = {0};
    ccp_status status = on.store->schema(on.store->self, &schema, &error);

    cr_assert(eq(int, status, CCP_OK), "%s", error.message);
    return schema;
}

Test(schema, a_migrated_database_has_the_version_that_is_required)
{
    const ccp_schema_status schema = read_schema();

    cr_expect(gt(int, schema.required, 0));
    cr_expect(eq(int, schema.version, schema.required));
}

Test(schema, a_second_migration_changes_nothing)
{
    ccp_user user = scene_user(NULL), found;
    ccp_status status;

    cr_assert(eq(int, on.store->migrate(on.store->self, NULL), CCP_OK));
    status = on.store->users.find(on.store->users.self, user.id.text, &found, NULL);
    cr_expect(eq(int, status, CCP_OK));
}

/* Counts the steps that were applied at a time; 0: that are not applied. */
typedef struct tally {
    int64_t applied_at_us;
    int steps;
    int matches;
} tally;

static bool count_step(void *context, const ccp_migration *migration)
{
    tally *of = context;

    cr_expect(gt(int, migration->version, of->steps));
    cr_expect(gt(sz, strlen(migration->name), 0));
    of->steps++;
    of->matches += migration->applied_at_us == of->applied_at_us;
    return true;
}

Test(schema, every_step_is_listed_with_its_time)
{
    tally of = {.applied_at_us = SCENE_START_US};
    ccp_status status = on.store->migrations(on.store->self, count_step, &of, NULL);

    cr_assert(eq(int, status, CCP_OK));
    cr_expect(gt(int, of.steps, 0));
    cr_expect(eq(int, of.matches, of.steps));
}

Test(empty, every_step_is_listed_as_not_applied)
{
    tally of = {.applied_at_us = 0};
    ccp_status status = on.store->migrations(on.store->self, count_step, &of, NULL);

    cr_assert(eq(int, status, CCP_OK));
    cr_expect(gt(int, of.steps, 0));
    cr_expect(eq(int, of.matches, of.steps));
}

Test(empty, an_empty_database_has_version_0)
{
    const ccp_schema_status schema = read_schema();

    cr_expect(eq(int, schema.version, 0));
    cr_expect(gt(int, schema.required, 0));
}

/* AK-10: nobody may be turned away because the schema is missing. */
Test(empty, a_lookup_without_a_schema_is_unavailable_not_in_vain)
{
    const ccp_key_hash hash = scene_hash(1);
    ccp_identity who;
    ccp_status status = on.store->keys.identify(on.store->keys.self, &hash, &who, NULL);

    cr_expect(eq(int, status, CCP_UNAVAILABLE));
}

static void *migrate_another(void *context)
{
    ccp_store *store = scene_open_second();

    *(ccp_status *)context = store->migrate(store->self, NULL);
    ccp_store_close(store);
    return NULL;
}

Test(empty, several_may_migrate_at_once)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    ccp_status statuses[THREADS];

    for (int i = 0; i < THREADS; i++)
        cr_assert(
            zero(int, pthread_create(&threads[i], NULL, migrate_another, &statuses[i])));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        cr_expect(eq(int, statuses[i], CCP_OK));
    cr_expect(eq(int, read_schema().version, read_schema().required));
}
