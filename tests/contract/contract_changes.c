#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <time.h>

#include "contract/scene.h"

TestSuite(changes, .init = scene_open, .fini = scene_close);

/* A change may take a moment to arrive, but not more than 5 s. */
static bool reaches(ccp_store *store, int64_t expected)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    int64_t version = 0;

    for (int i = 0; i < 1000 && version < expected; i++) {
        ccp_status status = store->changes.version(store->changes.self, &version, NULL);

        cr_assert(eq(int, status, CCP_OK));
        if (version < expected)
            nanosleep(&pause, NULL);
    }
    return version >= expected;
}

Test(changes, another_process_sees_what_this_one_changed)
{
    ccp_store *second = scene_open_second();
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user);

    cr_expect(reaches(second, scene_version()));
    cr_assert(eq(int, on.store->keys.revoke(on.store->keys.self, &key.id, NULL), CCP_OK));
    cr_expect(reaches(second, scene_version()));
    ccp_store_close(second);
}

Test(changes, the_version_stands_still_when_nothing_changes)
{
    const int64_t before = scene_version();

    cr_expect(eq(i64, scene_version(), before));
}

Test(changes, what_changed_outside_the_store_can_be_announced)
{
    const int64_t before = scene_version();
    ccp_store *second = scene_open_second();

    cr_assert(eq(int, on.store->changes.announce(on.store->changes.self, NULL), CCP_OK));
    cr_expect(gt(i64, scene_version(), before));
    cr_expect(reaches(second, scene_version()));
    ccp_store_close(second);
}
