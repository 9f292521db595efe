/* Bedrock credentials of access keys. They go in, and never come out. */
#include <openssl/crypto.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/fields.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "routing/trial.h"

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

ccp_status ccpi_bedrock_keys_test(ccpi_api_call *call)
{
    const ccp_access_key_store *keys = &call->admin.store->keys;
    const ccpi_deed deed = {"bedrock_key.test", "access_key", call->id.text};
    char model[CCPI_MODEL_ID_MAX + 1] = "";
    const ccpi_field fields[] = {{CCPI_TEXT_FIELD("model", model)}};
    ccp_access_key key;
    ccp_bedrock_test test;
    ccp_status status = keys->find(keys->self, call->id.text, &key, &call->error);

    if (status == CCP_OK)
        status = ccpi_fields_read(call, fields, 1);
    if (status == CCP_OK && model[0] && !ccpi_model_id_is_valid(model))
        return ccpi_fail(&call->error, CCP_INVALID, "model is no name of a model");
    if (status == CCP_OK && key.status == CCP_ACCESS_KEY_REVOKED)
        return ccpi_fail(&call->error, CCP_CONFLICT, "the access key is revoked");
    if (status == CCP_OK)
        status = ccpi_trial_run(call->api->router, &key, model[0] ? model : NULL, &test,
                                &call->error);
    if (status == CCP_OK)
        status = ccpi_admin_do(&call->admin, &deed, NULL, NULL, &call->error);
    return status == CCP_OK
               ? ccpi_api_call_answer(call, 200, ccpi_object_bedrock_test(&test))
               : status;
}
