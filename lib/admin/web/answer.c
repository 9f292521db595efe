/* What a call's client gets: an answer, or an error in the form of AD-1. */
#include <stdlib.h>

#include "admin/objects.h"
#include "admin/web/api.h"
#include "admin/web/call.h"
#include "base/cleanup.h"

#define JSON "application/json"
#define MAX_HEADERS 24

typedef struct code_row {
    const char *name;
    int status;
} code_row;

static const code_row codes[CCPI_CODES] = {
    [CCPI_CODE_VALIDATION_ERROR] = {"VALIDATION_ERROR", 400},
    [CCPI_CODE_NO_ACCESS_KEYS] = {"NO_ACCESS_KEYS", 400},
    [CCPI_CODE_MISSING_BEDROCK_KEYS] = {"MISSING_BEDROCK_KEYS", 400},
    [CCPI_CODE_UNAUTHORIZED] = {"UNAUTHORIZED", 401},
    [CCPI_CODE_FORBIDDEN] = {"FORBIDDEN", 403},
    [CCPI_CODE_NOT_FOUND] = {"NOT_FOUND", 404},
    [CCPI_CODE_METHOD_NOT_ALLOWED] = {"METHOD_NOT_ALLOWED", 405},
    [CCPI_CODE_CONFLICT] = {"CONFLICT", 409},
    [CCPI_CODE_INVALID_STATE] = {"INVALID_STATE", 409},
    [CCPI_CODE_KEY_LIMIT_REACHED] = {"KEY_LIMIT_REACHED", 409},
    [CCPI_CODE_TOO_LARGE] = {"TOO_LARGE", 413},
    [CCPI_CODE_RATE_LIMITED] = {"RATE_LIMITED", 429},
    [CCPI_CODE_INTERNAL] = {"INTERNAL", 500},
    [CCPI_CODE_UNAVAILABLE] = {"UNAVAILABLE", 503},
};

/* What a failure is to the client; the message tells of the client's own input, or not.
 */
typedef struct failure_row {
    ccpi_code code;
    const char *message; /* NULL: the failure's own */
} failure_row;

static const failure_row failures[] = {
    [CCP_INVALID] = {CCPI_CODE_VALIDATION_ERROR, NULL},
    [CCP_NOT_FOUND] = {CCPI_CODE_NOT_FOUND, NULL},
    [CCP_DENIED] = {CCPI_CODE_FORBIDDEN, NULL},
    [CCP_CONFLICT] = {CCPI_CODE_INVALID_STATE, NULL},
    [CCP_LIMIT] = {CCPI_CODE_KEY_LIMIT_REACHED, NULL},
    [CCP_TIMEOUT] = {CCPI_CODE_UNAVAILABLE, "the database did not answer in time"},
    [CCP_UNAVAILABLE] = {CCPI_CODE_UNAVAILABLE, "the database can't be reached"},
    [CCP_PROTOCOL] = {CCPI_CODE_INTERNAL, "something went wrong; the log says what"},
    [CCP_NO_MEMORY] = {CCPI_CODE_UNAVAILABLE, "the proxy is short of memory"},
    [CCP_INTERNAL] = {CCPI_CODE_INTERNAL, "something went wrong; the log says what"},
};

static void log_failure(const ccpi_api_call *call, ccp_status status)
{
    ccpi_log_line line;

    ccpi_log_start(&line, call->api->router->log, CCP_LOG_ERROR, "admin_failed",
                   call->request_id);
    ccpi_log_text(&line, "method", call->request->method);
    ccpi_log_text(&line, "path", call->request->path);
    ccpi_log_text(&line, "status", ccp_status_name(status));
    ccpi_log_text(&line, "cause",
                  call->error.status == status ? call->error.message : NULL);
    ccpi_log_end(&line);
}

