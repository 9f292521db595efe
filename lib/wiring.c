#include <stdlib.h>

#include "aws/aws.h"
#include "aws/envelope.h"
#include "base/fail.h"
#include "proxy.h"

#define US_PER_MS 1000
#define UPLOAD_MS 30000 /* PL-6 */
#define REJECTION_WINDOW_US (INT64_C(60) * 1000000)

/* As CivetWeb's workers have, which run the same; only what is touched costs memory. */
#define ANSWER_STACK ((size_t)100 * 1024)
#define ANSWER_IDLE_MS 5000

static ccp_status no_memory(ccp_error *error)
{
    return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a part of the proxy");
}

/* ---- secrets ---- */

ccp_status ccpi_proxy_make_hasher(const char *secret, ccp_key_hasher **out,
                                  ccp_error *error)
{
    return ccp_key_hasher_new(secret, strlen(secret), out, error);
}

static ccp_status build_secrets(ccp_proxy *proxy, ccp_error *error)
{
    const ccpi_settings *s = proxy->settings;
    ccp_status status;

    if (!s->key_hasher_secret)
        return ccpi_fail(error, CCP_INVALID, "key_hasher_secret is not set");
    status = ccpi_proxy_make_hasher(s->key_hasher_secret, &proxy->hasher, error);
    if (status == CCP_OK && s->key_hasher_secret_previous)
        status = ccpi_proxy_make_hasher(s->key_hasher_secret_previous,
                                        &proxy->previous_hasher, error);
    if (status == CCP_OK && (s->encryption_key.is_set || s->kms_key_id))
        status = ccpi_aws_envelope_new(proxy->config, proxy->aws, proxy->router.random,
                                       &proxy->envelope, error);
    return status;
}

static ccp_status build_aws(ccp_proxy *proxy, ccp_error *error)
{
    const ccp_aws_options options = {.config = proxy->config,
                                     .clock = proxy->router.clock,
                                     .random = proxy->router.random};
    ccp_status status;

    if (!ccpi_aws_seals(proxy->config) &&
        !proxy->settings->bedrock_use_service_credentials &&
        proxy->settings->cloudwatch_mode != CCPI_CLOUDWATCH_PUT &&
        proxy->settings->bedrock_model_refresh_ms == 0)
        return CCP_OK;
    status = ccp_aws_new(&options, &proxy->aws, error);
    if (status == CCP_OK && proxy->settings->bedrock_use_service_credentials)
        proxy->router.service_keys = proxy->aws->credentials;
    return status;
}

/* ---- upstreams ---- */

static ccp_status build_memory(ccp_proxy *proxy, ccp_error *error)
{
    ccpi_router *router = &proxy->router;

    if (ccpi_capabilities_new(router->clock,
                              proxy->settings->capability_memory_ttl_ms * US_PER_MS,
                              &router->capabilities) != CCP_OK)
        return no_memory(error);
    return CCP_OK;
}

static ccp_status build_providers(ccp_proxy *proxy, ccp_error *error)
{
    const ccpi_settings *s = proxy->settings;
    const ccpi_plan_options plan = {
        .base_url = s->plan_api_url,
        .shared_key = s->plan_api_key,
        .placeholders = {s->plan_placeholder_tokens.items,
                         s->plan_placeholder_tokens.count},
        .limit_messages = {s->usage_limit_messages.items, s->usage_limit_messages.count},
        .max_output_tokens_cap = s->max_output_tokens_cap,
        .thinking_budget_cap = s->thinking_budget_cap,
    };
    const ccpi_bedrock_options bedrock = {.region = s->bedrock_region,
                                          .endpoint = s->bedrock_endpoint,
                                          .api = (ccpi_bedrock_api)s->bedrock_api,
                                          .asks_mantle = s->bedrock_messages_host ==
                                                         CCPI_MESSAGES_MANTLE,
                                          .capabilities = proxy->router.capabilities};
    ccp_status status = ccpi_plan_new(&plan, &proxy->plan, error);

    if (status == CCP_OK)
        status = ccpi_bedrock_new(&bedrock, &proxy->bedrock, error);
    if (status != CCP_OK)
        return status;
    proxy->router.plan_facts = proxy->plan;
    proxy->router.plan = ccpi_plan_provider(proxy->plan);
    proxy->router.bedrock = ccpi_bedrock_provider(proxy->bedrock);
    return CCP_OK;
}

