#include "bedrock/errors.h"

#include <ctype.h>

#include "base/cleanup.h"
#include "base/json.h"

#define TYPE_HEADER "x-amzn-errortype"
#define MAX_ERROR_TEXT ((size_t)64 * 1024)

static const ccpi_fault_told told[] = {
    [CCPI_FAULT_UNAVAILABLE] = {503, CCPI_ERROR_OVERLOADED, false},
    /* A 401 would make the client drop its own login. */
    [CCPI_FAULT_AUTH] = {503, CCPI_ERROR_API, true},
    [CCPI_FAULT_QUOTA] = {429, CCPI_ERROR_RATE_LIMIT, false},
    [CCPI_FAULT_VALIDATION] = {400, CCPI_ERROR_INVALID_REQUEST, false},
    [CCPI_FAULT_MODEL_UNKNOWN] = {404, CCPI_ERROR_NOT_FOUND, false},
    [CCPI_FAULT_MODEL_ERROR] = {502, CCPI_ERROR_API, false},
    [CCPI_FAULT_TIMEOUT] = {504, CCPI_ERROR_TIMEOUT, false},
};

/* In a stream the names begin with a small letter. */
static const struct {
    const char *name;
    ccpi_bedrock_fault fault;
    ccpi_error_type in_stream;
} exceptions[] = {
    {"ValidationException", CCPI_FAULT_VALIDATION, CCPI_ERROR_INVALID_REQUEST},
    {"ConflictException", CCPI_FAULT_VALIDATION, CCPI_ERROR_INVALID_REQUEST},
    {"ThrottlingException", CCPI_FAULT_QUOTA, CCPI_ERROR_RATE_LIMIT},
    {"TooManyRequestsException", CCPI_FAULT_QUOTA, CCPI_ERROR_RATE_LIMIT},
    {"ServiceQuotaExceededException", CCPI_FAULT_QUOTA, CCPI_ERROR_RATE_LIMIT},
    {"AccessDeniedException", CCPI_FAULT_AUTH, CCPI_ERROR_API},
    {"ExpiredTokenException", CCPI_FAULT_AUTH, CCPI_ERROR_API},
    {"IncompleteSignatureException", CCPI_FAULT_AUTH, CCPI_ERROR_API},
    {"InvalidSignatureException", CCPI_FAULT_AUTH, CCPI_ERROR_API},
    {"MissingAuthenticationTokenException", CCPI_FAULT_AUTH, CCPI_ERROR_API},
    {"UnrecognizedClientException", CCPI_FAULT_AUTH, CCPI_ERROR_API},
    {"ResourceNotFoundException", CCPI_FAULT_MODEL_UNKNOWN, CCPI_ERROR_NOT_FOUND},
    {"ModelTimeoutException", CCPI_FAULT_TIMEOUT, CCPI_ERROR_TIMEOUT},
    {"ModelErrorException", CCPI_FAULT_MODEL_ERROR, CCPI_ERROR_API},
    {"ModelStreamErrorException", CCPI_FAULT_MODEL_ERROR, CCPI_ERROR_API},
    {"ModelNotReadyException", CCPI_FAULT_UNAVAILABLE, CCPI_ERROR_OVERLOADED},
    {"InternalServerException", CCPI_FAULT_UNAVAILABLE, CCPI_ERROR_API},
    {"ServiceUnavailableException", CCPI_FAULT_UNAVAILABLE, CCPI_ERROR_OVERLOADED},
};

static const struct {
    int status;
    ccpi_bedrock_fault fault;
} statuses[] = {
    {400, CCPI_FAULT_VALIDATION}, {401, CCPI_FAULT_AUTH},
    {403, CCPI_FAULT_AUTH},       {404, CCPI_FAULT_MODEL_UNKNOWN},
    {408, CCPI_FAULT_TIMEOUT},    {413, CCPI_FAULT_VALIDATION},
    {422, CCPI_FAULT_VALIDATION}, {424, CCPI_FAULT_MODEL_ERROR},
    {429, CCPI_FAULT_QUOTA},      {504, CCPI_FAULT_TIMEOUT},
};

const ccpi_fault_told *ccpi_fault_told_as(ccpi_bedrock_fault fault)
{
    return &told[fault];
}

static bool is_exception(ccpi_span name, const char *row)
{
    return name.len == strlen(row) &&
           tolower((unsigned char)name.data[0]) == tolower((unsigned char)row[0]) &&
           memcmp(name.data + 1, row + 1, name.len - 1) == 0;
}

