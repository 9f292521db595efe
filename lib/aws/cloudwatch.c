#include "aws/cloudwatch.h"

#define ZLIB_CONST /* zlib does not write to its input */
#include <zlib.h>

#include "aws/call.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define GZIP_WINDOW (15 + 16) /* zlib's way to ask for a gzip header */
#define MEMORY_LEVEL 8
#define GZIP_HEADER 32

/* What is not delivered is part of the next sending: no reason to insist. */
static const ccpi_retry_policy patient = {
    .attempts = 3, .attempt_ms = 3000, .total_ms = 5000, .wait_ms = 200};
static const ccpi_retry_policy hurried = {
    .attempts = 2, .attempt_ms = 1500, .total_ms = 2000, .wait_ms = 100};

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

ccp_status ccpi_cloudwatch_put(ccp_aws *aws, ccpi_span json, bool hurries,
                               ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear)
    ccpi_buf body = {.limit = 2 * CCPI_CLOUDWATCH_MAX_BYTES};
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
