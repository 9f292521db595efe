#include "observe/otlp_sink.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "observe/otlp.h"

#define PATH "/v1/metrics"
#define MAX_BODY ((size_t)8 * 1024 * 1024)
#define MAX_URL 1024
#define INSTANCE_BYTES 16
/* So that an end of the process does not wait for a slow collector. */
#define LAST_MS 3000

struct ccpi_otlp_sink {
    ccpi_http_curl curl;
    ccpi_http http;
    int64_t timeout_ms;
    char url[MAX_URL];
    char instance[2 * INSTANCE_BYTES + 1];
};

static ccp_status build(ccpi_otlp_sink *sink, const ccpi_otlp_options *options,
                        ccp_error *error)
{
    unsigned char bytes[INSTANCE_BYTES];
    size_t len = strlen(options->endpoint);

    while (len > 0 && options->endpoint[len - 1] == '/')
        len--;
    if (len + sizeof(PATH) > sizeof(sink->url))
        return ccpi_fail(error, CCP_INVALID, "otel_endpoint is too long");
    snprintf(sink->url, sizeof(sink->url), "%.*s" PATH, (int)len, options->endpoint);
    if (options->random->fill(options->random->self, bytes, sizeof(bytes)) != CCP_OK)
        return ccpi_fail(error, CCP_UNAVAILABLE, "no random bytes for a name");
    ccpi_hex_encode(bytes, sizeof(bytes), sink->instance);
    sink->timeout_ms = options->timeout_ms;
    sink->http = ccpi_http_over_curl(&sink->curl);
    return CCP_OK;
}

ccp_status ccpi_otlp_sink_new(const ccpi_otlp_options *options, ccpi_otlp_sink **out,
                              ccp_error *error)
{
    ccpi_otlp_sink *sink = calloc(1, sizeof(*sink));
    ccp_status status;

    *out = NULL;
    if (!sink)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a sink of metrics");
    status = build(sink, options, error);
    if (status == CCP_OK)
        *out = sink;
    else
        free(sink);
    return status;
}

void ccpi_otlp_sink_free(ccpi_otlp_sink *sink)
{
    free(sink);
}

static ccp_status send(const ccpi_otlp_sink *sink, const ccpi_http_request *request,
                       ccp_error *error)
{
    CCPI_CLEANUP(ccpi_http_answer_clear) ccpi_http_answer answer = {0};
    ccp_status status = sink->http.exchange(sink->http.self, request, &answer, error);

    if (status != CCP_OK || answer.status / 100 == 2)
        return status;
    return ccpi_fail(error, CCP_UNAVAILABLE, "the collector's answer has status %d",
                     answer.status);
}

/* Not tried again: the next one says all that this one would have. */
ccp_status ccpi_otlp_sink_send(void *self, const ccp_metrics *metrics, bool is_last,
                               ccp_error *error)
{
    const ccpi_otlp_sink *sink = self;
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = MAX_BODY};
    ccpi_http_request request = {.method = "POST",
                                 .url = sink->url,
                                 .headers = &headers,
                                 .timeout_ms = sink->timeout_ms};

    ccpi_otlp_write(metrics, sink->instance, &body);
    if (body.status != CCP_OK ||
        ccpi_headers_set(&headers, "content-type", "application/json") != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for metrics");
    request.body = ccpi_buf_span(&body);
    if (is_last && request.timeout_ms > LAST_MS)
        request.timeout_ms = LAST_MS;
    return send(sink, &request, error);
}
