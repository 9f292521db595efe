#include "routing/trace.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cut.h"
#include "routing/exchange.h"

/* ---- filling one ---- */

void ccpi_trace_add_step(ccpi_exchange *x, const ccpi_decision *decision)
{
    ccpi_trace *trace = &x->trace;

    if (trace->step_count == CCPI_TRACE_STEPS)
        return;
    trace->steps[trace->step_count++] =
        (ccpi_trace_step){decision->step, decision->reason, ccpi_router_now(x->router)};
}

static void copy_edits(ccpi_trace *trace, const ccpi_edits *edits)
{
    trace->edit_count = edits->count;
    for (size_t i = 0; i < edits->count && i < CCPI_TRACE_EDITS; i++)
        trace->edits[i] = edits->items[i];
}

static const char *upstream_id(const ccpi_headers *headers)
{
    const char *id = ccpi_headers_get(headers, "request-id");

    return id ? id : ccpi_headers_get(headers, "x-amzn-requestid");
}

void ccpi_trace_add_try(ccpi_exchange *x, const ccpi_attempt *attempt,
                        const ccpi_edits *edits)
{
    const ccpi_transfer_result *result = &attempt->result;
    ccpi_trace *trace = &x->trace;
    ccpi_trace_try *try = &trace->tries[trace->try_count];

    if (!attempt->was_sent || trace->try_count == CCPI_TRACE_TRIES)
        return;
    trace->try_count++;
    *try = (ccpi_trace_try){
        .provider = attempt->provider->name,
        .kind = attempt->kind,
        .ending = result->ending,
        .status = result->status,
        .is_committed = result->is_committed,
        .was_reused = result->was_reused,
        .edits = edits->count,
        .submitted_us = result->submitted_us,
        .first_byte_us = result->first_byte_us,
        .committed_us = result->committed_us,
        .ended_us = result->ended_us,
    };
    ccpi_cut_into(try->upstream_id, sizeof(try->upstream_id),
                  upstream_id(&result->headers));
    if (result->ending != CCPI_ENDED_WELL && result->ending != CCPI_ENDED_BY_STATUS)
        ccpi_cut_into(try->cause, sizeof(try->cause), result->error.message);
    if (attempt->provider == &x->router->bedrock)
        copy_edits(trace, edits);
}

static const char *call_of(ccpi_target target)
{
    switch (target) {
    case CCPI_TARGET_COUNT_TOKENS: return "count_tokens";
    case CCPI_TARGET_MODELS: return "models";
    default: return "messages";
    }
}

static void fill_answer(const ccpi_exchange *x, ccpi_trace *trace)
{
    trace->http_status = x->http_status;
    trace->provider = x->provider;
    trace->fallback = x->fallback;
    trace->fallback_error = x->fallback_error;
    trace->error_type =
        x->error_type == CCPI_ERROR_NONE ? NULL : ccpi_error_type_name(x->error_type);
    trace->client_left = x->client_left;
}

static void fill(const ccpi_exchange *x, ccpi_trace *trace)
{
    memcpy(trace->request_id, x->request_id, sizeof(trace->request_id));
    trace->call = call_of(x->front.target);
    trace->user_id = x->who.key.user_id;
    trace->access_key_id = x->who.key.id;
    ccpi_cut_into(trace->key_prefix, sizeof(trace->key_prefix), x->who.key.prefix.text);
    ccpi_cut_into(trace->model, sizeof(trace->model), x->look.model);
    ccpi_cut_into(trace->served_model, sizeof(trace->served_model), x->model.id);
    trace->is_substituted = x->model.is_substituted;
    trace->is_stream = x->look.is_stream;
    trace->facts = x->facts;
    trace->facts.routing = x->who.routing;
    trace->budget = x->budget.verdict;
    trace->asked_budget = x->asked_budget;
    trace->created_us = x->created_us;
    trace->started_us = x->started_us;
    trace->received_us = x->received_us;
    trace->first_byte_us = x->first_byte_us;
    trace->ended_us = ccpi_router_now(x->router);
    fill_answer(x, trace);
}

void ccpi_trace_end(ccpi_exchange *x)
{
    /* Who has no key can't push out the traces of those who have. */
    if (!x->is_known || !x->router->traces || x->front.target == CCPI_TARGET_USAGE)
        return;
    fill(x, &x->trace);
    ccpi_traces_keep(x->router->traces, &x->trace);
}

/* ---- the memory of them ---- */

typedef struct ring {
    ccpi_trace *traces; /* owned */
    size_t size;
    size_t next; /* the oldest, once it is full */
} ring;

enum { PLAIN = 0, REMARKABLE, RINGS };

struct ccpi_traces {
    pthread_mutex_t lock;
    ring rings[RINGS];
};

ccp_status ccpi_traces_new(ccpi_traces **out)
{
    static const size_t sizes[RINGS] = {CCPI_TRACES_PLAIN, CCPI_TRACES_REMARKABLE};
    ccpi_traces *traces = calloc(1, sizeof(*traces));
    bool is_whole = traces != NULL;

    *out = NULL;
    if (!traces)
        return CCP_NO_MEMORY;
    pthread_mutex_init(&traces->lock, NULL);
    for (size_t i = 0; i < RINGS; i++) {
        traces->rings[i].size = sizes[i];
        traces->rings[i].traces = calloc(sizes[i], sizeof(ccpi_trace));
        is_whole = is_whole && traces->rings[i].traces;
    }
    if (!is_whole) {
        ccpi_traces_free(traces);
        return CCP_NO_MEMORY;
    }
    *out = traces;
    return CCP_OK;
}

void ccpi_traces_free(ccpi_traces *traces)
{
    if (!traces)
        return;
    for (size_t i = 0; i < RINGS; i++)
        free(traces->rings[i].traces);
    pthread_mutex_destroy(&traces->lock);
    free(traces);
}

static bool is_remarkable(const ccpi_trace *trace)
{
    return trace->http_status >= 300 || trace->http_status == 0 || trace->fallback ||
           trace->try_count > 1 || trace->client_left;
}

void ccpi_traces_keep(ccpi_traces *traces, const ccpi_trace *trace)
{
    ring *into = &traces->rings[is_remarkable(trace) ? REMARKABLE : PLAIN];

    pthread_mutex_lock(&traces->lock);
    into->traces[into->next] = *trace;
    into->next = (into->next + 1) % into->size;
    pthread_mutex_unlock(&traces->lock);
}

static bool find_in(const ring *in, const char *request_id, ccpi_trace *out)
{
    for (size_t i = 0; i < in->size; i++)
        if (strcmp(in->traces[i].request_id, request_id) == 0) {
            *out = in->traces[i];
            return true;
        }
    return false;
}

bool ccpi_traces_find(ccpi_traces *traces, const char *request_id, ccpi_trace *out)
{
    bool is_found = false;

    if (!request_id[0])
        return false;
    pthread_mutex_lock(&traces->lock);
    for (size_t i = 0; i < RINGS && !is_found; i++)
        is_found = find_in(&traces->rings[i], request_id, out);
    pthread_mutex_unlock(&traces->lock);
    return is_found;
}
