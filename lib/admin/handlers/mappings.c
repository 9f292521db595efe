/* Which model on Bedrock serves which name. */
#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"
#include "base/fail.h"

typedef struct listing {
    ccpi_list list;
    bool has_inactive;
} listing;

static void clear(listing *of)
{
    ccpi_list_clear(&of->list);
}

static bool take_mapping(void *context, const ccp_model_mapping *mapping)
{
    listing *of = context;

    if ((!mapping->is_active && !of->has_inactive) || !ccpi_list_wants(&of->list))
        return true;
    return ccpi_list_take(&of->list, ccpi_object_mapping(mapping));
}

ccp_status ccpi_mappings_list(ccpi_api_call *call)
{
    const ccp_model_store *models = &call->admin.store->models;
    CCPI_CLEANUP(clear) listing of = {.has_inactive = false};
    char inactive[8] = "";
    const ccpi_field fields[] = {{CCPI_TEXT_FIELD("include_inactive", inactive)}};
    ccp_status status = ccpi_list_open(call, fields, 1, &of.list);

    of.has_inactive = strcmp(inactive, "true") == 0;
    if (status == CCP_OK && inactive[0] && !of.has_inactive &&
        strcmp(inactive, "false") != 0)
        return ccpi_fail(&call->error, CCP_INVALID, "include_inactive is true or false");
    if (status == CCP_OK)
        status = models->list(models->self, take_mapping, &of, &call->error);
    return status == CCP_OK ? ccpi_list_answer(call, &of.list) : status;
}

static ccp_status find_mapping(ccpi_api_call *call, ccp_model_mapping *out)
{
    const ccp_model_store *models = &call->admin.store->models;

    return models->find(models->self, call->id.text, out, &call->error);
}

/* A new mapping needs both names; of one that is there all fields may be left out. */
static ccp_status read_mapping(ccpi_api_call *call, bool is_new, ccp_model_mapping *out)
{
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("claude_model", out->claude_model), .is_required = is_new},
        {CCPI_TEXT_FIELD("bedrock_model", out->bedrock_model), .is_required = is_new},
        {CCPI_TEXT_FIELD("description", out->description), .may_be_null = true},
        {.name = "is_active", .kind = CCPI_TAKES_FLAG, .out = &out->is_active},
    };

    return ccpi_fields_read(call, fields, sizeof(fields) / sizeof(*fields));
}

static ccp_status answer_mapping(ccpi_api_call *call, ccp_status status, int http_status,
                                 const ccp_model_mapping *mapping)
{
    if (status == CCP_CONFLICT)
        return ccpi_api_call_refuse(call, CCPI_CODE_CONFLICT,
                                    "this model has a mapping already");
    return status == CCP_OK
               ? ccpi_api_call_answer(call, http_status, ccpi_object_mapping(mapping))
               : status;
}

ccp_status ccpi_mappings_create(ccpi_api_call *call)
{
    ccp_model_mapping mapping = {.is_active = true};
    ccp_status status = read_mapping(call, true, &mapping);

    if (status == CCP_OK)
        status = ccp_admin_create_mapping(&call->admin, &mapping, &call->error);
    return answer_mapping(call, status, 201, &mapping);
}

ccp_status ccpi_mappings_get(ccpi_api_call *call)
{
    ccp_model_mapping mapping;

    return answer_mapping(call, find_mapping(call, &mapping), 200, &mapping);
}

ccp_status ccpi_mappings_put(ccpi_api_call *call)
{
    ccp_model_mapping mapping;
    ccp_status status = find_mapping(call, &mapping);

    if (status == CCP_OK)
        status = read_mapping(call, false, &mapping);
    if (status == CCP_OK)
        status = ccp_admin_update_mapping(&call->admin, &mapping, &call->error);
    return answer_mapping(call, status, 200, &mapping);
}

ccp_status ccpi_mappings_remove(ccpi_api_call *call)
{
    ccp_status status = ccp_admin_remove_mapping(&call->admin, &call->id, &call->error);

    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}
