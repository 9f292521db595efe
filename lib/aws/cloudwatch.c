#define ZLIB_CONST /* zlib does not write to its input */
#include <zlib.h>

#include "aws/call.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/json.h"

/*
 * PutMetricData of CloudWatch, in its JSON form.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
#define MOST_DATA 1000
/* The limit is 1 MB; it does not say whether before or after compression. */
#define MAX_BYTES ((size_t)1000 * 1000)
/* A body is sent when the next datum might not fit any more. */
#define LARGEST_DATUM ((size_t)16 * 1024)

#define GZIP_WINDOW (15 + 16) /* zlib's way to ask for a gzip header */
#define MEMORY_LEVEL 8
#define GZIP_HEADER 32

/* What does not arrive is part of the next sending: no reason to insist. */
static const ccpi_retry_policy patient = {
    .attempts = 3, .attempt_ms = 3000, .total_ms = 5000, .wait_ms = 200};
static const ccpi_retry_policy hurried = {
    .attempts = 2, .attempt_ms = 1500, .total_ms = 2000, .wait_ms = 100};

/* ---- the body ---- */

static void write_text(const char *name, const char *value, ccpi_buf *out)
{
    ccpi_buf_append_text(out, name);
    ccpi_json_quote(ccpi_span_of(value), out);
}

static void write_dimensions(const ccp_metric_datum *datum, ccpi_buf *out)
{
    ccpi_buf_append_text(out, ",\"Dimensions\":[");
    for (size_t i = 0; i < datum->dimension_count; i++) {
        write_text(i > 0 ? ",{\"Name\":" : "{\"Name\":", datum->dimensions[i].name, out);
        write_text(",\"Value\":", datum->dimensions[i].value, out);
        ccpi_buf_append_char(out, '}');
    }
    ccpi_buf_append_char(out, ']');
}

static void write_values(const ccp_metric_datum *datum, ccpi_buf *out)
{
    ccpi_buf_append_text(out, ",\"Values\":[");
    for (size_t i = 0; i < datum->value_count; i++)
        ccpi_buf_append_format(out, "%s%.9g", i > 0 ? "," : "", datum->values[i]);
    ccpi_buf_append_text(out, "],\"Counts\":[");
    for (size_t i = 0; i < datum->value_count; i++)
        ccpi_buf_append_format(out, "%s%llu", i > 0 ? "," : "",
                               (unsigned long long)datum->counts[i]);
    ccpi_buf_append_char(out, ']');
}

static void write_datum(const ccp_metric_datum *datum, int64_t unix_s, ccpi_buf *out)
{
    write_text("{\"MetricName\":", datum->name, out);
    write_dimensions(datum, out);
    ccpi_buf_append_format(out, ",\"Timestamp\":%lld", (long long)unix_s);
    write_text(",\"Unit\":", datum->unit, out);
    if (datum->value_count > 0)
        write_values(datum, out);
    else
        ccpi_buf_append_format(out, ",\"Value\":%.15g", datum->value);
    ccpi_buf_append_char(out, '}');
}

/* Returns how many data, from one on, the batch has. */
static size_t write_batch(const ccp_metric_data *data, size_t from, ccpi_buf *out)
{
    size_t count = 0;

    write_text("{\"Namespace\":", data->name_space, out);
    ccpi_buf_append_text(out, ",\"MetricData\":[");
    while (from + count < data->count && count < MOST_DATA &&
           (count == 0 || out->len + LARGEST_DATUM < MAX_BYTES)) {
        if (count > 0)
            ccpi_buf_append_char(out, ',');
        write_datum(&data->items[from + count++], data->unix_s, out);
    }
    ccpi_buf_append_text(out, "]}");
    return count;
}

/* ---- the sending ---- */

static void end_stream(z_stream *stream)
{
    deflateEnd(stream);
}

static ccp_status compress_json(ccpi_span json, ccpi_buf *out, ccp_error *error)
{
    CCPI_CLEANUP(end_stream) z_stream stream = {.zalloc = Z_NULL};
    size_t most;

    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW,
                     MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory to compress metrics");
    most = deflateBound(&stream, (uLong)json.len) + GZIP_HEADER;
    stream.next_out = (Bytef *)ccpi_buf_room(out, most);
    if (!stream.next_out)
        return ccpi_fail(error, out->status, "no memory to compress metrics");
    stream.avail_out = (uInt)most;
    stream.next_in = (const Bytef *)json.data;
    stream.avail_in = (uInt)json.len;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        return ccpi_fail(error, CCP_INTERNAL, "metrics can't be compressed");
    ccpi_buf_grow(out, most - stream.avail_out);
    return CCP_OK;
}

static ccp_status put(ccp_aws *aws, ccpi_span json, bool hurries, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = 2 * MAX_BYTES};
    CCPI_CLEANUP(ccpi_http_answer_clear) ccpi_http_answer answer = {0};
    ccpi_aws_call call = {
        .service = CCPI_AWS_CLOUDWATCH,
        .operation = "PutMetricData",
        .target = "GraniteServiceVersion20100801.PutMetricData",
        .content_type = "application/x-amz-json-1.0",
        .content_encoding = "gzip",
        .patience = hurries ? &hurried : &patient,
    };
    ccp_status status = compress_json(json, &body, error);

    if (status != CCP_OK)
        return status;
    call.body = ccpi_buf_span(&body);
    return ccpi_aws_call_run(aws, &call, &answer, error);
}

ccp_status ccp_aws_put_metrics(ccp_aws *aws, const ccp_metric_data *data, size_t *sent,
                               ccp_error *error)
{
    ccp_status status = CCP_OK;
    size_t done = 0;

    while (done < data->count && status == CCP_OK) {
        CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = MAX_BYTES};
        const size_t count = write_batch(data, done, &body);

        if (body.status != CCP_OK)
            status = ccpi_fail(error, body.status, "no room for metrics");
        else
            status = put(aws, ccpi_buf_span(&body), data->hurries, error);
        if (status == CCP_OK)
            done += count;
    }
    if (sent)
        *sent = done;
    return status;
}
