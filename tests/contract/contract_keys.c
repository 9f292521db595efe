#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <string.h>

#include "contract/scene.h"

TestSuite(keys, .init = scene_open, .fini = scene_close);

#define CALL(function, ...)                                                              \
    on.store->keys.function(on.store->keys.self, __VA_ARGS__, NULL)
#define CALL_USERS(function, ...)                                                        \
    on.store->users.function(on.store->users.self, __VA_ARGS__, NULL)

#define GRACE (300 * SCENE_SECOND)

static const ccp_access_key_limits ten = {.most_per_user = 10};
static const ccp_id nobody = {"00000000-0000-4000-8000-000000000000"};

static ccp_access_key key_with(const ccp_user *user, const char *prefix, int number)
{
    const ccp_key_hash hash = scene_hash(number);
    ccp_access_key key = {.user_id = user->id, .bedrock_region = "us-east-1"};

    strcpy(key.prefix.text, prefix);
    cr_assert(eq(int, CALL(create, &key, &hash, &ten), CCP_OK));
    return key;
}

static ccp_access_key reread(const ccp_id *id)
{
    ccp_access_key key;

    cr_assert(eq(int, CALL(find, id->text, &key), CCP_OK));
    return key;
}

static void register_credential(const ccp_id *id, const char *bytes)
{
    const ccp_sealed_key sealed = scene_sealed(bytes);

    cr_assert(eq(int, CALL(set_bedrock_key, id, &sealed), CCP_OK));
}

static ccp_status rotate(const ccp_access_key *old, const ccp_sealed_key *sealed,
                         ccp_access_key *fresh)
{
    const ccp_key_hash hash = scene_hash(77);
    const ccp_key_rotation rotation = {.old = old->id,
                                       .expires_at_us = on.now_us + GRACE,
                                       .hash = &hash,
                                       .sealed = sealed};

    *fresh = (ccp_access_key){.prefix = {"ak_fresh0"}};
    return CALL(rotate, &rotation, fresh);
}

Test(keys, a_key_is_identified_by_its_hash_with_what_decides_on_a_request)
{
    ccp_user user = {.name = "Ada",
                     .routing = CCP_ROUTING_BEDROCK_ONLY,
                     .monthly_budget_micro = 7000000};
    const ccp_key_hash hash = scene_hash(1);
    ccp_access_key key = {.bedrock_region = "eu-west-3",
                          .bedrock_model = "global.anthropic.claude-opus-5",
                          .bedrock_api = "invoke",
                          .prefix = {"ak_abcdef"}};
    ccp_identity who;

    cr_assert(eq(int, CALL_USERS(create, &user), CCP_OK));
    key.user_id = user.id;
    cr_assert(eq(int, CALL(create, &key, &hash, &ten), CCP_OK));
    cr_assert(eq(int, CALL(identify, &hash, &who), CCP_OK));

    cr_expect(eq(str, who.key.id.text, key.id.text));
    cr_expect(eq(str, who.key.user_id.text, user.id.text));
    cr_expect(eq(str, who.key.prefix.text, "ak_abcdef"));
    cr_expect(eq(int, who.key.status, CCP_ACCESS_KEY_ACTIVE));
    cr_expect(eq(str, who.key.bedrock_region, "eu-west-3"));
    cr_expect(eq(str, who.key.bedrock_model, "global.anthropic.claude-opus-5"));
    cr_expect(eq(str, who.key.bedrock_api, "invoke"));
    cr_expect(not(who.key.has_bedrock_key));
    cr_expect(eq(i64, who.key.created_at_us, SCENE_START_US));
    cr_expect(eq(i64, who.key.last_used_at_us, 0));
    cr_expect(eq(int, who.user_status, CCP_USER_ACTIVE));
    cr_expect(eq(int, who.routing, CCP_ROUTING_BEDROCK_ONLY));
    cr_expect(eq(i64, who.monthly_budget_micro, 7000000));
}

Test(keys, an_unknown_hash_is_not_found)
{
    const ccp_key_hash hash = scene_hash(404);
    ccp_identity who;

    cr_expect(eq(int, CALL(identify, &hash, &who), CCP_NOT_FOUND));
}