static ccp_status build_engine(ccp_proxy *proxy, ccp_error *error)
{
    const ccpi_settings *s = proxy->settings;
    const ccpi_engine_options options = {
        .clock = proxy->router.clock,
        .threads = (int)s->engine_threads,
        .max_connections = (long)s->max_streams,
        .connection_life_s = (long)(s->connection_lifetime_ms / 1000),
        .use_http2 = s->plan_http2,
        .memory = &proxy->router.memory,
    };

    return ccpi_engine_new(&options, &proxy->router.engine, error);
}

ccp_status ccpi_proxy_make_mappings(const ccpi_settings *settings, ccpi_model_pair **out,
                                    ccp_error *error)
{
    const ccpi_text_pairs *pairs = &settings->bedrock_model_mapping;

    *out = calloc(pairs->count + 1, sizeof(**out));
    if (!*out)
        return no_memory(error);
    for (size_t i = 0; i < pairs->count; i++)
        (*out)[i] = (ccpi_model_pair){pairs->items[2 * i], pairs->items[2 * i + 1]};
    return CCP_OK;
}

static ccp_status build_mappings(ccp_proxy *proxy, ccp_error *error)
{
    ccpi_model_rules *rules = &proxy->router.settings.models;

    *rules = (ccpi_model_rules){
        .allows_direct_ids = proxy->settings->allow_direct_model_ids,
        .geo_prefix = proxy->settings->bedrock_geo_prefix,
        .region = proxy->settings->bedrock_region,
        .fallback = proxy->settings->bedrock_default_model,
    };
    return ccpi_proxy_make_mappings(proxy->settings, &proxy->mappings, error);
}

/* ---- usage ---- */

/* A row's cost is the store's to count from now on. */
static void on_stored(void *self, const ccp_usage_record *record)
{
    ccpi_budget *budget = self;
    ccp_id user_id = {""};

    if (strcmp(record->provider, "bedrock") != 0)
        return;
    memcpy(user_id.text, record->user_id, sizeof(user_id.text));
    ccpi_budget_stored(budget, &user_id, record->total_cost_micro);
}

static ccp_status build_usage(ccp_proxy *proxy, ccp_error *error)
{
    const ccpi_settings *s = proxy->settings;
    ccpi_router *router = &proxy->router;
    const ccpi_pricing_options pricing = {.overrides_json = s->model_pricing,
                                          .plan_json = s->plan_pricing,
                                          .file = s->pricing_file};
    const ccpi_budget_options budget = {
        .store = &router->store->usage,
        .clock = router->clock,
        .log = router->log,
        .zone = s->report_timezone,
        .cache_ttl_ms = s->budget_cache_ttl_ms,
        .fails_open = s->budget_fail_mode == CCPI_BUDGET_FAILS_OPEN,
        .random = router->random,
    };
    ccpi_recorder_options recorder = {
        .store = &router->store->usage,
        .directory = s->data_dir,
        .max_bytes = s->usage_spool_bytes,
        .retention_days = s->usage_retention_days,
        .clock = router->clock,
        .log = router->log,
        .stored = on_stored,
    };
    ccp_status status = ccpi_pricing_new(&pricing, &router->pricing, error);

    if (status == CCP_OK)
        status = ccpi_budget_new(&budget, &router->budget, error);
    if (status == CCP_OK)
        status = ccpi_own_usage_new(&router->store->reports, router->clock,
                                    s->report_timezone, &router->own_usage, error);
    if (status != CCP_OK)
        return status;
    recorder.self = router->budget;
    return ccpi_recorder_new(&recorder, &router->recorder, error);
}

/* ---- routing ---- */

static ccp_status build_caches(ccp_proxy *proxy)
{
    const ccpi_settings *s = proxy->settings;
    ccpi_router *router = &proxy->router;
    const ccpi_identities_options identities = {
        .store = &router->store->keys,
        .clock = router->clock,
        .hasher = proxy->hasher,
        .previous = proxy->previous_hasher,
        .ttl_us = s->access_key_cache_ttl_ms * US_PER_MS,
        .stale_us = s->stale_auth_ms * US_PER_MS,
    };
    const ccpi_credentials_options credentials = {
        .store = &router->store->keys,
        .envelope = proxy->envelope,
        .clock = router->clock,
        .ttl_us = s->bedrock_key_cache_ttl_ms * US_PER_MS,
    };
    ccp_status status = ccpi_identities_new(&identities, &router->identities);

    if (status == CCP_OK)
        status = ccpi_credentials_new(&credentials, &router->credentials);
    if (status == CCP_OK)
        status = ccpi_plan_windows_new(&router->windows);
    if (status == CCP_OK)
        status = ccpi_model_table_new(&router->store->models, &router->models);
    if (status == CCP_OK)
        ccpi_model_table_set_environment(
            router->models,
            (ccpi_model_map){proxy->mappings, s->bedrock_model_mapping.count});
    return status;
}

