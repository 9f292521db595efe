#include "ccproxy/config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/settings.h"
#include "config/table.h"
#include "support/config_scene.h"

#define CANARY "canary-7f3a-canary-7f3a-canary-7f3a"
/* openssl rand -base64 32, and the same bytes by xxd -p -c 32 */
#define KEY_BASE64 "dYoMAQWhL+FZpnUrdVlvHFSCIhVnIr5dp0ztnKaZ3sI="
#define KEY_HEX "758a0c0105a12fe159a6752b75596f1c548222156722be5da74ced9ca699dec2"

TestSuite(config, .init = make_config, .fini = drop_config);

Test(config, without_any_source_the_defaults_hold)
{
    const ccpi_settings *settings = ccpi_config_settings(config);

    expect_valid();
    cr_expect(eq(int, (int)ccp_config_number(config, "max_streams"), 1024));
    cr_expect(eq(long, ccp_config_number(config, "read_timeout"), 290000));
    cr_expect(eq(long, ccp_config_number(config, "memory_budget_bytes"), 268435456));
    expect_text("plan_api_url", "https://api.anthropic.com");
    cr_expect(zero(ptr, (void *)ccp_config_text(config, "plan_api_key")));
    cr_expect(zero(ptr, (void *)ccp_config_text(config, "no_such_setting")));

    cr_expect(eq(long, settings->max_body_bytes, 33554432));
    cr_expect(settings->plan_verify_tls);
    cr_expect(not(settings->plan_http2));
    cr_expect(eq(int, settings->log_level, 1));
    cr_expect(eq(sz, settings->usage_limit_messages.count, 2));
    cr_expect(eq(str, (char *)settings->usage_limit_messages.items[1],
                 "credit balance is too low"));
    cr_expect(eq(sz, settings->bedrock_model_mapping.count, 0));
    cr_expect(eq(sz, settings->admin_allowed_cidrs.count, 0));
    cr_expect(not(settings->encryption_key.is_set));
}

Test(config, flags_win_over_environment_over_file_over_aws_over_defaults)
{
    flag("bedrock-region", "eu-west-1");
    environment("CCPROXY_BEDROCK_REGION=eu-west-2");
    file("{\"bedrock_region\":\"eu-west-3\",\"max_streams\":3}");
    environment("AWS_REGION=ap-south-1");
    environment("CCPROXY_MAX_STREAMS=2");
    expect_valid();
    expect_text("bedrock_region", "eu-west-1");
    expect_text("max_streams", "2");
    expect_text("aws_region", "ap-south-1");
}

Test(config, a_later_flag_replaces_an_earlier_one)
{
    flag("max_streams", "1");
    flag("max-streams", "2");
    expect_valid();
    expect_text("max_streams", "2");
}

/* As orchestrators leave a variable out. */
Test(config, an_empty_variable_counts_as_none)
{
    file("{\"max_streams\":3}");
    environment("CCPROXY_MAX_STREAMS=");
    environment("CCPROXY_CORS_ALLOWED_ORIGINS=");
    expect_valid();
    expect_text("max_streams", "3");
    expect_text("cors_allowed_origins", "*");
}

Test(config, an_empty_flag_clears_a_text_or_list)
{
    environment("CCPROXY_PUBLIC_URL=https://proxy.example.com");
    flag("public_url", "");
    flag("cors_allowed_origins", "");
    expect_valid();
    cr_expect(zero(ptr, (void *)ccp_config_text(config, "public_url")));
    cr_expect(zero(sz, ccpi_config_settings(config)->cors_allowed_origins.count));
}

Test(config, all_mistakes_are_told_at_once)
{
    file("{\"max_streams\":\"many\",\"nonsense\":1,\"otel_endpoint\":[1]}");
    environment("CCPROXY_READ_TIMEOUT=-1");
    flag("bedrock-region", "mars");
    flag("no-such-flag", "x");
    cr_assert(eq(int, check(), CCP_INVALID));
    cr_expect(eq(int, mistakes, 6));
    expect_told("there is no setting \"nonsense\" (file)");
    expect_told("there is no setting \"no-such-flag\" (flag)");
    expect_told("max_streams: \"many\" is no whole number from 1 to 100000 (file)");
    expect_told("otel_endpoint: is a list, not one value (file)");
    expect_told("read_timeout: \"-1\" is no number of seconds from 0.001 to 3600 "
                "(environment)");
    expect_told("bedrock_region: \"mars\" is no AWS region such as us-east-1 (flag)");
}

