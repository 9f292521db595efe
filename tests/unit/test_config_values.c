#include "ccproxy/config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "config/settings.h"
#include "support/config_scene.h"

/* openssl rand -base64 32, and the same bytes by xxd -p -c 32 */
#define KEY_BASE64 "dYoMAQWhL+FZpnUrdVlvHFSCIhVnIr5dp0ztnKaZ3sI="
#define KEY_HEX "758a0c0105a12fe159a6752b75596f1c548222156722be5da74ced9ca699dec2"

TestSuite(config_values, .init = make_config, .fini = drop_config);

typedef struct sample {
    const char *name;
    const char *text;
    long number; /* REFUSED: it is a mistake */
} sample;

#define REFUSED (-1)

static void expect_sample(const sample *sample)
{
    flag(sample->name, sample->text);
    if (sample->number == REFUSED) {
        cr_expect(eq(int, check(), CCP_INVALID), "%s=%s was taken", sample->name,
                  sample->text);
        return;
    }
    cr_expect(eq(int, check(), CCP_OK), "%s", told);
    cr_expect(eq(long, ccp_config_number(config, sample->name), sample->number),
              "of %s=%s", sample->name, sample->text);
}

Test(config_values, numbers_times_sizes_booleans_and_words_are_read_strictly)
{
    static const sample samples[] = {
        {"max_streams", "1", 1},
        {"max_streams", "100000", 100000},
        {"max_streams", "0", REFUSED},
        {"max_streams", "100001", REFUSED},
        {"max_streams", "99999999999999999999", REFUSED},
        {"max_streams", "10 ", REFUSED},
        {"max_streams", " 10", REFUSED},
        {"max_streams", "+10", REFUSED},
        {"max_streams", "0x10", REFUSED},
        {"max_streams", "1.0", REFUSED},
        {"max_streams", "", REFUSED},
        {"max_streams", "12", 12},
        {"read_timeout", "2", 2000},
        {"read_timeout", "0.25", 250},
        {"read_timeout", "1.5", 1500},
        {"read_timeout", "0.001", 1},
        {"read_timeout", "0", REFUSED},
        {"read_timeout", "0.0004", REFUSED},
        {"read_timeout", ".5", REFUSED},
        {"read_timeout", "1.", REFUSED},
        {"read_timeout", "1s", REFUSED},
        {"read_timeout", "9223372036854775807", REFUSED},
        {"read_timeout", "1e3", REFUSED},
        {"read_timeout", "60", 60000},
        {"total_timeout", "0", 0},
        {"max_body_bytes", "4096", 4096},
        {"max_body_bytes", "4KiB", 4096},
        {"max_body_bytes", "16 MiB", 16777216},
        {"max_body_bytes", "1 KB", REFUSED},
        {"max_body_bytes", "0.5 GiB", REFUSED},
        {"max_body_bytes", "9007199254740993 GiB", REFUSED},
        {"max_body_bytes", "1 MiB", 1048576},
        {"plan_http2", "true", 1},
        {"plan_http2", "Off", 0},
        {"plan_http2", "yes", 1},
        {"plan_http2", "0", 0},
        {"plan_http2", "2", REFUSED},
        {"plan_http2", "", REFUSED},
        {"plan_http2", "no", 0},
        {"bedrock_api", "messages", 2},
        {"bedrock_api", "INVOKE", 1},
        {"bedrock_api", "grpc", REFUSED},
        {"bedrock_api", "converse", 0},
    };

    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        expect_sample(&samples[i]);
}

typedef struct shape_sample {
    const char *name;
    const char *text;
    bool is_fine;
} shape_sample;

