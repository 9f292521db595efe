#include "anthropic/error_body.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/cleanup.h"

/* https://docs.claude.com/en/api/errors, and PX-5 for 502, 503 and 504. */
static const struct {
    int status;
    ccpi_error_type type;
    const char *name;
} documented[] = {
    {400, CCPI_ERROR_INVALID_REQUEST, "invalid_request_error"},
    {401, CCPI_ERROR_AUTHENTICATION, "authentication_error"},
    {402, CCPI_ERROR_BILLING, "billing_error"},
    {403, CCPI_ERROR_PERMISSION, "permission_error"},
    {404, CCPI_ERROR_NOT_FOUND, "not_found_error"},
    {413, CCPI_ERROR_TOO_LARGE, "request_too_large"},
    {429, CCPI_ERROR_RATE_LIMIT, "rate_limit_error"},
    {500, CCPI_ERROR_API, "api_error"},
    {502, CCPI_ERROR_API, "api_error"},
    {504, CCPI_ERROR_TIMEOUT, "timeout_error"},
    {529, CCPI_ERROR_OVERLOADED, "overloaded_error"},
    {418, CCPI_ERROR_INVALID_REQUEST, "invalid_request_error"},
};

Test(error_body, each_status_has_the_type_that_the_api_gives_it)
{
    for (size_t i = 0; i < sizeof(documented) / sizeof(documented[0]); i++) {
        ccpi_error_type type = ccpi_error_type_for_status(documented[i].status);

        cr_expect(eq(int, type, documented[i].type), "%d", documented[i].status);
        cr_expect(
            eq(str, (char *)ccpi_error_type_name(type), (char *)documented[i].name));
        cr_expect(eq(int, ccpi_error_type_of(ccpi_span_of(documented[i].name)), type));
    }
}

Test(error_body, a_name_that_nobody_knows_is_no_type)
{
    cr_expect(eq(int, ccpi_error_type_of(CCPI_SPAN("teapot_error")), CCPI_ERROR_NONE));
    cr_expect(eq(int, ccpi_error_type_of(CCPI_SPAN("")), CCPI_ERROR_NONE));
    cr_expect(eq(str, (char *)ccpi_error_type_name(CCPI_ERROR_NONE), (char *)""));
}

Test(error_body, an_error_is_written_as_the_api_writes_it)
{
    /* PX-5. */
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = 1000};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf event = {.limit = 1000};

    ccpi_error_body_write(CCPI_ERROR_NOT_FOUND, CCPI_SPAN("no \"x\"\n"), "req_1", &body);
    ccpi_error_event_write(CCPI_ERROR_OVERLOADED, CCPI_SPAN("busy"), "req_2", &event);
    cr_expect(eq(str, body.data,
                 (char *)"{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\","
                         "\"message\":\"no \\\"x\\\"\\n\"},\"request_id\":\"req_1\"}"));
    cr_expect(eq(str, event.data,
                 (char *)"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
                         "\"overloaded_error\",\"message\":\"busy\"},"
                         "\"request_id\":\"req_2\"}\n\n"));
}

static void expect_read(const char *body, const char *type, const char *message)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf got_type = {.limit = 100};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf got_message = {.limit = 100};

    ccpi_buf_append_text(&got_type, "left over");
    cr_expect(eq(int, ccpi_error_body_read(ccpi_span_of(body), &got_type, &got_message),
                 CCP_OK));
    cr_expect(ccpi_span_is(ccpi_buf_span(&got_type), type), "type of %s", body);
    cr_expect(ccpi_span_is(ccpi_buf_span(&got_message), message), "message of %s", body);
}

Test(error_body, type_and_message_of_an_error_are_read_decoded)
{
    /* The shape of https://docs.claude.com/en/api/errors. */
    expect_read("{\"type\": \"error\", \"error\": {\"type\": \"not_found_error\","
                "\"message\": \"The requested \\u0022resource\\u0022\"},"
                "\"request_id\": \"req_011CSHoEeqs5C35K2UUqR7Fy\"}",
                "not_found_error", "The requested \"resource\"");
    expect_read("{\"error\":{\"message\":\"only\"}}", "", "only");
}

Test(error_body, a_body_of_another_form_has_neither_type_nor_message)
{
    static const char *const bodies[] = {
        "",
        "<html>",
        "[]",
        "{}",
        "{\"message\":\"Too many requests\"}",
        "{\"error\":\"text\"}",
        "{\"error\":{\"type\":1,\"message\":null}}",
        "{\"error\":{\"type\":\"a\",\"message\":\"b\"}",
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        expect_read(bodies[i], "", "");
}

Test(error_body, a_message_beyond_the_buffers_limit_is_said_to_be_so)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf type = {.limit = 100};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf message = {.limit = 3};
    ccpi_span body = CCPI_SPAN("{\"error\":{\"message\":\"long\"}}");

    cr_expect(eq(int, ccpi_error_body_read(body, &type, &message), CCP_LIMIT));
}