/* Deciding is the caller's (AK-4): it has to know what the key was. */
Test(keys, a_key_is_identified_in_every_state)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = key_with(&user, "ak_aaaaaa", 1);
    const ccp_key_hash hash = scene_hash(1);
    ccp_identity who;

    cr_assert(eq(int, CALL(revoke, &key.id), CCP_OK));
    cr_assert(eq(int, CALL_USERS(set_status, &user.id, CCP_USER_DELETED), CCP_OK));
    cr_assert(eq(int, CALL(identify, &hash, &who), CCP_OK));
    cr_expect(eq(int, who.key.status, CCP_ACCESS_KEY_REVOKED));
    cr_expect(eq(int, who.user_status, CCP_USER_DELETED));
}

/* AK-1: unique over all keys ever made */
Test(keys, a_hash_that_exists_is_a_conflict_even_of_a_revoked_key)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = key_with(&user, "ak_aaaaaa", 1);
    ccp_access_key second = {.user_id = user.id, .bedrock_region = "us-east-1"};
    const ccp_key_hash hash = scene_hash(1);

    cr_assert(eq(int, CALL(revoke, &key.id), CCP_OK));
    cr_expect(eq(int, CALL(create, &second, &hash, &ten), CCP_CONFLICT));
}

Test(keys, nobody_gets_no_key_and_an_inactive_user_neither)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = {.user_id = nobody, .bedrock_region = "us-east-1"};
    const ccp_key_hash hash = scene_hash(1);

    cr_expect(eq(int, CALL(create, &key, &hash, &ten), CCP_NOT_FOUND));
    cr_assert(eq(int, CALL_USERS(set_status, &user.id, CCP_USER_INACTIVE), CCP_OK));
    key.user_id = user.id;
    cr_expect(eq(int, CALL(create, &key, &hash, &ten), CCP_INVALID));
}

/* AK-6 */
Test(keys, the_limit_counts_what_is_accepted_and_nothing_else)
{
    const ccp_access_key_limits two = {.most_per_user = 2};
    ccp_user user = scene_user(NULL), other = scene_user("other");
    ccp_access_key revoked = key_with(&user, "ak_aaaaaa", 1);
    ccp_access_key rotating = key_with(&user, "ak_bbbbbb", 2);
    ccp_access_key third = {.user_id = user.id, .bedrock_region = "us-east-1"};
    const ccp_key_hash hash = scene_hash(3);
    ccp_access_key fresh;

    key_with(&other, "ak_cccccc", 4);
    cr_assert(eq(int, CALL(revoke, &revoked.id), CCP_OK));
    cr_assert(eq(int, rotate(&rotating, NULL, &fresh), CCP_OK));
    cr_expect(eq(int, CALL(create, &third, &hash, &two), CCP_LIMIT));

    on.now_us += GRACE; /* the rotating one is over, though no job ran */
    cr_expect(eq(int, CALL(create, &third, &hash, &two), CCP_OK));
}

typedef struct race {
    ccp_id user_id;
    int number;
    ccp_status status;
} race;

static void *create_one(void *context)
{
    race *of = context;
    const ccp_access_key_limits three = {.most_per_user = 3};
    const ccp_key_hash hash = scene_hash(of->number);
    ccp_access_key key = {.user_id = of->user_id, .bedrock_region = "us-east-1"};

    of->status = CALL(create, &key, &hash, &three);
    return NULL;
}

Test(keys, the_limit_holds_when_many_threads_create_at_once)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    race races[THREADS];
    ccp_user user = scene_user(NULL);
    int made = 0, refused = 0;

    for (int i = 0; i < THREADS; i++) {
        races[i] = (race){.user_id = user.id, .number = 100 + i};
        cr_assert(zero(int, pthread_create(&threads[i], NULL, create_one, &races[i])));
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        made += races[i].status == CCP_OK;
        refused += races[i].status == CCP_LIMIT;
    }
    cr_expect(eq(int, made, 3));
    cr_expect(eq(int, refused, THREADS - 3));
}