Test(config, a_mistake_that_is_mended_is_forgotten)
{
    flag("max_streams", "x");
    cr_assert(eq(int, check(), CCP_INVALID));
    flag("max_streams", "7");
    expect_valid();
    cr_expect(eq(long, ccpi_config_settings(config)->max_streams, 7));
}

/* Kubernetes makes such variables for every service. */
Test(config, an_unknown_variable_is_warned_of)
{
    environment("CCPROXY_PORT_8000_TCP=tcp://10.0.0.1:8000");
    environment("CCPROXY_max_streams=1");
    environment("OTHER_THING=1");
    environment("no equals sign");
    expect_valid();
    cr_expect(eq(int, warnings, 2));
    expect_told("there is no setting for the variable CCPROXY_PORT_8000_TCP");
}

Test(config, a_flood_of_warnings_hides_no_mistake)
{
    for (int i = 0; i < 300; i++) {
        char variable[32];

        snprintf(variable, sizeof(variable), "CCPROXY_X%d=1", i);
        environment(variable);
    }
    flag("nonsense", "1");
    cr_expect(eq(int, check(), CCP_INVALID));
}

Test(config, a_value_may_stand_in_a_file)
{
    char variable[64];

    write_file("sk-ant-from-a-file\r\n\n");
    snprintf(variable, sizeof(variable), "CCPROXY_PLAN_API_KEY_FILE=%s", path);
    environment(variable);
    expect_valid();
    expect_text("plan_api_key", "sk-ant-from-a-file");
}

Test(config, a_value_in_a_file_hides_one_of_a_lower_source)
{
    write_file("12");
    environment("CCPROXY_MAX_STREAMS=3");
    flag("max-streams-file", path);
    expect_valid();
    expect_text("max_streams", "12");
}

Test(config, a_missing_file_of_a_value_is_a_mistake)
{
    flag("plan_api_key_file", "/nowhere/key");
    cr_expect(eq(int, check(), CCP_INVALID));
    expect_told("plan_api_key: /nowhere/key: No such file or directory (flag)");
}

Test(config, a_name_of_the_table_wins_over_the_suffixes)
{
    environment("CCPROXY_KEY_HASHER_SECRET=" CANARY);
    environment("CCPROXY_PRICING_FILE=/etc/prices.json");
    environment("CCPROXY_DB_CA_FILE=/dev/null");
    expect_valid();
    expect_text("key_hasher_secret", CANARY);
    expect_text("pricing_file", "/etc/prices.json");
    expect_text("db_ca_file", "/dev/null");
}

Test(config, one_source_may_not_give_a_setting_in_two_ways)
{
    environment("CCPROXY_PLAN_API_KEY=a");
    environment("CCPROXY_PLAN_API_KEY_FILE=/etc/key");
    cr_expect(eq(int, check(), CCP_INVALID));
    expect_told("plan_api_key: is given in two ways at once (environment)");
}

Test(config, a_secret_without_a_source_of_secrets_is_a_mistake_unless_it_is_hidden)
{
    environment("CCPROXY_PLAN_API_KEY_SECRET=claude-code-proxy/plan-api-key");
    cr_expect(eq(int, check(), CCP_INVALID));
    expect_told("plan_api_key: needs a source of secrets (environment)");

    flag("plan_api_key", "a");
    expect_valid();
}

static void collect_entry(void *context, const ccp_config_entry *entry)
{
    (void)context;
    collect(NULL, true, entry->value ? entry->value : "");
    if (entry->is_secret && entry->value)
        cr_expect(eq(str, (char *)entry->value, "***"));
}

/* AK-2, OB-2: no secret in any message, whether its value is fine or not. */
Test(config, no_message_and_no_listing_shows_a_secret)
{
    for (size_t i = 0; i < ccpi_setting_count; i++)
        if (ccpi_setting_table[i].is_secret)
            flag(ccpi_setting_table[i].name, CANARY "\x01");
    flag("ABSK" CANARY, "x");
    flag("max_streams", "Bearer " CANARY);
    cr_expect(eq(int, check(), CCP_INVALID));
    ccp_config_visit(config, collect_entry, NULL);
    cr_expect(zero(ptr, strstr(told, "canary")), "%s", told);
}

