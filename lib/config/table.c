#include "config/table.h"

#include "ccproxy/keys.h"
#include "config/settings.h"
#include "config/shape.h"

/* The field's offset; does not compile when the field has another type. */
#define FIELD(name_, type_)                                                              \
    (offsetof(ccpi_settings, name_) +                                                    \
     _Generic(((ccpi_settings *)NULL)                                                    \
                  ->name_, /* NOLINTNEXTLINE(bugprone-macro-parentheses) */              \
              type_ : 0))

#define ROW(name_, field_, type_, c_type_, preset_)                                      \
    .name = #name_, .type = CCPI_SETTING_##type_, .preset = (preset_),                   \
    .field = FIELD(field_, c_type_)

#define TEXT(name_, preset_) ROW(name_, name_, TEXT, const char *, preset_)
#define NUMBER(name_, preset_) ROW(name_, name_, NUMBER, int64_t, preset_)
#define TIME(name_, field_, preset_) ROW(name_, field_, TIME, int64_t, preset_)
#define SIZE(name_, preset_) ROW(name_, name_, SIZE, int64_t, preset_)
#define BOOLEAN(name_, preset_) ROW(name_, name_, BOOLEAN, bool, preset_)
#define WORD(name_, preset_) ROW(name_, name_, WORD, int, preset_)
#define LIST(name_, preset_) ROW(name_, name_, LIST, ccpi_texts, preset_)
#define MAP(name_, preset_) ROW(name_, name_, MAP, ccpi_text_pairs, preset_)
#define JSON(name_, preset_) ROW(name_, name_, JSON, const char *, preset_)
#define KEY(name_) ROW(name_, name_, KEY, ccpi_master_key, NULL)

#define SECRET .is_secret = true
#define RELOADABLE .is_reloadable = true
#define MAY_BE_ABSENT .may_be_absent = true

#define SECOND ((int64_t)1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define KIB ((int64_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* A year: longer is a slip of the pen. */
#define LONGEST (366 * DAY)
#define MANY 1000000000

