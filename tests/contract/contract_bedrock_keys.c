#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "contract/scene.h"

TestSuite(bedrock_keys, .init = scene_open, .fini = scene_close);

#define CALL(function, ...)                                                              \
    on.store->keys.function(on.store->keys.self, __VA_ARGS__, NULL)

static const ccp_id nobody = {"00000000-0000-4000-8000-000000000000"};

static void set(const ccp_id *id, const char *bytes)
{
    const ccp_sealed_key sealed = scene_sealed(bytes);

    cr_assert(eq(int, CALL(set_bedrock_key, id, &sealed), CCP_OK));
}

static bool has_credential(const ccp_id *id)
{
    ccp_access_key key;

    cr_assert(eq(int, CALL(find, id->text, &key), CCP_OK));
    return key.has_bedrock_key;
}

Test(bedrock_keys, a_credential_comes_back_byte_for_byte)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user);
    ccp_sealed_key sealed = {.len = CCP_SEALED_MAX, .hash = "cafe"}, found;

    for (size_t i = 0; i < sealed.len; i++)
        sealed.bytes[i] = (unsigned char)(i * 7);
    cr_assert(eq(int, CALL(set_bedrock_key, &key.id, &sealed), CCP_OK));
    cr_assert(eq(int, CALL(get_bedrock_key, &key.id, &found), CCP_OK));
    cr_expect(eq(sz, found.len, sealed.len));
    cr_expect(zero(int, memcmp(found.bytes, sealed.bytes, sealed.len)));
    cr_expect(eq(str, found.hash, "cafe"));
    cr_expect(has_credential(&key.id));
}

Test(bedrock_keys, a_second_credential_takes_the_first_ones_place)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user);
    ccp_sealed_key found;

    set(&key.id, "first");
    set(&key.id, "second one");
    cr_assert(eq(int, CALL(get_bedrock_key, &key.id, &found), CCP_OK));
    cr_expect(zero(int, memcmp(found.bytes, "second one", strlen("second one"))));
    cr_expect(eq(sz, found.len, strlen("second one")));
}

Test(bedrock_keys, a_removed_credential_is_gone)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user);
    ccp_sealed_key found;

    set(&key.id, "sealed");
    cr_assert(eq(int, CALL(remove_bedrock_key, &key.id), CCP_OK));
    cr_expect(eq(int, CALL(get_bedrock_key, &key.id, &found), CCP_NOT_FOUND));
    cr_expect(not(has_credential(&key.id)));
    cr_expect(eq(int, CALL(remove_bedrock_key, &key.id), CCP_NOT_FOUND));
}

Test(bedrock_keys, a_credential_needs_a_key_that_is_not_revoked)
{
    ccp_user user = scene_user(NULL);
    ccp_access_key key = scene_key(&user);
    const ccp_sealed_key sealed = scene_sealed("sealed"), empty = {.len = 0};

    cr_expect(eq(int, CALL(set_bedrock_key, &key.id, &empty), CCP_INVALID));
    cr_assert(eq(int, CALL(revoke, &key.id), CCP_OK));
    cr_expect(eq(int, CALL(set_bedrock_key, &key.id, &sealed), CCP_CONFLICT));
    cr_expect(eq(int, CALL(set_bedrock_key, &nobody, &sealed), CCP_NOT_FOUND));
}
