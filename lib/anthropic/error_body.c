#include "anthropic/error_body.h"

#include "base/json.h"

/* In the order of the enumeration. The status is the one that means this type alone. */
static const struct {
    const char *name;
    int status;
} types[] = {
    [CCPI_ERROR_NONE] = {"", 0},
    [CCPI_ERROR_INVALID_REQUEST] = {"invalid_request_error", 400},
    [CCPI_ERROR_AUTHENTICATION] = {"authentication_error", 401},
    [CCPI_ERROR_BILLING] = {"billing_error", 402},
    [CCPI_ERROR_PERMISSION] = {"permission_error", 403},
    [CCPI_ERROR_NOT_FOUND] = {"not_found_error", 404},
    [CCPI_ERROR_TOO_LARGE] = {"request_too_large", 413},
    [CCPI_ERROR_RATE_LIMIT] = {"rate_limit_error", 429},
    [CCPI_ERROR_API] = {"api_error", 500},
    [CCPI_ERROR_TIMEOUT] = {"timeout_error", 504},
    [CCPI_ERROR_OVERLOADED] = {"overloaded_error", 529},
};

#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

const char *ccpi_error_type_name(ccpi_error_type type)
{
    return (size_t)type < TYPE_COUNT ? types[type].name : "";
}

ccpi_error_type ccpi_error_type_of(ccpi_span name)
{
    for (size_t i = CCPI_ERROR_INVALID_REQUEST; i < TYPE_COUNT; i++)
        if (ccpi_span_is(name, types[i].name))
            return (ccpi_error_type)i;
    return CCPI_ERROR_NONE;
}

ccpi_error_type ccpi_error_type_for_status(int status)
{
    for (size_t i = CCPI_ERROR_INVALID_REQUEST; i < TYPE_COUNT; i++)
        if (status == types[i].status)
            return (ccpi_error_type)i;
    return status >= 400 && status < 500 ? CCPI_ERROR_INVALID_REQUEST : CCPI_ERROR_API;
}

ccp_status ccpi_error_body_write(ccpi_error_type type, ccpi_span message,
                                 const char *request_id, ccpi_buf *out)
{
    ccpi_buf_append_text(out, "{\"type\":\"error\",\"error\":{\"type\":");
    ccpi_json_quote(ccpi_span_of(ccpi_error_type_name(type)), out);
    ccpi_buf_append_text(out, ",\"message\":");
    ccpi_json_quote(message, out);
    ccpi_buf_append_text(out, "},\"request_id\":");
    ccpi_json_quote(ccpi_span_of(request_id), out);
    return ccpi_buf_append_char(out, '}');
}

ccp_status ccpi_error_event_write(ccpi_error_type type, ccpi_span message,
                                  const char *request_id, ccpi_buf *out)
{
    ccpi_buf_append_text(out, "event: error\ndata: ");
    ccpi_error_body_write(type, message, request_id, out);
    return ccpi_buf_append_text(out, "\n\n");
}

static ccp_status find_error(void *context, const ccpi_json_member *member)
{
    ccpi_span *found = context;

    if (member->type == CCPI_JSON_OBJECT && ccpi_json_key_is(member->key, "error"))
        *found = member->value;
    return CCP_OK;
}

typedef struct error_texts {
    ccpi_buf *type;
    ccpi_buf *message;
} error_texts;

static ccp_status read_text(void *context, const ccpi_json_member *member)
{
    error_texts *texts = context;
    ccpi_buf *out = NULL;

    if (ccpi_json_key_is(member->key, "type"))
        out = texts->type;
    else if (ccpi_json_key_is(member->key, "message"))
        out = texts->message;
    if (!out || member->type != CCPI_JSON_STRING)
        return CCP_OK;
    ccpi_buf_reset(out);
    return ccpi_json_decode(ccpi_json_inner(member->value), out);
}

ccp_status ccpi_error_body_read(ccpi_span body, ccpi_buf *type, ccpi_buf *message)
{
    error_texts texts = {type, message};
    ccpi_span error = {NULL, 0};

    ccpi_buf_reset(type);
    ccpi_buf_reset(message);
    if (ccpi_json_walk(body, find_error, &error, NULL) != CCP_OK || !error.data)
        return CCP_OK;
    return ccpi_json_walk(error, read_text, &texts, NULL);
}
