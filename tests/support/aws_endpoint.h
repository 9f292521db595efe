#ifndef CCPT_SUPPORT_AWS_ENDPOINT_H
#define CCPT_SUPPORT_AWS_ENDPOINT_H

#include <stdatomic.h>

#include "aws/sources/source.h"
#include "support/upstream_server.h"

/*
 * A place to look for AWS credentials in, whose endpoints are a real server on
 * loopback, and whose time the test sets. Variables are put in by name.
 */
typedef struct aws_endpoint {
    upstream_server *server;
    char url[64]; /* "http://127.0.0.1:PORT" */
    ccpi_aws_environment environment;
    ccpi_http_curl curl;
    ccpi_http http;
    ccp_clock clock;
    _Atomic int64_t now_us; /* Unix time, and the monotonic one too */
    ccpi_aws_place place;
} aws_endpoint;

/* What AWS's documentation shows as examples. */
#define AWS_EXAMPLE_ID "AKIAIOSFODNN7EXAMPLE"
#define AWS_EXAMPLE_SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

/* 2026-07-28T12:00:00Z, by date(1). */
#define AWS_NOON_US (INT64_C(1785240000) * 1000000)

void aws_endpoint_open(aws_endpoint *endpoint, upstream_handler handler, void *context);
void aws_endpoint_close(aws_endpoint *endpoint);

/* Sets a variable of the environment. */
void aws_endpoint_set(aws_endpoint *endpoint, const char *variable, const char *value);
/* To the server's address and this path. */
void aws_endpoint_point(aws_endpoint *endpoint, const char *variable, const char *path);

/* Writes keys as containers and instances hand them out: ID and its end. */
void aws_answer_keys(upstream_connection *connection, const char *id,
                     const char *expiration);

#endif