static ccp_status build_limits(ccp_proxy *proxy)
{
    const ccpi_settings *s = proxy->settings;
    ccpi_router *router = &proxy->router;
    const ccpi_breaker_options breaker = {
        .failure_threshold = (int)s->circuit_failure_threshold,
        .failure_window_us = s->circuit_failure_window_ms * US_PER_MS,
        .reset_us = s->circuit_reset_timeout_ms * US_PER_MS,
    };
    const ccpi_throttle_options rejections = {.most = s->rejected_keys_per_minute,
                                              .window_us = REJECTION_WINDOW_US};
    const ccpi_slots_options slots = {
        .most = (size_t)s->max_streams,
        .most_per_key = (size_t)s->max_streams_per_key,
        .key_wait_us = s->key_wait_timeout_ms * US_PER_MS,
    };
    const ccpi_crew_options crew = {
        .name = "ccp-answer", .stack_bytes = ANSWER_STACK, .idle_ms = ANSWER_IDLE_MS};
    ccp_status status = ccpi_breaker_new(&breaker, &router->breaker);

    router->memory.limit = (size_t)s->memory_budget_bytes;
    if (status == CCP_OK)
        status = ccpi_throttle_new(&rejections, &router->rejections);
    if (status == CCP_OK)
        status = ccpi_slots_new(&slots, &router->slots);
    if (status == CCP_OK)
        status = ccpi_traces_new(&router->traces);
    if (status == CCP_OK)
        status = ccpi_crew_new(&crew, &router->crew);
    return status;
}

static ccp_status build_settings(ccp_proxy *proxy, ccp_error *error)
{
    const ccpi_settings *s = proxy->settings;
    ccpi_router_settings *settings = &proxy->router.settings;

    *settings = (ccpi_router_settings){
        .max_body_bytes = (size_t)s->max_body_bytes,
        .timeouts = {.connect_ms = s->connect_timeout_ms,
                     .first_byte_ms = s->first_byte_timeout_ms,
                     .read_ms = s->read_timeout_ms,
                     .total_ms = s->total_timeout_ms,
                     .upload_ms = UPLOAD_MS},
        .plan_trust = {s->plan_ca_file, !s->plan_verify_tls},
        .bedrock_trust = {s->aws_ca_file, false},
        .counts_network = s->circuit_count_network,
        .blocks_without_fallback = s->circuit_block_without_fallback,
        .serves_without_plan = s->bedrock_without_plan_credential,
        .forces_rate_limit =
            s->force_rate_limit && s->environment == CCPI_ENVIRONMENT_DEV,
        .records_failures = s->record_failures,
        .usage_retention_days = s->usage_retention_days,
        .is_https = s->public_url && strncmp(s->public_url, "https:", 6) == 0,
        .reserve_max_tokens = s->budget_reserve_max_tokens,
        .circuit_reset_us = s->circuit_reset_timeout_ms * US_PER_MS,
        .model_refresh_us = s->bedrock_model_refresh_ms * US_PER_MS,
        .origins = {s->cors_allowed_origins.items, s->cors_allowed_origins.count},
    };
    return ccpi_address_ranges_parse(s->trusted_proxies.items, s->trusted_proxies.count,
                                     &settings->trusted_proxies, error);
}

static ccp_status build_metrics(ccp_proxy *proxy, ccp_error *error)
{
    const ccpi_settings *s = proxy->settings;
    ccpi_router_settings *settings = &proxy->router.settings;
    ccp_status status =
        ccpi_reports_init(&proxy->reports, &proxy->router, proxy->settings, error);

    if (status != CCP_OK || !s->prometheus_enabled)
        return status;
    settings->serves_metrics = true;
    return ccpi_address_ranges_parse(s->prometheus_allowed_cidrs.items,
                                     s->prometheus_allowed_cidrs.count,
                                     &settings->metric_readers, error);
}

static ccp_status build_routing(ccp_proxy *proxy, ccp_error *error)
{
    ccp_status status = build_caches(proxy);

    if (status == CCP_OK)
        status = build_limits(proxy);
    return status == CCP_OK ? CCP_OK : no_memory(error);
}

