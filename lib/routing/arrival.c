#include "routing/arrival.h"

#include <stdio.h>

#include "base/fail.h"
#include "routing/reply.h"

#define KEY_HEADER "x-ccproxy-key"
#define PIECE ((size_t)64 * 1024) /* of a body whose length nobody said */
#define NO_ROOM (-3)              /* beside what read_body() returns */

static bool refuse(ccpi_exchange *x, ccpi_refusal refusal)
{
    refusal.closes = x->request->content_length != 0;
    ccpi_reply_refuse(x, &refusal);
    return false;
}

static bool refuse_for_memory(ccpi_exchange *x)
{
    return refuse(x, (ccpi_refusal){.status = 503,
                                    .type = CCPI_ERROR_OVERLOADED,
                                    .message = "The proxy is short of memory.",
                                    .retry_after_s = 5});
}

static bool copy_headers(ccpi_exchange *x)
{
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < x->request->header_count && status == CCP_OK; i++)
        status = ccpi_headers_add(&x->headers, ccpi_span_of(x->request->headers[i].name),
                                  ccpi_span_of(x->request->headers[i].value));
    if (status == CCP_OK)
        return true;
    if (status == CCP_NO_MEMORY)
        return refuse_for_memory(x);
    return refuse(x, (ccpi_refusal){.status = 400,
                                    .type = CCPI_ERROR_INVALID_REQUEST,
                                    .message = "The request's headers are not valid."});
}

/* The token of a credential header, if it is an access key; else empty. */
static ccpi_span key_in(const ccpi_headers *headers, const char *name)
{
    const char *value = ccpi_headers_get(headers, name);
    const char *mark;

    if (!value || !ccpi_holds_access_key(value))
        return (ccpi_span){NULL, 0};
    mark = strstr(value, "ak_"); /* Bearer has none in it */
    return ccpi_span_of(mark);
}

/* AK-8 */
static ccpi_span find_key(const ccpi_exchange *x)
{
    const char *own = ccpi_headers_get(&x->headers, KEY_HEADER);
    ccpi_span key;

    if (x->front.has_key)
        return x->front.key;
    if (own)
        return ccpi_span_of(own);
    key = key_in(&x->headers, "x-api-key");
    return key.len > 0 ? key : key_in(&x->headers, "authorization");
}

static ccpi_address address_of(const ccpi_exchange *x)
{
    return ccpi_address_of_client(x->request->peer_address,
                                  ccpi_headers_get(&x->headers, "x-forwarded-for"),
                                  &x->router->settings.trusted_proxies);
}

static void log_rejection(const ccpi_exchange *x, ccpi_span key,
                          const ccpi_address *address)
{
    char prefix[CCP_KEY_PREFIX_LEN + 1] = "malformed";
    char from[CCPI_ADDRESS_TEXT];
    ccpi_log_line line;

    /* What has not the form of a key may be any secret. */
    if (key.len == CCP_KEY_LEN && ccpi_span_starts(key, "ak_"))
        memcpy(prefix, key.data, CCP_KEY_PREFIX_LEN);
    ccpi_address_format(address, from);
    ccpi_log_start(&line, x->router->log, CCP_LOG_WARNING, "auth_rejected",
                   x->request_id);
    ccpi_log_text(&line, "access_key_prefix", prefix);
    ccpi_log_text(&line, "address", from);
    ccpi_log_end(&line);
}

/* AK-4: one text for all reasons; who guesses a lot is not even logged. */
static bool reject(ccpi_exchange *x, ccpi_span key)
{
    static const ccpi_refusal invalid = {
        .status = 403,
        .type = CCPI_ERROR_PERMISSION,
        .message = "This access key is not valid. Ask your administrator for a new one.",
        .forbids_retry = true};
    const ccpi_address address = address_of(x);

    if (ccpi_throttle_count(x->router->rejections, &address, ccpi_router_now(x->router)) >
        0) {
        x->is_unlogged = true;
        return refuse(x, (ccpi_refusal){.status = 429,
                                        .type = CCPI_ERROR_RATE_LIMIT,
                                        .message = "Too many requests with access keys "
                                                   "that are not valid.",
                                        .forbids_retry = true});
    }
    log_rejection(x, key, &address);
    return refuse(x, invalid);
}

static bool identify(ccpi_exchange *x)
{
    const ccpi_span key = find_key(x);

    if (!key.data)
        return refuse(
            x, (ccpi_refusal){.status = 401,
                              .type = CCPI_ERROR_AUTHENTICATION,
                              .message = "No access key was given. Put it into the base "
                                         "URL: https://HOST/ak/YOUR_KEY",
                              .forbids_retry = true});
    switch (ccpi_identities_find(x->router->identities, key, &x->who)) {
    case CCPI_WHO_ACCEPTED:
        x->is_known = true;
        ccpi_identities_note_use(x->router->identities, &x->who.key.id);
        return true;
    case CCPI_WHO_REJECTED: return reject(x, key);
    default:
        return refuse(
            x, (ccpi_refusal){.status = 503,
                              .type = CCPI_ERROR_API,
                              .message = "Access keys can't be checked at the moment.",
                              .retry_after_s = 5});
    }
}

