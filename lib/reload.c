#include <stdlib.h>
#include <string.h>

#include "aws/envelope.h"
#include "base/fail.h"
#include "proxy.h"

/*
 * New values of the settings that may change while requests run (section 13). All
 * that takes their place is made first, so that a mistake changes nothing.
 */
typedef struct fresh_parts {
    ccp_config *config;
    ccp_key_hasher *hasher;
    ccp_key_hasher *previous_hasher;
    ccp_envelope *envelope;
    char *plan_key;
    ccpi_model_pair *mappings;
    ccpi_api *api;
} fresh_parts;

static void clear(fresh_parts *parts)
{
    ccpi_api_free(parts->api);
    free(parts->mappings);
    free(parts->plan_key);
    ccp_envelope_free(parts->envelope);
    ccp_key_hasher_free(parts->previous_hasher);
    ccp_key_hasher_free(parts->hasher);
    ccp_config_free(parts->config);
}

static ccp_status make_secrets(const ccp_proxy *proxy, fresh_parts *parts,
                               ccp_error *error)
{
    const ccpi_settings *s = ccpi_config_settings(parts->config);
    ccp_status status = CCP_OK;

    if (!s->key_hasher_secret)
        return ccpi_fail(error, CCP_INVALID, "key_hasher_secret is not set");
    if (proxy->envelope && !s->encryption_key.is_set && !s->kms_key_id)
        return ccpi_fail(error, CCP_INVALID, "encryption_key is not set any more");
    status = ccpi_proxy_make_hasher(s->key_hasher_secret, &parts->hasher, error);
    if (status == CCP_OK && s->key_hasher_secret_previous)
        status = ccpi_proxy_make_hasher(s->key_hasher_secret_previous,
                                        &parts->previous_hasher, error);
    if (status == CCP_OK && proxy->envelope)
        status = ccpi_aws_envelope_new(parts->config, proxy->aws, proxy->router.random,
                                       &parts->envelope, error);
    return status;
}

static ccp_status copy_plan_key(fresh_parts *parts, ccp_error *error)
{
    const char *key = ccpi_config_settings(parts->config)->plan_api_key;

    if (!key || !*key)
        return CCP_OK;
    parts->plan_key = strdup(key);
    return parts->plan_key ? CCP_OK
                           : ccpi_fail(error, CCP_NO_MEMORY, "no memory for a key");
}

static ccp_status make_api(const ccp_proxy *proxy, fresh_parts *parts, ccp_error *error)
{
    const ccpi_api_options options = {.config = parts->config,
                                      .router = proxy->api ? proxy->api->router : NULL};
    ccp_status status;

    if (!proxy->api)
        return CCP_OK;
    status = ccpi_api_new(&options, &parts->api, error);
    if (status == CCP_OK)
        parts->api->started_us = proxy->api->started_us;
    return status;
}

static ccp_status make(const ccp_proxy *proxy, const ccp_config *config,
                       fresh_parts *parts, ccp_error *error)
{
    ccp_status status = ccpi_config_renew(proxy->config, config, &parts->config, error);

    if (status == CCP_OK)
        status = make_secrets(proxy, parts, error);
    if (status == CCP_OK)
        status = ccpi_proxy_make_mappings(ccpi_config_settings(parts->config),
                                          &parts->mappings, error);
    if (status == CCP_OK)
        status = copy_plan_key(parts, error);
    if (status == CCP_OK)
        status = make_api(proxy, parts, error);
    return status;
}

/* The last that may fail, so it is put in place at once. */
static ccp_status renew_prices(ccp_proxy *proxy, const ccpi_settings *s, ccp_error *error)
{
    const ccpi_pricing_options prices = {.overrides_json = s->model_pricing,
                                         .plan_json = s->plan_pricing,
                                         .file = s->pricing_file};

    return ccpi_pricing_reload(proxy->router.pricing, &prices, error);
}

/* Both point to pointers to objects. */
static void swap(void *one, void *other)
{
    void *kept;

    memcpy(&kept, one, sizeof(kept));
    memcpy(one, other, sizeof(kept));
    memcpy(other, &kept, sizeof(kept));
}

/* Each part forgets the former one before this returns. */
static void put_in_place(ccp_proxy *proxy, fresh_parts *parts)
{
    const ccpi_settings *s = ccpi_config_settings(parts->config);
    const ccpi_router *router = &proxy->router;

    ccpi_identities_set_hashers(router->identities, parts->hasher,
                                parts->previous_hasher);
    ccpi_credentials_set_envelope(router->credentials, parts->envelope);
    ccpi_model_table_set_environment(
        router->models,
        (ccpi_model_map){parts->mappings, s->bedrock_model_mapping.count});
    ccpi_plan_take_shared_key(proxy->plan, parts->plan_key);
    parts->plan_key = NULL;
    pthread_rwlock_wrlock(&proxy->api_lock);
    swap(&proxy->api, &parts->api);
    pthread_rwlock_unlock(&proxy->api_lock);
    atomic_store(&proxy->log.level, s->log_level);

    swap(&proxy->hasher, &parts->hasher);
    swap(&proxy->previous_hasher, &parts->previous_hasher);
    swap(&proxy->envelope, &parts->envelope);
    swap(&proxy->mappings, &parts->mappings);
    swap(&proxy->renewed, &parts->config);
}

static void log_result(const ccp_proxy *proxy, ccp_status status, const ccp_error *cause)
{
    ccpi_log_line line;

    if (status == CCP_OK) {
        ccpi_log_start(&line, proxy->router.log, CCP_LOG_INFO, "settings_reloaded", NULL);
    } else {
        ccpi_log_start(&line, proxy->router.log, CCP_LOG_ERROR, "reload_rejected", NULL);
        ccpi_log_text(&line, "cause", cause->message);
    }
    ccpi_log_end(&line);
}

ccp_status ccp_proxy_reload(ccp_proxy *proxy, const ccp_config *config, ccp_error *error)
{
    fresh_parts parts = {0};
    ccp_error cause = {CCP_OK, ""};
    ccp_status status;

    pthread_mutex_lock(&proxy->reload_lock);
    status = make(proxy, config, &parts, &cause);
    if (status == CCP_OK)
        status = renew_prices(proxy, ccpi_config_settings(parts.config), &cause);
    if (status == CCP_OK)
        put_in_place(proxy, &parts);
    /* The store's mappings are followed by themselves; this is for the impatient. */
    if (status == CCP_OK)
        ccpi_model_table_reload(proxy->router.models);
    clear(&parts);
    pthread_mutex_unlock(&proxy->reload_lock);
    log_result(proxy, status, &cause);
    if (status != CCP_OK && error)
        *error = cause;
    return status;
}
