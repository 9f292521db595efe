#include "ccproxy/admin.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ccproxy/envelope.h"
#include "support/admin_scene.h"

TestSuite(admin, .init = open_admin, .fini = close_admin);

/* What a proxy finds in the store and opens with the same master key. */
static const char *opened_credential(const ccp_id *id)
{
    static char text[CCP_SECRET_MAX + 1];
    unsigned char master[CCP_MASTER_KEY_LEN];
    ccp_room room = {.data = text, .size = sizeof(text) - 1};
    ccp_sealed_key sealed;
    ccp_envelope *envelope;

    for (int i = 0; i < CCP_MASTER_KEY_LEN; i++)
        master[i] = (unsigned char)i;
    cr_assert(
        eq(int, ccp_envelope_new_local(master, NULL, NULL, &envelope, &error), CCP_OK));
    cr_assert(eq(int, store->keys.get_bedrock_key(store->keys.self, id, &sealed, &error),
                 CCP_OK));
    cr_assert(eq(int,
                 ccp_envelope_open(envelope, id->text,
                                   (ccp_bytes){sealed.bytes, sealed.len}, &room, &error),
                 CCP_OK));
    text[room.len] = '\0';
    ccp_envelope_free(envelope);
    return text;
}

Test(admin, an_issued_key_is_found_by_its_hash_and_not_stored)
{
    ccp_user user = make_user();
    ccp_issued_key issued = issue(&user);
    ccp_key_hasher *hasher;
    ccp_key_hash hash;
    ccp_identity identity;

    cr_assert(eq(int, ccp_key_hasher_new(hasher_secret, 32, &hasher, &error), CCP_OK));
    cr_assert(
        eq(int, ccp_key_hasher_hash(hasher, &issued.secret, &hash, &error), CCP_OK));
    cr_assert(eq(int, store->keys.identify(store->keys.self, &hash, &identity, &error),
                 CCP_OK));
    cr_expect(eq(str, identity.key.id.text, issued.key.id.text));
    cr_expect(eq(int, strncmp(issued.secret.text, identity.key.prefix.text, 9), 0));
    ccp_key_hasher_free(hasher);
}

Test(admin, a_key_without_a_region_gets_the_configured_one)
{
    ccp_user user = make_user();
    ccp_issued_key issued = issue(&user);

    cr_expect(eq(str, issued.key.bedrock_region, "us-east-1"));
}

Test(admin, what_is_no_region_model_or_api_is_refused)
{
    ccp_user user = make_user();
    const ccp_access_key wrong[] = {
        {.user_id = user.id, .bedrock_region = "evil.example/"},
        {.user_id = user.id, .bedrock_model = "../x"},
        {.user_id = user.id, .bedrock_api = "soap"},
    };
    ccp_issued_key issued;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_expect(
            eq(int, ccp_admin_issue_key(admin, &wrong[i], &issued, &error), CCP_INVALID));
}

Test(admin, one_key_more_than_the_limit_is_refused)
{
    ccp_user user = make_user();
    const ccp_access_key wanted = {.user_id = user.id};
    ccp_issued_key issued;

    for (int i = 0; i < 3; i++)
        issue(&user);
    cr_expect(eq(int, ccp_admin_issue_key(admin, &wanted, &issued, &error), CCP_LIMIT));
    cr_expect(eq(str, issued.secret.text, ""));
}

Test(admin, a_rotation_is_exempt_from_the_limit)
{
    ccp_user user = make_user();
    ccp_issued_key old = issue(&user);
    ccp_issued_key fresh;

    issue(&user), issue(&user);
    cr_expect(
        eq(int, ccp_admin_rotate_key(admin, &old.key.id, 0, &fresh, &error), CCP_OK));
}

Test(admin, a_rotated_key_has_the_old_ones_credential_sealed_for_itself)
{
    ccp_user user = make_user();
    ccp_issued_key old = issue(&user);
    ccp_issued_key fresh;

    cr_assert(eq(int, register_credential(&old.key.id, "ABSK-secret"), CCP_OK));
    cr_assert(
        eq(int, ccp_admin_rotate_key(admin, &old.key.id, 60, &fresh, &error), CCP_OK));
    cr_expect(fresh.key.has_bedrock_key);
    cr_expect(eq(str, (char *)opened_credential(&fresh.key.id), "ABSK-secret"));
    cr_expect(eq(int, reread(&old.key.id).status, CCP_ACCESS_KEY_ROTATING));
    cr_expect(eq(i64, reread(&old.key.id).rotation_expires_at_us, now_us + 60 * SECOND));
}

