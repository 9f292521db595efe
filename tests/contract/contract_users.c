#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "contract/scene.h"

TestSuite(users, .init = scene_open, .fini = scene_close);

#define CALL(function, ...)                                                              \
    on.store->users.function(on.store->users.self, __VA_ARGS__, NULL)
#define CALL_KEYS(function, ...)                                                         \
    on.store->keys.function(on.store->keys.self, __VA_ARGS__, NULL)

Test(users, a_created_user_is_found_whole_by_id_and_by_name)
{
    ccp_user user = {.name = "Grace Höpper 🚢",
                     .description = "compilers",
                     .routing = CCP_ROUTING_BEDROCK_ONLY,
                     .monthly_budget_micro = 12340000};
    ccp_user by_id, by_name;

    cr_assert(eq(int, CALL(create, &user), CCP_OK));
    cr_assert(eq(int, CALL(find, user.id.text, &by_id), CCP_OK));
    cr_assert(eq(int, CALL(find, "Grace Höpper 🚢", &by_name), CCP_OK));

    cr_expect(eq(str, by_name.id.text, user.id.text));
    cr_expect(eq(str, by_id.id.text, user.id.text));
    cr_expect(eq(str, by_id.name, "Grace Höpper 🚢"));
    cr_expect(eq(str, by_id.description, "compilers"));
    cr_expect(eq(int, by_id.status, CCP_USER_ACTIVE));
    cr_expect(eq(int, by_id.routing, CCP_ROUTING_BEDROCK_ONLY));
    cr_expect(eq(i64, by_id.monthly_budget_micro, 12340000));
    cr_expect(eq(i64, by_id.created_at_us, SCENE_START_US));
    cr_expect(eq(i64, by_id.updated_at_us, SCENE_START_US));
    cr_expect(eq(i64, by_id.deleted_at_us, 0));
}