ccpi_error_type ccpi_bedrock_exception_type(ccpi_span name)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (is_exception(name, exceptions[i].name))
            return exceptions[i].in_stream;
    return CCPI_ERROR_API;
}

ccpi_bedrock_fault ccpi_bedrock_exception_fault(ccpi_span name)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (is_exception(name, exceptions[i].name))
            return exceptions[i].fault;
    return CCPI_FAULT_UNAVAILABLE;
}

/* The members that error bodies have, in the forms that AWS's services use. */
typedef struct error_members {
    ccpi_span text; /* a JSON string */
    ccpi_span type;
    ccpi_span error; /* an object: {"type":"error","error":{...}} */
} error_members;

static ccp_status visit_member(void *context, const ccpi_json_member *member)
{
    error_members *found = context;

    if (member->type == CCPI_JSON_OBJECT && ccpi_json_key_is(member->key, "error"))
        found->error = member->value;
    if (member->type != CCPI_JSON_STRING)
        return CCP_OK;
    if (ccpi_json_key_is(member->key, "message") ||
        ccpi_json_key_is(member->key, "Message"))
        found->text = member->value;
    else if (ccpi_json_key_is(member->key, "__type") ||
             ccpi_json_key_is(member->key, "code"))
        found->type = member->value;
    return CCP_OK;
}

static error_members read_members(ccpi_span body)
{
    error_members found = {0};

    if (body.len == 0 || ccpi_json_walk(body, visit_member, &found, NULL) != CCP_OK)
        return (error_members){0};
    if (found.text.len == 0 && found.error.len > 0)
        ccpi_json_walk(found.error, visit_member, &found, NULL);
    return found;
}

ccp_status ccpi_bedrock_error_text(ccpi_span body, ccpi_buf *out)
{
    return ccpi_json_decode(ccpi_json_inner(read_members(body).text), out);
}

/* com.amazonaws.bedrock#ThrottlingException:http://... has its name in the middle. */
static ccpi_span plain_name(ccpi_span type)
{
    const char *hash = type.len > 0 ? memchr(type.data, '#', type.len) : NULL;
    const char *colon;

    if (hash) {
        type.len -= (size_t)(hash + 1 - type.data);
        type.data = hash + 1;
    }
    colon = type.len > 0 ? memchr(type.data, ':', type.len) : NULL;
    if (colon)
        type.len = (size_t)(colon - type.data);
    return type;
}

/* This one has no exception of its own: it comes as a ValidationException. */
static bool speaks_of_unknown_model(ccpi_span text)
{
    static const char words[] = "model identifier is invalid";

    return text.len > 0 && memmem(text.data, text.len, words, sizeof(words) - 1);
}

ccpi_bedrock_fault ccpi_bedrock_fault_of(int status, const ccpi_headers *headers,
                                         ccpi_span body)
{
    const error_members found = read_members(body);
    ccpi_span name =
        plain_name(ccpi_span_of(headers ? ccpi_headers_get(headers, TYPE_HEADER) : NULL));

    if (name.len == 0)
        name = plain_name(ccpi_json_inner(found.type));
    if (status < 500 && speaks_of_unknown_model(found.text))
        return CCPI_FAULT_MODEL_UNKNOWN;
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (is_exception(name, exceptions[i].name))
            return exceptions[i].fault;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return statuses[i].fault;
    return CCPI_FAULT_UNAVAILABLE;
}

bool ccpi_bedrock_is_failure(const ccpi_eventstream_frame *frame)
{
    return ccpi_span_is(frame->message_type, "exception") ||
           ccpi_span_is(frame->message_type, "error");
}

static ccpi_span failure_name(const ccpi_eventstream_frame *frame)
{
    return frame->exception_type.len > 0 ? frame->exception_type : frame->error_code;
}

ccpi_bedrock_fault ccpi_bedrock_failure_of(const ccpi_eventstream_frame *frame)
{
    return ccpi_bedrock_exception_fault(failure_name(frame));
}

ccp_status ccpi_bedrock_failure_write(const ccpi_eventstream_frame *frame,
                                      const char *request_id, ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = MAX_ERROR_TEXT};
    const ccpi_span name = failure_name(frame);

    if (ccpi_bedrock_error_text(frame->payload, &text) == CCP_NO_MEMORY)
        return text.status;
    if (text.len == 0)
        ccpi_buf_append_span(&text, frame->error_message);
    if (text.len == 0)
        ccpi_buf_append_span(&text, name);
    return ccpi_error_event_write(ccpi_bedrock_exception_type(name), ccpi_buf_span(&text),
                                  request_id, out);
}
