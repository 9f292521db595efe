/* The audit log (AD-6). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/admin_scene.h"

TestSuite(admin_audit, .init = open_admin, .fini = close_admin);

typedef struct entries {
    size_t count;
    ccp_audit_entry newest;
} entries;

static bool take_entry(void *context, const ccp_audit_entry *entry)
{
    entries *all = context;

    if (all->count++ == 0)
        all->newest = *entry;
    return true;
}

static entries read_audit(void)
{
    ccp_page page = {100, 0, 0};
    entries all = {.count = 0};

    cr_assert(eq(int,
                 store->audit.list(store->audit.self, &page, take_entry, &all, &error),
                 CCP_OK));
    return all;
}

static void expect_entry(const char *action, const ccp_id *target)
{
    const entries all = read_audit();

    cr_expect(eq(str, (char *)all.newest.action, (char *)action));
    cr_expect(eq(str, (char *)all.newest.target_id, (char *)target->text));
    cr_expect(eq(str, (char *)all.newest.actor, "local"));
    now_us += SECOND; /* the next one is newer */
}

Test(admin_audit, every_change_leaves_an_entry)
{
    ccp_user user = make_user();
    ccp_issued_key issued, fresh;

    expect_entry("user.create", &user.id);
    cr_assert(eq(int, ccp_admin_update_user(admin, &user, &error), CCP_OK));
    expect_entry("user.update", &user.id);
    issued = issue(&user);
    expect_entry("access_key.issue", &issued.key.id);
    cr_assert(eq(int, ccp_admin_update_key(admin, &issued.key, &error), CCP_OK));
    expect_entry("access_key.update", &issued.key.id);
    cr_assert(eq(int, register_credential(&issued.key.id, "ABSK-one"), CCP_OK));
    expect_entry("bedrock_key.set", &issued.key.id);
    cr_assert(
        eq(int, ccp_admin_remove_bedrock_key(admin, &issued.key.id, &error), CCP_OK));
    expect_entry("bedrock_key.remove", &issued.key.id);
    cr_assert(
        eq(int, ccp_admin_rotate_key(admin, &issued.key.id, 60, &fresh, &error), CCP_OK));
    expect_entry("access_key.rotate", &issued.key.id);
    cr_assert(eq(int, ccp_admin_revoke_key(admin, &fresh.key.id, &error), CCP_OK));
    expect_entry("access_key.revoke", &fresh.key.id);
    cr_assert(eq(int, ccp_admin_deactivate_user(admin, &user.id, &error), CCP_OK));
    expect_entry("user.deactivate", &user.id);
    cr_assert(eq(int, ccp_admin_delete_user(admin, &user.id, &error), CCP_OK));
    expect_entry("user.delete", &user.id);
    cr_expect(eq(sz, read_audit().count, 10));
}

Test(admin_audit, what_is_refused_leaves_none)
{
    ccp_user user = make_user();

    user.routing = CCP_ROUTING_BEDROCK_ONLY;
    cr_expect(eq(int, ccp_admin_update_user(admin, &user, &error), CCP_INVALID));
    cr_assert(eq(int, ccp_admin_deactivate_user(admin, &user.id, &error), CCP_OK));
    cr_expect(eq(int, ccp_admin_deactivate_user(admin, &user.id, &error), CCP_CONFLICT));
    cr_expect(eq(sz, read_audit().count, 2));
}
