#include "base/uri.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/cleanup.h"

Test(uri, model_ids_are_encoded_as_encodeURIComponent_does)
{
    /* node -e 'console.log(encodeURIComponent("arn:aws:bedrock:us-east-1:1:x/a b~é"))' */
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf out = {.limit = 200};

    ccpi_uri_encode(CCPI_SPAN("arn:aws:bedrock:us-east-1:1:x/a b~\xC3\xA9"), &out);
    cr_assert(eq(int, out.status, CCP_OK));
    cr_expect(eq(str, out.data,
                 (char *)"arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ax%2Fa%20b~%C3%A9"));
}

Test(uri, every_byte_that_is_not_unreserved_is_encoded)
{
    /* RFC 3986, section 2.3: 66 characters are unreserved; the rest takes 3 bytes. */
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf out = {.limit = 2000};
    char all[256];

    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    ccpi_uri_encode((ccpi_span){all, sizeof(all)}, &out);
    cr_expect(eq(sz, out.len, 66 + (256 - 66) * 3));
}

Test(uri, a_query_is_taken_apart_and_decoded)
{
    ccpi_span query = CCPI_SPAN("a=1&&b=%C3%A9+%2B&c&d=e=f");
    static const char *const names[] = {"a", "b", "c", "d"};
    static const char *const values[] = {"1", "\xC3\xA9 +", NULL, "e=f"};
    ccpi_span name, value;

    for (size_t i = 0; i < 4; i++) {
        CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf out = {.limit = 200};

        cr_assert(ccpi_uri_query_next(&query, &name, &value));
        cr_expect(ccpi_span_is(name, names[i]));
        cr_expect(eq(int, value.data == NULL, values[i] == NULL));
        cr_expect(eq(int, ccpi_uri_query_decode(value, &out), CCP_OK));
        cr_expect(ccpi_span_equals(ccpi_buf_span(&out), ccpi_span_of(values[i])));
    }
    cr_expect(not(ccpi_uri_query_next(&query, &name, &value)));
}

Test(uri, a_broken_percent_encoding_is_refused)
{
    static const char *const bad[] = {"%", "%4", "%4g", "a%", "%%41"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf out = {.limit = 200};

        cr_expect(
            eq(int, ccpi_uri_query_decode(ccpi_span_of(bad[i]), &out), CCP_INVALID));
    }
}

Test(uri, a_segment_is_one_step_down_and_nothing_else)
{
    static const char *const good[] = {"claude-opus-5", "a:b@c;d=1", "...", "%2E%2E%2E",
                                       "caf%C3%A9",     ".a",        "~"};
    static const char *const bad[] = {"",    ".",   "..",   "%2e",      "%2E.",
                                      "a/b", "a?b", "a#b",  "a b",      "a\n",
                                      "%",   "%zz", "a\\b", "\xC3\xA9", "a\"b"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect(ccpi_uri_is_segment(ccpi_span_of(good[i])), "\"%s\"", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect(not(ccpi_uri_is_segment(ccpi_span_of(bad[i]))), "\"%s\"", bad[i]);
    cr_expect(not(ccpi_uri_is_segment(CCPI_SPAN("a\0b"))));
}
