/* Where AWS credentials are asked for, with real endpoints on loopback. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "support/aws_place.h"

/* ---- web identity ---- */

/* From STS's reference, "AssumeRoleWithWebIdentity", example. */
static void answer_as_sts(upstream_connection *connection,
                          const upstream_request *request, void *context)
{
    static const char form[] =
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FFederated"
        "&RoleSessionName=app1&WebIdentityToken=head.body.%2Bsign%3D";

    (void)context;
    if (strncmp(request->head, "POST / HTTP/1.1", 15) != 0 ||
        strstr(request->head, "uthorization:") || request->body_len != strlen(form) ||
        memcmp(request->body, form, request->body_len) != 0)
        upstream_answer(connection, 400, "text/xml", "<Error/>");
    else
        upstream_answer(
            connection, 200, "text/xml",
            "<AssumeRoleWithWebIdentityResponse "
            "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            "<AssumeRoleWithWebIdentityResult>"
            "<SubjectFromWebIdentityToken>amzn1.account</SubjectFromWebIdentityToken>"
            "<Credentials><SessionToken>AQoDYXdzEE0a8ANXXXX</SessionToken>"
            "<SecretAccessKey>" AWS_EXAMPLE_SECRET "</SecretAccessKey>"
            "<Expiration>2026-07-28T13:00:00Z</Expiration>"
            "<AccessKeyId>ASgeIAIOSFODNN7EXAMPLE</AccessKeyId></Credentials>"
            "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>");
}

static void expect_stss_keys(void)
{
    expect_keys("ASgeIAIOSFODNN7EXAMPLE", AWS_EXAMPLE_SECRET, "AQoDYXdzEE0a8ANXXXX");
    cr_expect(eq(i64, keys.expires_at_us, AWS_NOON_US + INT64_C(3600) * 1000000));
}

Test(aws_web_identity, the_token_in_the_file_is_exchanged_for_keys, .fini = close_place)
{
    open_place_with(answer_as_sts);
    write_file("token", "head.body.+sign=\n");
    aws_endpoint_set(&here, "AWS_WEB_IDENTITY_TOKEN_FILE", path_of("token"));
    aws_endpoint_set(&here, "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Federated");
    aws_endpoint_set(&here, "AWS_ROLE_SESSION_NAME", "app1");
    cr_assert(eq(int, load(&ccpi_aws_from_web_identity), CCP_OK), "%s", failure.message);
    expect_stss_keys();
}

Test(aws_web_identity, a_profile_can_name_the_role_and_the_file, .fini = close_place)
{
    char config[512];

    open_place_with(answer_as_sts);
    write_file("token", "head.body.+sign=");
    snprintf(config, sizeof(config),
             "[default]\nrole_arn = arn:aws:iam::123456789012:role/Federated\n"
             "web_identity_token_file = %s\nrole_session_name = app1\n",
             path_of("token"));
    use_files(NULL, config);
    cr_assert(eq(int, load(&ccpi_aws_from_profile), CCP_OK), "%s", failure.message);
    expect_stss_keys();
}

Test(aws_web_identity, a_refusal_ends_the_search, .init = open_place, .fini = close_place)
{
    write_file("token", "hidden-token");
    aws_endpoint_set(&here, "AWS_WEB_IDENTITY_TOKEN_FILE", path_of("token"));
    aws_endpoint_set(&here, "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Federated");
    cr_expect(eq(int, load(&ccpi_aws_from_web_identity), CCP_DENIED));
    cr_expect(zero(ptr, strstr(failure.message, "hidden")));
}

Test(aws_web_identity, a_file_that_is_not_there_is_no_other_sources_turn,
     .init = open_place, .fini = close_place)
{
    aws_endpoint_set(&here, "AWS_WEB_IDENTITY_TOKEN_FILE", path_of("none"));
    cr_expect(eq(int, load(&ccpi_aws_from_web_identity), CCP_INVALID));
    aws_endpoint_set(&here, "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Federated");
    cr_expect(eq(int, load(&ccpi_aws_from_web_identity), CCP_UNAVAILABLE));
}

/* ---- the container's endpoint ---- */

static void answer_as_container(upstream_connection *connection,
                                const upstream_request *request, void *context)
{
    (void)context;
    if (strncmp(request->head, "GET /v2/credentials?id=1 HTTP/1.1\r\n", 35) != 0 ||
        !strstr(request->head, "uthorization: Basic abc\r\n"))
        upstream_answer(connection, 401, "application/json", "{}");
    else
        aws_answer_keys(connection, "ASIAIOSFODNN7EXAMPLE", "2026-07-28T18:00:00Z");
}

