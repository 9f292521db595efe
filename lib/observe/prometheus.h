#ifndef CCPI_OBSERVE_PROMETHEUS_H
#define CCPI_OBSERVE_PROMETHEUS_H

#include "base/buf.h"
#include "ccproxy/metrics.h"

/*
 * Metrics as Prometheus reads them (OB-4), in its text format 0.0.4: names with
 * "ccproxy_" in the place of "proxy.", units at their end, and histograms in
 * fewer buckets than are kept.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#define CCPI_PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* The buffer says whether all had room. */
void ccpi_prometheus_write(const ccp_metrics *metrics, ccpi_buf *out);

#endif
