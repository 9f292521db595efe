/* The objects of the admin API (requirements, section 8), as JSON. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin/admin.h"
#include "base/fail.h"
#include "usage/money.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_MS 1000
/* Fifteen digits, so that 33.33 does not come out as 33.329999999999998. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

#define TIME_SIZE sizeof("2026-01-31T12:34:56.789Z")

/* RFC 3339 in UTC; null for never. */
static json_t *time_object(int64_t unix_us)
{
    const time_t unix_s = (time_t)(unix_us / US_PER_SECOND);
    char text[TIME_SIZE];
    struct tm parts;
    size_t len;

    if (unix_us == 0 || !gmtime_r(&unix_s, &parts))
        return json_null();
    len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + len, sizeof(text) - len, ".%03dZ",
             (int)(unix_us % US_PER_SECOND / US_PER_MS));
    return json_string(text);
}

static json_t *money_object(int64_t micro)
{
    char text[CCPI_MONEY_TEXT_SIZE];

    if (micro == CCP_NO_BUDGET)
        return json_null();
    ccpi_money_write(micro, text);
    return json_string(text);
}

/* In hundredths of a percent, so that 1/3 is 33.33. */
static json_t *percentage_object(int64_t part_micro, int64_t whole_micro)
{
    int64_t hundredths;

    if (whole_micro <= 0)
        return json_null();
    hundredths = part_micro * 10000 / whole_micro;
    return json_real((double)hundredths / 100.0);
}

static json_t *optional_text(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

static ccp_status print(json_t *object, char **out, ccp_error *error)
{
    *out = object ? json_dumps(object, DUMP_FLAGS) : NULL;
    json_decref(object);
    return *out ? CCP_OK : ccpi_fail(error, CCP_NO_MEMORY, "no memory for a JSON text");
}

ccp_status ccp_admin_user_json(const ccp_user_summary *summary, char **out,
                               ccp_error *error)
{
    const ccp_user *user = &summary->user;

    return print(json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:i, s:o, s:o}",
                           "id", user->id.text, "name", user->name, "description",
                           optional_text(user->description), "status",
                           ccp_user_status_name(user->status), "routing_strategy",
                           ccp_routing_name(user->routing), "monthly_budget_usd",
                           money_object(user->monthly_budget_micro), "current_usage_usd",
                           money_object(summary->current_usage_micro), "usage_percentage",
                           percentage_object(summary->current_usage_micro,
                                             user->monthly_budget_micro),
                           "active_keys", summary->active_keys, "created_at",
                           time_object(user->created_at_us), "updated_at",
                           time_object(user->updated_at_us)),
                 out, error);
}

static json_t *key_object(const ccp_access_key *key)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "id",
                     key->id.text, "user_id", key->user_id.text, "key_prefix",
                     key->prefix.text, "status", ccp_access_key_status_name(key->status),
                     "bedrock_region", key->bedrock_region, "bedrock_model",
                     optional_text(key->bedrock_model), "bedrock_api",
                     optional_text(key->bedrock_api), "has_bedrock_key",
                     key->has_bedrock_key, "created_at", time_object(key->created_at_us),
                     "last_used_at", time_object(key->last_used_at_us), "revoked_at",
                     time_object(key->revoked_at_us), "rotation_expires_at",
                     time_object(key->rotation_expires_at_us));
}

ccp_status ccp_admin_key_json(const ccp_access_key *key, char **out, ccp_error *error)
{
    return print(key_object(key), out, error);
}

ccp_status ccp_admin_issued_key_json(const ccp_issued_key *issued, char **out,
                                     ccp_error *error)
{
    json_t *object = key_object(&issued->key);

    json_object_set_new(object, "raw_key", json_string(issued->secret.text));
    if (issued->lacks_bedrock_key)
        json_object_set_new(object, "warning", json_string("MISSING_BEDROCK_KEY"));
    return print(object, out, error);
}
