#include "observe/cloudwatch_sink.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "base/json.h"
#include "observe/deltas.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_MS 1000
/* Of a histogram under long names. */
#define LONGEST_LINE ((size_t)8 * 1024)
/* Data that are gathered before they are sent: as many as one request takes. */
#define BATCH 1000
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

/* ---- PutMetricData ---- */

typedef struct put_batch {
    size_t most;
    size_t count;
    ccp_metric_datum items[BATCH];
    ccpi_datum data[]; /* what the items point into */
} put_batch;

/* From *at on. */
static void fill(const ccpi_cloudwatch_sink *sink, size_t *at, put_batch *out)
{
    out->count = 0;
    while (out->count < out->most &&
           ccpi_deltas_next(sink->deltas, at, &out->data[out->count])) {
        const ccpi_datum *from = &out->data[out->count];

        out->items[out->count++] =
            (ccp_metric_datum){.name = from->name,
                               .unit = from->unit,
                               .dimensions = from->dimensions,
                               .dimension_count = from->dimension_count,
                               .value = from->value,
                               .values = from->values,
                               .counts = from->counts,
                               .value_count = from->value_count};
    }
}

static ccp_status put_batches(const ccpi_cloudwatch_sink *sink, ccp_metric_data *data,
                              put_batch *batch, ccp_error *error)
{
    size_t at = 0;

    data->items = batch->items;
    for (;;) {
        const size_t from = at;
        ccp_status status;

        fill(sink, &at, batch);
        if (batch->count == 0)
            return CCP_OK;
        data->count = batch->count;
        status = ccp_aws_put_metrics(sink->options.aws, data, NULL, error);
        if (status != CCP_OK)
            return status;
        ccpi_deltas_arrived(sink->deltas, from, at);
    }
}

static ccp_status put_all(const ccpi_cloudwatch_sink *sink, int64_t unix_s, bool hurries,
                          ccp_error *error)
{
    const size_t series = ccpi_deltas_count(sink->deltas);
    const size_t most = series < BATCH ? series : BATCH;
    put_batch *batch = calloc(1, sizeof(*batch) + most * sizeof(ccpi_datum));
    ccp_metric_data data = {
        .name_space = sink->space, .unix_s = unix_s, .hurries = hurries};
    ccp_status status;

    if (!batch)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for metrics");
    batch->most = most;
    status = put_batches(sink, &data, batch, error);
    free(batch);
    return status;
}

/* ---- log lines ---- */

/* Numbers from one place to another. */
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
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf line = {.limit = LONGEST_LINE};
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
