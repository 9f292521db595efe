#include "aws/secrets.h"

#include "aws/json.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define MAX_NAME 2048 /* GetSecretValue's own limit */
#define MAX_BODY ((size_t)16 * 1024)

/* "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-abcdef" */
#define ARN_PARTS 7

/* What a name says. */
typedef struct secret_name {
    ccpi_span id;
    ccpi_span member;
    ccpi_span stage;
    ccpi_span version;
} secret_name;

/* Takes a part off, up to the next colon. */
static ccpi_span take_part(ccpi_span *rest)
{
    const char *colon = rest->len > 0 ? memchr(rest->data, ':', rest->len) : NULL;
    const ccpi_span part = {rest->data, colon ? (size_t)(colon - rest->data) : rest->len};
    const size_t taken = part.len + (colon ? 1 : 0);

    rest->data += taken;
    rest->len -= taken;
    return part;
}

static secret_name parse_name(const char *text)
{
    ccpi_span rest = ccpi_span_of(text);
    secret_name name = {.id = rest};

    if (!ccpi_span_starts(rest, "arn:"))
        return name;
    for (int i = 0; i < ARN_PARTS; i++) {
        const ccpi_span part = take_part(&rest);

        name.id.len = (size_t)(part.data + part.len - name.id.data);
    }
    name.member = take_part(&rest);
    name.stage = take_part(&rest);
    name.version = take_part(&rest);
    return name;
}

static void add_member(ccpi_buf *body, const char *name, ccpi_span value)
{
    if (value.len == 0)
        return;
    ccpi_buf_append_text(body, name);
    ccpi_json_quote(value, body);
}

static ccp_status ask(ccp_aws *aws, const secret_name *name, ccpi_aws_reply *reply,
                      ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = MAX_BODY};
    ccpi_aws_call call = {
        .service = CCPI_AWS_SECRETS_MANAGER,
        .operation = "GetSecretValue",
        .target = "secretsmanager.GetSecretValue",
        .content_type = CCPI_AWS_JSON,
    };

    add_member(&body, "{\"SecretId\":", name->id);
    add_member(&body, ",\"VersionStage\":", name->stage);
    add_member(&body, ",\"VersionId\":", name->version);
    ccpi_buf_append_char(&body, '}');
    if (body.status != CCP_OK)
        return ccpi_fail(error, body.status, "no memory for a request");
    call.body = ccpi_buf_span(&body);
    return ccpi_aws_ask(aws, &call, reply, error);
}

static ccp_status take_value(const ccpi_aws_reply *reply, ccpi_buf *out, ccp_error *error)
{
    ccp_status status = ccpi_aws_reply_text(reply, "SecretString", out);

    if (status == CCP_NOT_FOUND)
        status = ccpi_aws_reply_bytes(reply, "SecretBinary", out);
    if (status == CCP_NO_MEMORY || status == CCP_LIMIT)
        return ccpi_fail(error, status, "a secret of Secrets Manager is too long");
    if (status != CCP_OK)
        return ccpi_fail(error, CCP_PROTOCOL,
                         "secretsmanager: an answer without a value");
    return CCP_OK;
}

static ccp_status take_member(const ccpi_aws_reply *reply, ccpi_span member,
                              ccpi_buf *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_aws_reply_clear) ccpi_aws_reply value = {.tree = {0}};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf name = {.limit = MAX_NAME};
    ccp_status status;

    value.answer.body.limit = CCPI_HTTP_MAX_ANSWER;
    ccpi_buf_append_span(&name, member);
    if (name.status != CCP_OK)
        return ccpi_fail(error, name.status, "no memory for a secret's name");
    status = take_value(reply, &value.answer.body, error);
    if (status != CCP_OK)
        return status;
    status = ccpi_json_parse(ccpi_buf_span(&value.answer.body), &value.tree, NULL);
    if (status == CCP_OK)
        status = ccpi_aws_reply_text(&value, name.data, out);
    if (status == CCP_OK || status == CCP_NO_MEMORY)
        return status;
    return ccpi_fail(error, CCP_INVALID, "the secret has no member \"%.64s\"", name.data);
}

ccp_status ccpi_secret_read(ccp_aws *aws, const char *name, ccpi_buf *out,
                            ccp_error *error)
{
    CCPI_CLEANUP(ccpi_aws_reply_clear) ccpi_aws_reply reply = {.tree = {0}};
    const secret_name parsed = parse_name(name);
    ccp_status status;

    if (*name == '\0' || strlen(name) > MAX_NAME)
        return ccpi_fail(error, CCP_INVALID, "no name of a secret");
    status = ask(aws, &parsed, &reply, error);
    if (status != CCP_OK)
        return status;
    return parsed.member.len > 0 ? take_member(&reply, parsed.member, out, error)
                                 : take_value(&reply, out, error);
}
