#ifndef CCPI_CONFIG_SETTINGS_H
#define CCPI_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/config.h"
#include "ccproxy/envelope.h"

/*
 * The settings as values, for whoever builds the modules' option structs. Each
 * field belongs to one row of the table in table.c, whose name it has; times
 * are in milliseconds, and their fields end in _ms. docs/configuration.md says
 * what each one means.
 */

typedef struct ccpi_texts {
    const char *const *items;
    size_t count;
} ccpi_texts;

/* Names and values in turn: items[2 * i], items[2 * i + 1]. */
typedef struct ccpi_text_pairs {
    const char *const *items;
    size_t count; /* of pairs */
} ccpi_text_pairs;

typedef struct ccpi_master_key {
    bool is_set;
    unsigned char bytes[CCP_MASTER_KEY_LEN];
} ccpi_master_key;

/* In the order of the words in the table. */
enum { CCPI_ENVIRONMENT_DEV = 0, CCPI_ENVIRONMENT_PROD };
enum { CCPI_MESSAGES_RUNTIME = 0, CCPI_MESSAGES_MANTLE };
enum { CCPI_BUDGET_FAILS_CLOSED = 0, CCPI_BUDGET_FAILS_OPEN };
enum { CCPI_CLOUDWATCH_OFF = 0, CCPI_CLOUDWATCH_PUT, CCPI_CLOUDWATCH_EMF };

typedef struct ccpi_settings {
    int environment;
    const char *data_dir;
    const char *listen;
    int64_t keep_alive_timeout_ms;
    int64_t max_streams;
    int64_t max_streams_per_key; /* 0: any number */
    int64_t key_wait_timeout_ms;
    int64_t max_body_bytes;
    int64_t memory_budget_bytes;
    int64_t usage_spool_bytes;
    const char *public_url;

    const char *database_url; /* never NULL: made from data_dir or the db_ settings */
    const char *db_host;
    int64_t db_port;
    const char *db_name;
    const char *db_user;
    const char *db_password;
    int64_t db_pool_size;
    const char *db_ca_file;
    int db_sslmode;
    bool auto_migrate;

    const char *plan_api_url;
    const char *plan_api_key;
    const char *plan_ca_file;
    bool plan_verify_tls;
    ccpi_texts plan_placeholder_tokens;
    bool plan_http2;
    ccpi_texts usage_limit_messages;

    int64_t connect_timeout_ms;
    int64_t connection_lifetime_ms;
    int64_t first_byte_timeout_ms;
    int64_t read_timeout_ms;
    int64_t total_timeout_ms; /* 0: none */
    int64_t engine_threads;

    const char *bedrock_region;
    const char *bedrock_geo_prefix;
    int bedrock_api; /* a ccpi_bedrock_api */
    const char *bedrock_default_model;
    const char *bedrock_endpoint;
    ccpi_text_pairs bedrock_model_mapping;
    bool allow_direct_model_ids;
    bool bedrock_use_service_credentials;
    bool bedrock_without_plan_credential;
    int bedrock_messages_host;
    int64_t capability_memory_ttl_ms;
    int64_t bedrock_model_refresh_ms;

    int64_t max_output_tokens_cap; /* 0: none */
    int64_t thinking_budget_cap;   /* 0: none */
    bool force_rate_limit;

    int64_t access_key_cache_ttl_ms;
    int64_t bedrock_key_cache_ttl_ms;
    int64_t budget_cache_ttl_ms;
    int64_t stale_auth_ms;

    int64_t circuit_failure_threshold;
    int64_t circuit_failure_window_ms;
    int64_t circuit_reset_timeout_ms;
    bool circuit_count_network;
    bool circuit_block_without_fallback;

    int64_t rotation_grace_ms;
    int64_t max_keys_per_user;
    int64_t rejected_keys_per_minute;

    int budget_fail_mode;
    int64_t budget_reserve_max_tokens;
    const char *report_timezone;
    int64_t usage_retention_days; /* 0: for ever */
    bool record_failures;

    const char *pricing_file;
    const char *model_pricing; /* JSON */
    const char *plan_pricing;  /* JSON */

    const char *key_hasher_secret;
    const char *key_hasher_secret_previous;
    ccpi_master_key encryption_key;
    ccpi_master_key encryption_key_previous;
    const char *kms_key_id;
    const char *kms_key_id_previous;

    const char *aws_region;
    const char *aws_endpoint_url;
    const char *aws_endpoint_url_kms;
    const char *aws_endpoint_url_secrets_manager;
    const char *aws_endpoint_url_cloudwatch;
    const char *aws_endpoint_url_sts;
    const char *aws_endpoint_url_bedrock;
    const char *aws_ca_file;

    const char *oidc_issuer;
    const char *oidc_client_id;
    const char *oidc_client_secret;
    ccpi_texts oidc_allowed_groups;
    ccpi_texts oidc_allowed_emails;

    const char *admin_username;
    const char *admin_password_hash;
    const char *admin_credentials_secret;
    ccpi_texts admin_allowed_cidrs; /* none: any address */
    ccpi_texts trusted_proxies;
    ccpi_texts cors_allowed_origins;

    int log_level; /* ccp_log_level */
    int cloudwatch_mode;
    const char *cloudwatch_namespace;
    bool otel_enabled;
    const char *otel_endpoint;
    int64_t otel_interval_ms;
    int64_t otel_timeout_ms;
    bool otel_user_metrics;
    bool prometheus_enabled;
    ccpi_texts prometheus_allowed_cidrs;
} ccpi_settings;

/* After a check that passed; belongs to the configuration. */
const ccpi_settings *ccpi_config_settings(const ccp_config *config);

/*
 * A configuration of its own with what the last check found: no file or source
 * is read again. @param out  given; ccp_config_free()
 */
/* A copy with fresh's values of what is reloadable. @param out  given */
ccp_status ccpi_config_renew(const ccp_config *config, const ccp_config *fresh,
                             ccp_config **out, ccp_error *error);
ccp_status ccpi_config_copy(const ccp_config *config, ccp_config **out, ccp_error *error);

#endif
