#include "bedrock/native/answer.h"

#include "anthropic/patch.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define BEDROCKS_OWN "amazon-bedrock-"

static void name_model(ccpi_patch *patch, const ccpi_json_node *message,
                       const char *model)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf quoted = {.limit = SIZE_MAX};
    const ccpi_json_node *node =
        ccpi_json_get_typed(&patch->tree, message, "model", CCPI_JSON_STRING);

    if (ccpi_json_quote(ccpi_span_of(model), &quoted) != CCP_OK)
        patch->status = quoted.status;
    else
        ccpi_patch_replace(patch, node, ccpi_buf_span(&quoted));
}

static void drop_bedrocks_own(ccpi_patch *patch, const ccpi_json_node *object)
{
    for (const ccpi_json_node *member = ccpi_json_child(&patch->tree, object); member;
         member = ccpi_json_next(&patch->tree, member))
        if (ccpi_span_starts(member->key, BEDROCKS_OWN))
            ccpi_patch_drop(patch, member);
}

ccp_status ccpi_native_response(ccpi_span body, const char *model, ccpi_buf *out,
                                ccp_error *error)
{
    CCPI_CLEANUP(ccpi_patch_clear) ccpi_patch patch = {.status = CCP_OK};
    ccp_status status = ccpi_patch_open(&patch, body, error);
    const ccpi_json_node *root = ccpi_json_root(&patch.tree);

    if (status == CCP_INVALID)
        return ccpi_fail(error, CCP_PROTOCOL, "Bedrock's answer is no JSON");
    if (status != CCP_OK)
        return status;
    if (!ccpi_json_get_typed(&patch.tree, root, "content", CCPI_JSON_ARRAY))
        return ccpi_fail(error, CCP_PROTOCOL, "Bedrock's answer holds no message");
    name_model(&patch, root, model);
    drop_bedrocks_own(&patch, root);
    status = ccpi_patch_finish(&patch);
    if (status == CCP_OK)
        status = ccpi_patch_write(&patch, out);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "Bedrock's answer does not fit");
    return CCP_OK;
}
