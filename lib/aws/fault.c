#include "aws/fault.h"

#include "aws/xml.h"
#include "base/json.h"

/*
 * From the services' lists of common errors and of those that their operations
 * have, and the SDKs' list of those that pass:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 * A code is known by its beginning, since some protocols add "Exception".
 */
static const struct {
    const char *code;
    ccp_status status;
    bool is_passing;
    bool is_of_keys;
} rows[] = {
    {"ExpiredToken", CCP_DENIED, false, true},
    {"RequestExpired", CCP_DENIED, false, true},
    {"UnrecognizedClient", CCP_DENIED, false, true},
    {"InvalidClientTokenId", CCP_DENIED, false, true},
    {"AccessDenied", CCP_DENIED, false, false},
    {"InvalidSignature", CCP_DENIED, false, false},
    {"SignatureDoesNotMatch", CCP_DENIED, false, false},
    {"IncompleteSignature", CCP_DENIED, false, false},
    {"MissingAuthenticationToken", CCP_DENIED, false, false},
    {"OptInRequired", CCP_DENIED, false, false},

    {"Throttl", CCP_UNAVAILABLE, true, false},
    {"TooManyRequests", CCP_UNAVAILABLE, true, false},
    {"RequestLimitExceeded", CCP_UNAVAILABLE, true, false},
    {"LimitExceeded", CCP_UNAVAILABLE, true, false},
    {"BandwidthLimitExceeded", CCP_UNAVAILABLE, true, false},
    {"SlowDown", CCP_UNAVAILABLE, true, false},
    {"PriorRequestNotComplete", CCP_UNAVAILABLE, true, false},
    {"TransactionInProgress", CCP_UNAVAILABLE, true, false},
    {"RequestTimeout", CCP_UNAVAILABLE, true, false},
    {"InternalFailure", CCP_UNAVAILABLE, true, false},
    {"InternalService", CCP_UNAVAILABLE, true, false},
    {"ServiceUnavailable", CCP_UNAVAILABLE, true, false},
    /* KMS */
    {"DependencyTimeout", CCP_UNAVAILABLE, true, false},
    {"KMSInternal", CCP_UNAVAILABLE, true, false},
    {"KeyUnavailable", CCP_UNAVAILABLE, true, false},
    {"NotFoundException", CCP_NOT_FOUND, false, false},
    {"Disabled", CCP_DENIED, false, false},
    {"KMSInvalidState", CCP_DENIED, false, false},
    {"InvalidCiphertext", CCP_DENIED, false, false},
    {"IncorrectKey", CCP_DENIED, false, false},
    /* Secrets Manager; an invalid request is one for a secret that was deleted */
    {"ResourceNotFound", CCP_NOT_FOUND, false, false},
    {"InvalidRequestException", CCP_NOT_FOUND, false, false},
    {"DecryptionFailure", CCP_DENIED, false, false},
};

/* "prefix#Code:http://...": only the code, and nothing that may be none. */
static bool take_code(ccpi_span text, char code[CCPI_AWS_MAX_CODE + 1])
{
    const char *hash = text.len > 0 ? memchr(text.data, '#', text.len) : NULL;
    size_t len = 0;

    if (hash) {
        text.len -= (size_t)(hash + 1 - text.data);
        text.data = hash + 1;
    }
    while (len < text.len && text.data[len] != ':')
        len++;
    if (len == 0 || len > CCPI_AWS_MAX_CODE)
        return false;
    memcpy(code, text.data, len);
    code[len] = '\0';
    return strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789._-") == len;
}

/* What is escaped in there is no code anyway. */
static ccp_status take_type(void *context, const ccpi_json_member *member)
{
    ccpi_span *type = context;

    if (member->type == CCPI_JSON_STRING &&
        (ccpi_json_key_is(member->key, "__type") ||
         (!type->data && ccpi_json_key_is(member->key, "code"))))
        *type = ccpi_json_inner(member->value);
    return CCP_OK;
}

static void find_code(const ccpi_http_answer *answer, char code[CCPI_AWS_MAX_CODE + 1])
{
    const ccpi_span body = ccpi_buf_span(&answer->body);
    const char *header = ccpi_headers_get(&answer->headers, "x-amzn-errortype");
    ccpi_span type = {NULL, 0};

    if (header && take_code(ccpi_span_of(header), code))
        return;
    if (body.len > 0 && ccpi_json_walk(body, take_type, &type, NULL) == CCP_OK &&
        take_code(type, code))
        return;
    if (!take_code(ccpi_xml_text(body, "Code"), code))
        code[0] = '\0';
}

static void judge_by_status(ccpi_aws_fault *fault, int status)
{
    fault->is_passing = status == 429 || status >= 500;
    if (fault->is_passing)
        fault->status = CCP_UNAVAILABLE;
    else if (status == 401 || status == 403)
        fault->status = CCP_DENIED;
    else
        fault->status = status == 404 ? CCP_NOT_FOUND : CCP_INVALID;
}

ccpi_aws_fault ccpi_aws_fault_of(const ccpi_http_answer *answer)
{
    ccpi_aws_fault fault = {.status = CCP_INVALID};

    judge_by_status(&fault, answer->status);
    find_code(answer, fault.code);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strncmp(fault.code, rows[i].code, strlen(rows[i].code)) != 0)
            continue;
        fault.status = rows[i].status;
        fault.is_passing = rows[i].is_passing;
        fault.is_of_keys = rows[i].is_of_keys;
        break;
    }
    return fault;
}
