/* What models on Bedrock have refused, and until when it is left out (BR-16). */
#include "bedrock/capabilities.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"
#include "base/fail.h"

/* The memory counts; the API's ids are UUIDs: one of version 8 (RFC 9562) holds it. */
#define ID_START "00000000-0000-8000-8000-"
#define ID_DIGITS 12
#define ID_MASK UINT64_C(0xffffffffffff)

static void write_id(uint64_t number, ccp_id *out)
{
    snprintf(out->text, sizeof(out->text), ID_START "%012" PRIx64, number & ID_MASK);
}

/* false: an id of something else. */
static bool read_id(const ccp_id *id, uint64_t *out)
{
    *out = strtoull(id->text + sizeof(ID_START) - 1, NULL, 16);
    return strncmp(id->text, ID_START, sizeof(ID_START) - 1) == 0;
}

static json_t *capability_object(const ccpi_capability *capability)
{
    ccp_id id;

    write_id(capability->id, &id);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "id", id.text, "model",
                     capability->model_id, "region", capability->region, "mode",
                     ccpi_bedrock_api_name(capability->api), "field",
                     ccpi_object_text(capability->field), "beta",
                     ccpi_object_text(capability->beta), "learned_at",
                     ccpi_object_time(capability->learned_at_us), "expires_at",
                     ccpi_object_time(capability->expires_at_us));
}

typedef struct capability_list {
    ccpi_list list;
    ccpi_capability *capabilities; /* owned */
} capability_list;

static void clear(capability_list *list)
{
    ccpi_list_clear(&list->list);
    free(list->capabilities);
}

ccp_status ccpi_capability_list(ccpi_api_call *call)
{
    CCPI_CLEANUP(clear) capability_list list = {.capabilities = NULL};
    ccp_status status = ccpi_list_open(call, NULL, 0, &list.list);
    size_t count;

    if (status != CCP_OK)
        return status;
    list.capabilities = calloc(CCPI_CAPABILITIES_MAX, sizeof(*list.capabilities));
    if (!list.capabilities)
        return CCP_NO_MEMORY;
    count = ccpi_capabilities_list(call->api->router->capabilities, list.capabilities,
                                   CCPI_CAPABILITIES_MAX);
    for (size_t i = 0; i < count; i++)
        if (ccpi_list_wants(&list.list) &&
            !ccpi_list_take(&list.list, capability_object(&list.capabilities[i])))
            break;
    return ccpi_list_answer(call, &list.list);
}

static ccp_status refuse_unknown(ccpi_api_call *call)
{
    return ccpi_fail(&call->error, CCP_NOT_FOUND, "nothing of that id is remembered");
}

ccp_status ccpi_capability_change(ccpi_api_call *call)
{
    ccpi_capabilities *memory = call->api->router->capabilities;
    const ccpi_deed deed = {"capability.change", "capability", call->id.text};
    int64_t expires_at_us = 0;
    const ccpi_field fields[] = {{.name = "expires_at",
                                  .kind = CCPI_TAKES_TIME,
                                  .out = &expires_at_us,
                                  .is_required = true}};
    ccpi_capability changed;
    uint64_t id;
    ccp_status status;

    if (!read_id(&call->id, &id) || !ccpi_capabilities_get(memory, id, &changed))
        return refuse_unknown(call);
    status = ccpi_fields_read(call, fields, 1);
    if (status == CCP_OK && expires_at_us <= ccpi_api_call_now(call))
        return ccpi_fail(&call->error, CCP_INVALID, "expires_at must be in the future");
    if (status == CCP_OK)
        status = ccpi_admin_do(&call->admin, &deed, NULL, NULL, &call->error);
    if (status != CCP_OK)
        return status;
    if (!ccpi_capabilities_set_expiry(memory, id, expires_at_us) ||
        !ccpi_capabilities_get(memory, id, &changed))
        return refuse_unknown(call);
    return ccpi_api_call_answer(call, 200, capability_object(&changed));
}

ccp_status ccpi_capability_remove(ccpi_api_call *call)
{
    ccpi_capabilities *memory = call->api->router->capabilities;
    const ccpi_deed deed = {"capability.delete", "capability", call->id.text};
    ccpi_capability known;
    uint64_t id;
    ccp_status status;

    if (!read_id(&call->id, &id) || !ccpi_capabilities_get(memory, id, &known))
        return refuse_unknown(call);
    status = ccpi_admin_do(&call->admin, &deed, NULL, NULL, &call->error);
    if (status != CCP_OK)
        return status;
    (void)ccpi_capabilities_remove(memory, id);
    return ccpi_api_call_answer_nothing(call);
}
