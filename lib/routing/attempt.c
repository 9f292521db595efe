#include "routing/attempt.h"

#include "base/cleanup.h"
#include "routing/account.h"
#include "routing/reply.h"

#define US_PER_S INT64_C(1000000)

/* What our own failures look like; a JSON body of the Anthropic API. */
static const char forced_limit[] =
    "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":"
    "\"force_rate_limit is on.\"}}";

/* ---- what an ending means ---- */

typedef struct ending_rule {
    ccpi_ending ending;
    ccpi_error_type event; /* of CCPI_ENDED_BY_EVENT */
    ccpi_class of_plan;
    ccpi_class of_bedrock;
} ending_rule;

/* RT-3, BR-11, BR-12. The last rule is for all that is not named. */
static const ending_rule ending_rules[] = {
    {CCPI_ENDED_WELL, CCPI_ERROR_NONE, CCPI_CLASS_NONE, CCPI_CLASS_NONE},
    {CCPI_ENDED_MALFORMED, CCPI_ERROR_NONE, CCPI_CLASS_SERVER_ERROR,
     CCPI_CLASS_BEDROCK_UNAVAILABLE},
    {CCPI_ENDED_BY_NETWORK, CCPI_ERROR_NONE, CCPI_CLASS_NETWORK_ERROR,
     CCPI_CLASS_BEDROCK_UNAVAILABLE},
    {CCPI_ENDED_BY_TIMEOUT, CCPI_ERROR_NONE, CCPI_CLASS_TIMEOUT,
     CCPI_CLASS_BEDROCK_TIMEOUT},
    {CCPI_ENDED_BY_EVENT, CCPI_ERROR_OVERLOADED, CCPI_CLASS_SERVER_ERROR,
     CCPI_CLASS_BEDROCK_UNAVAILABLE},
    {CCPI_ENDED_BY_EVENT, CCPI_ERROR_API, CCPI_CLASS_SERVER_ERROR,
     CCPI_CLASS_BEDROCK_UNAVAILABLE},
    {CCPI_ENDED_BY_EVENT, CCPI_ERROR_RATE_LIMIT, CCPI_CLASS_RATE_LIMIT,
     CCPI_CLASS_BEDROCK_QUOTA},
    {CCPI_ENDED_BY_EVENT, CCPI_ERROR_TIMEOUT, CCPI_CLASS_TIMEOUT,
     CCPI_CLASS_BEDROCK_TIMEOUT},
    {CCPI_ENDED_BY_EVENT, CCPI_ERROR_NONE, CCPI_CLASS_CLIENT_ERROR,
     CCPI_CLASS_BEDROCK_VALIDATION},
};

static const ending_rule *rule_of(ccpi_ending ending, ccpi_error_type event)
{
    const size_t last = sizeof(ending_rules) / sizeof(*ending_rules) - 1;
    size_t i = 0;

    while (i < last &&
           (ending_rules[i].ending != ending ||
            (ending == CCPI_ENDED_BY_EVENT && ending_rules[i].event != event)))
        i++;
    return &ending_rules[i];
}

static ccpi_class class_of(const ccpi_exchange *x, const ccpi_attempt *attempt)
{
    const ccpi_transfer_result *result = &attempt->result;
    const ccpi_provider *provider = attempt->provider;
    const ending_rule *rule;

    if (result->ending == CCPI_ENDED_BY_STATUS)
        return provider->classify(provider->self, result->status, &result->headers,
                                  ccpi_buf_span(&result->body));
    if (result->ending == CCPI_ENDED_BY_EVENT && result->failed_as != 0)
        return (ccpi_class)result->failed_as;
    rule = rule_of(result->ending, result->event_error);
    return provider == &x->router->plan ? rule->of_plan : rule->of_bedrock;
}

bool ccpi_attempt_has_answer(const ccpi_attempt *attempt)
{
    switch (attempt->result.ending) {
    case CCPI_ENDED_WELL:
    case CCPI_ENDED_BY_STATUS:
    case CCPI_ENDED_BY_EVENT: return attempt->result.status != 0;
    /* Without its body it would pass for a success that says nothing. */
    case CCPI_ENDED_MALFORMED:
        return attempt->result.status != 0 &&
               (attempt->result.body.len > 0 || !attempt->result.body_is_cut);
    default: return false;
    }
}

