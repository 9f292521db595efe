#include "refusal.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <string.h>

static ccp_status fill_with_ab(void *self, unsigned char *bytes, size_t len)
{
    (void)self;
    memset(bytes, 0xab, len);
    return CCP_OK;
}

static ccp_status run_dry(void *self, unsigned char *bytes, size_t len)
{
    (void)self, (void)bytes, (void)len;
    return CCP_UNAVAILABLE;
}

static char text[APP_REFUSAL_TEXT_MAX];

static char *refuse(int status)
{
    const ccp_random random = {.fill = fill_with_ab};
    const size_t len = app_refusal_write(&random, status, "a sentence", text);

    cr_assert(eq(sz, len, strlen(text)));
    return text;
}

Test(refusal, its_body_is_the_error_of_the_anthropic_api)
{
    /* https://docs.anthropic.com/en/api/errors: the shape and the type of a 400. */
    char *body = strstr(refuse(400), "\r\n\r\n") + 4;

    cr_expect(eq(str, body,
                 "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
                 "\"message\":\"a sentence\"},"
                 "\"request_id\":\"req_abababababababababababab\"}"));
}

Test(refusal, its_length_is_that_of_its_body)
{
    size_t announced = 0;
    const char *body = strstr(refuse(413), "\r\n\r\n") + 4;

    cr_assert(eq(
        int, sscanf(strstr(text, "content-length: "), "content-length: %zu", &announced),
        1));
    cr_expect(eq(sz, announced, strlen(body)));
}

Test(refusal, it_ends_the_connection_and_names_no_provider)
{
    refuse(400);
    cr_expect(not(zero(ptr, strstr(text, "\r\nconnection: close\r\n"))));
    cr_expect(not(zero(ptr, strstr(text, "\r\nx-ccproxy-provider: none\r\n"))));
}

Test(refusal, an_overload_says_when_to_come_back)
{
    cr_expect(not(zero(ptr, strstr(refuse(503), "\r\nretry-after: 1\r\n"))));
    cr_expect(zero(ptr, strstr(refuse(400), "retry-after")));
}

Test(refusal, an_unexpected_status_becomes_a_bad_request)
{
    refuse(418);
    cr_expect(eq(int, strncmp(text, "HTTP/1.1 400 Bad Request\r\n", 26), 0));
}

Test(refusal, no_randomness_still_means_an_answer)
{
    const ccp_random dry = {.fill = run_dry};

    app_refusal_write(&dry, 400, "a sentence", text);
    cr_expect(not(zero(ptr, strstr(text, "req_000000000000000000000000"))));
}
