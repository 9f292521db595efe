#include "observe/otlp.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "observe/coarse.h"
#include "observe/metric_table.h"

#define CUMULATIVE 2 /* AGGREGATION_TEMPORALITY_CUMULATIVE */
#define NS_PER_US "000"

static void write_attribute(const char *name, const char *value, ccpi_buf *out)
{
    ccpi_buf_append_format(out, "{\"key\":\"%s\",\"value\":{\"stringValue\":", name);
    ccpi_json_quote(ccpi_span_of(value), out);
    ccpi_buf_append_text(out, "}}");
}

static void write_attributes(const ccp_metric *metric, ccpi_buf *out)
{
    ccpi_buf_append_text(out, "\"attributes\":[");
    for (size_t i = 0; i < metric->label_count; i++) {
        if (i > 0)
            ccpi_buf_append_char(out, ',');
        if (strcmp(metric->labels[i].name, "stream") == 0)
            ccpi_buf_append_format(out,
                                   "{\"key\":\"stream\",\"value\":{\"boolValue\":%s}}",
                                   metric->labels[i].value);
        else
            write_attribute(metric->labels[i].name, metric->labels[i].value, out);
    }
    ccpi_buf_append_char(out, ']');
}

/* 64-bit integers are texts in this JSON. */
static void write_times(const ccp_metrics *metrics, ccpi_buf *out)
{
    ccpi_buf_append_format(out,
                           ",\"startTimeUnixNano\":\"%lld" NS_PER_US
                           "\",\"timeUnixNano\":\"%lld" NS_PER_US "\"",
                           (long long)metrics->started_us, (long long)metrics->now_us);
}

static void write_histogram(const ccp_metric_histogram *histogram, ccpi_buf *out)
{
    const ccpi_coarse coarse = ccpi_coarse_of(histogram);

    ccpi_buf_append_format(out, ",\"count\":\"%llu\",\"sum\":%.6f,\"bucketCounts\":[",
                           (unsigned long long)histogram->count, histogram->sum);
    for (size_t i = 0; i <= CCPI_COARSE_BOUNDS; i++)
        ccpi_buf_append_format(out, "%s\"%llu\"", i > 0 ? "," : "",
                               (unsigned long long)coarse.buckets[i]);
    ccpi_buf_append_text(out, "],\"explicitBounds\":[");
    for (size_t i = 0; i < CCPI_COARSE_BOUNDS; i++)
        ccpi_buf_append_format(out, "%s%.9g", i > 0 ? "," : "", ccpi_coarse_bounds()[i]);
    ccpi_buf_append_char(out, ']');
}

static void write_point(const ccp_metrics *metrics, const ccp_metric *metric,
                        ccpi_buf *out)
{
    ccpi_buf_append_char(out, '{');
    write_attributes(metric, out);
    write_times(metrics, out);
    if (metric->kind == CCP_METRIC_HISTOGRAM)
        write_histogram(&metric->histogram, out);
    else if (strcmp(metric->unit, "USD") == 0)
        ccpi_buf_append_format(out, ",\"asDouble\":%.6f", metric->value);
    else
        ccpi_buf_append_format(out, ",\"asInt\":\"%.0f\"", metric->value);
    ccpi_buf_append_char(out, '}');
}

static void open_metric(const ccp_metric *metric, ccpi_buf *out)
{
    static const char *const kinds[] = {"sum", "gauge", "histogram"};
    const ccpi_metric_row *row = ccpi_metric_row_of(metric->name);

    ccpi_buf_append_format(out, "{\"name\":\"%s\",\"unit\":\"%s\",\"description\":",
                           metric->name, metric->unit);
    ccpi_json_quote(ccpi_span_of(row ? row->help : ""), out);
    ccpi_buf_append_format(out, ",\"%s\":{\"dataPoints\":[", kinds[metric->kind]);
}

static void close_metric(const ccp_metric *metric, ccpi_buf *out)
{
    ccpi_buf_append_char(out, ']');
    if (metric->kind != CCP_METRIC_GAUGE)
        ccpi_buf_append_format(out, ",\"aggregationTemporality\":%d", CUMULATIVE);
    if (metric->kind == CCP_METRIC_COUNTER)
        ccpi_buf_append_text(out, ",\"isMonotonic\":true");
    ccpi_buf_append_text(out, "}}");
}

/* Series of one name stand together. */
static void write_metrics(const ccp_metrics *metrics, ccpi_buf *out)
{
    for (size_t i = 0; i < metrics->count; i++) {
        const ccp_metric *metric = &metrics->items[i];
        const ccp_metric *before = i > 0 ? metric - 1 : NULL;
        const ccp_metric *after = i + 1 < metrics->count ? metric + 1 : NULL;

        if (before)
            ccpi_buf_append_char(out, ',');
        if (!before || strcmp(before->name, metric->name) != 0)
            open_metric(metric, out);
        write_point(metrics, metric, out);
        if (!after || strcmp(after->name, metric->name) != 0)
            close_metric(metric, out);
    }
}

void ccpi_otlp_write(const ccp_metrics *metrics, const char *instance_id, ccpi_buf *out)
{
    ccpi_buf_append_text(out, "{\"resourceMetrics\":[{\"resource\":{\"attributes\":[");
    write_attribute("service.name", "ccproxy", out);
    ccpi_buf_append_char(out, ',');
    write_attribute("service.version", CCPI_VERSION, out);
    ccpi_buf_append_char(out, ',');
    write_attribute("service.instance.id", instance_id, out);
    ccpi_buf_append_text(out, "]},\"scopeMetrics\":[{\"scope\":{\"name\":\"ccproxy\"},"
                              "\"metrics\":[");
    write_metrics(metrics, out);
    ccpi_buf_append_text(out, "]}]}]}");
}