/* ---- hooks of the transfer, in the engine's thread ---- */

/* OB-6 */
static void note_window(const ccpi_attempt *attempt, const ccpi_headers *answer)
{
    const ccpi_router *router = attempt->exchange->router;

    if (attempt->provider == &router->plan)
        ccpi_plan_windows_note(router->windows, &attempt->exchange->who.key, answer,
                               router->clock->unix_us(router->clock->self));
}

static ccp_status on_head(void *self, int status, const ccpi_headers *upstream,
                          ccpi_headers *client)
{
    ccpi_attempt *attempt = self;
    ccpi_exchange *x = attempt->exchange;

    note_window(attempt, upstream);
    x->http_status = status;
    x->first_byte_us = ccpi_router_now(x->router);
    if (x->has_pass && attempt->provider == &x->router->plan) {
        /* RT-11: at the commit point a stream has succeeded. */
        const ccpi_report success = {.verdict = CCPI_VERDICT_SUCCESS};

        x->has_pass = false;
        x->change = ccpi_breaker_report(x->router->breaker, &x->who.key.id, &x->pass,
                                        &success, x->first_byte_us);
    }
    return ccpi_reply_head(x, attempt, upstream, client);
}

/*
 * Once the Plan's stream flows nobody else is asked. What the request would be needed
 * for, an estimate of its tokens, the stream has told already.
 */
static void on_body_is_over(void *self)
{
    ccpi_attempt *attempt = self;
    ccpi_exchange *x = attempt->exchange;

    if (attempt->provider != &x->router->plan || !attempt->meter.saw_start)
        return;
    ccpi_spares_take(&x->router->bodies, &x->body);
    x->look.body = (ccpi_span){NULL, 0};
    x->look.member_count = 0;
    ccpi_quota_give(&x->router->memory, x->taken);
    x->taken = 0;
}

static bool on_wants(void *self, ccpi_span name)
{
    ccpi_attempt *attempt = self;

    return ccpi_span_is(name, "error") || ccpi_meter_wants(&attempt->meter, name);
}

static void on_event(void *self, const ccpi_sse_event *event)
{
    ccpi_attempt *attempt = self;

    ccpi_meter_event(&attempt->meter, event);
    if (attempt->meter.saw_start && attempt->started_message_us == 0)
        attempt->started_message_us = ccpi_router_now(attempt->exchange->router);
    if (ccpi_span_is(event->name, "error"))
        ccpi_buf_append_span(&attempt->error_event, event->data);
}

static void on_body(void *self, ccpi_span bytes)
{
    ccpi_attempt *attempt = self;

    ccpi_buf_append_span(&attempt->seen, bytes);
}

/* ---- one try ---- */

static ccpi_timeouts timeouts_for(const ccpi_exchange *x, bool has_successor)
{
    ccpi_timeouts timeouts = x->router->settings.timeouts;

    /* PL-6: a stream may take as long as it likes, but for the wait for its start. */
    if (x->look.is_stream)
        timeouts.total_ms = 0;
    if (!x->look.is_stream || !has_successor)
        timeouts.first_byte_ms = 0;
    return timeouts;
}

static void note_wait(ccpi_exchange *x, const ccpi_transfer_result *result)
{
    const int64_t end_us = result->committed_us ? result->committed_us : result->ended_us;

    if (result->submitted_us > 0 && end_us > result->submitted_us)
        x->waited_us += end_us - result->submitted_us;
}

static ccpi_attempt_end end_of(const ccpi_attempt *attempt)
{
    switch (attempt->result.ending) {
    case CCPI_ENDED_BY_CLIENT: return CCPI_ATTEMPT_LEFT;
    case CCPI_ENDED_BY_SHUTDOWN:
    case CCPI_ENDED_BY_MEMORY:
        return attempt->result.is_committed ? CCPI_ATTEMPT_STARTED : CCPI_ATTEMPT_STOPPED;
    default:
        return attempt->result.is_committed ? CCPI_ATTEMPT_STARTED : CCPI_ATTEMPT_HELD;
    }
}

