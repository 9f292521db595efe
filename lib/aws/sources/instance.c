#include <stdio.h>
#include <strings.h>

#include "aws/sources/fetch.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "config/shape.h"

/*
 * EC2's instance metadata service, version 2: a token first, then the role's
 * name, then the role's credentials. Version 1 is not spoken.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
 */
#define USUAL_ENDPOINT "http://169.254.169.254"
#define IPV6_ENDPOINT "http://[fd00:ec2::254]"
#define TOKEN_PATH "/latest/api/token"
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"
#define TOKEN_LIFE_S "300"
#define MAX_URL 1024
#define MAX_ROLE 256

/* Elsewhere than on EC2 nobody answers: do not wait long for that. */
static const ccpi_retry_policy patience = {
    .attempts = 2, .attempt_ms = 1000, .total_ms = 2500, .wait_ms = 100};

/* A conversation with the service. */
typedef struct metadata_talk {
    const ccpi_aws_place *place;
    char endpoint[MAX_URL];
    ccpi_headers headers; /* of the questions that follow */
} metadata_talk;

static void clear_talk(metadata_talk *talk)
{
    ccpi_headers_wipe(&talk->headers);
}

static ccp_status find_endpoint(const ccpi_aws_environment *environment,
                                char endpoint[MAX_URL], ccp_error *error)
{
    const char *mode = environment->metadata_endpoint_mode;
    const char *chosen = environment->metadata_endpoint;
    size_t len;

    if (!chosen)
        chosen = mode && strcasecmp(mode, "ipv6") == 0 ? IPV6_ENDPOINT : USUAL_ENDPOINT;
    len = strlen(chosen);
    while (len > 0 && chosen[len - 1] == '/')
        len--;
    if (len >= MAX_URL || !ccpi_shape_upstream_url.fits(chosen))
        return ccpi_fail(error, CCP_INVALID, "AWS_EC2_METADATA_SERVICE_ENDPOINT is no %s",
                         ccpi_shape_upstream_url.is_no);
    snprintf(endpoint, MAX_URL, "%.*s", (int)len, chosen);
    return CCP_OK;
}

static ccp_status ask(const metadata_talk *talk, const char *method, const char *path,
                      ccpi_http_answer *answer, ccp_error *error)
{
    char url[2 * MAX_URL];
    const ccpi_fetch fetch = {
        .what = "the instance's metadata",
        .policy = &patience,
        .request = {.method = method, .url = url, .headers = &talk->headers},
    };

    snprintf(url, sizeof(url), "%s%s", talk->endpoint, path);
    return ccpi_fetch_run(talk->place, &fetch, answer, error);
}

static ccp_status get_token(metadata_talk *talk, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_http_answer_clear) ccpi_http_answer answer = {0};
    ccp_status status = ccpi_headers_set(
        &talk->headers, "x-aws-ec2-metadata-token-ttl-seconds", TOKEN_LIFE_S);

    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for a request to the metadata");
    status = ask(talk, "PUT", TOKEN_PATH, &answer, error);
    if (status != CCP_OK)
        return status;
    ccpi_headers_remove(&talk->headers, "x-aws-ec2-metadata-token-ttl-seconds");
    status = ccpi_headers_set(&talk->headers, "x-aws-ec2-metadata-token",
                              answer.body.data ? answer.body.data : "");
    return status == CCP_OK
               ? CCP_OK
               : ccpi_fail(error, status == CCP_INVALID ? CCP_PROTOCOL : status,
                           "the instance's metadata: no usable token");
}

/* A role's name goes into a path. */
static bool is_role(const char *name, size_t len)
{
    return len > 0 && len < MAX_ROLE &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789+=,.@_-") >= len;
}

static ccp_status get_role(const metadata_talk *talk, char path[MAX_URL],
                           ccp_error *error)
{
    CCPI_CLEANUP(ccpi_http_answer_clear) ccpi_http_answer answer = {0};
    ccp_status status = ask(talk, "GET", ROLES_PATH, &answer, error);
    const char *names = answer.body.data ? answer.body.data : "";
    const size_t len = strcspn(names, "\r\n");

    if (status != CCP_OK)
        return status;
    if (!is_role(names, len))
        return ccpi_fail(error, CCP_NOT_FOUND, "the instance has no role");
    snprintf(path, MAX_URL, ROLES_PATH "%.*s", (int)len, names);
    return CCP_OK;
}

static ccp_status get_keys(metadata_talk *talk, ccpi_aws_keys *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_http_answer_clear) ccpi_http_answer answer = {0};
    char path[MAX_URL];
    ccp_status status = get_token(talk, error);

    if (status == CCP_OK)
        status = get_role(talk, path, error);
    if (status == CCP_OK)
        status = ask(talk, "GET", path, &answer, error);
    return status == CCP_OK
               ? ccpi_aws_keys_from_json(ccpi_buf_span(&answer.body), out, error)
               : status;
}

static ccp_status load(const ccpi_aws_place *place, ccpi_aws_keys *out, ccp_error *error)
{
    const char *disabled = place->environment->metadata_disabled;
    CCPI_CLEANUP(clear_talk) metadata_talk talk = {.place = place};
    ccp_status status;

    if (disabled && strcasecmp(disabled, "true") == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "AWS_EC2_METADATA_DISABLED is true");
    status = find_endpoint(place->environment, talk.endpoint, error);
    return status == CCP_OK ? get_keys(&talk, out, error) : status;
}

const ccpi_aws_source ccpi_aws_from_instance = {"instance", load};
