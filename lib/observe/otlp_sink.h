#ifndef CCPI_OBSERVE_OTLP_SINK_H
#define CCPI_OBSERVE_OTLP_SINK_H

#include "aws/http.h"
#include "ccproxy/metrics.h"
#include "ccproxy/seams.h"

/* Metrics to a collector, by OTLP over HTTP with JSON (OB-4). */
typedef struct ccpi_otlp_sink ccpi_otlp_sink;

typedef struct ccpi_otlp_options {
    const char *endpoint; /* "http://localhost:4318"; copied */
    int64_t timeout_ms;
    const ccp_random *random; /* for the name of this process */
} ccpi_otlp_options;

/* @param out  given; ccpi_otlp_sink_free() */
ccp_status ccpi_otlp_sink_new(const ccpi_otlp_options *options, ccpi_otlp_sink **out,
                              ccp_error *error);
void ccpi_otlp_sink_free(ccpi_otlp_sink *sink);

/* Of ccpi_exporter_options, with the sink as self. */
ccp_status ccpi_otlp_sink_send(void *self, const ccp_metrics *metrics, bool is_last,
                               ccp_error *error);

#endif
