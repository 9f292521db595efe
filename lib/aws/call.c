#include "aws/call.h"

#include <stdio.h>

#include "aws/fault.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/thread.h"

#define US_PER_S INT64_C(1000000)
#define MAX_PATH 4096
#define MAX_BEARER 16384
#define MAX_URL (CCPI_AWS_MAX_ENDPOINT + MAX_PATH)

/* What the attempts of one call share. */
typedef struct call_work {
    ccp_aws *aws;
    const ccpi_aws_call *call;
    char url[MAX_URL];
    ccpi_retry retry;
    bool has_doubted; /* the credentials, once */
} call_work;

static const char *method_of(const ccpi_aws_call *call)
{
    return call->method ? call->method : "POST";
}

static ccp_status set(ccpi_headers *headers, const char *name, const char *value)
{
    return value ? ccpi_headers_set(headers, name, value) : CCP_OK;
}

static ccp_status sign(const call_work *work, const ccpi_aws_keys *keys,
                       ccpi_headers *headers, ccp_error *error)
{
    const ccpi_sigv4_credentials credentials = ccpi_aws_keys_view(keys);
    const ccp_aws *aws = work->aws;
    ccpi_sigv4_request request = {
        .credentials = &credentials,
        .region = ccpi_aws_region_of(aws, work->call->service),
        .service = ccpi_aws_service_name(work->call->service),
        .unix_seconds = aws->clock->unix_us(aws->clock->self) / US_PER_S,
        .method = method_of(work->call),
        .url = work->url,
    };
    ccp_status status = ccpi_sigv4_hash_body(&work->call->body, 1, &request.body, error);

    return status == CCP_OK ? ccpi_sigv4_sign(&request, headers, error) : status;
}

/* The key that stands in the environment for this service, as in AWS's SDKs; or NULL. */
static const char *bearer_of(const call_work *work)
{
    return work->call->service == CCPI_AWS_BEDROCK
               ? work->aws->environment.bedrock_bearer_token
               : NULL;
}

static ccp_status bear(const char *token, ccpi_headers *headers, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf value = {.limit = MAX_BEARER};

    ccpi_buf_append_text(&value, "Bearer ");
    ccpi_buf_append_text(&value, token);
    if (value.status != CCP_OK ||
        ccpi_headers_set(headers, "authorization", value.data) != CCP_OK)
        return ccpi_fail(error, CCP_INVALID, "AWS_BEARER_TOKEN_BEDROCK is no key");
    return CCP_OK;
}

static ccp_status build_headers(const call_work *work, const ccpi_aws_keys *keys,
                                ccpi_headers *headers, ccp_error *error)
{
    const ccpi_aws_call *call = work->call;
    ccp_status status = set(headers, "content-type", call->content_type);

    if (status == CCP_OK)
        status = set(headers, "content-encoding", call->content_encoding);
    if (status == CCP_OK)
        status = set(headers, "x-amz-target", call->target);
    if (status != CCP_OK)
        return ccpi_fail(error, status, "no memory for a request to AWS");
    return bearer_of(work) ? bear(bearer_of(work), headers, error)
                           : sign(work, keys, headers, error);
}

/* Whether the failure may pass; the message is written here. */
static bool judge(call_work *work, const ccpi_aws_keys *keys,
                  const ccpi_http_answer *answer, ccp_error *error)
{
    const ccpi_aws_fault fault = ccpi_aws_fault_of(answer);

    ccpi_fail(error, fault.status, "%s %s: %s (status %d)",
              ccpi_aws_service_name(work->call->service), work->call->operation,
              fault.code[0] ? fault.code : "no error code", answer->status);
    if (!fault.is_of_keys)
        return fault.is_passing;
    ccpi_aws_credentials_doubt(work->aws->credentials, keys);
    if (work->has_doubted)
        return false;
    work->has_doubted = true;
    return true;
}

static ccp_status send(const call_work *work, const ccpi_headers *headers,
                       ccpi_http_answer *answer, ccp_error *error)
{
    const ccpi_http *http = &work->aws->http;
    const ccpi_http_request request = {
        .method = method_of(work->call),
        .url = work->url,
        .headers = headers,
        .body = work->call->body,
        .timeout_ms = ccpi_retry_attempt_ms(&work->retry),
    };
    ccp_error reason = {0};
    ccp_status status;

    ccpi_http_answer_clear(answer);
    status = http->exchange(http->self, &request, answer, &reason);
    if (status == CCP_OK)
        return CCP_OK;
    return ccpi_fail(error, status, "%s %s: %s",
                     ccpi_aws_service_name(work->call->service), work->call->operation,
                     reason.message);
}

/* *is_passing: another attempt may go better. */
static ccp_status attempt(call_work *work, ccpi_http_answer *answer, bool *is_passing,
                          ccp_error *error)
{
    CCPI_CLEANUP(ccpi_headers_wipe) ccpi_headers headers = {0};
    CCPI_CLEANUP(ccpi_aws_keys_wipe) ccpi_aws_keys keys = {0};
    ccp_error reason = {0};
    ccp_status status = CCP_OK;

    *is_passing = false;
    if (!bearer_of(work))
        status = ccpi_aws_credentials_get(work->aws->credentials, &keys, error);
    if (status == CCP_OK)
        status = build_headers(work, &keys, &headers, error);
    if (status != CCP_OK)
        return status;
    status = send(work, &headers, answer, error);
    *is_passing = status == CCP_UNAVAILABLE || status == CCP_TIMEOUT;
    if (status != CCP_OK || answer->status / 100 == 2)
        return status;
    *is_passing = judge(work, &keys, answer, &reason);
    return ccpi_fail(error, reason.status, "%s", reason.message);
}

static ccp_status run(ccp_aws *aws, const ccpi_aws_call *call, ccpi_http_answer *answer,
                      ccp_error *error)
{
    call_work work = {.aws = aws, .call = call};
    bool is_passing;
    ccp_status status;

    if (snprintf(work.url, sizeof(work.url), "%s%s", aws->endpoints[call->service],
                 call->path ? call->path : "/") >= (int)sizeof(work.url))
        return ccpi_fail(error, CCP_LIMIT, "%s %s: the path is too long",
                         ccpi_aws_service_name(call->service), call->operation);
    work.retry = ccpi_retry_begin(call->patience ? call->patience : &aws->patience,
                                  aws->clock, aws->random);
    do {
        status = attempt(&work, answer, &is_passing, error);
    } while (is_passing && ccpi_retry_again(&work.retry));
    return status;
}

typedef struct whole_call {
    ccp_aws *aws;
    const ccpi_aws_call *call;
    ccpi_http_answer *answer;
    ccp_error *error;
    ccp_status status;
} whole_call;

static void *run_whole(void *self)
{
    whole_call *of = self;

    of->status = run(of->aws, of->call, of->answer, of->error);
    return NULL;
}

ccp_status ccpi_aws_call_run(ccp_aws *aws, const ccpi_aws_call *call,
                             ccpi_http_answer *answer, ccp_error *error)
{
    whole_call of = {aws, call, answer, error, CCP_INTERNAL};

    if (!ccpi_thread_call("ccp-aws", run_whole, &of))
        return ccpi_fail(error, CCP_NO_MEMORY, "%s %s: no memory for the call",
                         ccpi_aws_service_name(call->service), call->operation);
    return of.status;
}
