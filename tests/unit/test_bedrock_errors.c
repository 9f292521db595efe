/*
 * Names and statuses: https://docs.aws.amazon.com/bedrock/latest/APIReference/
 * API_runtime_ConverseStream.html; the forms of bodies are those that AWS's
 * JSON protocols have (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html).
 */
#include "bedrock/errors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static ccpi_bedrock_fault fault_of(int status, const char *type, const char *body)
{
    ccpi_headers headers = {0};
    ccpi_bedrock_fault fault;

    if (type)
        ccpi_headers_set(&headers, "x-amzn-ErrorType", type);
    fault = ccpi_bedrock_fault_of(status, &headers, ccpi_span_of(body));
    ccpi_headers_clear(&headers);
    return fault;
}

Test(bedrock_errors, the_name_of_the_exception_decides)
{
    static const struct {
        int status;
        const char *type;
        ccpi_bedrock_fault fault;
    } rows[] = {
        {400, "ValidationException", CCPI_FAULT_VALIDATION},
        {400, "ServiceQuotaExceededException", CCPI_FAULT_QUOTA},
        {403, "AccessDeniedException", CCPI_FAULT_AUTH},
        {403, "ExpiredTokenException", CCPI_FAULT_AUTH},
        {403, "UnrecognizedClientException", CCPI_FAULT_AUTH},
        {404, "ResourceNotFoundException", CCPI_FAULT_MODEL_UNKNOWN},
        {408, "ModelTimeoutException", CCPI_FAULT_TIMEOUT},
        {424, "ModelErrorException", CCPI_FAULT_MODEL_ERROR},
        {429, "ThrottlingException", CCPI_FAULT_QUOTA},
        {429, "ModelNotReadyException", CCPI_FAULT_UNAVAILABLE},
        {500, "InternalServerException", CCPI_FAULT_UNAVAILABLE},
        {503, "ServiceUnavailableException", CCPI_FAULT_UNAVAILABLE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect(eq(int, fault_of(rows[i].status, rows[i].type, "{}"), rows[i].fault),
                  "%s", rows[i].type);
}

Test(bedrock_errors, the_status_decides_where_there_is_no_name)
{
    static const struct {
        int status;
        ccpi_bedrock_fault fault;
    } rows[] = {
        {400, CCPI_FAULT_VALIDATION},  {401, CCPI_FAULT_AUTH},
        {403, CCPI_FAULT_AUTH},        {404, CCPI_FAULT_MODEL_UNKNOWN},
        {408, CCPI_FAULT_TIMEOUT},     {422, CCPI_FAULT_VALIDATION},
        {424, CCPI_FAULT_MODEL_ERROR}, {429, CCPI_FAULT_QUOTA},
        {500, CCPI_FAULT_UNAVAILABLE}, {502, CCPI_FAULT_UNAVAILABLE},
        {504, CCPI_FAULT_TIMEOUT},     {418, CCPI_FAULT_UNAVAILABLE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect(eq(int, fault_of(rows[i].status, NULL, "<html>"), rows[i].fault), "%d",
                  rows[i].status);
}

Test(bedrock_errors, the_name_may_have_its_namespace_and_a_link)
{
    cr_expect(eq(int,
                 fault_of(400, "ThrottlingException:http://internal.amazon.com/x", ""),
                 CCPI_FAULT_QUOTA));
    cr_expect(eq(
        int,
        fault_of(400, NULL, "{\"__type\":\"com.amazonaws.bedrock#ThrottlingException\"}"),
        CCPI_FAULT_QUOTA));
    cr_expect(eq(int, fault_of(400, NULL, "{\"code\":\"ThrottlingException\"}"),
                 CCPI_FAULT_QUOTA));
}

Test(bedrock_errors, an_unknown_model_is_known_by_its_wording)
{
    cr_expect(eq(int,
                 fault_of(400, "ValidationException",
                          "{\"message\":\"The provided model identifier is invalid.\"}"),
                 CCPI_FAULT_MODEL_UNKNOWN));
}

static void expect_text(const char *body, const char *text)
{
    ccpi_buf out = {.limit = 1000};

    cr_assert(eq(int, ccpi_bedrock_error_text(ccpi_span_of(body), &out), CCP_OK));
    cr_expect(eq(str, out.data ? out.data : "", (char *)text));
    ccpi_buf_clear(&out);
}

Test(bedrock_errors, the_text_is_found_in_every_form)
{
    expect_text("{\"message\":\"a\\u0062c\"}", "abc");
    expect_text("{\"Message\":\"abc\",\"other\":1}", "abc");
    expect_text("{\"type\":\"error\",\"error\":{\"type\":\"x\",\"message\":\"abc\"}}",
                "abc");
    expect_text("{\"message\":1}", "");
    expect_text("<html>", "");
    expect_text("", "");
}

Test(bedrock_errors, exceptions_in_a_stream_have_small_first_letters)
{
    static const struct {
        const char *name, *type;
    } rows[] = {
        {"throttlingException", "rate_limit_error"},
        {"validationException", "invalid_request_error"},
        {"modelStreamErrorException", "api_error"},
        {"internalServerException", "api_error"},
        {"serviceUnavailableException", "overloaded_error"},
        {"modelTimeoutException", "timeout_error"},
        {"somethingNewException", "api_error"},
        {"", "api_error"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect(eq(str,
                     (char *)ccpi_error_type_name(
                         ccpi_bedrock_exception_type(ccpi_span_of(rows[i].name))),
                     (char *)rows[i].type));
}

Test(bedrock_errors, a_refused_credential_is_never_a_401)
{
    const ccpi_fault_told *told = ccpi_fault_told_as(CCPI_FAULT_AUTH);

    cr_expect(eq(int, told->status, 503));
    cr_expect(told->forbids_retry);
}