Test(config, the_listing_tells_each_setting_and_its_source)
{
    environment("CCPROXY_MAX_STREAMS=5");
    environment("AWS_CA_BUNDLE=/etc/ca.pem");
    flag("plan_api_key", "secret-of-mine");
    expect_valid();
    told[0] = '\0';
    warnings = 0;
    ccp_config_visit(config, collect_entry, NULL);
    cr_expect(eq(sz, (size_t)warnings, ccpi_setting_count));
    cr_expect(ne(ptr, strstr(told, "\n***\n"), NULL));
    cr_expect(zero(ptr, strstr(told, "secret-of-mine")));
}

static void find_source(void *context, const ccp_config_entry *entry)
{
    const char **sought = context;

    if (strcmp(sought[0], entry->name) == 0)
        sought[1] = entry->source;
}

Test(config, the_source_is_the_one_that_counted)
{
    static const char *const expected[][2] = {
        {"max_streams", "environment"}, {"aws_ca_file", "AWS_CA_BUNDLE"},
        {"plan_http2", "file"},         {"listen", "flag"},
        {"db_port", "default"},
    };

    environment("CCPROXY_MAX_STREAMS=5");
    environment("AWS_CA_BUNDLE=/etc/ca.pem");
    file("{\"plan_http2\":true,\"max_streams\":4}");
    flag("listen", "127.0.0.1:0");
    expect_valid();
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const char *sought[2] = {expected[i][0], ""};

        ccp_config_visit(config, find_source, sought);
        cr_expect(eq(str, (char *)sought[1], (char *)expected[i][1]), "%s", sought[0]);
    }
}

/* SE-2 */
Test(config, outside_dev_the_secrets_are_needed)
{
    flag("environment", "prod");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(int, mistakes, 3));
    expect_told("key_hasher_secret: is needed outside dev (32 bytes or more)");
    expect_told("encryption_key: is needed outside dev");
    expect_told("admin_password_hash: is needed outside dev");

    flag("key_hasher_secret", CANARY);
    flag("encryption_key", KEY_HEX);
    flag("admin_password_hash", "$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA");
    expect_valid();
}

Test(config, a_value_that_is_bad_is_not_told_to_be_missing_too)
{
    flag("environment", "prod");
    flag("encryption_key", KEY_HEX);
    flag("admin_password_hash", "$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA");
    flag("key_hasher_secret", "short");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(int, mistakes, 1));
    expect_told("key_hasher_secret: has 5 bytes, not 32 to 1024 (flag)");
}

Test(config, test_aids_are_refused_outside_dev)
{
    flag("environment", "prod");
    flag("key_hasher_secret", CANARY);
    flag("encryption_key", KEY_HEX);
    flag("admin_password_hash", "$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA");
    flag("plan_verify_tls", "false");
    flag("force_rate_limit", "true");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(int, mistakes, 2));

    flag("environment", "dev");
    expect_valid();
}

Test(config, settings_must_fit_together)
{
    flag("max_body_bytes", "64 MiB");
    flag("memory_budget_bytes", "32 MiB");
    flag("database_url", "sqlite:a.db");
    flag("db_host", "db.example.com");
    flag("data_dir", "");
    flag("oidc_issuer", "https://id.example.com");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(int, mistakes, 4), "%s", told);
}

Test(config, the_database_is_a_file_in_the_data_folder_unless_told)
{
    flag("data_dir", "/var/lib/ccproxy");
    expect_valid();
    expect_text("database_url", "sqlite:/var/lib/ccproxy/ccproxy.db");
    cr_expect(eq(str, (char *)ccpi_config_settings(config)->database_url,
                 "sqlite:/var/lib/ccproxy/ccproxy.db"));
}

/* https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING */
Test(config, the_parts_of_postgresql_become_a_url)
{
    flag("db_host", "db.example.com");
    flag("db_user", "proxy user");
    flag("db_password", "p@ss/w:rd");
    flag("db_ca_file", "/dev/null");
    expect_valid();
    expect_text("database_url", "postgresql://proxy%20user:p%40ss%2Fw%3Ard@db.example.com"
                                ":5432/proxy?sslmode=verify-full"
                                "&sslrootcert=%2Fdev%2Fnull");

    flag("db_host", "::1");
    flag("db_user", "");
    flag("db_ca_file", "");
    flag("db_sslmode", "disable");
    expect_valid();
    expect_text("database_url", "postgresql://[::1]:5432/proxy?sslmode=disable");
}

