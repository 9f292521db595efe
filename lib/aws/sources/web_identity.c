#include <stdio.h>

#include "aws/sources/fetch.h"
#include "aws/xml.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/uri.h"

#define MAX_TOKEN ((size_t)64 * 1024) /* STS takes 20,000 characters */
#define MAX_FORM (4 * MAX_TOKEN)
#define MAX_SESSION_NAME 64 /* STS's limit */
#define MAX_URL 2048

#define US_PER_S INT64_C(1000000)

static const ccpi_retry_policy patience = {
    .attempts = 3, .attempt_ms = 5000, .total_ms = 10000, .wait_ms = 100};

static void add_parameter(ccpi_buf *form, const char *name, ccpi_span value)
{
    ccpi_buf_append_format(form, "&%s=", name);
    ccpi_uri_encode(value, form);
}

static ccp_status read_token(const char *path, ccpi_buf *token, ccp_error *error)
{
    ccp_status status = ccpi_file_read(path, token, error);

    if (status != CCP_OK)
        return status == CCP_NOT_FOUND
                   ? ccpi_fail(error, CCP_UNAVAILABLE, "%s: no such file", path)
                   : status;
    while (token->len > 0 && (unsigned char)token->data[token->len - 1] <= ' ')
        ccpi_buf_cut(token, token->len - 1);
    return CCP_OK;
}

static ccp_status write_form(const ccpi_aws_place *place,
                             const ccpi_web_identity *identity, ccpi_buf *form,
                             ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf token = {.limit = MAX_TOKEN};
    char session_name[MAX_SESSION_NAME + 1];
    ccp_status status = read_token(identity->token_file, &token, error);

    if (status != CCP_OK)
        return status;
    if (!ccpi_buf_room(form, 3 * token.len + MAX_URL))
        return ccpi_fail(error, form->status, "no memory for a request to STS");
    snprintf(session_name, sizeof(session_name), "ccproxy-%lld",
             (long long)(place->clock->unix_us(place->clock->self) / US_PER_S));
    ccpi_buf_append_text(form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15");
    add_parameter(form, "RoleArn", ccpi_span_of(identity->role_arn));
    add_parameter(
        form, "RoleSessionName",
        ccpi_span_of(identity->session_name ? identity->session_name : session_name));
    add_parameter(form, "WebIdentityToken", ccpi_buf_span(&token));
    if (form->status != CCP_OK)
        return ccpi_fail(error, form->status, "no memory for a request to STS");
    return CCP_OK;
}

static ccp_status read_answer(ccpi_span xml, ccpi_aws_keys *out, ccp_error *error)
{
    const ccpi_aws_key_texts texts = {
        .access_key_id = ccpi_xml_text(xml, "AccessKeyId"),
        .secret_access_key = ccpi_xml_text(xml, "SecretAccessKey"),
        .session_token = ccpi_xml_text(xml, "SessionToken"),
    };

    if (ccpi_aws_keys_set(out, &texts, error) != CCP_OK ||
        !ccpi_aws_time_parse(ccpi_xml_text(xml, "Expiration"), &out->expires_at_us)) {
        ccpi_aws_keys_wipe(out);
        return ccpi_fail(error, CCP_PROTOCOL, "STS: no credentials in its answer");
    }
    return CCP_OK;
}

static ccp_status ask_sts(const ccpi_aws_place *place, ccpi_span form,
                          ccpi_http_answer *answer, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    ccpi_fetch fetch = {
        .what = "STS",
        .policy = &patience,
        .request = {.method = "POST", .headers = &headers, .body = form},
    };
    char url[MAX_URL];

    if (snprintf(url, sizeof(url), "%s/", place->sts_endpoint) >= (int)sizeof(url))
        return ccpi_fail(error, CCP_INVALID, "the endpoint of STS is too long");
    if (ccpi_headers_set(&headers, "content-type", "application/x-www-form-urlencoded") !=
        CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a request to STS");
    fetch.request.url = url;
    return ccpi_fetch_run(place, &fetch, answer, error);
}

ccp_status ccpi_web_identity_load(const ccpi_aws_place *place,
                                  const ccpi_web_identity *identity, ccpi_aws_keys *out,
                                  ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf form = {.limit = MAX_FORM};
    CCPI_CLEANUP(ccpi_http_answer_clear) ccpi_http_answer answer = {0};
    ccp_status status = write_form(place, identity, &form, error);

    if (status == CCP_OK)
        status = ask_sts(place, ccpi_buf_span(&form), &answer, error);
    return status == CCP_OK ? read_answer(ccpi_buf_span(&answer.body), out, error)
                            : status;
}

static ccp_status load(const ccpi_aws_place *place, ccpi_aws_keys *out, ccp_error *error)
{
    const ccpi_aws_environment *environment = place->environment;
    const ccpi_web_identity identity = {
        .role_arn = environment->role_arn,
        .token_file = environment->web_identity_token_file,
        .session_name = environment->role_session_name,
    };

    if (!identity.token_file)
        return ccpi_fail(error, CCP_NOT_FOUND, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    if (!identity.role_arn)
        return ccpi_fail(error, CCP_INVALID,
                         "AWS_ROLE_ARN is needed beside AWS_WEB_IDENTITY_TOKEN_FILE");
    return ccpi_web_identity_load(place, &identity, out, error);
}

const ccpi_aws_source ccpi_aws_from_web_identity = {"web identity", load};