static void make_error(ccpi_api_call *call, ccp_status status)
{
    const failure_row *failure = &failures[status];
    const ccpi_code code = call->refusal ? call->refusal : failure->code;
    const char *message = call->error.message;

    if (!call->refusal && failure->message) {
        log_failure(call, status);
        message = failure->message;
    }
    json_decref(call->answer);
    ccpi_buf_reset(&call->text);
    call->type = NULL;
    call->status = codes[code].status;
    call->answer = json_pack("{s:{s:s, s:s}, s:s}", "error", "code", codes[code].name,
                             "message", message, "request_id", call->request_id);
}

/* SE-8 */
static ccp_status add_guards(ccpi_api_call *call)
{
    static const char *const guards[][2] = {
        {"content-security-policy", "default-src 'none'; frame-ancestors 'none'"},
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"cache-control", "no-store"},
        {"x-ccproxy-provider", "none"},
    };
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < sizeof(guards) / sizeof(*guards) && status == CCP_OK; i++)
        status = ccpi_api_call_add_header(call, guards[i][0], guards[i][1]);
    if (status == CCP_OK && call->is_secure)
        status = ccpi_api_call_add_header(call, "strict-transport-security",
                                          "max-age=31536000");
    if (status == CCP_OK)
        status = ccpi_api_call_add_header(call, "x-ccproxy-request-id", call->request_id);
    return status;
}

static bool send_head(const ccpi_api_call *call, int64_t len)
{
    const ccp_sink *sink = call->sink;
    const bool leaves_body = call->request->content_length != 0 && !call->body_was_read;
    ccp_header fields[MAX_HEADERS];
    size_t count = 0;

    for (; count < call->extra.count && count < MAX_HEADERS; count++)
        fields[count] =
            (ccp_header){call->extra.fields[count].name, call->extra.fields[count].value};
    return sink->head(sink->self, &(ccp_response_head){.status = call->status,
                                                       .headers = fields,
                                                       .header_count = count,
                                                       .content_length = len,
                                                       .close = leaves_body}) == CCP_OK;
}

static bool is_head(const ccpi_api_call *call)
{
    return strcmp(call->request->method, "HEAD") == 0;
}

ccp_status ccpi_api_call_begin(ccpi_api_call *call, const char *type)
{
    ccp_status status = ccpi_api_call_add_header(call, "content-type", type);

    if (status == CCP_OK)
        status = add_guards(call);
    if (status != CCP_OK)
        return status;
    call->status = 200;
    call->has_begun = true;
    return send_head(call, -1) ? CCP_OK : CCP_UNAVAILABLE;
}

ccp_status ccpi_api_call_push(ccpi_api_call *call, ccpi_span bytes)
{
    const ccp_sink *sink = call->sink;

    if (bytes.len == 0 || is_head(call))
        return CCP_OK;
    return sink->write(sink->self, bytes.data, bytes.len) == CCP_OK ? CCP_OK
                                                                    : CCP_UNAVAILABLE;
}

static void finish(const ccpi_api_call *call, ccp_status status)
{
    const ccp_sink *sink = call->sink;

    if (status != CCP_OK || sink->end(sink->self) != CCP_OK)
        sink->must_close(sink->self);
}

static void send(ccpi_api_call *call, ccpi_span body)
{
    const ccp_sink *sink = call->sink;
    const char *type = call->type ? call->type : JSON;

    if ((body.len > 0 &&
         ccpi_api_call_add_header(call, "content-type", type) != CCP_OK) ||
        add_guards(call) != CCP_OK || !send_head(call, (int64_t)body.len) ||
        (body.len > 0 && !is_head(call) &&
         sink->write(sink->self, body.data, body.len) != CCP_OK) ||
        sink->end(sink->self) != CCP_OK)
        sink->must_close(sink->self);
}

void ccpi_api_call_send(ccpi_api_call *call, ccp_status status)
{
    char *text = NULL;

    if (call->has_begun) {
        finish(call, status);
        return;
    }
    if (status != CCP_OK)
        make_error(call, status);
    if (call->answer)
        text = json_dumps(call->answer, CCPI_OBJECT_FLAGS);
    if (text)
        send(call, ccpi_span_of(text));
    else if (status == CCP_OK && !call->answer)
        send(call, ccpi_buf_span(&call->text));
    else
        call->sink->must_close(call->sink->self);
    free(text);
}