/* ---- all of it ---- */

static ccp_status take_options(ccp_proxy *proxy, const ccp_proxy_options *options,
                               ccp_error *error)
{
    ccpi_router *router = &proxy->router;
    ccp_status status = ccpi_config_copy(options->config, &proxy->config, error);

    if (status != CCP_OK)
        return status;
    proxy->settings = ccpi_config_settings(proxy->config);
    router->store = options->store;
    router->clock = options->clock ? options->clock : ccp_system_clock();
    router->random = options->random ? options->random : ccp_system_random();
    proxy->log.sink = options->log;
    proxy->log.clock = router->clock;
    atomic_init(&proxy->log.level, proxy->settings->log_level);
    router->log = options->log ? &proxy->log : NULL;
    if (options->metrics)
        proxy->reports.own = *options->metrics;
    return CCP_OK;
}

static ccp_status build_api(ccp_proxy *proxy, ccp_error *error)
{
    const ccpi_api_options options = {.config = proxy->config, .router = &proxy->router};

    if (!proxy->envelope)
        return CCP_OK;
    return ccpi_api_new(&options, &proxy->api, error);
}

typedef ccp_status (*build_step)(ccp_proxy *proxy, ccp_error *error);

static ccp_status build(ccp_proxy *proxy, const build_step *steps, size_t count,
                        ccp_error *error)
{
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < count && status == CCP_OK; i++)
        status = steps[i](proxy, error);
    return status;
}

ccp_status ccpi_proxy_build_upstreams(ccp_proxy *proxy, const ccp_proxy_options *options,
                                      ccp_error *error)
{
    static const build_step steps[] = {
        build_settings, build_mappings,  build_metrics, build_aws,    build_secrets,
        build_memory,   build_providers, build_routing, build_engine,
    };
    ccp_status status = take_options(proxy, options, error);

    return status == CCP_OK ? build(proxy, steps, sizeof(steps) / sizeof(*steps), error)
                            : status;
}

static ccp_status build_housekeeper(ccp_proxy *proxy, ccp_error *error)
{
    return ccpi_housekeeper_new(&proxy->router, proxy->aws, &proxy->housekeeper, error);
}

static ccp_status build_reports(ccp_proxy *proxy, ccp_error *error)
{
    const ccpi_reports_options options = {
        .router = &proxy->router, .settings = proxy->settings, .aws = proxy->aws};

    return ccpi_reports_start(&proxy->reports, &options, error);
}

ccp_status ccpi_proxy_build(ccp_proxy *proxy, const ccp_proxy_options *options,
                            ccp_error *error)
{
    static const build_step steps[] = {build_usage, build_api, build_housekeeper,
                                       build_reports};
    ccp_status status = ccpi_proxy_build_upstreams(proxy, options, error);

    return status == CCP_OK ? build(proxy, steps, sizeof(steps) / sizeof(*steps), error)
                            : status;
}

void ccpi_proxy_dismantle(ccp_proxy *proxy)
{
    ccpi_router *router = &proxy->router;

    ccpi_reports_stop(&proxy->reports);
    ccpi_housekeeper_free(proxy->housekeeper);
    ccpi_api_free(proxy->api);
    ccpi_crew_free(router->crew);
    ccpi_engine_free(router->engine);
    ccpi_traces_free(router->traces);
    ccpi_slots_free(router->slots);
    ccpi_throttle_free(router->rejections);
    ccpi_breaker_free(router->breaker);
    ccpi_model_table_free(router->models);
    ccpi_credentials_free(router->credentials);
    ccpi_identities_free(router->identities);
    ccpi_recorder_free(router->recorder);
    ccpi_reports_clear(&proxy->reports);
    ccpi_budget_free(router->budget);
    ccpi_own_usage_free(router->own_usage);
    ccpi_plan_windows_free(router->windows);
    ccpi_pricing_free(router->pricing);
    ccpi_bedrock_free(proxy->bedrock);
    ccpi_capabilities_free(router->capabilities);
    ccpi_plan_free(proxy->plan);
    ccp_envelope_free(proxy->envelope);
    ccp_aws_free(proxy->aws);
    ccp_key_hasher_free(proxy->previous_hasher);
    ccp_key_hasher_free(proxy->hasher);
    free(proxy->mappings);
    ccpi_address_ranges_clear(&router->settings.trusted_proxies);
    ccpi_address_ranges_clear(&router->settings.metric_readers);
    ccp_config_free(proxy->renewed);
    ccp_config_free(proxy->config);
}
