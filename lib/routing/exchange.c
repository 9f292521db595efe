#include "routing/exchange.h"

#include "routing/account.h"
#include "routing/arrival.h"
#include "routing/attempt.h"
#include "routing/probes.h"
#include "routing/relief.h"
#include "routing/reply.h"

/* ---- calls ---- */

static void refuse_for_load(ccpi_exchange *x)
{
    ccpi_reply_refuse(x, &(ccpi_refusal){.status = 503,
                                         .type = CCPI_ERROR_OVERLOADED,
                                         .message = "The proxy is serving as many "
                                                    "requests as it can.",
                                         .retry_after_s = 1,
                                         .closes = x->request->content_length != 0});
}

static void refuse_for_schema(ccpi_exchange *x)
{
    ccpi_reply_refuse(x, &(ccpi_refusal){.status = 503,
                                         .type = CCPI_ERROR_API,
                                         .message = "The proxy's database has to be "
                                                    "migrated first.",
                                         .retry_after_s = 5,
                                         .closes = x->request->content_length != 0});
}

static void end(ccpi_exchange *x);

/* What follows arrival, in whichever thread. */
static void run_way(ccpi_exchange *x)
{
    switch (x->front.target) {
    case CCPI_TARGET_COUNT_TOKENS: ccpi_count_tokens_run(x); break;
    case CCPI_TARGET_MODELS: ccpi_models_run(x); break;
    case CCPI_TARGET_USAGE: ccpi_own_usage_run(x); break;
    default: ccpi_messages_run(x); break;
    }
}

static void close_call(ccpi_exchange *x)
{
    ccpi_account_close(x);
    ccpi_trace_end(x);
}

static void run_elsewhere(ccpi_exchange *x)
{
    run_way(x);
    close_call(x);
    end(x);
}

static void run_call(ccpi_exchange *x)
{
    x->holds_slot = ccpi_slots_take(x->router->slots);
    if (!x->holds_slot) {
        refuse_for_load(x);
    } else if (atomic_load(&x->router->is_outdated)) {
        refuse_for_schema(x);
    } else if (ccpi_arrival_take(x)) {
        if (ccpi_relief_try(x, run_elsewhere))
            return;
        run_way(x);
    }
    close_call(x);
}

/* ---- everything else ---- */

static void refuse_path(ccpi_exchange *x)
{
    ccpi_reply_refuse(x, &(ccpi_refusal){.status = 404,
                                         .type = CCPI_ERROR_NOT_FOUND,
                                         .message = "There is nothing at this path.",
                                         .closes = x->request->content_length != 0});
}

static void refuse_method(ccpi_exchange *x)
{
    ccpi_reply_refuse(x,
                      &(ccpi_refusal){.status = 405,
                                      .type = CCPI_ERROR_INVALID_REQUEST,
                                      .message = "This path does not take that method.",
                                      .closes = x->request->content_length != 0,
                                      .allow = x->front.methods});
}

/* Without secrets there is no admin API, and so nothing at its paths. */
static bool is_served(const ccpi_exchange *x)
{
    switch (x->front.target) {
    case CCPI_TARGET_NONE:
    case CCPI_TARGET_ADMIN: return false;
    case CCPI_TARGET_METRICS: return x->router->settings.serves_metrics;
    default: return true;
    }
}

static void serve(ccpi_exchange *x)
{
    x->front = ccpi_front_match(x->request->method, x->request->path);
    if (!is_served(x))
        refuse_path(x);
    else if (x->front.allows_cors && ccpi_probe_is_preflight(x->request))
        ccpi_probe_preflight(x);
    else if (!x->front.allows_method)
        refuse_method(x);
    else if (x->front.target == CCPI_TARGET_HEALTH)
        ccpi_probe_health(x);
    else if (x->front.target == CCPI_TARGET_READY)
        ccpi_probe_ready(x);
    else if (x->front.target == CCPI_TARGET_METRICS)
        ccpi_probe_metrics(x);
    else if (x->front.target == CCPI_TARGET_PROBE || x->front.target == CCPI_TARGET_HOME)
        ccpi_reply_empty(x, 200, NULL);
    else
        run_call(x);
}

/* The one place where all that a request holds is given back. */
static void end(ccpi_exchange *x)
{
    for (size_t i = 0; i < CCPI_UPSTREAMS; i++)
        ccpi_attempt_clear(&x->attempts[i]);
    ccpi_spares_take(&x->router->bodies, &x->body);
    ccpi_headers_clear(&x->headers);
    ccpi_outlet_free(x->outlet);
    ccpi_quota_give(&x->router->memory, x->taken);
    if (x->holds_key_slot)
        ccpi_slots_give_of_key(x->router->slots, &x->who.key.id);
    if (x->holds_slot)
        ccpi_slots_give(x->router->slots);
}

/* Who writes on a lent socket writes the body, too, and HEAD wants none. */
static ccp_status open_outlet(ccpi_exchange *x)
{
    ccp_sink sink = *x->sink;

    if (strcmp(x->request->method, "HEAD") == 0)
        sink.lend_socket = NULL;
    return ccpi_outlet_new(&sink, x->router->clock, &x->outlet);
}

void ccpi_exchange_run(ccpi_router *router, const ccp_request *request,
                       const ccp_sink *sink)
{
    ccpi_exchange x = {
        .router = router,
        .request = request,
        .sink = sink,
        .started_us = ccpi_router_now(router),
        .created_us = router->clock->unix_us(router->clock->self),
    };

    if (ccpi_request_id_make(router->clock, router->random, x.request_id) != CCP_OK ||
        open_outlet(&x) != CCP_OK) {
        sink->must_close(sink->self);
        return;
    }
    serve(&x);
    if (!x.is_elsewhere)
        end(&x);
}
