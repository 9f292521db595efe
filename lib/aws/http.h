#ifndef CCPI_AWS_HTTP_H
#define CCPI_AWS_HTTP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/headers.h"

/*
 * One HTTP request to a service of AWS, and its whole answer: small ones, and
 * few. A seam, so that tests own the other side; http_curl.c is the real one.
 */

/* Secrets Manager's largest secret, 64 KiB, with each byte as a JSON escape. */
#define CCPI_HTTP_MAX_ANSWER ((size_t)512 * 1024)

/* Borrowed. */
typedef struct ccpi_http_request {
    const char *method; /* a literal: "GET", "POST", "PUT" */
    const char *url;
    const ccpi_headers *headers;
    ccpi_span body;
    int64_t timeout_ms; /* for all of it */
} ccpi_http_request;

typedef struct ccpi_http_answer {
    int status;
    ccpi_headers headers;
    ccpi_buf body;
} ccpi_http_answer;

/* Overwrites and frees the answer, which may hold secrets. */
void ccpi_http_answer_clear(ccpi_http_answer *answer);

typedef struct ccpi_http {
    /*
     * Whatever the status of the answer, CCP_OK. Writes into a zeroed answer,
     * which the caller clears, also after a failure. CCP_TIMEOUT,
     * CCP_UNAVAILABLE: none came. CCP_PROTOCOL: it is too long or no HTTP.
     * CCP_NO_MEMORY. Any thread.
     */
    ccp_status (*exchange)(void *self, const ccpi_http_request *request,
                           ccpi_http_answer *out, ccp_error *error);
    void *self;
} ccpi_http;

typedef struct ccpi_http_curl {
    const char *ca_file; /* borrowed; NULL: the system's certificates */
} ccpi_http_curl;

/* By libcurl: TLS 1.2 at least, verified; no redirects, no proxies. */
ccpi_http ccpi_http_over_curl(ccpi_http_curl *curl);

#endif
