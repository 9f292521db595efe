#include "aws/json.h"

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"

void ccpi_aws_reply_clear(ccpi_aws_reply *reply)
{
    ccpi_json_clear(&reply->tree);
    ccpi_http_answer_clear(&reply->answer);
}

ccp_status ccpi_aws_ask(ccp_aws *aws, const ccpi_aws_call *call, ccpi_aws_reply *out,
                        ccp_error *error)
{
    ccp_status status = ccpi_aws_call_run(aws, call, &out->answer, error);

    if (status != CCP_OK)
        return status;
    status = ccpi_json_parse(ccpi_buf_span(&out->answer.body), &out->tree, NULL);
    if (status == CCP_NO_MEMORY)
        return ccpi_fail(error, status, "no memory for an answer of AWS");
    if (status != CCP_OK || ccpi_json_root(&out->tree)->type != CCPI_JSON_OBJECT)
        return ccpi_fail(error, CCP_PROTOCOL, "%s %s: the answer is no JSON object",
                         ccpi_aws_service_name(call->service), call->operation);
    return CCP_OK;
}

ccp_status ccpi_aws_reply_text(const ccpi_aws_reply *reply, const char *name,
                               ccpi_buf *out)
{
    const ccpi_json_node *node = ccpi_json_get_typed(
        &reply->tree, ccpi_json_root(&reply->tree), name, CCPI_JSON_STRING);

    if (!node)
        return CCP_NOT_FOUND;
    /* Decoding shortens: with room for the source nothing is outgrown. */
    if (!ccpi_buf_room(out, node->text.len))
        return out->status;
    return ccpi_json_decode(ccpi_json_inner(node->text), out);
}

ccp_status ccpi_aws_reply_bytes(const ccpi_aws_reply *reply, const char *name,
                                ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf text = {.limit = CCPI_HTTP_MAX_ANSWER};
    ccp_status status = ccpi_aws_reply_text(reply, name, &text);
    char *room;
    size_t len;

    if (status != CCP_OK)
        return status;
    room = ccpi_buf_room(out, CCPI_BASE64_MAX_BYTES(text.len));
    if (!room)
        return out->status;
    if (!ccpi_base64_decode(ccpi_buf_span(&text), (unsigned char *)room, &len))
        return CCP_PROTOCOL;
    ccpi_buf_grow(out, len);
    return CCP_OK;
}
