/* Bedrock credentials of access keys. They go in, and never come out. */
#include <openssl/crypto.h>

#include "admin/handlers/handlers.h"
#include "admin/web/fields.h"
#include "base/cleanup.h"

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
