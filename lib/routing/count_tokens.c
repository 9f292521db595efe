#include <stdio.h>

#include "anthropic/content_size.h"
#include "base/cleanup.h"
#include "routing/ask.h"
#include "routing/attempt.h"
#include "routing/reply.h"

/*
 * BR-14: the Plan counts, else Bedrock, else we estimate. Counting has no
 * budget, no usage row, and leaves the breaker alone.
 */

/* Tries one upstream. true: the client has its answer, or needs none any more. */
static bool is_counted_by(ccpi_exchange *x, const ccpi_attempt_options *options)
{
    ccpi_attempt *attempt = &x->attempts[options->upstream];
    const bool is_plan = options->upstream == CCPI_UPSTREAM_PLAN;
    ccpi_attempt_end end;

    x->provider = is_plan ? x->router->plan.name : x->router->bedrock.name;
    x->token_count = x->provider;
    end = ccpi_attempt_run(x, options, NULL);
    if (end == CCPI_ATTEMPT_STARTED)
        ccpi_reply_rest(x, attempt);
    if (end == CCPI_ATTEMPT_LEFT)
        ccpi_reply_abandon(x);
    if (end != CCPI_ATTEMPT_HELD)
        return end == CCPI_ATTEMPT_STARTED || end == CCPI_ATTEMPT_LEFT;

    if (attempt->kind != CCPI_CLASS_NONE) {
        x->token_count = NULL;
        /* The client's own fault is told by the Plan, in its words. */
        if (!is_plan || ccpi_class_allows_fallback(attempt->kind) ||
            ccpi_ask_was_shared_key_refused(x, attempt))
            return false;
    }
    ccpi_reply_held(x, attempt);
    return true;
}

static bool is_counted_by_plan(ccpi_exchange *x)
{
    const ccpi_attempt_options options = {.upstream = CCPI_UPSTREAM_PLAN,
                                          .call = CCPI_CALL_COUNT_TOKENS};
    const ccpi_circuit_state state =
        ccpi_breaker_peek(x->router->breaker, &x->who.key.id, ccpi_router_now(x->router));

    return (state == CCPI_CIRCUIT_CLOSED || state == CCPI_CIRCUIT_HALF_OPEN) &&
           is_counted_by(x, &options);
}

static bool is_counted_by_bedrock(ccpi_exchange *x)
{
    CCPI_CLEANUP(ccpi_usable_wipe) ccpi_usable credential = {.keys = NULL};
    const ccpi_attempt_options options = {.upstream = CCPI_UPSTREAM_BEDROCK,
                                          .call = CCPI_CALL_COUNT_TOKENS,
                                          .model_id = x->model.id,
                                          .credential = &credential};

    if (!ccpi_usable_exists(x->router, &x->who.key) ||
        ccpi_ask_model(x, NULL) != CCP_OK ||
        ccpi_usable_get(x->router, &x->who.key, &credential, NULL) != CCP_OK)
        return false;
    return is_counted_by(x, &options);
}

static void estimate(ccpi_exchange *x)
{
    const ccpi_content_size size = ccpi_content_size_of(x->look.body);
    char body[48];

    x->provider = NULL;
    x->token_count = "estimate";
    snprintf(body, sizeof(body), "{\"input_tokens\":%lld}",
             (long long)ccpi_estimate_tokens(size.text_bytes, size.images));
    ccpi_reply_plain(x, 200, ccpi_span_of(body));
}

void ccpi_count_tokens_run(ccpi_exchange *x)
{
    if (x->who.routing == CCP_ROUTING_PLAN_FIRST) {
        if (ccpi_ask_has_plan_credential(x)) {
            if (is_counted_by_plan(x))
                return;
        } else if (!x->router->settings.serves_without_plan) {
            ccpi_reply_refuse(x, &ccpi_refusal_no_credential);
            return;
        }
    }
    if (!is_counted_by_bedrock(x))
        estimate(x);
}
