/**
 * @file ccproxy/metrics.h
 *
 * What a proxy has counted and timed, as series: each a name, labels, and a
 * number or a histogram. Sums are since the proxy was made, so whoever takes
 * them may take them as often as it likes, and a lost delivery loses nothing.
 */
#ifndef CCPROXY_METRICS_H
#define CCPROXY_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"

CCP_BEGIN_DECLS

typedef enum ccp_metric_kind {
    CCP_METRIC_COUNTER = 0, /**< a sum that only grows */
    CCP_METRIC_GAUGE,       /**< how it is now */
    CCP_METRIC_HISTOGRAM
} ccp_metric_kind;

typedef struct ccp_metric_label {
    const char *name;
    const char *value;
} ccp_metric_label;

/** How many values were at most so large; bucket_count is one more than bounds. */
typedef struct ccp_metric_histogram {
    uint64_t count;
    double sum;
    const double *bounds;    /**< rising; the last bucket has none */
    const uint64_t *buckets; /**< of each bucket alone, not of those below it */
    size_t bucket_count;
} ccp_metric_histogram;

/** One series. */
typedef struct ccp_metric {
    const char *name; /**< "proxy.requests"; docs/operations.md has them all */
    const char *unit; /**< "s", "USD", or in braces what is counted: "{request}" */
    ccp_metric_kind kind;
    const ccp_metric_label *labels;
    size_t label_count;
    double value; /**< of a counter or gauge */
    ccp_metric_histogram histogram;
} ccp_metric;

/** All series at one moment; those of one name stand together. */
typedef struct ccp_metrics {
    int64_t started_us; /**< since when is counted; Unix time */
    int64_t now_us;
    const ccp_metric *items;
    size_t count;
} ccp_metrics;

/**
 * Where metrics go beside what the settings say. Called by a thread of its own,
 * every interval_ms and once more when the proxy ends; may take its time. What
 * it is given is borrowed for the call.
 */
typedef struct ccp_metric_sink {
    void (*take)(void *self, const ccp_metrics *metrics);
    void *self;
    int64_t interval_ms; /**< 0: every 10 s */
} ccp_metric_sink;

CCP_END_DECLS

#endif