/* PL-9 */
static ccpi_attempt_end force_limit(ccpi_attempt *attempt)
{
    ccpi_transfer_result *result = &attempt->result;

    result->ending = CCPI_ENDED_BY_STATUS;
    result->status = 429;
    result->body.limit = sizeof(forced_limit);
    if (ccpi_headers_set(&result->headers, "content-type", "application/json") !=
            CCP_OK ||
        ccpi_buf_append_text(&result->body, forced_limit) != CCP_OK)
        return CCPI_ATTEMPT_STOPPED;
    return CCPI_ATTEMPT_HELD;
}

/* What is written for an upstream counts like what the client sent (PX-9). */
static ccp_status transfer(ccpi_exchange *x, const ccpi_transfer_options *options,
                           ccpi_transfer_result *result)
{
    const size_t written = options->outgoing->owned.capacity;
    ccp_status status;

    if (!ccpi_quota_take(&x->router->memory, written)) {
        ccpi_reader_free(options->reader);
        return CCP_NO_MEMORY;
    }
    status = ccpi_transfer_run(options, result, NULL);
    ccpi_quota_give(&x->router->memory, written);
    return status;
}

static ccpi_attempt_end send(ccpi_exchange *x, ccpi_attempt *attempt,
                             const ccpi_transfer_options *options)
{
    attempt->was_sent = true;
    if (x->router->settings.forces_rate_limit && attempt->provider == &x->router->plan)
        return force_limit(attempt);
    if (transfer(x, options, &attempt->result) != CCP_OK)
        return CCPI_ATTEMPT_STOPPED;
    note_wait(x, &attempt->result);
    return end_of(attempt);
}

static ccpi_attempt_end prepare_and_send(ccpi_exchange *x, ccpi_attempt *attempt,
                                         const ccpi_provider_request *request,
                                         const ccpi_attempt_options *options,
                                         ccp_error *error)
{
    const ccpi_provider *provider = attempt->provider;
    const bool is_plan = options->upstream == CCPI_UPSTREAM_PLAN;
    const bool is_stream = options->call == CCPI_CALL_MESSAGES && x->look.is_stream;
    CCPI_CLEANUP(ccpi_outgoing_clear) ccpi_outgoing outgoing = {.method = NULL};
    ccpi_transfer_options transfer = {
        .engine = x->router->engine,
        .outgoing = &outgoing,
        .outlet = x->outlet,
        .timeouts = timeouts_for(x, options->has_successor),
        .is_stream = is_stream,
        .may_hold = true,
        .pings = is_stream && !is_plan,
        .must_be_json = !is_stream,
        .keeps_streams = !options->has_successor,
        .head = on_head,
        .body_is_over = on_body_is_over,
        .wants = on_wants,
        .event = on_event,
        .body = on_body,
        .self = attempt,
    };
    ccp_status status = provider->prepare(provider->self, request, &outgoing, error);

    if (status == CCP_OK)
        status = provider->open_reader(provider->self, request, &transfer.reader, error);
    if (status == CCP_INVALID)
        return CCPI_ATTEMPT_UNFIT;
    if (status != CCP_OK)
        return CCPI_ATTEMPT_STOPPED;
    x->trace.plan_was_capped |= is_plan && outgoing.owned.len > 0;
    outgoing.trust =
        is_plan ? &x->router->settings.plan_trust : &x->router->settings.bedrock_trust;
    return send(x, attempt, &transfer);
}

/* ---- and again, where an upstream's refusal can be repaired (BR-16) ---- */

static const ccpi_provider *provider_of(const ccpi_exchange *x, ccpi_upstream upstream)
{
    return upstream == CCPI_UPSTREAM_PLAN ? &x->router->plan : &x->router->bedrock;
}

static void start(ccpi_exchange *x, ccpi_attempt *attempt, ccpi_upstream upstream)
{
    ccpi_attempt_clear(attempt);
    attempt->exchange = x;
    attempt->provider = provider_of(x, upstream);
    attempt->meter.final_counts_rule = upstream == CCPI_UPSTREAM_BEDROCK;
    attempt->seen.limit = CCPI_ATTEMPT_MAX_SEEN;
    attempt->error_event.limit = CCPI_ATTEMPT_MAX_ERROR;
    attempt->told.message.limit = CCPI_ATTEMPT_MAX_ERROR;
}