static bool take_key_slot(ccpi_exchange *x)
{
    ccp_status status = ccpi_slots_take_of_key(x->router->slots, &x->who.key.id);

    x->holds_key_slot = status == CCP_OK;
    if (status == CCP_OK)
        return true;
    if (status == CCP_NO_MEMORY)
        return refuse_for_memory(x);
    if (status == CCP_UNAVAILABLE)
        return refuse(x, (ccpi_refusal){.status = 503,
                                        .type = CCPI_ERROR_OVERLOADED,
                                        .message = "The proxy is shutting down.",
                                        .retry_after_s = 5});
    return refuse(x, (ccpi_refusal){.status = 429,
                                    .type = CCPI_ERROR_RATE_LIMIT,
                                    .message = "Too many requests at a time with this "
                                               "access key.",
                                    .retry_after_s = 5});
}

static bool refuse_size(ccpi_exchange *x)
{
    char message[96];

    snprintf(message, sizeof(message), "The request is larger than %zu bytes.",
             x->router->settings.max_body_bytes);
    return refuse(
        x,
        (ccpi_refusal){.status = 413, .type = CCPI_ERROR_TOO_LARGE, .message = message});
}

static bool refuse_slow(ccpi_exchange *x)
{
    if (x->sink->is_gone(x->sink->self)) {
        ccpi_reply_abandon(x);
        return false;
    }
    return refuse(x, (ccpi_refusal){.status = 408,
                                    .type = CCPI_ERROR_INVALID_REQUEST,
                                    .message = "The request's body came too slowly or "
                                               "not at all."});
}

static bool refuse_malformed(ccpi_exchange *x)
{
    return refuse(x, (ccpi_refusal){.status = 400,
                                    .type = CCPI_ERROR_INVALID_REQUEST,
                                    .message = "The chunks of the request's body are not "
                                               "valid. Chunk extensions are not taken."});
}

/*
 * Reads what comes next. Bytes count against the memory that all requests share
 * once they are here: an announced length is only address space until then.
 */
static ssize_t read_piece(ccpi_exchange *x, size_t most)
{
    const ccp_request *request = x->request;
    const size_t size = most < PIECE || request->content_length > 0 ? most : PIECE;
    char *room = ccpi_buf_room(&x->body, size);
    ssize_t got;

    if (!room)
        return NO_ROOM;
    got = request->read_body(request->self, room, size);
    if (got <= 0)
        return got;
    if (!ccpi_quota_take(&x->router->memory, (size_t)got))
        return NO_ROOM;
    x->taken += (size_t)got;
    ccpi_buf_grow(&x->body, (size_t)got);
    return got;
}

static bool read_body(ccpi_exchange *x)
{
    const int64_t announced = x->request->content_length;
    const size_t most = x->router->settings.max_body_bytes;
    /* One byte more than is allowed shows that a body is too long. */
    const size_t wanted = announced >= 0 ? (size_t)announced : most + 1;
    ssize_t got = 1;

    if (wanted > most && announced >= 0)
        return refuse_size(x);
    x->body.limit = wanted;
    if (announced > 0 &&
        ccpi_spares_make_room(&x->router->bodies, &x->body, wanted) != CCP_OK)
        return refuse_for_memory(x);
    while (x->body.len < wanted && got > 0)
        got = read_piece(x, wanted - x->body.len);

    if (got == NO_ROOM)
        return refuse_for_memory(x);
    if (got == CCP_BODY_MALFORMED)
        return refuse_malformed(x);
    if (got < 0 || (announced > 0 && x->body.len < wanted))
        return refuse_slow(x);
    return x->body.len <= most || refuse_size(x);
}

static bool look_at_body(ccpi_exchange *x)
{
    ccp_error error = {CCP_OK, ""};

    if (ccpi_look_at(ccpi_buf_span(&x->body), &x->look, &error) == CCP_OK)
        return true;
    if (ccpi_headers_get(&x->headers, "content-encoding"))
        ccpi_fail(&error, CCP_INVALID,
                  "The body is no JSON as it came: send it without a content-encoding.");
    ccpi_reply_refuse(x, &(ccpi_refusal){.status = 400,
                                         .type = CCPI_ERROR_INVALID_REQUEST,
                                         .message = error.message});
    return false;
}

bool ccpi_arrival_take(ccpi_exchange *x)
{
    /* What the owner has used is told while all of the key's slots are taken too. */
    const bool wants_usage = x->front.target == CCPI_TARGET_USAGE;

    if (!copy_headers(x) || !identify(x) || (!wants_usage && !take_key_slot(x)))
        return false;
    if (wants_usage || x->front.target == CCPI_TARGET_MODELS) {
        x->received_us = ccpi_router_now(x->router);
        return true;
    }
    if (!read_body(x))
        return false;
    x->received_us = ccpi_router_now(x->router);
    return look_at_body(x);
}