/* SE-7: https, or http to loopback and the metadata addresses; BR-1: region and id. */
Test(config_values, texts_must_have_the_form_of_what_they_name)
{
    static const shape_sample samples[] = {
        {"plan_api_url", "https://gateway.example.com:8443/base", true},
        {"plan_api_url", "http://127.0.0.1:9000", true},
        {"plan_api_url", "http://127.1.2.3", true},
        {"plan_api_url", "http://localhost:9000/x", true},
        {"plan_api_url", "http://[::1]:9000", true},
        {"plan_api_url", "http://169.254.170.2", true},
        {"plan_api_url", "http://gateway.example.com", false},
        {"plan_api_url", "http://10.0.0.1", false},
        {"plan_api_url", "http://128.0.0.1", false},
        {"plan_api_url", "http://127.0.0.1.example.com", false},
        {"plan_api_url", "http://localhost.example.com", false},
        {"plan_api_url", "http://127.0.0.1@example.com", false},
        {"plan_api_url", "http://example.com#@127.0.0.1", false},
        {"plan_api_url", "https://user:password@example.com", false},
        {"plan_api_url", "https://example.com/?a=b", false},
        {"plan_api_url", "https://example.com\\@127.0.0.1", false},
        {"plan_api_url", "https://", false},
        {"plan_api_url", "https://:443", false},
        {"plan_api_url", "https://example.com:", false},
        {"plan_api_url", "https://example.com:65536", false},
        {"plan_api_url", "https://[::1", false},
        {"plan_api_url", "https://[nonsense]", false},
        {"plan_api_url", "https://a b", false},
        {"plan_api_url", "ftp://example.com", false},
        {"plan_api_url", "example.com", false},
        {"otel_endpoint", "http://collector:4318", true},
        {"bedrock_region", "us-gov-west-1", true},
        {"bedrock_region", "ap-southeast-2", true},
        {"bedrock_region", "us-east-1.evil.example", false},
        {"bedrock_region", "us-east-12", false},
        {"bedrock_region", "us-1", false},
        {"bedrock_region", "US-EAST-1", false},
        {"bedrock_region", "us--east-1", false},
        {"bedrock_default_model", "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
         true},
        {"bedrock_default_model",
         "arn:aws:bedrock:us-east-1:123456789012:inference-profile/x", true},
        {"bedrock_default_model", "../model", false},
        {"bedrock_default_model", "a model", false},
        {"bedrock_geo_prefix", "us-gov", true},
        {"bedrock_geo_prefix", "us.", false},
        {"listen", "0.0.0.0:8000", true},
        {"listen", "[::]:0", true},
        {"listen", "8000", false},
        {"listen", "localhost:8000", false},
        {"listen", "127.0.0.1:", false},
        {"trusted_proxies", "10.0.0.0/8, 192.168.1.1,fd00::/8", true},
        {"trusted_proxies", "10.0.0.0/33", false},
        {"trusted_proxies", "fd00::/129", false},
        {"trusted_proxies", "10.0.0/8", false},
        {"trusted_proxies", "10.0.0.0/", false},
        {"cors_allowed_origins", "https://a.example.com,http://b:81", true},
        {"cors_allowed_origins", "https://a.example.com/", false},
        {"cors_allowed_origins", "a.example.com", false},
        {"report_timezone", "America/Argentina/Buenos_Aires", true},
        {"report_timezone", "../../etc/passwd", false},
        {"report_timezone", "/etc/localtime", false},
        {"database_url", "sqlite:/var/lib/ccproxy.db", true},
        {"database_url", "postgresql://user@host/db", true},
        {"database_url", "mysql://host/db", false},
        {"database_url", "sqlite:", false},
        {"plan_api_key", "sk-ant-api03-abc", true},
        {"plan_api_key", "sk-ant\r\nx-evil: 1", false},
        {"admin_password_hash", "plain text", false},
        {"key_hasher_secret", "0123456789abcdef0123456789abcde", false},
        {"key_hasher_secret", "0123456789abcdef0123456789abcdef", true},
        {"encryption_key", KEY_BASE64, true},
        {"encryption_key", KEY_HEX, true},
        {"encryption_key", "dYoMAQWhL-FZpnUrdVlvHFSCIhVnIr5dp0ztnKaZ3sI", true},
        {"encryption_key", "c2hvcnQ=", false},
        {"encryption_key", KEY_HEX "00", false},
    };

    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        flag(samples[i].name, samples[i].text);
        cr_expect(eq(int, check() == CCP_OK, samples[i].is_fine), "%s=%s: %s",
                  samples[i].name, samples[i].text, told);
        drop_config();
        make_config();
    }
}

Test(config_values, a_key_is_the_same_bytes_in_hex_and_base64)
{
    const ccpi_settings *settings = ccpi_config_settings(config);

    flag("encryption_key", KEY_BASE64);
    flag("encryption_key_previous", KEY_HEX);
    expect_valid();
    cr_expect(settings->encryption_key.is_set);
    cr_expect(eq(int, settings->encryption_key.bytes[0], 0x75));
    cr_expect(zero(int, memcmp(settings->encryption_key.bytes,
                               settings->encryption_key_previous.bytes, 32)));
}

