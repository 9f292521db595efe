#include "base/headers.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/cleanup.h"

static void add(ccpi_headers *headers, const char *name, const char *value)
{
    ccp_status status =
        ccpi_headers_add(headers, ccpi_span_of(name), ccpi_span_of(value));

    cr_assert(eq(int, status, CCP_OK));
}

static void expect_value(const ccpi_headers *headers, const char *name,
                         const char *expected)
{
    const char *value = ccpi_headers_get(headers, name);

    cr_assert(not(zero(ptr, (void *)value)), "no %s", name);
    cr_expect(eq(str, (char *)value, (char *)expected));
}

Test(headers, names_are_found_without_case_and_kept_as_written)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};

    add(&headers, "Content-TYPE", "text/html");
    expect_value(&headers, "content-type", "text/html");
    cr_expect(eq(str, (char *)headers.fields[0].name, (char *)"Content-TYPE"));
    cr_expect(zero(ptr, (void *)ccpi_headers_get(&headers, "content")));
    cr_expect(zero(ptr, (void *)ccpi_headers_get(&headers, "content-types")));
}

Test(headers, blanks_around_a_value_are_left_out)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};

    add(&headers, "a", " \t one two\t ");
    add(&headers, "b", "  ");
    expect_value(&headers, "a", "one two");
    expect_value(&headers, "b", "");
}

Test(headers, of_two_of_one_name_the_first_is_got)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};

    add(&headers, "a", "1");
    add(&headers, "A", "2");
    cr_expect(eq(sz, headers.count, 2));
    expect_value(&headers, "a", "1");
}

Test(headers, setting_leaves_one_and_removing_leaves_none)
{
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};

    add(&headers, "a", "1");
    add(&headers, "b", "2");
    add(&headers, "A", "3");
    cr_assert(eq(int, ccpi_headers_set(&headers, "a", "4"), CCP_OK));
    cr_expect(eq(sz, headers.count, 2));
    expect_value(&headers, "A", "4");
    cr_expect(eq(sz, headers.bytes, strlen("a4b2")));

    ccpi_headers_remove(&headers, "A");
    cr_expect(eq(sz, headers.count, 1));
    cr_expect(zero(ptr, (void *)ccpi_headers_get(&headers, "a")));
    expect_value(&headers, "b", "2");
}

Test(headers, what_http_forbids_is_refused)
{
    /* RFC 9110, sections 5.5 and 5.6.2. */
    static const struct {
        const char *name;
        const char *value;
    } bad[] = {{"", "v"},      {"a b", "v"},       {"a:", "v"},   {"\xC3\xA9", "v"},
               {"a\r\n", "v"}, {"a", "v\r\nb: c"}, {"a", "\x01"}, {"a", "v\x7F"}};
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers headers = {0};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ccp_status status = ccpi_headers_add(&headers, ccpi_span_of(bad[i].name),
                                             ccpi_span_of(bad[i].value));

        cr_expect(eq(int, status, CCP_INVALID), "%zu was taken", i);
    }
    cr_expect(eq(int, ccpi_headers_add(&headers, CCPI_SPAN("a"), CCPI_SPAN("x\0y")),
                 CCP_INVALID));
    cr_expect(zero(sz, headers.count));
    add(&headers, "x-tab", "a\tb");
    add(&headers, "x-text", "caf\xC3\xA9");
}

Test(headers, a_list_ends_at_its_limits)
{
    static char value[CCPI_HEADERS_MAX_BYTES];
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers many = {0};
    CCPI_CLEANUP(ccpi_headers_clear) ccpi_headers big = {0};
    ccpi_span whole = {value, sizeof(value) - 1};

    for (size_t i = 0; i < CCPI_HEADERS_MAX_COUNT; i++)
        add(&many, "a", "1");
    cr_expect(
        eq(int, ccpi_headers_add(&many, CCPI_SPAN("a"), CCPI_SPAN("1")), CCP_LIMIT));

    memset(value, 'v', sizeof(value));
    cr_expect(eq(int, ccpi_headers_add(&big, CCPI_SPAN("a"), whole), CCP_OK));
    cr_expect(eq(int, ccpi_headers_add(&big, CCPI_SPAN("b"), CCPI_SPAN("")), CCP_LIMIT));
    ccpi_headers_remove(&big, "a");
    cr_expect(eq(int, ccpi_headers_add(&big, CCPI_SPAN("b"), CCPI_SPAN("")), CCP_OK));
}

Test(headers, prefixes_are_compared_without_case)
{
    cr_expect(ccpi_header_name_starts("Anthropic-Beta", "anthropic-"));
    cr_expect(ccpi_header_name_starts("x", ""));
    cr_expect(not(ccpi_header_name_starts("anthropi", "anthropic-")));
    cr_expect(not(ccpi_header_name_is("a", "ab")));
    cr_expect(not(ccpi_header_name_is("ab", "a")));
}
