#include <stdio.h>

#include "aws/sources/fetch.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/file.h"
#include "config/shape.h"

/* ECS's own address, which a relative URI is added to. */
#define ECS_HOST "http://169.254.170.2"
#define MAX_URL 2048
#define MAX_TOKEN ((size_t)64 * 1024)

static const ccpi_retry_policy patience = {
    .attempts = 3, .attempt_ms = 2000, .total_ms = 5000, .wait_ms = 100};

/* Whatever stands behind the path is no part of a place (SE-7). */
static bool is_allowed(const char *url)
{
    char place[MAX_URL];

    snprintf(place, sizeof(place), "%.*s", (int)strcspn(url, "?"), url);
    return ccpi_shape_upstream_url.fits(place);
}

static ccp_status find_url(const ccpi_aws_environment *environment, char url[MAX_URL],
                           ccp_error *error)
{
    const char *relative = environment->container_relative_uri;
    const char *full = environment->container_full_uri;
    int len;

    if (!relative && !full)
        return ccpi_fail(error, CCP_NOT_FOUND,
                         "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
    if (relative)
        len = snprintf(url, MAX_URL, "%s%s", ECS_HOST, relative);
    else
        len = snprintf(url, MAX_URL, "%s", full);
    if (len >= MAX_URL || (relative && *relative != '/') || !is_allowed(url))
        return ccpi_fail(error, CCP_INVALID,
                         "AWS_CONTAINER_CREDENTIALS_%s_URI is no path or https:// "
                         "address (http:// is for loopback and AWS's own addresses)",
                         relative ? "RELATIVE" : "FULL");
    return CCP_OK;
}

static ccp_status add_token(const ccpi_aws_environment *environment,
                            ccpi_headers *headers, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf token = {.limit = MAX_TOKEN};
    ccp_status status = CCP_OK;

    if (environment->container_authorization_token_file)
        status = ccpi_file_read(environment->container_authorization_token_file, &token,
                                error);
    else if (environment->container_authorization_token)
        status = ccpi_buf_append_text(&token, environment->container_authorization_token);
    if (status != CCP_OK)
        return status == CCP_NOT_FOUND ? CCP_UNAVAILABLE : status;
    if (token.len == 0)
        return CCP_OK;
    status = ccpi_headers_set(headers, "authorization", token.data);
    return status == CCP_OK
               ? CCP_OK
               : ccpi_fail(error, status,
                           "the container's authorization token can't be a header");
}

static ccp_status load(const ccpi_aws_place *place, ccpi_aws_keys *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_http_answer_clear) ccpi_http_answer answer = {0};
    CCPI_CLEANUP(ccpi_headers_wipe) ccpi_headers headers = {0};
    char url[MAX_URL];
    const ccpi_fetch fetch = {
        .what = "the container's credentials",
        .policy = &patience,
        .request = {.method = "GET", .url = url, .headers = &headers},
    };
    ccp_status status = find_url(place->environment, url, error);

    if (status == CCP_OK)
        status = add_token(place->environment, &headers, error);
    if (status == CCP_OK)
        status = ccpi_fetch_run(place, &fetch, &answer, error);
    return status == CCP_OK
               ? ccpi_aws_keys_from_json(ccpi_buf_span(&answer.body), out, error)
               : status;
}

const ccpi_aws_source ccpi_aws_from_container = {"container", load};