/* As in an image that was built without the certificates of RDS. */
Test(config, certificates_of_the_database_that_are_not_there_are_a_mistake)
{
    flag("db_host", "db.example.com");
    flag("db_ca_file", "/nowhere/rds-ca.pem");
    cr_expect(eq(int, check(), CCP_INVALID));
    expect_told("db_ca_file: names no file that can be read");
}

/* SE-10: of other hosts; what is chosen counts for all. */
Test(config, the_default_of_db_sslmode_is_for_other_hosts_than_this_one)
{
    flag("db_host", "127.0.0.1");
    flag("db_ca_file", "/dev/null");
    expect_valid();
    expect_text("database_url",
                "postgresql://127.0.0.1:5432/proxy?sslrootcert=%2Fdev%2Fnull");
}

Test(config, a_chosen_db_sslmode_counts_for_a_url_that_says_nothing_of_it)
{
    flag("db_sslmode", "require");
    flag("database_url", "postgresql://db.example.com/proxy");
    expect_valid();
    expect_text("database_url", "postgresql://db.example.com/proxy?sslmode=require");
    flag("database_url", "postgresql://db.example.com/proxy?connect_timeout=3");
    expect_valid();
    expect_text("database_url",
                "postgresql://db.example.com/proxy?connect_timeout=3&sslmode=require");
    flag("database_url", "postgresql://db.example.com/proxy?sslmode=verify-ca");
    expect_valid();
    expect_text("database_url", "postgresql://db.example.com/proxy?sslmode=verify-ca");
    flag("database_url", "sqlite:/var/lib/ccproxy.db");
    expect_valid();
    expect_text("database_url", "sqlite:/var/lib/ccproxy.db");
}

Test(config, what_aws_tools_read_is_read)
{
    environment("AWS_ENDPOINT_URL=http://127.0.0.1:5000");
    environment("AWS_ENDPOINT_URL_KMS=http://127.0.0.1:5001");
    environment("AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://127.0.0.1:5002");
    environment("AWS_SECRET_ACCESS_KEY=ignored");
    expect_valid();
    cr_expect(eq(int, warnings, 0));
    expect_text("aws_endpoint_url", "http://127.0.0.1:5000");
    expect_text("aws_endpoint_url_kms", "http://127.0.0.1:5001");
    expect_text("bedrock_endpoint", "http://127.0.0.1:5002");
}

Test(config, a_generated_default_gives_way_to_any_source)
{
    cr_assert(eq(int, ccp_config_set_default(config, "key_hasher_secret", CANARY, NULL),
                 CCP_OK));
    expect_valid();
    expect_text("key_hasher_secret", CANARY);
    environment("CCPROXY_KEY_HASHER_SECRET=0123456789abcdef0123456789abcdef");
    expect_valid();
    expect_text("key_hasher_secret", "0123456789abcdef0123456789abcdef");

    cr_expect(
        eq(int, ccp_config_set_default(config, "nonsense", "x", NULL), CCP_NOT_FOUND));
}

Test(config, a_copy_stands_alone)
{
    ccp_config *copy;

    write_file("0123456789abcdef0123456789abcdef");
    flag("key_hasher_secret_file", path);
    flag("trusted_proxies", "10.0.0.0/8,127.0.0.1");
    expect_valid();
    unlink(path);
    cr_assert(eq(int, ccpi_config_copy(config, &copy, NULL), CCP_OK));
    ccp_config_free(config);
    config = copy;

    expect_text("key_hasher_secret", "0123456789abcdef0123456789abcdef");
    expect_text("database_url", "sqlite:./ccproxy-data/ccproxy.db");
    cr_expect(eq(sz, ccpi_config_settings(copy)->trusted_proxies.count, 2));
    cr_expect(eq(str, (char *)ccpi_config_settings(copy)->trusted_proxies.items[1],
                 "127.0.0.1"));
}

Test(config, what_was_given_can_be_had_without_a_check)
{
    cr_expect(eq(str, (char *)ccp_config_given(config, "listen"), "127.0.0.1:8000"));
    flag("listen", "0.0.0.0:9");
    cr_expect(eq(str, (char *)ccp_config_given(config, "listen"), "0.0.0.0:9"));
    flag("plan_api_key_secret", "a-secret");
    cr_expect(zero(ptr, (void *)ccp_config_given(config, "plan_api_key")));
    cr_expect(zero(ptr, (void *)ccp_config_given(config, "no_such_setting")));
}
