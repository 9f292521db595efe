#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "contract/scene.h"

TestSuite(sessions, .init = scene_open, .fini = scene_close);

#define CALL(function, ...)                                                              \
    on.store->sessions.function(on.store->sessions.self, __VA_ARGS__, NULL)

static const ccp_id nobody = {"00000000-0000-4000-8000-000000000000"};

static ccp_admin_session sign_in(const char *username)
{
    ccp_admin_session session = {.address = "192.0.2.7",
                                 .created_at_us = on.now_us,
                                 .expires_at_us = on.now_us + 60 * SCENE_SECOND};

    strcpy(session.username, username);
    cr_assert(eq(int, ccp_id_new(ccp_system_random(), &session.id, NULL), CCP_OK));
    cr_assert(eq(int, CALL(create, &session), CCP_OK));
    return session;
}

typedef struct seen {
    int count;
    char first[256];
} seen;

static bool see(void *context, const ccp_admin_session *session)
{
    seen *all = context;

    if (all->count++ == 0)
        strcpy(all->first, session->username);
    return true;
}

static seen list(void)
{
    seen all = {0};

    cr_assert(eq(int, CALL(list, see, &all), CCP_OK));
    return all;
}

Test(sessions, a_session_is_found_as_it_was_made)
{
    ccp_admin_session made = sign_in("ann"), found;

    cr_assert(eq(int, CALL(find, &made.id, &found), CCP_OK));
    cr_expect(eq(str, found.username, "ann"));
    cr_expect(eq(str, found.address, "192.0.2.7"));
    cr_expect(eq(i64, found.created_at_us, made.created_at_us));
    cr_expect(eq(i64, found.expires_at_us, made.expires_at_us));
    cr_expect(eq(i64, found.revoked_at_us, 0));
    cr_expect(eq(int, CALL(find, &nobody, &found), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(create, &made), CCP_CONFLICT));
}

Test(sessions, a_revoked_session_is_over_and_told_so_once)
{
    ccp_admin_session made = sign_in("ann"), found;

    on.now_us += SCENE_SECOND;
    cr_assert(eq(int, CALL(revoke, &made.id), CCP_OK));
    cr_assert(eq(int, CALL(find, &made.id, &found), CCP_OK));
    cr_expect(eq(i64, found.revoked_at_us, on.now_us));
    cr_expect(eq(int, list().count, 0));
    cr_expect(eq(int, CALL(revoke, &made.id), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(revoke, &nobody), CCP_NOT_FOUND));
}

Test(sessions, those_that_live_are_listed_newest_first)
{
    seen all;

    sign_in("ann");
    on.now_us += 30 * SCENE_SECOND;
    sign_in("bob");
    all = list();
    cr_expect(eq(int, all.count, 2));
    cr_expect(eq(str, all.first, "bob"));
    on.now_us += 30 * SCENE_SECOND;
    cr_expect(eq(int, list().count, 1));
}

Test(sessions, all_are_ended_at_once)
{
    ccp_admin_session made = sign_in("ann"), found;
    ccp_status status;

    sign_in("bob");
    status = on.store->sessions.revoke_all(on.store->sessions.self, NULL);
    cr_assert(eq(int, status, CCP_OK));
    cr_expect(eq(int, list().count, 0));
    cr_assert(eq(int, CALL(find, &made.id, &found), CCP_OK));
    cr_expect(gt(i64, found.revoked_at_us, 0));
}

Test(sessions, what_expired_long_ago_can_be_removed)
{
    ccp_admin_session old = sign_in("ann"), found;

    on.now_us += 120 * SCENE_SECOND;
    sign_in("bob");
    cr_assert(eq(int, CALL(prune, on.now_us), CCP_OK));
    cr_expect(eq(int, CALL(find, &old.id, &found), CCP_NOT_FOUND));
    cr_expect(eq(int, list().count, 1));
}
