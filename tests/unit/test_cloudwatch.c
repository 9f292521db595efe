/* PutMetricData, to a real server on loopback. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdio.h>
#include <zlib.h>

#include "ccproxy/aws.h"
#include "observe/cloudwatch_sink.h"
#include "observe/metric_table.h"
#include "support/upstream_server.h"

#define ROOM ((size_t)4 * 1024 * 1024)
#define MOST_REQUESTS 8

static struct {
    int status;     /* of the answers */
    int until;      /* from this request on the answer is 200 */
    int fails_from; /* from this request on it is not; 0: never */
    json_t *bodies[MOST_REQUESTS];
    int count;
    char head[4096]; /* of the last one */
} seen;

static upstream_server *server;
static ccp_config *config;
static ccp_aws *aws;
static ccpi_cloudwatch_sink *sink;
static ccp_error failure;

static json_t *unpack(const char *bytes, size_t len)
{
    char *text = malloc(ROOM);
    z_stream stream = {.next_in = (Bytef *)bytes,
                       .avail_in = (uInt)len,
                       .next_out = (Bytef *)text,
                       .avail_out = (uInt)ROOM};
    json_t *root;

    cr_assert(eq(int, inflateInit2(&stream, 15 + 16), Z_OK));
    cr_assert(eq(int, inflate(&stream, Z_FINISH), Z_STREAM_END));
    root = json_loadb(text, stream.total_out, 0, NULL);
    inflateEnd(&stream);
    free(text);
    return root;
}

static void answer(upstream_connection *connection, const upstream_request *request,
                   void *context)
{
    char text[128];
    const bool is_well = request->nth >= seen.until &&
                         (!seen.fails_from || request->nth < seen.fails_from);

    (void)context;
    snprintf(seen.head, sizeof(seen.head), "%s", request->head);
    if (is_well && seen.count < MOST_REQUESTS)
        seen.bodies[seen.count++] = unpack(request->body, request->body_len);
    snprintf(text, sizeof(text), "HTTP/1.1 %d X\r\ncontent-length: 2\r\n\r\n{}",
             is_well ? 200 : seen.status);
    upstream_send_text(connection, text);
}

static void variable(const char *text)
{
    const char *const list[] = {text, NULL};

    cr_assert(eq(int, ccp_config_load_environment(config, list, NULL), CCP_OK));
}