static void recall(const ccpi_provider *provider, const ccpi_provider_request *request,
                   ccpi_edits *edits)
{
    if (provider->recall)
        provider->recall(provider->self, request, edits);
}

static bool may_repair(const ccpi_attempt *attempt, const ccpi_provider_request *request,
                       ccpi_edits *edits)
{
    const ccpi_provider *provider = attempt->provider;
    const ccpi_transfer_result *result = &attempt->result;

    if (!provider->repair)
        return false;
    /* A refusal may also be the first thing in a stream. */
    if (result->ending == CCPI_ENDED_BY_EVENT &&
        result->event_error == CCPI_ERROR_INVALID_REQUEST)
        return provider->repair(provider->self, request, 400,
                                ccpi_buf_span(&attempt->error_event), edits);
    return result->ending == CCPI_ENDED_BY_STATUS &&
           provider->repair(provider->self, request, result->status,
                            ccpi_buf_span(&result->body), edits);
}

/* What the client will be told, while the request is still at hand. */
static void explain(ccpi_attempt *attempt, const ccpi_provider_request *request)
{
    const ccpi_provider *provider = attempt->provider;
    const bool is_event = attempt->result.ending == CCPI_ENDED_BY_EVENT;
    const ccpi_span body =
        ccpi_buf_span(is_event ? &attempt->error_event : &attempt->result.body);

    if (provider->explain)
        provider->explain(provider->self, request, attempt->kind, body, &attempt->told);
}

static void conclude(ccpi_exchange *x, ccpi_attempt *attempt, ccpi_attempt_end end,
                     const ccpi_provider_request *request)
{
    const ccpi_provider *provider = attempt->provider;
    const bool is_accepted =
        end == CCPI_ATTEMPT_STARTED ||
        (end == CCPI_ATTEMPT_HELD && attempt->kind == CCPI_CLASS_NONE);

    if (end == CCPI_ATTEMPT_HELD)
        note_window(attempt, &attempt->result.headers);
    if (is_accepted && provider->accepted)
        provider->accepted(provider->self, request);
    if (end != CCPI_ATTEMPT_HELD || attempt->kind == CCPI_CLASS_NONE)
        return;
    explain(attempt, request);
    ccpi_account_failure(x, attempt);
}

ccpi_attempt_end ccpi_attempt_run(ccpi_exchange *x, const ccpi_attempt_options *options,
                                  ccp_error *error)
{
    ccpi_attempt *attempt = &x->attempts[options->upstream];
    const ccpi_usable *credential = options->credential;
    const ccp_clock *clock = x->router->clock;
    const ccpi_sigv4_credentials signer = ccpi_usable_signer(credential);
    ccpi_edits edits = {.count = 0};
    ccpi_edits repaired = {.count = 0};
    ccpi_provider_request request = {
        .call = options->call,
        .method = x->request->method,
        .path = x->front.path,
        .query = x->request->query,
        .headers = &x->headers,
        .look = options->call == CCPI_CALL_MODELS ? NULL : &x->look,
        .identity = &x->who,
        .request_id = x->request_id,
        .credential = credential ? ccpi_buf_span(&credential->bearer) : CCPI_SPAN(""),
        .signer = signer.access_key_id ? &signer : NULL,
        .model_id = options->model_id,
        .edits = &edits,
    };
    ccpi_attempt_end end;

    recall(provider_of(x, options->upstream), &request, &repaired);
    do {
        edits = repaired;
        request.unix_seconds = clock->unix_us(clock->self) / US_PER_S;
        start(x, attempt, options->upstream);
        end = prepare_and_send(x, attempt, &request, options, error);
        attempt->kind = end == CCPI_ATTEMPT_HELD ? class_of(x, attempt) : CCPI_CLASS_NONE;
        ccpi_trace_add_try(x, attempt, &edits);
    } while (attempt->kind != CCPI_CLASS_NONE &&
             may_repair(attempt, &request, &repaired));
    conclude(x, attempt, end, &request);
    return end;
}

void ccpi_attempt_clear(ccpi_attempt *attempt)
{
    ccpi_transfer_result_clear(&attempt->result);
    ccpi_buf_clear(&attempt->seen);
    ccpi_buf_clear(&attempt->error_event);
    ccpi_buf_clear(&attempt->told.message);
    *attempt = (ccpi_attempt){.exchange = NULL};
}