Test(config_values, a_list_has_commas_in_flags_and_is_an_array_in_the_file)
{
    const ccpi_settings *settings = ccpi_config_settings(config);

    flag("plan_placeholder_tokens", " a , b,,c ");
    file("{\"usage_limit_messages\":[\"one, two\",\"\\u00fc\"],"
         "\"oidc_allowed_groups\":\"x,y\",\"oidc_allowed_emails\":[]}");
    expect_valid();
    cr_expect(eq(sz, settings->plan_placeholder_tokens.count, 3));
    cr_expect(eq(str, (char *)settings->plan_placeholder_tokens.items[1], "b"));
    expect_text("plan_placeholder_tokens", "a,b,c");
    cr_expect(eq(sz, settings->usage_limit_messages.count, 2));
    cr_expect(eq(str, (char *)settings->usage_limit_messages.items[0], "one, two"));
    cr_expect(eq(str, (char *)settings->usage_limit_messages.items[1], "\xc3\xbc"));
    cr_expect(eq(sz, settings->oidc_allowed_groups.count, 2));
    cr_expect(zero(sz, settings->oidc_allowed_emails.count));
}

static void expect_one_mapping(void)
{
    const ccpi_text_pairs pairs = ccpi_config_settings(config)->bedrock_model_mapping;

    cr_assert(eq(sz, pairs.count, 1));
    cr_expect(eq(str, (char *)pairs.items[0], "claude-x"));
    cr_expect(eq(str, (char *)pairs.items[1], "us.anthropic.claude-x"));
}

Test(config_values, a_map_is_an_object_in_the_file_and_its_text_elsewhere)
{
    file("{\"bedrock_model_mapping\":{\"claude-x\":\"us.anthropic.claude-x\"}}");
    expect_valid();
    expect_one_mapping();

    flag("bedrock_model_mapping", "{\"claude-x\" : \"us.anthropic.claude-x\"}");
    expect_valid();
    expect_one_mapping();
}

Test(config_values, a_value_of_another_json_type_is_refused)
{
    file("{\"max_streams\":{\"a\":1},\"bedrock_model_mapping\":[],"
         "\"model_pricing\":\"[]\",\"cors_allowed_origins\":{},"
         "\"usage_limit_messages\":[1],\"plan_pricing\":\"{\"}");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(int, mistakes, 6), "%s", told);
    expect_told("max_streams: is an object, not one value (file)");
    expect_told("bedrock_model_mapping: is a list, not an object (file)");
    expect_told("model_pricing: is no JSON object (file)");
    expect_told("cors_allowed_origins: is an object, not a list (file)");
    expect_told("usage_limit_messages: holds something that is no text (file)");
}

Test(config_values, scalars_of_the_file_may_be_json_or_text)
{
    file("{\"max_streams\":5,\"read_timeout\":0.1,\"plan_http2\":true,"
         "\"max_body_bytes\":\"2 MiB\",\"db_port\":\"5433\",\"plan_api_key\":null}");
    expect_valid();
    cr_expect(eq(long, ccp_config_number(config, "max_streams"), 5));
    cr_expect(eq(long, ccp_config_number(config, "read_timeout"), 100));
    cr_expect(eq(long, ccp_config_number(config, "plan_http2"), 1));
    cr_expect(eq(long, ccp_config_number(config, "max_body_bytes"), 2097152));
    cr_expect(eq(long, ccp_config_number(config, "db_port"), 5433));
    cr_expect(zero(ptr, (void *)ccp_config_text(config, "plan_api_key")));
}

Test(config_values, a_name_that_stands_twice_in_the_file_is_a_mistake)
{
    file("{\"max_streams\":5,\"max_streams\":6,\"cors_allowed_origins\":[],"
         "\"cors_allowed_origins\":[]}");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(int, mistakes, 2));
    expect_told("max_streams: is given twice (file)");
}

Test(config_values, a_nul_in_a_text_is_a_mistake)
{
    file("{\"plan_api_key\":\"a\\u0000b\",\"cors_allowed_origins\":[\"*\\u0000\"]}");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(int, mistakes, 2), "%s", told);
}

Test(config_values, a_file_that_is_no_json_object_is_refused_with_its_name)
{
    ccp_error error = {0};

    write_file("{\"max_streams\": 1,}");
    cr_expect(eq(int, ccp_config_load_file(config, path, &error), CCP_INVALID));
    cr_expect(eq(int, strncmp(error.message, path, strlen(path)), 0));
}

Test(config_values, a_missing_config_file_is_not_found)
{
    cr_expect(eq(int, ccp_config_load_file(config, "/nowhere", NULL), CCP_NOT_FOUND));
}
