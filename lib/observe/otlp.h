#ifndef CCPI_OBSERVE_OTLP_H
#define CCPI_OBSERVE_OTLP_H

#include "base/buf.h"
#include "ccproxy/metrics.h"

/*
 * Metrics as an ExportMetricsServiceRequest in OTLP's JSON (OB-4): sums since
 * the start (cumulative), times in seconds.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
void ccpi_otlp_write(const ccp_metrics *metrics, const char *instance_id, ccpi_buf *out);

#endif
