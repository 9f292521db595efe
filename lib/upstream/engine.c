#include "upstream/engine.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "upstream/loop.h"

#define MAX_THREADS 64

struct ccpi_engine {
    ccpi_engine_options options;
    char *ca_file;
    ccpi_loop_counters counters;
    atomic_uint next; /* loop to take, in turn */
    bool is_curl_ready;
    atomic_bool is_stopped;
    size_t loop_count;
    ccpi_loop *loops[MAX_THREADS];
};

static ccp_status start_loops(ccpi_engine *engine, ccp_error *error)
{
    ccp_status status = CCP_OK;
    size_t wanted = engine->options.threads > 0 ? (size_t)engine->options.threads : 1;

    if (wanted > MAX_THREADS)
        wanted = MAX_THREADS;
    while (engine->loop_count < wanted && status == CCP_OK) {
        status = ccpi_loop_new(&engine->options, &engine->counters,
                               &engine->loops[engine->loop_count], error);
        if (status == CCP_OK)
            engine->loop_count++;
    }
    return status;
}

static ccp_status set_up(ccpi_engine *engine, ccp_error *error)
{
    if (engine->options.ca_file) {
        engine->ca_file = strdup(engine->options.ca_file);
        if (!engine->ca_file)
            return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an engine");
        engine->options.ca_file = engine->ca_file;
    }
    /* Counts its callers, and is safe in threads since 7.84. */
    engine->is_curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!engine->is_curl_ready)
        return ccpi_fail(error, CCP_UNAVAILABLE, "libcurl does not start");
    return start_loops(engine, error);
}

ccp_status ccpi_engine_new(const ccpi_engine_options *options, ccpi_engine **out,
                           ccp_error *error)
{
    ccpi_engine *engine = calloc(1, sizeof(*engine));
    ccp_status status;

    *out = NULL;
    if (!engine)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an engine");
    engine->options = *options;
    status = set_up(engine, error);
    if (status != CCP_OK) {
        ccpi_engine_free(engine);
        return status;
    }
    *out = engine;
    return CCP_OK;
}

void ccpi_engine_stop(ccpi_engine *engine)
{
    if (atomic_exchange(&engine->is_stopped, true))
        return;
    for (size_t i = 0; i < engine->loop_count; i++)
        ccpi_loop_stop(engine->loops[i]);
}

void ccpi_engine_free(ccpi_engine *engine)
{
    if (!engine)
        return;
    ccpi_engine_stop(engine);
    for (size_t i = 0; i < engine->loop_count; i++)
        ccpi_loop_release(engine->loops[i]);
    if (engine->is_curl_ready)
        curl_global_cleanup();
    free(engine->ca_file);
    free(engine);
}

void ccpi_engine_count(ccpi_engine *engine, ccpi_engine_counters *out)
{
    *out = (ccpi_engine_counters){
        .transfers = atomic_load(&engine->counters.transfers),
        .connections = atomic_load(&engine->counters.connections),
        .active = atomic_load(&engine->counters.active),
    };
}

ccpi_loop *ccpi_engine_pick_loop(ccpi_engine *engine)
{
    return engine->loops[atomic_fetch_add(&engine->next, 1) % engine->loop_count];
}
