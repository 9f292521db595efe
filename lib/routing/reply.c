#include "routing/reply.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "routing/account.h"

/* How long a client may take nothing of an answer's end before it counts as gone. */
#define STALL_MS 60000
#define LAST_STALL_MS 5000 /* while the proxy is about to end */
#define MAX_ERROR_BODY ((size_t)128 * 1024)
#define MAX_ERROR_TYPE 256

#define JSON "application/json"

/* ---- heads ---- */

static ccp_status set(ccpi_headers *headers, const char *name, const char *value)
{
    return value ? ccpi_headers_set(headers, name, value) : CCP_OK;
}

static bool is_from_bedrock(const ccpi_exchange *x)
{
    return x->provider == x->router->bedrock.name;
}

static bool is_secure(const ccpi_exchange *x)
{
    const ccpi_router_settings *settings = &x->router->settings;

    return settings->is_https ||
           ccpi_address_tells_https(x->request->peer_address,
                                    ccpi_headers_get(&x->headers, "x-forwarded-proto"),
                                    &settings->trusted_proxies);
}

/* PX-4 and what else says how the answer came about. */
static ccp_status add_own(const ccpi_exchange *x, ccpi_headers *headers)
{
    const char *model =
        is_from_bedrock(x) && x->model.is_substituted ? x->model.id : NULL;
    ccp_status status = set(headers, "x-ccproxy-request-id", x->request_id);

    if (status == CCP_OK)
        status = set(headers, "x-ccproxy-provider", x->provider ? x->provider : "none");
    if (status == CCP_OK)
        status = set(headers, "x-ccproxy-fallback", x->fallback);
    if (status == CCP_OK)
        status = set(headers, "x-ccproxy-fallback-error", x->fallback_error);
    if (status == CCP_OK)
        status = set(headers, "x-ccproxy-token-count", x->token_count);
    if (status == CCP_OK)
        status = set(headers, "x-ccproxy-model", model);
    if (status == CCP_OK && x->front.target == CCPI_TARGET_USAGE)
        status = ccpi_head_guard(is_secure(x), headers);
    if (status == CCP_OK && x->front.allows_cors)
        status = ccpi_head_allow_origin(&x->router->settings.origins,
                                        ccpi_headers_get(&x->headers, "origin"), headers);
    return status;
}

/* Whether what the client gets of the attempt are events. */
static bool is_stream(const ccpi_exchange *x, const ccpi_attempt *attempt)
{
    return x->front.target == CCPI_TARGET_MESSAGES && x->look.is_stream &&
           (attempt->result.ending == CCPI_ENDED_WELL ||
            attempt->result.ending == CCPI_ENDED_BY_EVENT);
}

ccp_status ccpi_reply_head(ccpi_exchange *x, const ccpi_attempt *attempt,
                           const ccpi_headers *upstream, ccpi_headers *client)
{
    const bool is_plan = attempt->provider == &x->router->plan;
    ccp_status status = is_plan ? ccpi_head_relay(upstream, client)
                                : ccpi_headers_set(client, "content-type", JSON);

    if (status == CCP_OK && is_stream(x, attempt))
        status = ccpi_head_make_stream(client);
    return status == CCP_OK ? add_own(x, client) : status;
}

/* ---- sending ---- */

static void note_first_byte(ccpi_exchange *x)
{
    if (x->first_byte_us == 0)
        x->first_byte_us = ccpi_router_now(x->router);
}

/* The answer's end. A client that has gone by now is nobody's fault. */
static void finish(ccpi_exchange *x)
{
    const bool ends_soon = atomic_load(&x->router->is_draining);

    if (ccpi_outlet_finish(x->outlet, ends_soon ? LAST_STALL_MS : STALL_MS) != CCP_OK)
        x->client_left = true;
}

/* length -1: in chunks, as streams go (PX-8), even one that is all there. */
static void send_body(ccpi_exchange *x, const ccpi_headers *headers, ccpi_span body,
                      int64_t length)
{
    if (ccpi_outlet_head(x->outlet, x->http_status, headers, length) != CCP_OK ||
        ccpi_outlet_write(x->outlet, body) != CCP_OK) {
        ccpi_outlet_break(x->outlet);
        return;
    }
    finish(x);
}

static void send_whole(ccpi_exchange *x, const ccpi_headers *headers, ccpi_span body)
{
    send_body(x, headers, body, (int64_t)body.len);
}

/* ---- refusals ---- */

const ccpi_refusal ccpi_refusal_no_credential = {
    .status = 401,
    .type = CCPI_ERROR_AUTHENTICATION,
    .message = "The request has no credential for the Anthropic API.",
    .forbids_retry = true};

const ccpi_refusal ccpi_refusal_shared_key = {
    .status = 503,
    .type = CCPI_ERROR_API,
    .message = "The Anthropic API refused the key of this proxy. Ask your administrator.",
    .forbids_retry = true};

static ccp_status set_number(ccpi_headers *headers, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    return ccpi_headers_set(headers, name, text);
}

static ccp_status write_refusal_head(const ccpi_exchange *x, const ccpi_refusal *refusal,
                                     ccpi_headers *headers)
{
    ccp_status status = ccpi_headers_set(headers, "content-type", JSON);

    if (status == CCP_OK && refusal->retry_after_s > 0)
        status = set_number(headers, "retry-after", refusal->retry_after_s);
    if (status == CCP_OK && refusal->forbids_retry)
        status = ccpi_headers_set(headers, "x-should-retry", "false");
    if (status == CCP_OK)
        status = set(headers, "allow", refusal->allow);
    return status == CCP_OK ? add_own(x, headers) : status;
}

