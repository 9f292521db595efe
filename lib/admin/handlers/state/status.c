/* How the proxy is. */
#include <stdio.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/upstreams.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_MS 1000

static bool is_postgres(const ccpi_settings *settings)
{
    return settings->database_url &&
           strncmp(settings->database_url, "postgres", strlen("postgres")) == 0;
}

static json_t *storage_object(const ccpi_api_call *call)
{
    const ccp_store *store = call->admin.store;
    ccp_schema_status schema = {0, 0};
    const char *state = "unreachable";

    if (store->schema(store->self, &schema, NULL) == CCP_OK)
        state = schema.version < schema.required ? "outdated" : "ok";
    return json_pack("{s:s, s:s, s:i, s:i}", "kind",
                     is_postgres(call->api->settings) ? "postgresql" : "sqlite", "status",
                     state, "schema_version", schema.version, "required_schema_version",
                     schema.required);
}

static json_t *usage_object(const ccpi_api_call *call)
{
    ccpi_recorder_counters counted;

    ccpi_recorder_count(call->api->router->recorder, &counted);
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "queue_depth",
                     (json_int_t)counted.depth, "spooled", (json_int_t)counted.spooled,
                     "stored", (json_int_t)counted.stored, "dropped",
                     (json_int_t)counted.dropped, "spool_limit_bytes",
                     (json_int_t)call->api->settings->usage_spool_bytes);
}

static json_t *upstream_object(const ccpi_upstream_state *state)
{
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "name", state->name, "origin",
                     state->origin, "reachable", state->is_reachable, "latency_ms",
                     state->is_reachable ? json_integer(state->latency_us / US_PER_MS)
                                         : json_null(),
                     "cause", ccpi_object_text(state->cause), "checked_at",
                     ccpi_object_time(state->checked_at_us));
}

static json_t *upstreams_array(const ccpi_api_call *call)
{
    ccpi_upstream_state states[CCPI_UPSTREAMS_COUNT];

    ccpi_upstreams_look(call->api->upstreams, states);
    return json_pack("[o, o]", upstream_object(&states[0]), upstream_object(&states[1]));
}

static json_t *circuits_object(const ccpi_api_call *call)
{
    const ccpi_router *router = call->api->router;
    ccpi_circuit none[1];
    const size_t troubled =
        ccpi_breaker_list(router->breaker, ccpi_router_now(router), none, 0);

    return json_pack("{s:I}", "troubled", (json_int_t)troubled);
}

static json_t *load_object(const ccpi_api_call *call)
{
    ccpi_router *router = call->api->router;
    ccpi_engine_counters engine;

    ccpi_engine_count(router->engine, &engine);
    return json_pack("{s:{s:I, s:I}, s:{s:I, s:I}, s:{s:I, s:I, s:I}}", "streams",
                     "active", (json_int_t)ccpi_slots_taken(router->slots), "limit",
                     (json_int_t)call->api->settings->max_streams, "memory", "used_bytes",
                     (json_int_t)atomic_load(&router->memory.used), "limit_bytes",
                     (json_int_t)router->memory.limit, "transfers", "active",
                     (json_int_t)engine.active, "started", (json_int_t)engine.transfers,
                     "connections", (json_int_t)engine.connections);
}

static json_t *status_object(const ccpi_api_call *call)
{
    const ccpi_api *api = call->api;
    const int64_t uptime_us = ccpi_router_now(api->router) - api->started_us;
    json_t *object =
        json_pack("{s:s, s:s, s:o, s:I, s:b, s:o, s:o, s:o, s:o}", "version",
                  CCPI_VERSION, "environment",
                  api->settings->environment == CCPI_ENVIRONMENT_PROD ? "prod" : "dev",
                  "started_at", ccpi_object_time(ccpi_api_call_now(call) - uptime_us),
                  "uptime_seconds", (json_int_t)(uptime_us / US_PER_S), "is_draining",
                  (int)atomic_load(&api->router->is_draining), "storage",
                  storage_object(call), "usage", usage_object(call), "upstreams",
                  upstreams_array(call), "circuits", circuits_object(call));

    return ccpi_object_join(object, load_object(call));
}

ccp_status ccpi_status_get(ccpi_api_call *call)
{
    return ccpi_api_call_answer(call, 200, status_object(call));
}