/* '_' is a letter of base64url and a joker in SQL's LIKE. */
Test(keys, a_prefix_finds_the_one_key_that_starts_so)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = key_with(&user, "ak_a_cdef", 1), found;

    key_with(&user, "ak_abcdef", 2);
    cr_assert(eq(int, CALL(find, "ak_a_", &found), CCP_OK));
    cr_expect(eq(str, found.id.text, key.id.text));
    cr_expect(eq(int, CALL(find, "ak_a", &found), CCP_CONFLICT));
    cr_expect(eq(int, CALL(find, "ak_x", &found), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(find, "ak_", &found), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(find, nobody.text, &found), CCP_NOT_FOUND));
}

Test(keys, a_prefix_prefers_the_key_that_is_not_revoked)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key live = key_with(&user, "ak_abcdef", 1), found;
    ccp_access_key revoked = key_with(&user, "ak_abcxyz", 2);
    ccp_access_key revoked_too = key_with(&user, "ak_abc123", 3);

    cr_assert(eq(int, CALL(revoke, &revoked.id), CCP_OK));
    cr_assert(eq(int, CALL(revoke, &revoked_too.id), CCP_OK));
    cr_assert(eq(int, CALL(find, "ak_abc", &found), CCP_OK));
    cr_expect(eq(str, found.id.text, live.id.text));
    cr_assert(eq(int, CALL(find, "ak_abcx", &found), CCP_OK));
    cr_expect(eq(str, found.id.text, revoked.id.text));
    cr_assert(eq(int, CALL(revoke, &live.id), CCP_OK));
    cr_expect(eq(int, CALL(find, "ak_abc", &found), CCP_CONFLICT));
}

static bool note_prefix(void *context, const ccp_access_key *key)
{
    strcat(context, key->prefix.text + 8);
    return true;
}

Test(keys, a_listing_is_newest_first_of_one_user_or_all)
{
    ccp_user ada = scene_user("ada"), bob = scene_user("bob");
    char letters[16] = "";

    key_with(&ada, "ak_xxxxxa", 1);
    on.now_us++;
    key_with(&bob, "ak_xxxxxb", 2);
    on.now_us++;
    key_with(&ada, "ak_xxxxxc", 3);

    cr_assert(eq(int, CALL(list, &ada.id, note_prefix, letters), CCP_OK));
    cr_expect(eq(str, letters, "ca"));
    letters[0] = '\0';
    cr_assert(eq(int, CALL(list, NULL, note_prefix, letters), CCP_OK));
    cr_expect(eq(str, letters, "cba"));
}

Test(keys, an_update_writes_region_model_and_mode)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user), found;

    strcpy(key.bedrock_region, "ap-south-1");
    strcpy(key.bedrock_model, "us.anthropic.claude-sonnet-5");
    strcpy(key.bedrock_api, "messages");
    cr_assert(eq(int, CALL(update, &key), CCP_OK));
    found = reread(&key.id);
    cr_expect(eq(str, found.bedrock_region, "ap-south-1"));
    cr_expect(eq(str, found.bedrock_model, "us.anthropic.claude-sonnet-5"));
    cr_expect(eq(str, found.bedrock_api, "messages"));

    key.id = nobody;
    cr_expect(eq(int, CALL(update, &key), CCP_NOT_FOUND));
}

Test(keys, a_key_is_revoked_once_and_loses_its_credential)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user), found;
    ccp_sealed_key sealed;

    register_credential(&key.id, "sealed");
    on.now_us += SCENE_SECOND;
    cr_assert(eq(int, CALL(revoke, &key.id), CCP_OK));

    found = reread(&key.id);
    cr_expect(eq(int, found.status, CCP_ACCESS_KEY_REVOKED));
    cr_expect(eq(i64, found.revoked_at_us, SCENE_START_US + SCENE_SECOND));
    cr_expect(not(found.has_bedrock_key));
    cr_expect(eq(int, CALL(get_bedrock_key, &key.id, &sealed), CCP_NOT_FOUND));
    cr_expect(eq(int, CALL(revoke, &key.id), CCP_CONFLICT));
    cr_expect(eq(int, CALL(revoke, &nobody), CCP_NOT_FOUND));
}

