/* Signed calls, to a real server on loopback. */
#include "aws/call.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "support/upstream_server.h"

/* What the server is to answer, one after the other; the last one for ever. */
typedef struct script {
    const char *answers[4]; /* whole HTTP answers */
    size_t count;
    char head[4096]; /* of the last request */
    char body[256];
} script;

static script play;
static upstream_server *server;
static ccp_config *config;
static ccp_aws *aws;
static ccp_error failure;

static void perform(upstream_connection *connection, const upstream_request *request,
                    void *context)
{
    script *script = context;
    const size_t nth = (size_t)request->nth;

    snprintf(script->head, sizeof(script->head), "%s", request->head);
    snprintf(script->body, sizeof(script->body), "%.*s", (int)request->body_len,
             request->body);
    if (script->count == 0)
        upstream_wait_for_close(connection, 10000);
    else
        upstream_send_text(
            connection, script->answers[nth < script->count ? nth : script->count - 1]);
}

static void variable(const char *text)
{
    const char *const list[] = {text, NULL};

    cr_assert(eq(int, ccp_config_load_environment(config, list, NULL), CCP_OK));
}

static void set_up(void)
{
    char endpoint[64];

    server = upstream_start(perform, &play);
    snprintf(endpoint, sizeof(endpoint), "AWS_ENDPOINT_URL=http://127.0.0.1:%d/",
             upstream_port(server));
    cr_assert(eq(int, ccp_config_new(&config, NULL), CCP_OK));
    variable(endpoint);
    variable("AWS_REGION=eu-central-1");
    variable("AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE");
    variable("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    variable("AWS_SESSION_TOKEN=the-token");
}

static void tear_down(void)
{
    ccp_aws_free(aws);
    ccp_config_free(config);
    upstream_stop(server);
}

TestSuite(aws_call, .init = set_up, .fini = tear_down, .timeout = 30);

static void make_aws(void)
{
    const ccp_aws_options options = {.config = config};

    cr_assert(eq(int, ccp_config_check(config, NULL, NULL, &failure), CCP_OK), "%s",
              failure.message);
    cr_assert(eq(int, ccp_aws_new(&options, &aws, &failure), CCP_OK), "%s",
              failure.message);
    aws->patience = (ccpi_retry_policy){
        .attempts = 3, .attempt_ms = 2000, .total_ms = 5000, .wait_ms = 1};
}

static ccp_status call(void)
{
    CCPI_CLEANUP(ccpi_http_answer_clear) ccpi_http_answer answer = {0};
    const ccpi_aws_call operation = {
        .service = CCPI_AWS_KMS,
        .operation = "Decrypt",
        .target = "TrentService.Decrypt",
        .content_type = "application/x-amz-json-1.1",
        .body = CCPI_SPAN("{\"a\":1}"),
    };

    if (!aws)
        make_aws();
    failure = (ccp_error){0};
    return ccpi_aws_call_run(aws, &operation, &answer, &failure);
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define THROTTLED                                                                        \
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 34\r\n\r\n"                             \
    "{\"__type\":\"ThrottlingException\"}\r\n"

static void expect_line(const char *line)
{
    cr_expect(not(zero(ptr, strstr(play.head, line))), "%s is missing in:\n%s", line,
              play.head);
}

Test(aws_call, it_is_a_signed_post_to_the_endpoint)
{
    play = (script){.answers = {OK}, .count = 1};
    cr_assert(eq(int, call(), CCP_OK), "%s", failure.message);
    cr_expect(eq(int, memcmp(play.head, "POST / HTTP/1.1\r\n", 17), 0));
    cr_expect(eq(str, play.body, (char *)"{\"a\":1}"));
    expect_line("x-amz-target: TrentService.Decrypt\r\n");
    expect_line("content-type: application/x-amz-json-1.1\r\n");
    expect_line("x-amz-security-token: the-token\r\n");
    /* sha256sum of the body */
    expect_line("x-amz-content-sha256: "
                "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862\r\n");
    expect_line("authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/");
    expect_line("/eu-central-1/kms/aws4_request, SignedHeaders=content-type;host;"
                "x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target, ");
}

Test(aws_call, throttling_and_failures_are_tried_again)
{
    play = (script){
        .answers = {THROTTLED, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", OK},
        .count = 3};
    cr_expect(eq(int, call(), CCP_OK), "%s", failure.message);
    cr_expect(eq(int, upstream_requests(server), 3));
}

Test(aws_call, after_the_last_attempt_the_failure_is_told_by_its_code)
{
    play = (script){.answers = {THROTTLED}, .count = 1};
    cr_expect(eq(int, call(), CCP_UNAVAILABLE));
    cr_expect(eq(str, failure.message,
                 (char *)"kms Decrypt: ThrottlingException (status 400)"));
    cr_expect(eq(int, upstream_requests(server), 3));
}

typedef struct refusal {
    int http_status;
    const char *header;
    const char *body;
    ccp_status status;
    const char *code;
} refusal;

static void expect_refusal(const refusal *refusal)
{
    const int before = upstream_requests(server);
    char answer[1024];

    snprintf(answer, sizeof(answer), "HTTP/1.1 %d No\r\nContent-Length: %zu\r\n%s\r\n%s",
             refusal->http_status, strlen(refusal->body), refusal->header, refusal->body);
    play = (script){.answers = {answer}, .count = 1};
    cr_expect(eq(int, call(), refusal->status), "%s", failure.message);
    cr_expect(not(zero(ptr, strstr(failure.message, refusal->code))), "%s",
              failure.message);
    cr_expect(zero(ptr, strstr(failure.message, "hidden")));
    cr_expect(eq(int, upstream_requests(server), before + 1));
}

/* The forms in which AWS's protocols name errors. */
Test(aws_call, refusals_are_told_by_their_code_and_not_repeated)
{
    static const refusal refusals[] = {
        {400, "",
         "{\"__type\":\"com.amazonaws.kms#AccessDeniedException\",\"m\":\"hidden\"}",
         CCP_DENIED, "AccessDeniedException"},
        {400, "x-amzn-ErrorType: NotFoundException:http://internal/\r\n", "{}",
         CCP_NOT_FOUND, "NotFoundException"},
        {403, "",
         "<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code>"
         "<Message>hidden</Message></Error></ErrorResponse>",
         CCP_DENIED, "SignatureDoesNotMatch"},
        {400, "", "{\"__type\":\"ValidationException\"}", CCP_INVALID,
         "ValidationException"},
        {400, "", "{\"__type\":\"hidden value\"}", CCP_INVALID, "no error code"},
        {404, "", "hidden", CCP_NOT_FOUND, "no error code"},
    };

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        expect_refusal(&refusals[i]);
}

Test(aws_call, a_server_that_does_not_answer_is_given_up_in_time)
{
    const ccp_clock *clock = ccp_system_clock();
    int64_t start;

    play.count = 0;
    make_aws();
    aws->patience =
        (ccpi_retry_policy){.attempts = 3, .attempt_ms = 100, .total_ms = 250};
    start = clock->monotonic_us(clock->self);
    cr_expect(eq(int, call(), CCP_TIMEOUT), "%s", failure.message);
    cr_expect(lt(i64, clock->monotonic_us(clock->self) - start, 2000000));
}

Test(aws_call, nobody_at_the_address_is_no_answer)
{
    variable("AWS_ENDPOINT_URL_KMS=http://127.0.0.1:1");
    play = (script){.answers = {OK}, .count = 1};
    cr_expect(eq(int, call(), CCP_UNAVAILABLE));
    cr_expect(eq(int, upstream_requests(server), 0));
}

Test(aws_call, an_answer_without_end_is_cut)
{
    static char answer[600 * 1024 + 128];
    const int head =
        sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", 600 * 1024);

    memset(answer + head, 'x', 600 * 1024);
    play = (script){.answers = {answer}, .count = 1};
    cr_expect(eq(int, call(), CCP_PROTOCOL));
}

Test(aws_call, the_hosts_of_china_end_otherwise)
{
    ccp_config_free(config);
    cr_assert(eq(int, ccp_config_new(&config, NULL), CCP_OK));
    variable("AWS_REGION=cn-north-1");
    make_aws();
    /* botocore's endpoints.json: kms.cn-north-1.amazonaws.com.cn */
    cr_expect(eq(str, aws->endpoints[CCPI_AWS_KMS],
                 (char *)"https://kms.cn-north-1.amazonaws.com.cn"));
    cr_expect(eq(str, aws->endpoints[CCPI_AWS_CLOUDWATCH],
                 (char *)"https://monitoring.cn-north-1.amazonaws.com.cn"));
}
