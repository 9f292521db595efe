#include "admin/objects.h"

#include "base/fail.h"
#include "calendar/moment.h"
#include "usage/money.h"

#define US_PER_MS 1000

json_t *ccpi_object_time(int64_t unix_us)
{
    char text[CCPI_MOMENT_TEXT_SIZE];

    if (unix_us == 0)
        return json_null();
    ccpi_moment_write(unix_us, text);
    return json_string(text);
}

json_t *ccpi_object_money(int64_t micro)
{
    char text[CCPI_MONEY_TEXT_SIZE];

    if (micro == CCP_NO_BUDGET)
        return json_null();
    ccpi_money_write(micro, text);
    return json_string(text);
}

json_t *ccpi_object_percentage(int64_t part_micro, int64_t whole_micro)
{
    int64_t hundredths;

    if (whole_micro <= 0)
        return json_null();
    hundredths = part_micro * 10000 / whole_micro;
    return json_real((double)hundredths / 100.0);
}

json_t *ccpi_object_text(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

json_t *ccpi_object_join(json_t *object, json_t *more)
{
    const bool is_whole = object && more && json_object_update(object, more) == 0;

    json_decref(more);
    if (is_whole)
        return object;
    json_decref(object);
    return NULL;
}

static ccp_status print(json_t *object, char **out, ccp_error *error)
{
    *out = object ? json_dumps(object, CCPI_OBJECT_FLAGS) : NULL;
    json_decref(object);
    return *out ? CCP_OK : ccpi_fail(error, CCP_NO_MEMORY, "no memory for a JSON text");
}

json_t *ccpi_object_user(const ccp_user_summary *summary)
{
    const ccp_user *user = &summary->user;

    return json_pack(
        "{s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:i, s:o, s:o}", "id", user->id.text,
        "name", user->name, "description", ccpi_object_text(user->description), "status",
        ccp_user_status_name(user->status), "routing_strategy",
        ccp_routing_name(user->routing), "monthly_budget_usd",
        ccpi_object_money(user->monthly_budget_micro), "current_usage_usd",
        ccpi_object_money(summary->current_usage_micro), "usage_percentage",
        ccpi_object_percentage(summary->current_usage_micro, user->monthly_budget_micro),
        "active_keys", summary->active_keys, "created_at",
        ccpi_object_time(user->created_at_us), "updated_at",
        ccpi_object_time(user->updated_at_us));
}

ccp_status ccp_admin_user_json(const ccp_user_summary *summary, char **out,
                               ccp_error *error)
{
    return print(ccpi_object_user(summary), out, error);
}

json_t *ccpi_object_key(const ccp_access_key *key)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "id",
        key->id.text, "user_id", key->user_id.text, "key_prefix", key->prefix.text,
        "status", ccp_access_key_status_name(key->status), "bedrock_region",
        key->bedrock_region, "bedrock_model", ccpi_object_text(key->bedrock_model),
        "bedrock_api", ccpi_object_text(key->bedrock_api), "has_bedrock_key",
        key->has_bedrock_key, "created_at", ccpi_object_time(key->created_at_us),
        "last_used_at", ccpi_object_time(key->last_used_at_us), "revoked_at",
        ccpi_object_time(key->revoked_at_us), "rotation_expires_at",
        ccpi_object_time(key->rotation_expires_at_us));
}

ccp_status ccp_admin_key_json(const ccp_access_key *key, char **out, ccp_error *error)
{
    return print(ccpi_object_key(key), out, error);
}

json_t *ccpi_object_issued_key(const ccp_issued_key *issued)
{
    json_t *object = ccpi_object_key(&issued->key);

    if (json_object_set_new(object, "raw_key", json_string(issued->secret.text)) == 0 &&
        (!issued->lacks_bedrock_key ||
         json_object_set_new(object, "warning", json_string("MISSING_BEDROCK_KEY")) == 0))
        return object;
    json_decref(object);
    return NULL;
}

ccp_status ccp_admin_issued_key_json(const ccp_issued_key *issued, char **out,
                                     ccp_error *error)
{
    return print(ccpi_object_issued_key(issued), out, error);
}

json_t *ccpi_object_mapping(const ccp_model_mapping *mapping)
{
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:b, s:o, s:o}", "id", mapping->id.text, "claude_model",
        mapping->claude_model, "bedrock_model", mapping->bedrock_model, "description",
        ccpi_object_text(mapping->description), "is_active", mapping->is_active,
        "created_at", ccpi_object_time(mapping->created_at_us), "updated_at",
        ccpi_object_time(mapping->updated_at_us));
}

ccp_status ccp_admin_mapping_json(const ccp_model_mapping *mapping, char **out,
                                  ccp_error *error)
{
    return print(ccpi_object_mapping(mapping), out, error);
}

json_t *ccpi_object_bedrock_test(const ccp_bedrock_test *test)
{
    return json_pack("{s:b, s:o, s:I, s:o, s:o, s:s, s:o, s:o}", "ok", test->is_ok,
                     "class", ccpi_object_text(test->kind), "latency_ms",
                     (json_int_t)(test->latency_us / US_PER_MS), "http_status",
                     test->http_status ? json_integer(test->http_status) : json_null(),
                     "bedrock_model", ccpi_object_text(test->model), "region",
                     test->region, "message", ccpi_object_text(test->message), "advice",
                     ccpi_object_text(test->advice));
}

ccp_status ccp_bedrock_test_json(const ccp_bedrock_test *test, char **out,
                                 ccp_error *error)
{
    return print(ccpi_object_bedrock_test(test), out, error);
}