Test(admin, the_grace_time_of_a_rotation_is_the_settings_when_none_is_given)
{
    /* AK-5: 300 s by default. */
    ccp_user user = make_user();
    ccp_issued_key old = issue(&user);
    ccp_issued_key fresh;

    cr_assert(eq(
        int, ccp_admin_rotate_key(admin, &old.key.id, CCP_DEFAULT_GRACE, &fresh, &error),
        CCP_OK));
    cr_expect(eq(i64, reread(&old.key.id).rotation_expires_at_us, now_us + 300 * SECOND));
}

Test(admin, a_grace_time_of_more_than_a_day_is_refused)
{
    ccp_user user = make_user();
    ccp_issued_key old = issue(&user);
    ccp_issued_key fresh;

    cr_expect(eq(int, ccp_admin_rotate_key(admin, &old.key.id, 86401, &fresh, &error),
                 CCP_INVALID));
}

Test(admin, only_an_active_key_is_rotated)
{
    ccp_user user = make_user();
    ccp_issued_key old = issue(&user);
    ccp_issued_key fresh;

    cr_assert(eq(int, ccp_admin_revoke_key(admin, &old.key.id, &error), CCP_OK));
    cr_expect(eq(int, ccp_admin_rotate_key(admin, &old.key.id, 0, &fresh, &error),
                 CCP_CONFLICT));
}

Test(admin, a_credential_with_a_line_end_or_a_blank_in_it_is_refused)
{
    ccp_user user = make_user();
    ccp_issued_key issued = issue(&user);

    cr_expect(eq(int, register_credential(&issued.key.id, "ABSK x"), CCP_INVALID));
    cr_expect(eq(int, register_credential(&issued.key.id, "ABSK\r\nx: y"), CCP_INVALID));
    cr_expect(eq(int, register_credential(&issued.key.id, ""), CCP_INVALID));
}

Test(admin, a_credential_that_is_set_again_replaces_the_first)
{
    ccp_user user = make_user();
    ccp_issued_key issued = issue(&user);
    bool replaced = true;

    cr_assert(eq(int,
                 ccp_admin_set_bedrock_key(admin, &issued.key.id,
                                           (ccp_bedrock_credential){"ABSK1", 5},
                                           &replaced, &error),
                 CCP_OK));
    cr_expect(not(replaced));
    cr_assert(eq(int,
                 ccp_admin_set_bedrock_key(admin, &issued.key.id,
                                           (ccp_bedrock_credential){"ABSK2", 5},
                                           &replaced, &error),
                 CCP_OK));
    cr_expect(replaced);
    cr_expect(eq(str, (char *)opened_credential(&issued.key.id), "ABSK2"));
}

Test(admin, bedrock_alone_needs_a_key_and_a_credential_for_every_one)
{
    ccp_user user = make_user();
    ccp_issued_key first;
    ccp_issued_key second;

    user.routing = CCP_ROUTING_BEDROCK_ONLY;
    cr_expect(eq(int, ccp_admin_update_user(admin, &user, &error), CCP_INVALID));
    first = issue(&user);
    second = issue(&user);
    cr_assert(eq(int, register_credential(&first.key.id, "ABSK1"), CCP_OK));
    cr_expect(eq(int, ccp_admin_update_user(admin, &user, &error), CCP_INVALID));
    cr_assert(eq(int, register_credential(&second.key.id, "ABSK2"), CCP_OK));
    cr_expect(eq(int, ccp_admin_update_user(admin, &user, &error), CCP_OK));
}

Test(admin, a_new_key_of_a_bedrock_only_user_says_that_its_credential_is_missing)
{
    /* AD-5 */
    ccp_user user = make_user();
    ccp_issued_key first = issue(&user);

    cr_expect(not(first.lacks_bedrock_key));
    cr_assert(eq(int, register_credential(&first.key.id, "ABSK1"), CCP_OK));
    user.routing = CCP_ROUTING_BEDROCK_ONLY;
    cr_assert(eq(int, ccp_admin_update_user(admin, &user, &error), CCP_OK));
    cr_expect(issue(&user).lacks_bedrock_key);
}

Test(admin, a_new_user_can_not_be_served_by_bedrock_alone)
{
    ccp_user user = {.name = "Bob",
                     .routing = CCP_ROUTING_BEDROCK_ONLY,
                     .monthly_budget_micro = CCP_NO_BUDGET};

    cr_expect(eq(int, ccp_admin_create_user(admin, &user, &error), CCP_INVALID));
}