void ccpi_reply_refuse(ccpi_exchange *x, const ccpi_refusal *refusal)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = MAX_ERROR_BODY};

    x->http_status = refusal->status;
    x->error_type = refusal->type;
    if (refusal->closes)
        ccpi_outlet_close_after(x->outlet);
    if (write_refusal_head(x, refusal, &headers) != CCP_OK ||
        ccpi_error_body_write(refusal->type, ccpi_span_of(refusal->message),
                              x->request_id, &body) != CCP_OK) {
        ccpi_account_record(x, CCP_USAGE_ERROR);
        ccpi_outlet_break(x->outlet);
        return;
    }
    note_first_byte(x);
    ccpi_account_record(x, CCP_USAGE_ERROR);
    send_whole(x, &headers, ccpi_buf_span(&body));
}

void ccpi_reply_plain(ccpi_exchange *x, int status, ccpi_span json)
{
    ccpi_reply_text(x, status, JSON, json);
}

void ccpi_reply_text(ccpi_exchange *x, int status, const char *type, ccpi_span body)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    /* HEAD gets what GET would, but for the body. */
    const bool is_head = strcmp(x->request->method, "HEAD") == 0;

    x->http_status = status;
    if (ccpi_headers_set(&headers, "content-type", type) != CCP_OK ||
        add_own(x, &headers) != CCP_OK) {
        ccpi_outlet_break(x->outlet);
        return;
    }
    note_first_byte(x);
    send_whole(x, &headers, is_head ? (ccpi_span){NULL, 0} : body);
}

void ccpi_reply_empty(ccpi_exchange *x, int status, const ccpi_headers *further)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    ccp_status result = add_own(x, &headers);

    for (size_t i = 0; further && i < further->count && result == CCP_OK; i++)
        result = ccpi_headers_add(&headers, ccpi_span_of(further->fields[i].name),
                                  ccpi_span_of(further->fields[i].value));
    x->http_status = status;
    if (result == CCP_OK)
        send_whole(x, &headers, (ccpi_span){NULL, 0});
    else
        ccpi_outlet_break(x->outlet);
}

/* ---- an upstream's answer ---- */

static ccpi_error_type error_type_of(const ccpi_attempt *attempt)
{
    const ccpi_transfer_result *result = &attempt->result;
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf type = {.limit = MAX_ERROR_TYPE};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf message = {.limit = MAX_ERROR_BODY};
    ccpi_error_type found;

    if (result->ending == CCPI_ENDED_BY_EVENT)
        return result->event_error;
    ccpi_error_body_read(ccpi_buf_span(&result->body), &type, &message);
    found = ccpi_error_type_of(ccpi_buf_span(&type));
    return found != CCPI_ERROR_NONE ? found : ccpi_error_type_for_status(result->status);
}

void ccpi_reply_held(ccpi_exchange *x, ccpi_attempt *attempt)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    const bool is_success = attempt->kind == CCPI_CLASS_NONE;

    x->provider = attempt->provider->name;
    x->http_status = attempt->result.status;
    if (!is_success)
        x->error_type = error_type_of(attempt);
    note_first_byte(x);
    ccpi_account_record(x, is_success ? CCP_USAGE_COMPLETE : CCP_USAGE_ERROR);
    if (ccpi_reply_head(x, attempt, &attempt->result.headers, &headers) != CCP_OK) {
        ccpi_outlet_break(x->outlet);
        return;
    }
    send_body(x, &headers, ccpi_buf_span(&attempt->result.body),
              is_stream(x, attempt) ? -1 : (int64_t)attempt->result.body.len);
}

/* RT-6: what a stream that broke is ended with. */
static ccp_status append_error(const ccpi_exchange *x, ccpi_transfer_result *result)
{
    static const char broken[] = "The upstream's answer broke off.";
    static const char stopping[] = "The proxy is shutting down.";
    const bool stops = result->ending == CCPI_ENDED_BY_SHUTDOWN;

    return ccpi_error_event_write(stops ? CCPI_ERROR_OVERLOADED : CCPI_ERROR_API,
                                  ccpi_span_of(stops ? stopping : broken), x->request_id,
                                  &result->body);
}

void ccpi_reply_rest(ccpi_exchange *x, ccpi_attempt *attempt)
{
    ccpi_transfer_result *result = &attempt->result;
    const bool is_whole = result->ending == CCPI_ENDED_WELL;
    bool can_end = true;

    if (!is_whole)
        x->error_type = result->event_error ? result->event_error : CCPI_ERROR_API;
    ccpi_account_record(x, is_whole ? CCP_USAGE_COMPLETE : CCP_USAGE_INCOMPLETE);
    if (!is_whole && result->ending != CCPI_ENDED_BY_EVENT)
        can_end = x->look.is_stream && !result->is_mid_event &&
                  append_error(x, result) == CCP_OK;
    if (ccpi_outlet_write(x->outlet, ccpi_buf_span(&result->body)) != CCP_OK || !can_end)
        ccpi_outlet_break(x->outlet);
    else
        finish(x);
}

void ccpi_reply_abandon(ccpi_exchange *x)
{
    x->client_left = true;
    ccpi_account_record(x, CCP_USAGE_ABORTED);
    ccpi_outlet_break(x->outlet);
}
