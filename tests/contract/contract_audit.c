#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "contract/scene.h"

TestSuite(audit, .init = scene_open, .fini = scene_close);

static ccp_audit_entry entry_of(const char *action)
{
    ccp_audit_entry entry = {.actor = "ann",
                             .address = "192.0.2.7",
                             .target_type = "user",
                             .detail = "{\"name\":\"Bob\"}"};

    strcpy(entry.action, action);
    return entry;
}

static ccp_status write_work(ccp_audit_entry *entry,
                             ccp_status (*run)(const ccp_store *within, void *context,
                                               ccp_error *error),
                             void *context)
{
    const ccp_audited_work work = {
        .store = on.store, .run = run, .context = context, .entry = entry};

    return on.store->audit.write(on.store->audit.self, &work, NULL);
}

typedef struct seen {
    size_t count;
    size_t total;
    ccp_audit_entry last;
} seen;

static bool see(void *context, const ccp_audit_entry *entry)
{
    seen *all = context;

    all->count++;
    all->last = *entry;
    return true;
}

static seen list(size_t limit, size_t offset)
{
    ccp_page page = {limit, offset, 0};
    seen all = {0};

    cr_assert(eq(int, on.store->audit.list(on.store->audit.self, &page, see, &all, NULL),
                 CCP_OK));
    all.total = page.total;
    return all;
}

Test(audit, an_entry_is_listed_as_it_was_written)
{
    ccp_audit_entry entry = entry_of("user.create");
    seen all;

    strcpy(entry.target_id, "00000000-0000-4000-8000-000000000000");
    cr_assert(eq(int, write_work(&entry, NULL, NULL), CCP_OK));
    all = list(10, 0);
    cr_expect(eq(sz, all.total, 1));
    cr_expect(eq(str, all.last.id.text, entry.id.text));
    cr_expect(eq(i64, all.last.created_at_us, SCENE_START_US));
    cr_expect(eq(str, all.last.actor, "ann"));
    cr_expect(eq(str, all.last.address, "192.0.2.7"));
    cr_expect(eq(str, all.last.action, "user.create"));
    cr_expect(eq(str, all.last.target_type, "user"));
    cr_expect(eq(str, all.last.target_id, entry.target_id));
    cr_expect(eq(str, all.last.detail, "{\"name\":\"Bob\"}"));
}

static ccp_status create_user(const ccp_store *within, void *context, ccp_error *error)
{
    return within->users.create(within->users.self, context, error);
}

static ccp_status create_and_fail(const ccp_store *within, void *context,
                                  ccp_error *error)
{
    ccp_user *user = context, found;
    const ccp_user_store *users = &within->users;

    cr_expect(eq(int, users->create(users->self, user, error), CCP_OK));
    /* What is done is seen within, before anybody else can see it. */
    cr_expect(eq(int, users->find(users->self, user->id.text, &found, error), CCP_OK));
    return CCP_LIMIT;
}

static ccp_status find_user(const ccp_user *user)
{
    ccp_user found;

    return on.store->users.find(on.store->users.self, user->id.text, &found, NULL);
}

/* AD-6 */
Test(audit, the_work_and_its_entry_are_written_together)
{
    ccp_user user = {.name = "Bob", .monthly_budget_micro = CCP_NO_BUDGET};
    ccp_audit_entry entry = entry_of("user.create");

    cr_assert(eq(int, write_work(&entry, create_user, &user), CCP_OK));
    cr_expect(eq(int, find_user(&user), CCP_OK));
    cr_expect(eq(sz, list(10, 0).total, 1));
}

Test(audit, neither_is_written_when_the_work_fails)
{
    ccp_user user = {.name = "Bob", .monthly_budget_micro = CCP_NO_BUDGET};
    ccp_audit_entry entry = entry_of("user.create");

    cr_expect(eq(int, write_work(&entry, create_and_fail, &user), CCP_LIMIT));
    cr_expect(eq(int, find_user(&user), CCP_NOT_FOUND));
    cr_expect(eq(sz, list(10, 0).total, 0));
}

static ccp_status create_elsewhere(void *self, ccp_user *user, ccp_error *error)
{
    (void)user, (void)error;
    ++*(int *)self;
    return CCP_OK;
}

Test(audit, work_uses_the_nouns_that_an_embedder_has_replaced)
{
    int calls = 0;
    ccp_store visible = *on.store;
    ccp_user user = {.name = "Bob"};
    ccp_audit_entry entry = entry_of("user.create");
    const ccp_audited_work work = {
        .store = &visible, .run = create_user, .context = &user, .entry = &entry};

    visible.users = (ccp_user_store){.create = create_elsewhere, .self = &calls};
    cr_assert(eq(int, visible.audit.write(visible.audit.self, &work, NULL), CCP_OK));
    cr_expect(eq(int, calls, 1));
    cr_expect(eq(sz, list(10, 0).total, 1));
}

Test(audit, pages_begin_with_the_newest)
{
    seen all;

    for (int i = 0; i < 5; i++) {
        ccp_audit_entry entry = entry_of(i == 0 ? "first" : "later");

        cr_assert(eq(int, write_work(&entry, NULL, NULL), CCP_OK));
        on.now_us += SCENE_SECOND;
    }
    all = list(2, 3);
    cr_expect(eq(sz, all.count, 2));
    cr_expect(eq(sz, all.total, 5));
    cr_expect(eq(str, all.last.action, "first"));
    cr_expect(eq(sz, list(2, 9).count, 0));
}
