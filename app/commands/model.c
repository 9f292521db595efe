/* The commands on the table of models. */
#include <stdio.h>
#include <string.h>

#include "commands/run.h"
#include "output.h"
#include "setup.h"

static bool print_row(void *context, const ccp_model_mapping *mapping)
{
    (void)context;
    app_print("%-28s  %-52s  %-6s  %s", mapping->claude_model, mapping->bedrock_model,
              mapping->is_active ? "active" : "idle",
              mapping->description[0] ? mapping->description : "-");
    return true;
}

static bool print_json(void *context, const ccp_model_mapping *mapping)
{
    char *text;

    if (ccp_admin_mapping_json(mapping, &text, NULL) != CCP_OK)
        return false;
    app_json_list_add(context, text);
    return true;
}

static int list(const app_call *call, const app_setup *setup)
{
    const ccp_model_store *models = &setup->store->models;
    app_json_list json = {0};
    ccp_error error = {0};
    ccp_status status = models->list(
        models->self, call->wants_json ? print_json : print_row, &json, &error);

    if (status != CCP_OK)
        return app_failure(status, &error);
    if (call->wants_json)
        app_json_list_end(&json);
    return APP_DONE;
}

static ccp_status find(const app_setup *setup, const char *claude_model,
                       ccp_model_mapping *out, ccp_error *error)
{
    const ccp_model_store *models = &setup->store->models;

    return models->find(models->self, claude_model, out, error);
}

/* Makes the mapping, or gives the one that is there another model. */
static ccp_status write(const app_setup *setup, const ccp_model_mapping *wanted,
                        ccp_model_mapping *out, ccp_error *error)
{
    ccp_status status = find(setup, wanted->claude_model, out, error);

    if (status == CCP_NOT_FOUND) {
        *out = *wanted;
        return ccp_admin_create_mapping(setup->admin, out, error);
    }
    if (status != CCP_OK)
        return status;
    memcpy(out->bedrock_model, wanted->bedrock_model, sizeof(out->bedrock_model));
    out->is_active = true;
    return ccp_admin_update_mapping(setup->admin, out, error);
}

static ccp_status print_mapping(const app_call *call, const ccp_model_mapping *mapping,
                                ccp_error *error)
{
    ccp_status status = CCP_OK;
    char *text;

    if (!call->wants_json) {
        app_print("%s", mapping->id.text);
        return CCP_OK;
    }
    status = ccp_admin_mapping_json(mapping, &text, error);
    if (status == CCP_OK)
        app_print_json(text);
    return status;
}

static int map(const app_call *call, const app_setup *setup)
{
    ccp_model_mapping wanted = {.is_active = true};
    ccp_model_mapping mapping;
    ccp_error error = {0};
    ccp_status status;

    if (strlen(call->operands[0]) >= sizeof(wanted.claude_model) ||
        strlen(call->operands[1]) >= sizeof(wanted.bedrock_model)) {
        app_say("a model's name has at most %zu characters",
                sizeof(wanted.claude_model) - 1);
        return APP_FAILED;
    }
    memcpy(wanted.claude_model, call->operands[0], strlen(call->operands[0]));
    memcpy(wanted.bedrock_model, call->operands[1], strlen(call->operands[1]));
    status = write(setup, &wanted, &mapping, &error);
    if (status == CCP_OK)
        status = print_mapping(call, &mapping, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

static int unmap(const app_call *call, const app_setup *setup)
{
    ccp_model_mapping mapping;
    ccp_error error = {0};
    ccp_status status = find(setup, call->operands[0], &mapping, &error);

    if (status == CCP_OK)
        status = ccp_admin_remove_mapping(setup->admin, &mapping.id, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

int app_run_model_list(const app_call *call)
{
    return app_setup_run(call, list);
}

int app_run_model_map(const app_call *call)
{
    return app_setup_run(call, map);
}

int app_run_model_unmap(const app_call *call)
{
    return app_setup_run(call, unmap);
}
