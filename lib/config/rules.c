#include "config/rules.h"

#include <unistd.h>

static bool is_prod(const ccpi_settings *settings)
{
    return settings->environment == CCPI_ENVIRONMENT_PROD;
}

/* PL-7 */
static bool skips_verification(const ccpi_settings *settings)
{
    return is_prod(settings) && !settings->plan_verify_tls;
}

/* PL-9 */
static bool forces_rate_limit(const ccpi_settings *settings)
{
    return is_prod(settings) && settings->force_rate_limit;
}

/* SE-2 asks for these three; in dev a first start generates them. */
static bool lacks_hasher_secret(const ccpi_settings *settings)
{
    return is_prod(settings) && !settings->key_hasher_secret;
}

static bool lacks_encryption_key(const ccpi_settings *settings)
{
    return is_prod(settings) && !settings->encryption_key.is_set && !settings->kms_key_id;
}

static bool lacks_admin(const ccpi_settings *settings)
{
    return is_prod(settings) && !settings->admin_password_hash &&
           !settings->admin_credentials_secret;
}

static bool has_two_databases(const ccpi_settings *settings)
{
    return settings->database_url && settings->db_host;
}

/* An image that was built without the certificates of RDS: said at the start, not by
   every connection. */
static bool lacks_db_ca_file(const ccpi_settings *settings)
{
    return settings->db_ca_file && access(settings->db_ca_file, R_OK) != 0;
}

static bool has_no_data_dir(const ccpi_settings *settings)
{
    return !settings->data_dir;
}

static bool budget_is_too_small(const ccpi_settings *settings)
{
    return settings->memory_budget_bytes < settings->max_body_bytes;
}

static bool lacks_oidc_client(const ccpi_settings *settings)
{
    return settings->oidc_issuer && !settings->oidc_client_id;
}

const ccpi_rule ccpi_rules[] = {
    {"plan_verify_tls", skips_verification, "may be off in dev only"},
    {"force_rate_limit", forces_rate_limit, "may be on in dev only"},
    {"key_hasher_secret", lacks_hasher_secret,
     "is needed outside dev (32 bytes or more)"},
    {"encryption_key", lacks_encryption_key, "is needed outside dev"},
    {"admin_password_hash", lacks_admin, "is needed outside dev"},
    {"database_url", has_two_databases, "excludes db_host: one of them is to go"},
    {"db_ca_file", lacks_db_ca_file, "names no file that can be read"},
    {"data_dir", has_no_data_dir, "must not be empty"},
    {"memory_budget_bytes", budget_is_too_small, "is less than max_body_bytes"},
    {"oidc_client_id", lacks_oidc_client, "is needed beside oidc_issuer"},
};

const size_t ccpi_rule_count = sizeof(ccpi_rules) / sizeof(ccpi_rules[0]);