Test(users, an_id_is_a_version_4_uuid_and_is_found_in_capitals_too)
{
    ccp_user user = scene_user(NULL), found;
    char capitals[sizeof(user.id.text)];

    /* RFC 9562, sections 4 and 5.4 */
    cr_expect(eq(sz, strlen(user.id.text), 36));
    cr_expect(eq(chr, user.id.text[14], '4'));
    cr_expect(strchr("89ab", user.id.text[19]) != NULL);

    for (size_t i = 0; i < sizeof(capitals); i++) {
        const char c = user.id.text[i];

        capitals[i] = (char)(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
    }
    cr_expect(eq(int, CALL(find, capitals, &found), CCP_OK));
}

Test(users, no_limit_and_a_limit_of_nothing_are_two_things)
{
    ccp_user free_one = {.name = "free", .monthly_budget_micro = CCP_NO_BUDGET};
    ccp_user broke = {.name = "broke", .monthly_budget_micro = 0};
    ccp_user found;

    cr_assert(eq(int, CALL(create, &free_one), CCP_OK));
    cr_assert(eq(int, CALL(create, &broke), CCP_OK));
    cr_assert(eq(int, CALL(find, "free", &found), CCP_OK));
    cr_expect(eq(i64, found.monthly_budget_micro, CCP_NO_BUDGET));
    cr_assert(eq(int, CALL(find, "broke", &found), CCP_OK));
    cr_expect(eq(i64, found.monthly_budget_micro, 0));
}

Test(users, a_negative_budget_is_refused)
{
    ccp_user user = {.name = "debt", .monthly_budget_micro = -2};

    cr_expect(eq(int, CALL(create, &user), CCP_INVALID));
}

Test(users, a_name_that_two_have_is_a_conflict)
{
    ccp_user found;

    scene_user("Sam");
    scene_user("Sam");
    cr_expect(eq(int, CALL(find, "Sam", &found), CCP_CONFLICT));
}

Test(users, a_deleted_users_name_is_free_again)
{
    ccp_user first = scene_user("Sam"), second, found;

    cr_assert(eq(int, CALL(set_status, &first.id, CCP_USER_DELETED), CCP_OK));
    second = scene_user("Sam");
    cr_assert(eq(int, CALL(find, "Sam", &found), CCP_OK));
    cr_expect(eq(str, found.id.text, second.id.text));
}

Test(users, a_name_has_1_to_255_characters_however_many_bytes)
{
    ccp_user user = {.monthly_budget_micro = CCP_NO_BUDGET}, found;

    cr_expect(eq(int, CALL(create, &user), CCP_INVALID));
    for (int i = 0; i < 255; i++)
        strcat(user.name, "\xF0\x9F\x9A\xA2"); /* U+1F6A2 */
    cr_expect(eq(int, CALL(create, &user), CCP_OK));
    cr_assert(eq(int, CALL(find, user.id.text, &found), CCP_OK));
    cr_expect(eq(str, found.name, user.name));
    memset(user.name, 'x', 256);
    user.name[256] = '\0';
    cr_expect(eq(int, CALL(create, &user), CCP_INVALID));
}

Test(users, a_name_that_is_no_utf8_is_refused)
{
    ccp_user user = {.name = "\xC3(", .monthly_budget_micro = CCP_NO_BUDGET}, found;

    cr_expect(eq(int, CALL(create, &user), CCP_INVALID));
    cr_expect(eq(int, CALL(find, "\xC3(", &found), CCP_NOT_FOUND));
}

Test(users, what_sql_could_misread_is_only_text)
{
    ccp_user user = scene_user("Robert'); DROP TABLE users;--"), found;

    cr_assert(eq(int, CALL(find, "Robert'); DROP TABLE users;--", &found), CCP_OK));
    cr_expect(eq(str, found.id.text, user.id.text));
}

Test(users, an_update_writes_four_facts_and_the_time)
{
    ccp_user user = scene_user("Ada"), found;

    on.now_us += SCENE_SECOND;
    strcpy(user.name, "Ada L.");
    strcpy(user.description, "engines");
    user.routing = CCP_ROUTING_BEDROCK_ONLY;
    user.monthly_budget_micro = 5;
    cr_assert(eq(int, CALL(update, &user), CCP_OK));

    cr_assert(eq(int, CALL(find, user.id.text, &found), CCP_OK));
    cr_expect(eq(str, found.name, "Ada L."));
    cr_expect(eq(str, found.description, "engines"));
    cr_expect(eq(int, found.routing, CCP_ROUTING_BEDROCK_ONLY));
    cr_expect(eq(i64, found.monthly_budget_micro, 5));
    cr_expect(eq(i64, found.updated_at_us, SCENE_START_US + SCENE_SECOND));
    cr_expect(eq(i64, found.created_at_us, SCENE_START_US));
}

Test(users, nobody_cannot_be_updated_or_ended)
{
    ccp_user nobody = {.id = {"00000000-0000-4000-8000-000000000000"},
                       .name = "Nobody",
                       .monthly_budget_micro = CCP_NO_BUDGET};
    ccp_user found;

    cr_expect(eq(int, CALL(find, "Nobody", &found), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(find, nobody.id.text, &found), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(update, &nobody), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(set_status, &nobody.id, CCP_USER_DELETED), CCP_NOT_FOUND));
}

static bool note_name(void *context, const ccp_user *user)
{
    strcat(context, user->name);
    return strcmp(user->name, "stop") != 0;
}

Test(users, a_listing_is_newest_first_and_without_the_deleted)
{
    char names[64] = "";
    ccp_user gone;

    scene_user("a");
    on.now_us++;
    gone = scene_user("b");
    on.now_us++;
    scene_user("c");
    cr_assert(eq(int, CALL(set_status, &gone.id, CCP_USER_DELETED), CCP_OK));

    cr_assert(eq(int, CALL(list, note_name, names), CCP_OK));
    cr_expect(eq(str, names, "ca"));
}

Test(users, a_visitor_may_end_the_listing)
{
    char names[64] = "";

    scene_user("a");
    on.now_us++;
    scene_user("stop");
    cr_assert(eq(int, CALL(list, note_name, names), CCP_OK));
    cr_expect(eq(str, names, "stop"));
}

/* AD-4: active -> inactive -> deleted, one way */
Test(users, the_life_of_a_user_goes_one_way)
{
    ccp_user user = scene_user(NULL), found;

    cr_expect(eq(int, CALL(set_status, &user.id, CCP_USER_INACTIVE), CCP_OK));
    cr_assert(eq(int, CALL(find, user.id.text, &found), CCP_OK));
    cr_expect(eq(int, found.status, CCP_USER_INACTIVE));
    cr_expect(eq(int, CALL(set_status, &user.id, CCP_USER_INACTIVE), CCP_CONFLICT));
    cr_expect(eq(int, CALL(set_status, &user.id, CCP_USER_ACTIVE), CCP_CONFLICT));
    cr_expect(eq(int, CALL(set_status, &user.id, CCP_USER_DELETED), CCP_OK));
    cr_expect(eq(int, CALL(find, user.id.text, &found), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(set_status, &user.id, CCP_USER_DELETED), CCP_NOT_FOUND));
}

Test(users, an_end_takes_all_keys_and_credentials_along)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user), found;
    const ccp_sealed_key sealed = scene_sealed("sealed");
    ccp_sealed_key left;

    cr_assert(eq(int, CALL_KEYS(set_bedrock_key, &key.id, &sealed), CCP_OK));
    on.now_us += SCENE_SECOND;
    cr_assert(eq(int, CALL(set_status, &user.id, CCP_USER_INACTIVE), CCP_OK));

    cr_assert(eq(int, CALL_KEYS(find, key.id.text, &found), CCP_OK));
    cr_expect(eq(int, found.status, CCP_ACCESS_KEY_REVOKED));
    cr_expect(eq(i64, found.revoked_at_us, SCENE_START_US + SCENE_SECOND));
    cr_expect(eq(int, CALL_KEYS(get_bedrock_key, &key.id, &left), CCP_NOT_FOUND));
}

Test(users, a_change_of_a_user_is_told_and_a_refused_one_is_not)
{
    ccp_user user = scene_user(NULL);
    int64_t before = scene_version();

    cr_assert(eq(int, CALL(update, &user), CCP_OK));
    cr_expect(gt(i64, scene_version(), before));

    before = scene_version();
    cr_assert(eq(int, CALL(set_status, &user.id, CCP_USER_INACTIVE), CCP_OK));
    cr_expect(gt(i64, scene_version(), before));

    before = scene_version();
    cr_assert(eq(int, CALL(set_status, &user.id, CCP_USER_INACTIVE), CCP_CONFLICT));
    cr_expect(eq(i64, scene_version(), before));
}
