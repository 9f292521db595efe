#include "observe/prometheus.h"

#include <stdio.h>

#include "observe/coarse.h"
#include "observe/metric_table.h"

#define PREFIX "ccproxy_"
#define OTLP_PREFIX_LEN (sizeof("proxy.") - 1)
#define NAME_SIZE 96

/* "ccproxy_latency_seconds", "ccproxy_requests_total": unit, then kind. */
static void write_name(const ccp_metric *metric, char out[NAME_SIZE])
{
    size_t len = 0;
    const char *unit = "";

    if (strcmp(metric->unit, "s") == 0)
        unit = "_seconds";
    else if (strcmp(metric->unit, "USD") == 0)
        unit = "_usd";
    len =
        (size_t)snprintf(out, NAME_SIZE, PREFIX "%s%s%s", metric->name + OTLP_PREFIX_LEN,
                         unit, metric->kind == CCP_METRIC_COUNTER ? "_total" : "");
    for (size_t i = 0; i < len; i++)
        if (out[i] == '.')
            out[i] = '_';
}

/* A label's value: backslash, quote and line feed are escaped. */
static void write_label_value(const char *value, ccpi_buf *out)
{
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            ccpi_buf_append_char(out, '\\');
        if (*value == '\n')
            ccpi_buf_append_text(out, "\\n");
        else
            ccpi_buf_append_char(out, *value);
    }
}

/* bound: of a histogram's bucket, or NULL. */
static void write_labels(const ccp_metric *metric, const char *bound, ccpi_buf *out)
{
    const char *between = "{";

    for (size_t i = 0; i < metric->label_count; i++) {
        ccpi_buf_append_format(out, "%s%s=\"", between, metric->labels[i].name);
        write_label_value(metric->labels[i].value, out);
        ccpi_buf_append_char(out, '"');
        between = ",";
    }
    if (bound) {
        ccpi_buf_append_format(out, "%sle=\"%s\"", between, bound);
        between = ",";
    }
    if (*between == ',')
        ccpi_buf_append_char(out, '}');
}

static void write_histogram(const char *name, const ccp_metric *metric, ccpi_buf *out)
{
    const ccpi_coarse coarse = ccpi_coarse_of(&metric->histogram);
    uint64_t below = 0;

    for (size_t i = 0; i <= CCPI_COARSE_BOUNDS; i++) {
        char bound[32] = "+Inf";

        if (i < CCPI_COARSE_BOUNDS)
            snprintf(bound, sizeof(bound), "%.9g", ccpi_coarse_bounds()[i]);
        below += coarse.buckets[i];
        ccpi_buf_append_format(out, "%s_bucket", name);
        write_labels(metric, bound, out);
        ccpi_buf_append_format(out, " %llu\n", (unsigned long long)below);
    }
    ccpi_buf_append_format(out, "%s_sum", name);
    write_labels(metric, NULL, out);
    ccpi_buf_append_format(out, " %.6f\n%s_count", metric->histogram.sum, name);
    write_labels(metric, NULL, out);
    ccpi_buf_append_format(out, " %llu\n", (unsigned long long)metric->histogram.count);
}

static void write_series(const char *name, const ccp_metric *metric, ccpi_buf *out)
{
    if (metric->kind == CCP_METRIC_HISTOGRAM) {
        write_histogram(name, metric, out);
        return;
    }
    ccpi_buf_append_text(out, name);
    write_labels(metric, NULL, out);
    ccpi_buf_append_format(out, " %.15g\n", metric->value);
}

static void write_heading(const char *name, const ccp_metric *metric, ccpi_buf *out)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const ccpi_metric_row *row = ccpi_metric_row_of(metric->name);

    ccpi_buf_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", name,
                           row ? row->help : metric->name, name, kinds[metric->kind]);
}

void ccpi_prometheus_write(const ccp_metrics *metrics, ccpi_buf *out)
{
    const char *before = "";

    for (size_t i = 0; i < metrics->count; i++) {
        const ccp_metric *metric = &metrics->items[i];
        char name[NAME_SIZE];

        write_name(metric, name);
        if (strcmp(before, metric->name) != 0)
            write_heading(name, metric, out);
        before = metric->name;
        write_series(name, metric, out);
    }
}