/* AK-5 */
Test(keys, a_rotation_hands_everything_over_and_leaves_the_old_key_its_grace)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key old = scene_key(&user), fresh, found;
    const ccp_sealed_key anew = scene_sealed("sealed anew");
    ccp_sealed_key sealed;

    strcpy(old.bedrock_model, "us.anthropic.claude-sonnet-5");
    strcpy(old.bedrock_api, "invoke");
    cr_assert(eq(int, CALL(update, &old), CCP_OK));
    register_credential(&old.id, "sealed");
    cr_assert(eq(int, rotate(&old, &anew, &fresh), CCP_OK));

    found = reread(&old.id);
    cr_expect(eq(int, found.status, CCP_ACCESS_KEY_ROTATING));
    cr_expect(eq(i64, found.rotation_expires_at_us, on.now_us + GRACE));
    cr_expect(found.has_bedrock_key);

    found = reread(&fresh.id);
    cr_expect(eq(int, found.status, CCP_ACCESS_KEY_ACTIVE));
    cr_expect(eq(str, found.prefix.text, "ak_fresh0"));
    cr_expect(eq(str, found.user_id.text, user.id.text));
    cr_expect(eq(str, found.bedrock_region, "eu-central-1"));
    cr_expect(eq(str, found.bedrock_model, "us.anthropic.claude-sonnet-5"));
    cr_expect(eq(str, found.bedrock_api, "invoke"));
    cr_assert(eq(int, CALL(get_bedrock_key, &fresh.id, &sealed), CCP_OK));
    cr_expect(eq(sz, sealed.len, strlen("sealed anew")));
    cr_expect(zero(int, memcmp(sealed.bytes, "sealed anew", sealed.len)));
    cr_expect(eq(str, sealed.hash, (char *)anew.hash));
}

Test(keys, a_rotation_keeps_the_id_that_a_credential_was_sealed_for)
{
    const ccp_id id = {"0e7a3c5e-2f3b-4a64-8d4e-6c1f0b9a7d21"};
    const ccp_key_hash hash = scene_hash(77);
    ccp_user user = scene_user(NULL);
    ccp_access_key old = scene_key(&user);
    ccp_access_key fresh = {.id = id, .prefix = {"ak_fresh0"}};
    const ccp_key_rotation rotation = {
        .old = old.id, .expires_at_us = on.now_us + GRACE, .hash = &hash};

    cr_assert(eq(int, CALL(rotate, &rotation, &fresh), CCP_OK));
    cr_expect(eq(str, fresh.id.text, (char *)id.text));
    cr_expect(eq(str, reread(&id).prefix.text, "ak_fresh0"));
}

Test(keys, a_rotation_does_not_bring_back_a_credential_that_was_removed)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key old = scene_key(&user), fresh;
    const ccp_sealed_key anew = scene_sealed("sealed anew");

    cr_assert(eq(int, rotate(&old, &anew, &fresh), CCP_OK));
    cr_expect(not(fresh.has_bedrock_key));
    cr_expect(not(reread(&fresh.id).has_bedrock_key));
}

Test(keys, only_an_active_key_can_be_rotated)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key old = scene_key(&user), fresh;

    cr_assert(eq(int, rotate(&old, NULL, &fresh), CCP_OK));
    cr_expect(eq(int, rotate(&old, NULL, &fresh), CCP_CONFLICT));
    old.id = nobody;
    cr_expect(eq(int, rotate(&old, NULL, &fresh), CCP_NOT_FOUND));
}

Test(keys, a_rotation_that_is_refused_leaves_the_old_key_active)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key old = key_with(&user, "ak_aaaaaa", 1), fresh;

    key_with(&user, "ak_bbbbbb", 77); /* the hash that rotate() gives */
    cr_expect(eq(int, rotate(&old, NULL, &fresh), CCP_CONFLICT));
    cr_expect(eq(int, reread(&old.id).status, CCP_ACCESS_KEY_ACTIVE));
}

