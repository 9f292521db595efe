/* Bedrock credentials of access keys. They go in, and never come out. */
#include <openssl/crypto.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/fields.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "routing/trial.h"

#define US_PER_MS 1000

typedef struct credential_text {
    char text[CCP_SECRET_MAX + 1];
} credential_text;

static void wipe(credential_text *credential)
{
    OPENSSL_cleanse(credential, sizeof(*credential));
}

ccp_status ccpi_bedrock_keys_put(ccpi_api_call *call)
{
    CCPI_CLEANUP(wipe) credential_text given = {.text = ""};
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("bedrock_api_key", given.text), .is_required = true},
    };
    bool replaced = false;
    ccp_status status = ccpi_fields_read(call, fields, 1);

    if (status == CCP_OK)
        status = ccp_admin_set_bedrock_key(
            &call->admin, &call->id,
            (ccp_bedrock_credential){given.text, strlen(given.text)}, &replaced,
            &call->error);
    if (status != CCP_OK)
        return status;
    return ccpi_api_call_answer(
        call, replaced ? 200 : 201,
        json_pack("{s:s}", "status", replaced ? "replaced" : "registered"));
}

ccp_status ccpi_bedrock_keys_remove(ccpi_api_call *call)
{
    ccp_status status =
        ccp_admin_remove_bedrock_key(&call->admin, &call->id, &call->error);

    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}

static json_t *trial_object(const ccpi_trial *trial)
{
    const bool is_ok = trial->kind == CCPI_CLASS_NONE;

    return json_pack(
        "{s:b, s:o, s:I, s:o, s:o, s:o}", "ok", is_ok, "class",
        is_ok ? json_null() : json_string(ccpi_class_name(trial->kind)), "latency_ms",
        (json_int_t)(trial->latency_us / US_PER_MS), "http_status",
        trial->status ? json_integer(trial->status) : json_null(), "bedrock_model",
        ccpi_object_text(trial->model_id), "message", ccpi_object_text(trial->message));
}

ccp_status ccpi_bedrock_keys_test(ccpi_api_call *call)
{
    const ccp_access_key_store *keys = &call->admin.store->keys;
    const ccpi_deed deed = {"bedrock_key.test", "access_key", call->id.text};
    char model[CCPI_MODEL_ID_MAX + 1] = "";
    const ccpi_field fields[] = {{CCPI_TEXT_FIELD("model", model)}};
    ccp_access_key key;
    ccpi_trial trial;
    ccp_status status = keys->find(keys->self, call->id.text, &key, &call->error);

    if (status == CCP_OK)
        status = ccpi_fields_read(call, fields, 1);
    if (status == CCP_OK && model[0] && !ccpi_model_id_is_valid(model))
        return ccpi_fail(&call->error, CCP_INVALID, "model is no name of a model");
    if (status == CCP_OK && key.status == CCP_ACCESS_KEY_REVOKED)
        return ccpi_fail(&call->error, CCP_CONFLICT, "the access key is revoked");
    if (status == CCP_OK)
        status = ccpi_trial_run(call->api->router, &key, model[0] ? model : NULL, &trial,
                                &call->error);
    if (status == CCP_OK)
        status = ccpi_admin_do(&call->admin, &deed, NULL, NULL, &call->error);
    return status == CCP_OK ? ccpi_api_call_answer(call, 200, trial_object(&trial))
                            : status;
}
