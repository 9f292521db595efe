#include "support/aws_endpoint.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static int64_t read_time(void *self)
{
    return atomic_load(&((aws_endpoint *)self)->now_us);
}

void aws_endpoint_open(aws_endpoint *endpoint, upstream_handler handler, void *context)
{
    *endpoint = (aws_endpoint){.server = upstream_start(handler, context)};
    snprintf(endpoint->url, sizeof(endpoint->url), "http://127.0.0.1:%d",
             upstream_port(endpoint->server));
    endpoint->http = ccpi_http_over_curl(&endpoint->curl);
    endpoint->clock =
        (ccp_clock){.unix_us = read_time, .monotonic_us = read_time, .self = endpoint};
    atomic_init(&endpoint->now_us, AWS_NOON_US);
    endpoint->place = (ccpi_aws_place){
        .environment = &endpoint->environment,
        .http = &endpoint->http,
        .clock = &endpoint->clock,
        .random = ccp_system_random(),
        .sts_endpoint = endpoint->url,
    };
}

void aws_endpoint_close(aws_endpoint *endpoint)
{
    upstream_stop(endpoint->server);
    ccpi_aws_environment_wipe(&endpoint->environment);
}

void aws_endpoint_set(aws_endpoint *endpoint, const char *variable, const char *value)
{
    cr_assert(eq(int,
                 ccpi_aws_environment_put(&endpoint->environment, ccpi_span_of(variable),
                                          ccpi_span_of(value), NULL),
                 CCP_OK));
}

void aws_endpoint_point(aws_endpoint *endpoint, const char *variable, const char *path)
{
    char value[256];

    snprintf(value, sizeof(value), "%s%s", endpoint->url, path);
    aws_endpoint_set(endpoint, variable, value);
}

void aws_answer_keys(upstream_connection *connection, const char *id,
                     const char *expiration)
{
    char body[512];

    snprintf(body, sizeof(body),
             "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"%s\","
             "\"SecretAccessKey\":\"" AWS_EXAMPLE_SECRET "\",\"Token\":\"token-of-%s\","
             "\"Expiration\":\"%s\",\"LastUpdated\":\"2026-07-28T11:00:00Z\"}",
             id, id, expiration);
    upstream_answer(connection, 200, "application/json", body);
}