const ccpi_setting ccpi_setting_table[] = {
    {WORD(environment, "dev"), .words = {"dev", "prod"}},
    {TEXT(data_dir, "./ccproxy-data")},
    {TEXT(listen, "127.0.0.1:8000"), .shape = &ccpi_shape_listen},
    {TIME(keep_alive_timeout, keep_alive_timeout_ms, "75"), .bounds = {SECOND, DAY}},
    {NUMBER(max_streams, "1024"), .bounds = {1, 100000}},
    {NUMBER(max_streams_per_key, "64"), .bounds = {0, 100000}},
    {TIME(key_wait_timeout, key_wait_timeout_ms, "5"), .bounds = {0, 300 * SECOND}},
    {SIZE(max_body_bytes, "33554432"), .bounds = {KIB, GIB}},
    {SIZE(memory_budget_bytes, "256 MiB"), .bounds = {MIB, 1024 * GIB}},
    {SIZE(usage_spool_bytes, "1 GiB"), .bounds = {64 * KIB, 1024 * GIB}},
    {TEXT(public_url, NULL), .shape = &ccpi_shape_any_url},

    {TEXT(database_url, NULL), .shape = &ccpi_shape_database_url, SECRET},
    {TEXT(db_host, NULL)},
    {NUMBER(db_port, "5432"), .bounds = {1, 65535}},
    {TEXT(db_name, "proxy")},
    {TEXT(db_user, NULL)},
    {TEXT(db_password, NULL), SECRET, RELOADABLE},
    {NUMBER(db_pool_size, "10"), .bounds = {1, 1000}},
    {TEXT(db_ca_file, NULL)},
    {WORD(db_sslmode, "verify-full"),
     .words = {"disable", "prefer", "require", "verify-ca", "verify-full"}},
    {BOOLEAN(auto_migrate, "false")},

    {TEXT(plan_api_url, "https://api.anthropic.com"), .shape = &ccpi_shape_upstream_url},
    {TEXT(plan_api_key, NULL), .shape = &ccpi_shape_header_value, SECRET, RELOADABLE,
     MAY_BE_ABSENT},
    {TEXT(plan_ca_file, NULL)},
    {BOOLEAN(plan_verify_tls, "true")},
    {LIST(plan_placeholder_tokens, "")},
    {BOOLEAN(plan_http2, "false")},
    {LIST(usage_limit_messages, "usage limit,credit balance is too low")},

    {TIME(connect_timeout, connect_timeout_ms, "5"), .bounds = {1, HOUR}},
    {TIME(connection_lifetime, connection_lifetime_ms, "300"), .bounds = {SECOND, DAY}},
    {TIME(first_byte_timeout, first_byte_timeout_ms, "120"), .bounds = {1, HOUR}},
    {TIME(read_timeout, read_timeout_ms, "290"), .bounds = {1, HOUR}},
    {TIME(total_timeout, total_timeout_ms, "600"), .bounds = {0, DAY}},
    {NUMBER(engine_threads, "1"), .bounds = {1, 64}},

    {TEXT(bedrock_region, "us-east-1"), .shape = &ccpi_shape_region,
     .aws_name = "AWS_REGION"},
    {TEXT(bedrock_geo_prefix, "global"), .shape = &ccpi_shape_geo_prefix},
    {WORD(bedrock_api, "converse"), .words = {"converse", "invoke", "messages"}},
    {TEXT(bedrock_default_model, NULL), .shape = &ccpi_shape_model_id},
    {TEXT(bedrock_endpoint, NULL), .shape = &ccpi_shape_upstream_url,
     .aws_name = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"},
    {MAP(bedrock_model_mapping, "{}"), .shape = &ccpi_shape_model_id, RELOADABLE},
    {BOOLEAN(allow_direct_model_ids, "false")},
    {BOOLEAN(bedrock_use_service_credentials, "false")},
    {BOOLEAN(bedrock_without_plan_credential, "false")},
    {WORD(bedrock_messages_host, "runtime"), .words = {"runtime", "mantle"}},
    {TIME(bedrock_model_refresh, bedrock_model_refresh_ms, "0"), .bounds = {0, LONGEST}},
    {TIME(capability_memory_ttl, capability_memory_ttl_ms, "3600"),
     .bounds = {0, LONGEST}},

    {NUMBER(max_output_tokens_cap, "0"), .bounds = {0, MANY}},
    {NUMBER(thinking_budget_cap, "0"), .bounds = {0, MANY}},
    {BOOLEAN(force_rate_limit, "false")},

    {TIME(access_key_cache_ttl, access_key_cache_ttl_ms, "60"), .bounds = {0, DAY}},
    {TIME(bedrock_key_cache_ttl, bedrock_key_cache_ttl_ms, "300"), .bounds = {0, DAY}},
    {TIME(budget_cache_ttl, budget_cache_ttl_ms, "60"), .bounds = {0, DAY}},
    {TIME(stale_auth_seconds, stale_auth_ms, "600"), .bounds = {0, LONGEST}},

    {NUMBER(circuit_failure_threshold, "3"), .bounds = {1, 1000}},
    {TIME(circuit_failure_window, circuit_failure_window_ms, "60"), .bounds = {1, DAY}},
    {TIME(circuit_reset_timeout, circuit_reset_timeout_ms, "1800"), .bounds = {1, DAY}},
    {BOOLEAN(circuit_count_network, "true")},
    {BOOLEAN(circuit_block_without_fallback, "false")},

    {TIME(rotation_grace_seconds, rotation_grace_ms, "300"), .bounds = {0, DAY}},
    {NUMBER(max_keys_per_user, "10"), .bounds = {1, 100000}},
    {NUMBER(rejected_keys_per_minute, "30"), .bounds = {1, 1000000}},

    {WORD(budget_fail_mode, "closed"), .words = {"closed", "open"}},
    {NUMBER(budget_reserve_max_tokens, "8192"), .bounds = {1, MANY}},
    {TEXT(report_timezone, "UTC"), .shape = &ccpi_shape_zone},
    {NUMBER(usage_retention_days, "0"), .bounds = {0, 36500}},
    {BOOLEAN(record_failures, "true")},

    {TEXT(pricing_file, NULL), RELOADABLE},
    {JSON(model_pricing, NULL), RELOADABLE},
    {JSON(plan_pricing, NULL), RELOADABLE},

    {TEXT(key_hasher_secret, NULL), .bounds = {CCP_KEY_SECRET_MIN, CCP_KEY_SECRET_MAX},
     SECRET, RELOADABLE},
    {TEXT(key_hasher_secret_previous, NULL),
     .bounds = {CCP_KEY_SECRET_MIN, CCP_KEY_SECRET_MAX}, SECRET, RELOADABLE},
    {KEY(encryption_key), SECRET, RELOADABLE},
    {KEY(encryption_key_previous), SECRET, RELOADABLE},
    {TEXT(kms_key_id, NULL)},
    {TEXT(kms_key_id_previous, NULL)},

    {TEXT(aws_region, NULL), .shape = &ccpi_shape_region, .aws_name = "AWS_REGION"},
    {TEXT(aws_endpoint_url, NULL), .shape = &ccpi_shape_upstream_url,
     .aws_name = "AWS_ENDPOINT_URL"},
    {TEXT(aws_endpoint_url_kms, NULL), .shape = &ccpi_shape_upstream_url,
     .aws_name = "AWS_ENDPOINT_URL_KMS"},
    {TEXT(aws_endpoint_url_secrets_manager, NULL), .shape = &ccpi_shape_upstream_url,
     .aws_name = "AWS_ENDPOINT_URL_SECRETS_MANAGER"},
    {TEXT(aws_endpoint_url_cloudwatch, NULL), .shape = &ccpi_shape_upstream_url,
     .aws_name = "AWS_ENDPOINT_URL_CLOUDWATCH"},
    {TEXT(aws_endpoint_url_sts, NULL), .shape = &ccpi_shape_upstream_url,
     .aws_name = "AWS_ENDPOINT_URL_STS"},
    {TEXT(aws_endpoint_url_bedrock, NULL), .shape = &ccpi_shape_upstream_url,
     .aws_name = "AWS_ENDPOINT_URL_BEDROCK"},
    {TEXT(aws_ca_file, NULL), .aws_name = "AWS_CA_BUNDLE"},

    {TEXT(oidc_issuer, NULL), .shape = &ccpi_shape_upstream_url},
    {TEXT(oidc_client_id, NULL), .shape = &ccpi_shape_header_value},
    {TEXT(oidc_client_secret, NULL), SECRET, RELOADABLE},
    {LIST(oidc_allowed_groups, "")},
    {LIST(oidc_allowed_emails, "")},

    {TEXT(admin_username, "admin"), .bounds = {1, 255}},
    {TEXT(admin_password_hash, NULL), .shape = &ccpi_shape_password_hash, SECRET,
     RELOADABLE},
    {TEXT(admin_credentials_secret, NULL)},
    {LIST(admin_allowed_cidrs, ""), .shape = &ccpi_shape_cidr},
    {LIST(trusted_proxies, ""), .shape = &ccpi_shape_cidr},
    {LIST(cors_allowed_origins, "*"), .shape = &ccpi_shape_origin},

    {WORD(log_level, "INFO"), .words = {"DEBUG", "INFO", "WARNING", "ERROR"}, RELOADABLE},
    {WORD(cloudwatch_mode, "off"), .words = {"off", "put", "emf"}},
    {TEXT(cloudwatch_namespace, "ClaudeCodeProxy"), .bounds = {1, 255}},
    {BOOLEAN(otel_enabled, "false")},
    {TEXT(otel_endpoint, "http://localhost:4318"), .shape = &ccpi_shape_any_url},
    {NUMBER(otel_interval_ms, "10000"), .bounds = {100, 3600000}},
    {NUMBER(otel_timeout_ms, "3000"), .bounds = {10, 60000}},
    {BOOLEAN(otel_user_metrics, "false")},
    {BOOLEAN(prometheus_enabled, "false")},
    {LIST(prometheus_allowed_cidrs, "127.0.0.0/8,::1/128"), .shape = &ccpi_shape_cidr},
};

const size_t ccpi_setting_count =
    sizeof(ccpi_setting_table) / sizeof(ccpi_setting_table[0]);
