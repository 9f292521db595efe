/* Signatures of others' making: see tests/data/sigv4/generate.py. */
#include "wire/sigv4.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "support/data_file.h"

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void add_headers(const json_t *fields, ccpi_headers *headers)
{
    const json_t *field;
    size_t i;

    json_array_foreach((json_t *)fields, i, field)
    {
        const char *name = json_string_value(json_array_get(field, 0));
        const char *value = json_string_value(json_array_get(field, 1));

        cr_assert(eq(int,
                     ccpi_headers_add(headers, ccpi_span_of(name), ccpi_span_of(value)),
                     CCP_OK));
    }
}

static void expect_case(const json_t *test, const ccpi_sigv4_credentials *owner)
{
    const ccpi_sigv4_credentials credentials = {
        owner->access_key_id, owner->secret_access_key, text_of(test, "token")};
    ccpi_sigv4_request request = {.credentials = &credentials,
                                  .region = text_of(test, "region"),
                                  .service = text_of(test, "service"),
                                  .unix_seconds =
                                      json_integer_value(json_object_get(test, "time")),
                                  .method = text_of(test, "method"),
                                  .url = text_of(test, "url")};
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    ccpi_span body = ccpi_span_of(text_of(test, "body"));
    const ccpi_span pieces[] = {{body.data, body.len / 2},
                                {body.data + body.len / 2, body.len - body.len / 2}};
    ccp_error error = {0};

    add_headers(json_object_get(test, "headers"), &headers);
    cr_assert(eq(int, ccpi_sigv4_hash_body(pieces, 2, &request.body, &error), CCP_OK));
    cr_assert(eq(int, ccpi_sigv4_sign(&request, &headers, &error), CCP_OK), "%s",
              error.message);
    cr_expect(eq(str, (char *)ccpi_headers_get(&headers, "authorization"),
                 (char *)text_of(test, "authorization")),
              "%s", text_of(test, "name"));
}

Test(sigv4, signatures_are_those_of_botocore)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf file = read_data_file("sigv4/cases.json");
    json_t *document = json_loads(file.data, 0, NULL);
    const json_t *cases = json_object_get(document, "cases");
    const ccpi_sigv4_credentials owner = {text_of(document, "access_key_id"),
                                          text_of(document, "secret_access_key"), NULL};
    const json_t *test;
    size_t i;

    cr_assert(gt(sz, json_array_size(cases), 10));
    json_array_foreach((json_t *)cases, i, test) expect_case(test, &owner);
    json_decref(document);
}

static const ccpi_sigv4_credentials anyone = {"id", "secret", NULL};

static ccpi_sigv4_request request_to(const char *url)
{
    ccpi_sigv4_request request = {.credentials = &anyone,
                                  .region = "us-east-1",
                                  .service = "bedrock",
                                  .unix_seconds = 1440938160,
                                  .method = "GET",
                                  .url = url};

    ccpi_sigv4_hash_body(NULL, 0, &request.body, NULL);
    return request;
}

Test(sigv4, the_hash_of_no_body_is_the_well_known_one)
{
    /* printf '' | sha256sum */
    cr_expect(
        eq(str, request_to("").body.hex,
           (char *)"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

Test(sigv4, headers_that_proxies_change_are_left_unsigned)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers plain = {0};
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers more = {0};
    ccpi_sigv4_request request = request_to("https://example.amazonaws.com/");

    ccpi_headers_add(&more, CCPI_SPAN("user-agent"), CCPI_SPAN("x"));
    ccpi_headers_add(&more, CCPI_SPAN("accept"), CCPI_SPAN("*/*"));
    cr_assert(eq(int, ccpi_sigv4_sign(&request, &plain, NULL), CCP_OK));
    cr_assert(eq(int, ccpi_sigv4_sign(&request, &more, NULL), CCP_OK));
    cr_expect(eq(str, (char *)ccpi_headers_get(&plain, "authorization"),
                 (char *)ccpi_headers_get(&more, "authorization")));
}

Test(sigv4, signing_again_replaces_the_signature)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    ccpi_sigv4_request request = request_to("https://example.amazonaws.com/");

    cr_assert(eq(int, ccpi_sigv4_sign(&request, &headers, NULL), CCP_OK));
    request.unix_seconds++;
    cr_assert(eq(int, ccpi_sigv4_sign(&request, &headers, NULL), CCP_OK));
    cr_expect(eq(sz, headers.count, 3));
    cr_expect(eq(str, (char *)ccpi_headers_get(&headers, "x-amz-date"),
                 (char *)"20150830T123601Z"));
}

Test(sigv4, what_is_no_absolute_url_is_refused)
{
    static const char *const bad[] = {
        "",         "/path",         "ftp://host/",
        "https://", "https:///path", "https://host/#fragment"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
        ccpi_sigv4_request request = request_to(bad[i]);

        cr_expect(eq(int, ccpi_sigv4_sign(&request, &headers, NULL), CCP_INVALID), "%s",
                  bad[i]);
    }
}

Test(sigv4, more_than_can_be_sorted_is_refused)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};
    ccpi_sigv4_request request = request_to("https://example.amazonaws.com/");

    for (int i = 0; i < CCPI_SIGV4_MAX_SIGNED; i++)
        ccpi_headers_add(&headers, CCPI_SPAN("x-amz-a"), CCPI_SPAN("1"));
    cr_expect(eq(int, ccpi_sigv4_sign(&request, &headers, NULL), CCP_LIMIT));
}