Test(admin, a_budget_has_bounds)
{
    /* BU-1: 0.01 to 999 999.99 */
    static const char *const wrong[] = {"0",   "0.009", "1000000", "-1",
                                        "1e3", "1,5",   "",        "unlimited"};
    int64_t micro;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_expect(eq(int, ccp_budget_parse(wrong[i], &micro, &error), CCP_INVALID));
    cr_assert(eq(int, ccp_budget_parse("0.01", &micro, &error), CCP_OK));
    cr_expect(eq(i64, micro, 10000));
    cr_assert(eq(int, ccp_budget_parse("999999.99", &micro, &error), CCP_OK));
    cr_expect(eq(i64, micro, 999999990000));
    cr_assert(eq(int, ccp_budget_parse("none", &micro, &error), CCP_OK));
    cr_expect(eq(i64, micro, CCP_NO_BUDGET));
}

Test(admin, ending_a_user_ends_the_keys)
{
    ccp_user user = make_user();
    ccp_issued_key issued = issue(&user);

    cr_assert(eq(int, ccp_admin_deactivate_user(admin, &user.id, &error), CCP_OK));
    cr_expect(eq(int, reread(&issued.key.id).status, CCP_ACCESS_KEY_REVOKED));
    cr_expect(eq(int, ccp_admin_deactivate_user(admin, &user.id, &error), CCP_CONFLICT));
    cr_expect(eq(int, ccp_admin_delete_user(admin, &user.id, &error), CCP_OK));
}

/* A JSON text, freed, as the tests look at it. */
static json_t *read_json(char *text)
{
    json_t *object = json_loads(text, 0, NULL);

    cr_assert(not(zero(ptr, object)));
    free(text);
    return object;
}

static char *text_of(const json_t *object, const char *name)
{
    return (char *)json_string_value(json_object_get(object, name));
}

Test(admin, a_users_object_is_that_of_the_admin_api)
{
    /* AD-1, AD-2: money with six places, times in UTC, a percentage as a number. */
    ccp_user_summary summary = {.user = {.id = {"0e7a3c5e-2f3b-4a64-8d4e-6c1f0b9a7d21"},
                                         .name = "Ann \"A\"",
                                         .monthly_budget_micro = 3000000,
                                         .created_at_us = START_US + 123456},
                                .active_keys = 2,
                                .current_usage_micro = 1000000};
    json_t *object;
    char *text;

    cr_assert(eq(int, ccp_admin_user_json(&summary, &text, &error), CCP_OK));
    cr_expect(not(zero(ptr, strstr(text, "\"usage_percentage\":33.33,"))));
    object = read_json(text);
    cr_expect(eq(str, text_of(object, "name"), "Ann \"A\""));
    cr_expect(eq(str, text_of(object, "status"), "active"));
    cr_expect(eq(str, text_of(object, "routing_strategy"), "plan_first"));
    cr_expect(eq(str, text_of(object, "monthly_budget_usd"), "3.000000"));
    cr_expect(eq(str, text_of(object, "current_usage_usd"), "1.000000"));
    cr_expect(eq(str, text_of(object, "created_at"), "2026-03-01T12:00:00.123Z"));
    cr_expect(eq(i64, json_integer_value(json_object_get(object, "active_keys")), 2));
    cr_expect(eq(int, json_is_null(json_object_get(object, "description")), 1));
    json_decref(object);
}

Test(admin, without_a_limit_there_is_no_percentage)
{
    ccp_user_summary summary = {.user = {.monthly_budget_micro = CCP_NO_BUDGET}};
    json_t *object;
    char *text;

    cr_assert(eq(int, ccp_admin_user_json(&summary, &text, &error), CCP_OK));
    object = read_json(text);
    cr_expect(eq(int, json_is_null(json_object_get(object, "monthly_budget_usd")), 1));
    cr_expect(eq(int, json_is_null(json_object_get(object, "usage_percentage")), 1));
    json_decref(object);
}

