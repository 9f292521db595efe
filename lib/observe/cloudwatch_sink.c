#include "observe/cloudwatch_sink.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/cloudwatch.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/json.h"
#include "observe/deltas.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_MS 1000
/* A body is sent when the next datum might not fit any more. */
#define LARGEST_DATUM ((size_t)8 * 1024)
/* The embedded format's own limit. */
#define MOST_LINE_VALUES 100

struct ccpi_cloudwatch_sink {
    ccpi_cloudwatch_options options;
    char *space;
    ccpi_deltas *deltas;
};

ccp_status ccpi_cloudwatch_sink_new(const ccpi_cloudwatch_options *options,
                                    ccpi_cloudwatch_sink **out)
{
    ccpi_cloudwatch_sink *sink = calloc(1, sizeof(*sink));

    *out = NULL;
    if (!sink)
        return CCP_NO_MEMORY;
    sink->options = *options;
    sink->space = strdup(options->space);
    sink->deltas = ccpi_deltas_new();
    if (!sink->space || !sink->deltas) {
        ccpi_cloudwatch_sink_free(sink);
        return CCP_NO_MEMORY;
    }
    *out = sink;
    return CCP_OK;
}

void ccpi_cloudwatch_sink_free(ccpi_cloudwatch_sink *sink)
{
    if (!sink)
        return;
    ccpi_deltas_free(sink->deltas);
    free(sink->space);
    free(sink);
}

/* What both forms share: numbers from one place to another. */
static void write_numbers(const ccpi_datum *datum, size_t from, size_t to, ccpi_buf *out)
{
    ccpi_buf_append_text(out, "\"Values\":[");
    for (size_t i = from; i < to; i++)
        ccpi_buf_append_format(out, "%s%.9g", i > from ? "," : "", datum->values[i]);
    ccpi_buf_append_text(out, "],\"Counts\":[");
    for (size_t i = from; i < to; i++)
        ccpi_buf_append_format(out, "%s%llu", i > from ? "," : "",
                               (unsigned long long)datum->counts[i]);
    ccpi_buf_append_char(out, ']');
}

/* ---- PutMetricData ---- */

static void write_datum(const ccpi_datum *datum, int64_t unix_s, ccpi_buf *out)
{
    ccpi_buf_append_format(out, "{\"MetricName\":\"%s\",\"Dimensions\":[", datum->name);
    for (size_t i = 0; i < datum->dimension_count; i++) {
        ccpi_buf_append_format(out, "%s{\"Name\":\"%s\",\"Value\":", i > 0 ? "," : "",
                               datum->dimensions[i].name);
        ccpi_json_quote(ccpi_span_of(datum->dimensions[i].value), out);
        ccpi_buf_append_char(out, '}');
    }
    ccpi_buf_append_format(out, "],\"Timestamp\":%lld,\"Unit\":\"%s\",",
                           (long long)unix_s, datum->unit);
    if (datum->value_count > 0)
        write_numbers(datum, 0, datum->value_count, out);
    else
        ccpi_buf_append_format(out, "\"Value\":%.15g", datum->value);
    ccpi_buf_append_char(out, '}');
}

static void begin_body(const ccpi_cloudwatch_sink *sink, ccpi_buf *body)
{
    ccpi_buf_append_text(body, "{\"Namespace\":");
    ccpi_json_quote(ccpi_span_of(sink->space), body);
    ccpi_buf_append_text(body, ",\"MetricData\":[");
}

/* One batch from *at on; *count: how many data it has. */
static size_t write_batch(const ccpi_cloudwatch_sink *sink, int64_t unix_s, size_t *at,
                          ccpi_buf *body)
{
    ccpi_datum datum;
    size_t count = 0;

    begin_body(sink, body);
    while (count < CCPI_CLOUDWATCH_MAX_DATA &&
           body->len + LARGEST_DATUM < CCPI_CLOUDWATCH_MAX_BYTES &&
           ccpi_deltas_next(sink->deltas, at, &datum)) {
        if (count++ > 0)
            ccpi_buf_append_char(body, ',');
        write_datum(&datum, unix_s, body);
    }
    ccpi_buf_append_text(body, "]}");
    return count;
}

