/* The settings as they are in force: to be seen, not to be changed. */
#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "ccproxy/config.h"

static json_t *value_of(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *setting_object(const ccp_config_entry *entry)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:b, s:b}", "name", entry->name, "type",
                     entry->type, "value", value_of(entry->value), "default",
                     value_of(entry->is_secret ? NULL : entry->preset), "source",
                     value_of(entry->source), "is_secret", entry->is_secret,
                     "is_reloadable", entry->is_reloadable);
}

typedef struct listing {
    json_t *settings;
    bool has_failed; /* memory ran out */
} listing;

static void take_setting(void *context, const ccp_config_entry *entry)
{
    listing *to = context;

    if (!to->has_failed)
        to->has_failed = json_array_append_new(to->settings, setting_object(entry)) != 0;
}

ccp_status ccpi_settings_list(ccpi_api_call *call)
{
    json_auto_t *settings = json_array();
    listing to = {.settings = settings, .has_failed = !settings};

    ccp_config_visit(call->admin.config, take_setting, &to);
    if (to.has_failed)
        return CCP_NO_MEMORY;
    return ccpi_api_call_answer(call, 200, json_pack("{s:O}", "settings", settings));
}