Test(admin, the_secret_of_a_key_stands_in_the_object_of_its_issue_alone)
{
    ccp_user user = make_user();
    ccp_issued_key issued = issue(&user);
    char *text;
    json_t *object;

    cr_assert(eq(int, ccp_admin_issued_key_json(&issued, &text, &error), CCP_OK));
    object = read_json(text);
    cr_expect(eq(str, text_of(object, "raw_key"), issued.secret.text));
    json_decref(object);
    cr_assert(eq(int, ccp_admin_key_json(&issued.key, &text, &error), CCP_OK));
    cr_expect(zero(ptr, strstr(text, "raw_key")));
    object = read_json(text);
    cr_expect(eq(str, text_of(object, "key_prefix"), issued.key.prefix.text));
    cr_expect(eq(int, json_is_null(json_object_get(object, "last_used_at")), 1));
    cr_expect(eq(int, json_is_false(json_object_get(object, "has_bedrock_key")), 1));
    json_decref(object);
}

Test(admin, usage_is_this_months)
{
    ccp_user user = make_user();
    ccp_user_summary summary;
    ccp_usage_record records[] = {
        {.request_id = "req_a", .created_at_us = START_US, .total_cost_micro = 5},
        {.request_id = "req_b",
         .created_at_us = START_US - 86400 * SECOND,
         .total_cost_micro = 70}, /* of February */
    };

    for (int i = 0; i < 2; i++) {
        strcpy(records[i].user_id, user.id.text);
        strcpy(records[i].access_key_id, issue(&user).key.id.text);
        strcpy(records[i].provider, "bedrock");
    }
    cr_assert(
        eq(int, store->usage.add(store->usage.self, records, 2, NULL, &error), CCP_OK));
    cr_assert(eq(int, ccp_admin_summarize_user(admin, &user, &summary, &error), CCP_OK));
    cr_expect(eq(i64, summary.current_usage_micro, 5));
    cr_expect(eq(int, summary.active_keys, 2));
}

Test(admin, a_key_gets_another_region_model_and_api)
{
    ccp_user user = make_user();
    ccp_access_key key = issue(&user).key, found;

    strcpy(key.bedrock_region, "eu-west-1");
    strcpy(key.bedrock_model, "eu.anthropic.claude-next");
    strcpy(key.bedrock_api, "invoke");
    cr_assert(eq(int, ccp_admin_update_key(admin, &key, &error), CCP_OK));
    found = reread(&key.id);
    cr_expect(eq(str, found.bedrock_region, "eu-west-1"));
    cr_expect(eq(str, found.bedrock_model, "eu.anthropic.claude-next"));
    cr_expect(eq(str, found.bedrock_api, "invoke"));

    key.bedrock_region[0] = '\0';
    cr_assert(eq(int, ccp_admin_update_key(admin, &key, &error), CCP_OK));
    cr_expect(eq(str, reread(&key.id).bedrock_region, "us-east-1"));
    strcpy(key.bedrock_region, "nowhere");
    cr_expect(eq(int, ccp_admin_update_key(admin, &key, &error), CCP_INVALID));
}

Test(admin, a_revoked_key_is_not_changed_any_more)
{
    ccp_user user = make_user();
    ccp_access_key key = issue(&user).key;

    cr_assert(eq(int, ccp_admin_revoke_key(admin, &key.id, &error), CCP_OK));
    key = reread(&key.id);
    cr_expect(eq(int, ccp_admin_update_key(admin, &key, &error), CCP_CONFLICT));
}

Test(admin, a_model_is_mapped_to_what_may_be_an_id_of_bedrock)
{
    ccp_model_mapping mapping = {.claude_model = "claude-next",
                                 .bedrock_model = "global.anthropic.claude-next",
                                 .is_active = true};
    ccp_model_mapping found;

    cr_assert(eq(int, ccp_admin_create_mapping(admin, &mapping, &error), CCP_OK));
    strcpy(mapping.bedrock_model, "no model");
    cr_expect(eq(int, ccp_admin_update_mapping(admin, &mapping, &error), CCP_INVALID));
    cr_expect(eq(int, ccp_admin_create_mapping(admin, &mapping, &error), CCP_INVALID));
    strcpy(mapping.bedrock_model, "us.anthropic.claude-next");
    cr_assert(eq(int, ccp_admin_update_mapping(admin, &mapping, &error), CCP_OK));
    cr_assert(eq(int,
                 store->models.find(store->models.self, "claude-next", &found, &error),
                 CCP_OK));
    cr_expect(eq(str, found.bedrock_model, "us.anthropic.claude-next"));
    cr_expect(eq(int, ccp_admin_remove_mapping(admin, &mapping.id, &error), CCP_OK));
    cr_expect(
        eq(int, ccp_admin_remove_mapping(admin, &mapping.id, &error), CCP_NOT_FOUND));
}
