#include "admin/web/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/objects.h"
#include "admin/web/api.h"
#include "base/cleanup.h"
#include "base/fail.h"

/* The largest request is one that describes a mapping: 1024 characters, escaped. */
#define MAX_BODY ((size_t)64 * 1024)
#define PIECE ((size_t)4096)

/* What stands in bodies and nowhere else. */
static const char *const secrets[] = {"password", "bedrock_api_key"};

/* ---- the request's facts ---- */

static ccp_status copy_headers(ccpi_api_call *call)
{
    const ccp_request *request = call->request;
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < request->header_count && status == CCP_OK; i++)
        status = ccpi_headers_add(&call->headers, ccpi_span_of(request->headers[i].name),
                                  ccpi_span_of(request->headers[i].value));
    if (status == CCP_INVALID || status == CCP_LIMIT)
        return ccpi_fail(&call->error, CCP_INVALID, "the headers are not valid");
    return status;
}

/* Whether the peer is one of ours, whose word on the user's side counts. */
static bool find_secure(const ccpi_api_call *call)
{
    const ccpi_router_settings *settings = &call->api->router->settings;

    return settings->is_https ||
           ccpi_address_tells_https(call->request->peer_address,
                                    ccpi_api_call_header(call, "x-forwarded-proto"),
                                    &settings->trusted_proxies);
}

ccp_status ccpi_api_call_open(ccpi_api_call *call, ccpi_api *api,
                              const ccp_request *request, const ccp_sink *sink)
{
    ccp_status status;

    *call = (ccpi_api_call){.api = api, .request = request, .sink = sink};
    status =
        ccpi_request_id_make(api->router->clock, api->router->random, call->request_id);
    if (status != CCP_OK)
        return ccpi_fail(&call->error, status, "no random bytes for a request's id");
    status = copy_headers(call);
    call->address = ccpi_address_of_client(request->peer_address,
                                           ccpi_api_call_header(call, "x-forwarded-for"),
                                           &api->router->settings.trusted_proxies);
    ccpi_address_format(&call->address, call->address_text);
    call->is_secure = find_secure(call);
    return status;
}

void ccpi_api_call_close(ccpi_api_call *call)
{
    ccpi_headers_clear(&call->headers);
    ccpi_headers_clear(&call->extra);
    ccpi_buf_wipe(&call->text);
    free(call->detail);
    json_decref(call->body);
    json_decref(call->answer);
}

int64_t ccpi_api_call_now(const ccpi_api_call *call)
{
    const ccp_clock *clock = call->api->router->clock;

    return clock->unix_us(clock->self);
}

const char *ccpi_api_call_header(const ccpi_api_call *call, const char *name)
{
    return ccpi_headers_get(&call->headers, name);
}

/* ---- the body ---- */

static ccp_status read_piece(ccpi_api_call *call, ccpi_buf *body, ssize_t *got)
{
    const ccp_request *request = call->request;
    char *room = ccpi_buf_room(body, PIECE);

    if (!room)
        return CCP_NO_MEMORY;
    *got = request->read_body(request->self, room, PIECE);
    if (*got == CCP_BODY_MALFORMED)
        return ccpi_fail(&call->error, CCP_INVALID, "the body's chunks are not valid");
    if (*got < 0)
        return ccpi_fail(&call->error, CCP_INVALID,
                         "the body came not at all or too slowly");
    ccpi_buf_grow(body, (size_t)*got);
    return CCP_OK;
}

static ccp_status read_text(ccpi_api_call *call, ccpi_buf *body)
{
    ccp_status status = CCP_OK;
    ssize_t got = 1;

    if (call->request->content_length > (int64_t)MAX_BODY)
        return ccpi_api_call_refuse(call, CCPI_CODE_TOO_LARGE,
                                    "a body has at most %zu bytes", MAX_BODY);
    while (got > 0 && body->len <= MAX_BODY && status == CCP_OK)
        status = read_piece(call, body, &got);
    if (status != CCP_OK)
        return status;
    if (body->len > MAX_BODY)
        return ccpi_api_call_refuse(call, CCPI_CODE_TOO_LARGE,
                                    "a body has at most %zu bytes", MAX_BODY);
    call->body_was_read = true;
    return CCP_OK;
}

/* What was asked for, as the audit log may know it. */
static ccp_status keep_detail(ccpi_api_call *call)
{
    json_t *shown = json_copy(call->body);

    if (!shown)
        return CCP_NO_MEMORY;
    for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
        json_object_del(shown, secrets[i]);
    if (json_object_size(shown) > 0)
        call->detail = json_dumps(shown, CCPI_OBJECT_FLAGS);
    json_decref(shown);
    return CCP_OK;
}

ccp_status ccpi_api_call_read_body(ccpi_api_call *call)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf body = {.limit = MAX_BODY + PIECE};
    json_error_t mistake;
    ccp_status status = read_text(call, &body);

    if (status != CCP_OK || body.len == 0)
        return status;
    call->body = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, &mistake);
    if (!call->body &&
        (!mistake.text[0] || json_error_code(&mistake) == json_error_out_of_memory))
        return CCP_NO_MEMORY;
    if (!call->body)
        return ccpi_fail(&call->error, CCP_INVALID,
                         "the body is not valid JSON (line %d, column %d)", mistake.line,
                         mistake.column);
    if (!json_is_object(call->body))
        return ccpi_fail(&call->error, CCP_INVALID, "the body must be a JSON object");
    return keep_detail(call);
}

/* ---- answers ---- */

ccp_status ccpi_api_call_answer(ccpi_api_call *call, int status, json_t *object)
{
    if (!object)
        return CCP_NO_MEMORY;
    call->status = status;
    call->answer = object;
    return CCP_OK;
}

ccp_status ccpi_api_call_answer_nothing(ccpi_api_call *call)
{
    call->status = 204;
    return CCP_OK;
}

ccp_status ccpi_api_call_add_header(ccpi_api_call *call, const char *name,
                                    const char *value)
{
    return ccpi_headers_set(&call->extra, name, value);
}

ccp_status ccpi_api_call_add_number(ccpi_api_call *call, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    return ccpi_api_call_add_header(call, name, text);
}

ccp_status ccpi_api_call_refuse(ccpi_api_call *call, ccpi_code code, const char *format,
                                ...)
{
    va_list arguments;

    call->refusal = code;
    call->error.status = CCP_INVALID;
    va_start(arguments, format);
    vsnprintf(call->error.message, sizeof(call->error.message), format, arguments);
    va_end(arguments);
    return CCP_INVALID;
}
