#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "contract/scene.h"

TestSuite(tokens, .init = scene_open, .fini = scene_close);

#define CALL(function, ...)                                                              \
    on.store->tokens.function(on.store->tokens.self, __VA_ARGS__, NULL)

static const ccp_id nobody = {"00000000-0000-4000-8000-000000000000"};

static ccp_admin_token make_token(const char *name, int number)
{
    ccp_admin_token token = {.may_write = true, .expires_at_us = on.now_us + 1000};
    const ccp_key_hash hash = scene_hash(number);

    strcpy(token.name, name);
    cr_assert(eq(int, CALL(create, &token, &hash), CCP_OK));
    return token;
}

static ccp_status find(int number, ccp_admin_token *out)
{
    const ccp_key_hash hash = scene_hash(number);

    return CALL(find, &hash, out);
}

typedef struct seen {
    int count;
    char first[256];
} seen;

static bool see(void *context, const ccp_admin_token *token)
{
    seen *all = context;

    if (all->count++ == 0)
        strcpy(all->first, token->name);
    return true;
}

Test(tokens, a_token_is_found_by_its_hash_as_it_was_made)
{
    ccp_admin_token made = make_token("deploy", 1), found;

    cr_assert(eq(int, find(1, &found), CCP_OK));
    cr_expect(eq(str, found.id.text, made.id.text));
    cr_expect(eq(str, found.name, "deploy"));
    cr_expect(found.may_write);
    cr_expect(eq(i64, found.created_at_us, SCENE_START_US));
    cr_expect(eq(i64, found.expires_at_us, SCENE_START_US + 1000));
    cr_expect(eq(i64, found.last_used_at_us, 0));
    cr_expect(eq(int, find(2, &found), CCP_NOT_FOUND));
}

Test(tokens, one_that_only_reads_and_never_expires_is_kept_so)
{
    ccp_admin_token token = {.name = "watch"}, found;
    const ccp_key_hash hash = scene_hash(1);

    cr_assert(eq(int, CALL(create, &token, &hash), CCP_OK));
    cr_assert(eq(int, find(1, &found), CCP_OK));
    cr_expect(not(found.may_write));
    cr_expect(eq(i64, found.expires_at_us, 0));
}

Test(tokens, a_hash_stands_once)
{
    ccp_admin_token token = make_token("deploy", 1);
    const ccp_key_hash hash = scene_hash(1);

    cr_expect(eq(int, CALL(create, &token, &hash), CCP_CONFLICT));
}

Test(tokens, names_have_a_length)
{
    ccp_admin_token token = {.name = ""};
    const ccp_key_hash hash = scene_hash(1);

    cr_expect(eq(int, CALL(create, &token, &hash), CCP_INVALID));
    memset(token.name, 'x', 201);
    cr_expect(eq(int, CALL(create, &token, &hash), CCP_INVALID));
    token.name[200] = '\0';
    cr_expect(eq(int, CALL(create, &token, &hash), CCP_OK));
}

Test(tokens, a_removed_token_is_gone)
{
    ccp_admin_token made = make_token("deploy", 1), found;

    cr_assert(eq(int, CALL(remove, &made.id), CCP_OK));
    cr_expect(eq(int, find(1, &found), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(remove, &made.id), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(remove, &nobody), CCP_NOT_FOUND));
}

Test(tokens, the_newest_is_listed_first)
{
    seen all = {0};

    make_token("first", 1);
    on.now_us += SCENE_SECOND;
    make_token("second", 2);
    cr_assert(eq(int, CALL(list, see, &all), CCP_OK));
    cr_expect(eq(int, all.count, 2));
    cr_expect(eq(str, all.first, "second"));
}

Test(tokens, uses_within_a_minute_are_noted_once)
{
    ccp_admin_token made = make_token("deploy", 1), found;

    cr_assert(eq(int, CALL(touch, &made.id, SCENE_START_US), CCP_OK));
    cr_assert(eq(int, CALL(touch, &made.id, SCENE_START_US + SCENE_SECOND), CCP_OK));
    cr_assert(eq(int, find(1, &found), CCP_OK));
    cr_expect(eq(i64, found.last_used_at_us, SCENE_START_US));
    cr_assert(eq(int, CALL(touch, &made.id, SCENE_START_US + 60 * SCENE_SECOND), CCP_OK));
    cr_assert(eq(int, find(1, &found), CCP_OK));
    cr_expect(eq(i64, found.last_used_at_us, SCENE_START_US + 60 * SCENE_SECOND));
}