static void expect_containers_keys(void)
{
    cr_assert(eq(int, load(&ccpi_aws_from_container), CCP_OK), "%s", failure.message);
    expect_keys("ASIAIOSFODNN7EXAMPLE", AWS_EXAMPLE_SECRET,
                "token-of-ASIAIOSFODNN7EXAMPLE");
    cr_expect(eq(i64, keys.expires_at_us, AWS_NOON_US + INT64_C(6 * 3600) * 1000000));
}

Test(aws_container, none_is_passed_over, .init = open_place, .fini = close_place)
{
    cr_expect(eq(int, load(&ccpi_aws_from_container), CCP_NOT_FOUND));
}

Test(aws_container, a_full_address_with_a_token, .fini = close_place)
{
    open_place_with(answer_as_container);
    aws_endpoint_point(&here, "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                       "/v2/credentials?id=1");
    aws_endpoint_set(&here, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
    expect_containers_keys();
}

Test(aws_container, the_token_from_a_file_goes_first, .fini = close_place)
{
    open_place_with(answer_as_container);
    write_file("token", "Basic abc");
    aws_endpoint_point(&here, "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                       "/v2/credentials?id=1");
    aws_endpoint_set(&here, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic old");
    aws_endpoint_set(&here, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path_of("token"));
    expect_containers_keys();
}

Test(aws_container, a_token_of_two_lines_is_refused, .init = open_place,
     .fini = close_place)
{
    aws_endpoint_point(&here, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/");
    aws_endpoint_set(&here, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nx: y");
    cr_expect(eq(int, load(&ccpi_aws_from_container), CCP_INVALID));
    cr_expect(eq(int, upstream_requests(here.server), 0));
}

static ccp_status note_url(void *self, const ccpi_http_request *request,
                           ccpi_http_answer *out, ccp_error *error)
{
    (void)out, (void)error;
    snprintf(self, 256, "%s", request->url);
    return CCP_NO_MEMORY;
}

Test(aws_container, a_relative_address_is_that_of_ecs, .init = open_place,
     .fini = close_place)
{
    char url[256] = "";

    here.http = (ccpi_http){note_url, url};
    aws_endpoint_set(&here, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x?id=1");
    load(&ccpi_aws_from_container);
    /* Amazon ECS's guide, "Task IAM role": curl 169.254.170.2$AWS_CONTAINER_... */
    cr_expect(eq(str, url, (char *)"http://169.254.170.2/v2/x?id=1"));
}

/* SE-7; the addresses are those that botocore allows. */
Test(aws_container, plain_http_goes_to_loopback_and_aws_alone, .init = open_place,
     .fini = close_place)
{
    static const struct {
        const char *url;
        ccp_status status; /* CCP_NO_MEMORY: a request was made */
    } cases[] = {
        {"http://169.254.170.2/x", CCP_NO_MEMORY},
        {"http://169.254.170.23/v1/credentials", CCP_NO_MEMORY},
        {"http://[fd00:ec2::23]/v1/credentials", CCP_NO_MEMORY},
        {"http://127.0.0.1:8080/x", CCP_NO_MEMORY},
        {"http://[::1]/x", CCP_NO_MEMORY},
        {"https://example.com/x?y=http://z", CCP_NO_MEMORY},
        {"http://example.com/x", CCP_INVALID},
        {"http://127.0.0.1@example.com/x", CCP_INVALID},
        {"http://10.0.0.1/x?127.0.0.1", CCP_INVALID},
        {"ftp://127.0.0.1/x", CCP_INVALID},
        {"/x", CCP_INVALID},
    };
    char url[256];

    here.http = (ccpi_http){note_url, url};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        aws_endpoint_set(&here, "AWS_CONTAINER_CREDENTIALS_FULL_URI", cases[i].url);
        cr_expect(eq(int, load(&ccpi_aws_from_container), cases[i].status), "%s",
                  cases[i].url);
    }
    aws_endpoint_set(&here, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@example.com/x");
    cr_expect(eq(int, load(&ccpi_aws_from_container), CCP_INVALID));
}

static void answer_second(upstream_connection *connection,
                          const upstream_request *request, void *context)
{
    (void)context;
    if (request->nth == 0)
        upstream_answer(connection, 500, "text/plain", "");
    else
        aws_answer_keys(connection, "second", "2026-07-28T18:00:00Z");
}

Test(aws_container, a_failing_endpoint_is_asked_again, .fini = close_place)
{
    open_place_with(answer_second);
    aws_endpoint_point(&here, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/");
    cr_assert(eq(int, load(&ccpi_aws_from_container), CCP_OK), "%s", failure.message);
    cr_expect(eq(str, keys.access_key_id, (char *)"second"));
}

static void answer_nonsense(upstream_connection *connection,
                            const upstream_request *request, void *context)
{
    static const char *const bodies[] = {
        "",
        "no JSON",
        "[]",
        "{}",
        "{\"AccessKeyId\":1,\"SecretAccessKey\":\"s\",\"Token\":\"t\"}",
        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\\n\",\"Token\":\"t\"}",
        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
        "\"Expiration\":\"soon\"}",
        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
        "\"Expiration\":\"2026-13-01T00:00:00Z\"}",
    };

    (void)context;
    upstream_answer(connection, 200, "application/json",
                    bodies[(size_t)request->nth % (sizeof(bodies) / sizeof(*bodies))]);
}

Test(aws_container, answers_that_are_none_are_refused, .fini = close_place)
{
    open_place_with(answer_nonsense);
    aws_endpoint_point(&here, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/");
    for (int i = 0; i < 8; i++) {
        cr_expect(eq(int, load(&ccpi_aws_from_container), CCP_PROTOCOL), "%d", i);
        cr_expect(eq(str, keys.secret_access_key, (char *)""));
    }
}

/* ---- the instance's metadata ---- */

/* As the EC2 guide's examples of version 2 go; what is not asked so gets 401. */
static void answer_as_instance(upstream_connection *connection,
                               const upstream_request *request, void *context)
{
    static const char roles[] = "GET /latest/meta-data/iam/security-credentials/ HTTP";
    static const char role[] =
        "GET /latest/meta-data/iam/security-credentials/s3access HTTP";
    const bool has_token =
        strstr(request->head, "x-aws-ec2-metadata-token: the-token==\r\n") != NULL;

    (void)context;
    if (strncmp(request->head, "PUT /latest/api/token HTTP", 26) == 0 &&
        strstr(request->head, "x-aws-ec2-metadata-token-ttl-seconds: "))
        upstream_answer(connection, 200, "text/plain", "the-token==");
    else if (has_token && strncmp(request->head, roles, strlen(roles)) == 0)
        upstream_answer(connection, 200, "text/plain", "s3access");
    else if (has_token && strncmp(request->head, role, strlen(role)) == 0)
        aws_answer_keys(connection, "ASIAIOSFODNN7EXAMPLE", "2026-07-28T17:59:59.5Z");
    else
        upstream_answer(connection, 401, "text/plain", "");
}

Test(aws_instance, a_token_then_the_role_then_its_keys, .fini = close_place)
{
    open_place_with(answer_as_instance);
    aws_endpoint_point(&here, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "/");
    cr_assert(eq(int, load(&ccpi_aws_from_instance), CCP_OK), "%s", failure.message);
    expect_keys("ASIAIOSFODNN7EXAMPLE", AWS_EXAMPLE_SECRET,
                "token-of-ASIAIOSFODNN7EXAMPLE");
    cr_expect(
        eq(i64, keys.expires_at_us, AWS_NOON_US + (INT64_C(6 * 3600) - 1) * 1000000));
}

Test(aws_instance, it_can_be_switched_off, .init = open_place, .fini = close_place)
{
    aws_endpoint_point(&here, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "/");
    aws_endpoint_set(&here, "AWS_EC2_METADATA_DISABLED", "True");
    cr_expect(eq(int, load(&ccpi_aws_from_instance), CCP_NOT_FOUND));
    cr_expect(eq(int, upstream_requests(here.server), 0));
}

Test(aws_instance, the_usual_endpoints_are_ec2s, .init = open_place, .fini = close_place)
{
    char url[256] = "";

    here.http = (ccpi_http){note_url, url};
    load(&ccpi_aws_from_instance);
    cr_expect(eq(str, url, (char *)"http://169.254.169.254/latest/api/token"));
    aws_endpoint_set(&here, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6");
    load(&ccpi_aws_from_instance);
    cr_expect(eq(str, url, (char *)"http://[fd00:ec2::254]/latest/api/token"));
    aws_endpoint_set(&here, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://example.com");
    cr_expect(eq(int, load(&ccpi_aws_from_instance), CCP_INVALID));
}

static void answer_strange_role(upstream_connection *connection,
                                const upstream_request *request, void *context)
{
    (void)context;
    upstream_answer(connection, 200, "text/plain",
                    request->nth == 0 ? "token" : "../../user-data");
}

Test(aws_instance, a_roles_name_that_is_a_path_is_not_followed, .fini = close_place)
{
    open_place_with(answer_strange_role);
    aws_endpoint_point(&here, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "");
    cr_expect(eq(int, load(&ccpi_aws_from_instance), CCP_NOT_FOUND));
    cr_expect(eq(int, upstream_requests(here.server), 2));
}