static ccp_status put_all(const ccpi_cloudwatch_sink *sink, int64_t unix_s, bool hurries,
                          ccp_error *error)
{
    size_t at = 0;

    for (;;) {
        CCPI_CLEANUP(ccpi_buf_clear)
        ccpi_buf body = {.limit = CCPI_CLOUDWATCH_MAX_BYTES};
        const size_t from = at;
        ccp_status status;

        if (write_batch(sink, unix_s, &at, &body) == 0)
            return CCP_OK;
        if (body.status != CCP_OK)
            return ccpi_fail(error, body.status, "no memory for metrics");
        status =
            ccpi_cloudwatch_put(sink->options.aws, ccpi_buf_span(&body), hurries, error);
        if (status != CCP_OK)
            return status;
        ccpi_deltas_arrived(sink->deltas, from, at);
    }
}

/* ---- log lines ---- */

static void begin_line(const ccpi_cloudwatch_sink *sink, const ccpi_datum *datum,
                       int64_t now_us, ccpi_buf *out)
{
    ccpi_buf_append_format(out,
                           "{\"_aws\":{\"Timestamp\":%lld,\"CloudWatchMetrics\":"
                           "[{\"Namespace\":",
                           (long long)(now_us / US_PER_MS));
    ccpi_json_quote(ccpi_span_of(sink->space), out);
    ccpi_buf_append_text(out, ",\"Dimensions\":[[");
    for (size_t i = 0; i < datum->dimension_count; i++)
        ccpi_buf_append_format(out, "%s\"%s\"", i > 0 ? "," : "",
                               datum->dimensions[i].name);
    ccpi_buf_append_format(out,
                           "]],\"Metrics\":[{\"Name\":\"%s\",\"Unit\":\"%s\"}]}]},"
                           "\"event\":\"metrics\"",
                           datum->name, datum->unit);
    for (size_t i = 0; i < datum->dimension_count; i++) {
        ccpi_buf_append_format(out, ",\"%s\":", datum->dimensions[i].name);
        ccpi_json_quote(ccpi_span_of(datum->dimensions[i].value), out);
    }
}

/* The part of a histogram that one line takes. */
static void write_part(const ccpi_datum *datum, size_t from, size_t to, ccpi_buf *out)
{
    uint64_t count = 0;
    double sum = 0;

    for (size_t i = from; i < to; i++) {
        count += datum->counts[i];
        sum += datum->values[i] * (double)datum->counts[i];
    }
    ccpi_buf_append_format(out, ",\"%s\":{", datum->name);
    write_numbers(datum, from, to, out);
    ccpi_buf_append_format(out, ",\"Min\":%.9g,\"Max\":%.9g,\"Count\":%llu,\"Sum\":%.9g}",
                           datum->values[from], datum->values[to - 1],
                           (unsigned long long)count, sum);
}

/* Writes the line of what is left from one value on; returns up to where. */
static size_t write_line(const ccpi_cloudwatch_sink *sink, const ccpi_datum *datum,
                         int64_t now_us, size_t from)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf line = {.limit = LARGEST_DATUM};
    const ccp_log_sink *lines = sink->options.lines;
    const size_t left = datum->value_count - from;
    const size_t to = from + (left < MOST_LINE_VALUES ? left : MOST_LINE_VALUES);

    begin_line(sink, datum, now_us, &line);
    if (datum->value_count > 0)
        write_part(datum, from, to, &line);
    else
        ccpi_buf_append_format(&line, ",\"%s\":%.15g", datum->name, datum->value);
    ccpi_buf_append_char(&line, '}');
    if (line.status == CCP_OK)
        lines->write(lines->self, CCP_LOG_INFO, line.data, line.len);
    return to;
}

static void write_lines(const ccpi_cloudwatch_sink *sink, int64_t now_us)
{
    ccpi_datum datum;
    size_t at = 0;

    while (ccpi_deltas_next(sink->deltas, &at, &datum)) {
        size_t from = 0;

        do {
            from = write_line(sink, &datum, now_us, from);
        } while (from < datum.value_count);
    }
    ccpi_deltas_arrived(sink->deltas, 0, at);
}

ccp_status ccpi_cloudwatch_sink_send(void *self, const ccp_metrics *metrics, bool is_last,
                                     ccp_error *error)
{
    const ccpi_cloudwatch_sink *sink = self;

    ccpi_deltas_gather(sink->deltas, metrics);
    if (sink->options.aws)
        return put_all(sink, metrics->now_us / US_PER_S, is_last, error);
    if (sink->options.lines)
        write_lines(sink, metrics->now_us);
    return CCP_OK;
}