static void set_up(void)
{
    char endpoint[64];

    server = upstream_start(answer, NULL);
    snprintf(endpoint, sizeof(endpoint), "AWS_ENDPOINT_URL=http://127.0.0.1:%d",
             upstream_port(server));
    cr_assert(eq(int, ccp_config_new(&config, NULL), CCP_OK));
    variable(endpoint);
    variable("AWS_REGION=eu-central-1");
    variable("AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE");
    variable("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    cr_assert(eq(int, ccp_config_check(config, NULL, NULL, &failure), CCP_OK));
    cr_assert(eq(int, ccp_aws_new(&(ccp_aws_options){.config = config}, &aws, &failure),
                 CCP_OK));
    cr_assert(eq(int,
                 ccpi_cloudwatch_sink_new(
                     &(ccpi_cloudwatch_options){.aws = aws, .space = "Space"}, &sink),
                 CCP_OK));
}

static void tear_down(void)
{
    ccpi_cloudwatch_sink_free(sink);
    ccp_aws_free(aws);
    ccp_config_free(config);
    upstream_stop(server);
    for (int i = 0; i < seen.count; i++)
        json_decref(seen.bodies[i]);
}

TestSuite(cloudwatch, .init = set_up, .fini = tear_down, .timeout = 60);

/* So many errors of as many types: a series each, and one of their provider. */
static ccp_status send(size_t types, double value)
{
    static char names[2000][32];
    static ccp_metric_label labels[2000][2];
    static ccp_metric items[2000];
    const ccp_metrics all = {
        .now_us = INT64_C(1785240000) * 1000000, .items = items, .count = types};

    for (size_t i = 0; i < types; i++) {
        snprintf(names[i], sizeof(names[i]), "type-%zu", i);
        labels[i][0] = (ccp_metric_label){"provider", "plan"};
        labels[i][1] = (ccp_metric_label){"error_type", names[i]};
        items[i] = (ccp_metric){.name = "proxy.errors",
                                .unit = "{error}",
                                .labels = labels[i],
                                .label_count = 2,
                                .value = value};
    }
    return ccpi_cloudwatch_sink_send(sink, &all, false, &failure);
}

static const json_t *data(int request)
{
    return json_object_get(seen.bodies[request], "MetricData");
}

static double value_of(int request, size_t i)
{
    return json_number_value(json_object_get(json_array_get(data(request), i), "Value"));
}

Test(cloudwatch, a_batch_is_signed_and_compressed)
{
    const json_t *datum;

    cr_assert(eq(int, send(1, 3), CCP_OK), "%s", failure.message);
    cr_expect(ne(ptr, strstr(seen.head, "PutMetricData"), NULL));
    cr_expect(ne(ptr, strcasestr(seen.head, "content-encoding: gzip"), NULL));
    cr_expect(ne(ptr, strstr(seen.head, "/eu-central-1/monitoring/aws4_request"), NULL));
    datum = json_array_get(data(0), 0);
    cr_expect(eq(str, (char *)json_string_value(json_object_get(datum, "MetricName")),
                 "ErrorCount"));
    cr_expect(
        eq(i64, json_integer_value(json_object_get(datum, "Timestamp")), 1785240000));
    cr_expect(eq(dbl, value_of(0, 0), 3));
}

Test(cloudwatch, no_batch_has_more_than_a_thousand_data)
{
    cr_assert(eq(int, send(1500, 1), CCP_OK), "%s", failure.message);
    cr_expect(le(sz, json_array_size(data(0)), (size_t)1000));
}

Test(cloudwatch, what_fails_for_a_moment_is_tried_again)
{
    seen.status = 503;
    seen.until = 1;
    cr_assert(eq(int, send(1, 1), CCP_OK), "%s", failure.message);
    cr_expect(eq(int, seen.count, 1));
}

Test(cloudwatch, what_is_refused_comes_with_the_next_sending)
{
    seen.status = 403;
    seen.until = 1;
    cr_expect(ne(int, send(1, 2), CCP_OK));
    cr_assert(eq(int, send(1, 5), CCP_OK), "%s", failure.message);
    cr_expect(eq(dbl, value_of(0, 0), 5));
    cr_assert(eq(int, send(1, 6), CCP_OK), "%s", failure.message);
    cr_expect(eq(dbl, value_of(1, 0), 1));
}

Test(cloudwatch, an_embedders_own_data_go_in_as_many_requests_as_they_need)
{
    static ccp_metric_datum items[2500];
    const ccp_metric_label stage = {"Stage", "a \"quoted\" one"};
    const double values[] = {1.5, 20};
    const uint64_t counts[] = {7, 1};
    const ccp_metric_data all = {
        .name_space = "Own", .unix_s = 1785240000, .items = items, .count = 2500};
    size_t sent = 0;

    for (size_t i = 0; i < all.count; i++)
        items[i] = (ccp_metric_datum){.name = "Waited",
                                      .unit = "Seconds",
                                      .dimensions = &stage,
                                      .dimension_count = 1,
                                      .values = values,
                                      .counts = counts,
                                      .value_count = 2};
    cr_assert(eq(int, ccp_aws_put_metrics(aws, &all, &sent, &failure), CCP_OK), "%s",
              failure.message);
    cr_expect(eq(sz, sent, all.count));
    cr_expect(eq(int, seen.count, 3));
    cr_expect(eq(sz, json_array_size(data(2)), (size_t)500));
    cr_expect(eq(i64,
                 json_integer_value(json_array_get(
                     json_object_get(json_array_get(data(0), 0), "Counts"), 0)),
                 7));
}

Test(cloudwatch, a_failure_tells_how_many_had_arrived)
{
    static ccp_metric_datum items[1500];
    const ccp_metric_data all = {.name_space = "Own", .items = items, .count = 1500};
    size_t sent = 0;

    for (size_t i = 0; i < all.count; i++)
        items[i] = (ccp_metric_datum){.name = "n", .unit = "None"};
    seen.status = 403;
    seen.fails_from = 1;
    cr_expect(ne(int, ccp_aws_put_metrics(aws, &all, &sent, &failure), CCP_OK));
    cr_expect(eq(sz, sent, (size_t)1000));
}
