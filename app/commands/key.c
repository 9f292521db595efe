/* The commands on access keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/input.h"
#include "commands/run.h"
#include "output.h"
#include "setup.h"

static ccp_status find(const app_setup *setup, const char *id_or_prefix,
                       ccp_access_key *key, ccp_error *error)
{
    const ccp_access_key_store *keys = &setup->store->keys;

    return keys->find(keys->self, id_or_prefix, key, error);
}

/* Prints a new key, which is then forgotten. */
static ccp_status print_issued(const app_call *call, ccp_issued_key *issued,
                               ccp_error *error)
{
    ccp_status status = CCP_OK;
    char *text;

    if (!call->wants_json) {
        app_print("%s", issued->secret.text);
    } else {
        status = ccp_admin_issued_key_json(issued, &text, error);
        if (status == CCP_OK)
            app_print_json(text);
    }
    if (issued->lacks_bedrock_key)
        app_say("warning: the user is served by Bedrock alone, and this key has no "
                "Bedrock key");
    ccp_key_wipe(&issued->secret);
    return status;
}

/* Copies an option's text; false: it is too long for its field. */
static bool take(const app_call *call, const char *option, char *field, size_t size)
{
    const char *value = app_option_value(call, option);

    return !value || snprintf(field, size, "%s", value) < (int)size;
}

static int issue(const app_call *call, const app_setup *setup)
{
    const ccp_user_store *users = &setup->store->users;
    ccp_access_key wanted = {.has_bedrock_key = false};
    ccp_issued_key issued;
    ccp_error error = {0};
    ccp_user user;
    ccp_status status;

    if (!take(call, "region", wanted.bedrock_region, sizeof(wanted.bedrock_region)) ||
        !take(call, "model", wanted.bedrock_model, sizeof(wanted.bedrock_model)) ||
        !take(call, "bedrock-api", wanted.bedrock_api, sizeof(wanted.bedrock_api))) {
        app_say("a value is too long for a region, a model or an API");
        return APP_WRONG_USAGE;
    }
    status = users->find(users->self, call->operands[0], &user, &error);
    wanted.user_id = user.id;
    if (status == CCP_OK)
        status = ccp_admin_issue_key(setup->admin, &wanted, &issued, &error);
    if (status == CCP_OK)
        status = print_issued(call, &issued, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

static bool print_row(void *context, const ccp_access_key *key)
{
    char used[APP_TIME_LEN];

    (void)context;
    app_print("%-36s  %s  %-8s  %-14s  %-7s  %-20s  %s", key->id.text, key->prefix.text,
              ccp_access_key_status_name(key->status), key->bedrock_region,
              key->has_bedrock_key ? "bedrock" : "-",
              app_time_text(key->last_used_at_us, used), key->user_id.text);
    return true;
}

static bool print_json(void *context, const ccp_access_key *key)
{
    char *text;

    if (ccp_admin_key_json(key, &text, NULL) != CCP_OK)
        return false;
    app_json_list_add(context, text);
    return true;
}

static int list(const app_call *call, const app_setup *setup)
{
    const ccp_user_store *users = &setup->store->users;
    const ccp_access_key_store *keys = &setup->store->keys;
    app_json_list json = {0};
    ccp_error error = {0};
    ccp_user user;
    ccp_status status = CCP_OK;

    if (call->operands[0])
        status = users->find(users->self, call->operands[0], &user, &error);
    if (status == CCP_OK)
        status = keys->list(keys->self, call->operands[0] ? &user.id : NULL,
                            call->wants_json ? print_json : print_row, &json, &error);
    if (status != CCP_OK)
        return app_failure(status, &error);
    if (call->wants_json)
        app_json_list_end(&json);
    return APP_DONE;
}

static bool read_seconds(const char *text, int64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0 && *out >= 0 &&
           *out <= CCP_GRACE_MAX_SECONDS;
}

static int rotate(const app_call *call, const app_setup *setup)
{
    const char *grace = app_option_value(call, "grace");
    int64_t seconds = CCP_DEFAULT_GRACE;
    ccp_issued_key issued;
    ccp_access_key key;
    ccp_error error = {0};
    ccp_status status;

    if (grace && !read_seconds(grace, &seconds)) {
        app_say("the grace time is 0 to %d seconds", CCP_GRACE_MAX_SECONDS);
        return APP_WRONG_USAGE;
    }
    status = find(setup, call->operands[0], &key, &error);
    if (status == CCP_OK)
        status = ccp_admin_rotate_key(setup->admin, &key.id, seconds, &issued, &error);
    if (status == CCP_OK)
        status = print_issued(call, &issued, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

static int revoke(const app_call *call, const app_setup *setup)
{
    ccp_access_key key;
    ccp_error error = {0};
    ccp_status status = find(setup, call->operands[0], &key, &error);

    if (status == CCP_OK)
        status = ccp_admin_revoke_key(setup->admin, &key.id, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

static ccp_status register_credential(const app_call *call, const app_setup *setup,
                                      const ccp_id *id, ccp_error *error)
{
    app_secret_input input;
    bool was_replaced = false;
    ccp_status status = app_secret_input_read(&input, error);

    if (status == CCP_OK)
        status = ccp_admin_set_bedrock_key(
            setup->admin, id, (ccp_bedrock_credential){input.text, input.len},
            &was_replaced, error);
    app_secret_input_wipe(&input);
    if (status == CCP_OK && call->wants_json)
        app_print("{\"status\":\"%s\"}", was_replaced ? "replaced" : "registered");
    return status;
}

static int bedrock_key(const app_call *call, const app_setup *setup)
{
    const bool is_set = strcmp(call->operands[0], "set") == 0;
    ccp_access_key key;
    ccp_error error = {0};
    ccp_status status;

    if (!is_set && strcmp(call->operands[0], "remove") != 0) {
        app_say("a Bedrock key is set or removed, not \"%s\"", call->operands[0]);
        return APP_WRONG_USAGE;
    }
    status = find(setup, call->operands[1], &key, &error);
    if (status == CCP_OK)
        status = is_set ? register_credential(call, setup, &key.id, &error)
                        : ccp_admin_remove_bedrock_key(setup->admin, &key.id, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

int app_run_key_issue(const app_call *call)
{
    return app_setup_run(call, issue);
}

int app_run_key_list(const app_call *call)
{
    return app_setup_run(call, list);
}

int app_run_key_rotate(const app_call *call)
{
    return app_setup_run(call, rotate);
}

int app_run_key_revoke(const app_call *call)
{
    return app_setup_run(call, revoke);
}

int app_run_key_bedrock_key(const app_call *call)
{
    return app_setup_run(call, bedrock_key);
}