Test(keys, the_end_of_a_grace_revokes_the_key_and_removes_its_credential)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key old = scene_key(&user), fresh;
    size_t count = 99;

    register_credential(&old.id, "sealed");
    cr_assert(eq(int, rotate(&old, NULL, &fresh), CCP_OK));

    cr_assert(eq(int, CALL(expire, on.now_us + GRACE - 1, &count), CCP_OK));
    cr_expect(eq(sz, count, 0));
    cr_expect(eq(int, reread(&old.id).status, CCP_ACCESS_KEY_ROTATING));

    cr_assert(eq(int, CALL(expire, on.now_us + GRACE, &count), CCP_OK));
    cr_expect(eq(sz, count, 1));
    cr_expect(eq(int, reread(&old.id).status, CCP_ACCESS_KEY_REVOKED));
    cr_expect(not(reread(&old.id).has_bedrock_key));
    cr_expect(eq(int, reread(&fresh.id).status, CCP_ACCESS_KEY_ACTIVE));
}

/* AK-11 */
Test(keys, a_use_is_noted_at_most_once_a_minute)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user);
    const int64_t first = on.now_us;

    cr_assert(eq(int, CALL(touch, &key.id, first), CCP_OK));
    cr_expect(eq(i64, reread(&key.id).last_used_at_us, first));
    cr_assert(eq(int, CALL(touch, &key.id, first + 59 * SCENE_SECOND), CCP_OK));
    cr_expect(eq(i64, reread(&key.id).last_used_at_us, first));
    cr_assert(eq(int, CALL(touch, &key.id, first + 60 * SCENE_SECOND), CCP_OK));
    cr_expect(eq(i64, reread(&key.id).last_used_at_us, first + 60 * SCENE_SECOND));
}

Test(keys, a_key_moves_to_a_new_hash)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = key_with(&user, "ak_aaaaaa", 1);
    const ccp_key_hash old = scene_hash(1), fresh = scene_hash(2), taken = scene_hash(3);
    ccp_identity who;

    key_with(&user, "ak_bbbbbb", 3);
    cr_assert(eq(int, CALL(rehash, &key.id, &fresh), CCP_OK));
    cr_expect(eq(int, CALL(identify, &old, &who), CCP_NOT_FOUND));
    cr_assert(eq(int, CALL(identify, &fresh, &who), CCP_OK));
    cr_expect(eq(str, who.key.id.text, key.id.text));
    cr_expect(eq(int, CALL(rehash, &key.id, &taken), CCP_CONFLICT));
    cr_expect(eq(int, CALL(rehash, &nobody, &old), CCP_NOT_FOUND));
}

/* Whether the version rose since the last call. */
static bool is_told(ccp_status status)
{
    static int64_t last;
    const int64_t before = last;

    cr_assert(eq(int, status, CCP_OK));
    last = scene_version();
    return last > before;
}

/* AK-7 */
Test(keys, everything_that_caches_must_follow_is_told)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = {.user_id = user.id, .bedrock_region = "us-east-1"}, fresh;
    const ccp_key_hash hash = scene_hash(1);
    const ccp_sealed_key sealed = scene_sealed("sealed");

    is_told(CCP_OK);
    cr_expect(is_told(CALL(create, &key, &hash, &ten)));
    cr_expect(is_told(CALL(update, &key)));
    cr_expect(is_told(CALL(set_bedrock_key, &key.id, &sealed)));
    cr_expect(is_told(CALL(remove_bedrock_key, &key.id)));
    cr_expect(is_told(rotate(&key, NULL, &fresh)));
    cr_expect(is_told(CALL(expire, on.now_us + GRACE, NULL)));
    cr_expect(is_told(CALL(revoke, &fresh.id)));
}

Test(keys, a_noted_use_and_an_empty_expiry_disturb_no_cache)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user);

    is_told(CCP_OK);
    cr_expect(not(is_told(CALL(touch, &key.id, on.now_us))));
    cr_expect(not(is_told(CALL(expire, on.now_us, NULL))));
}
