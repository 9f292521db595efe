/*
 * The heads are laid out as CivetWeb 1.15 leaves them (parse_http_request() in
 * its civetweb.c): each separator replaced by NULs, CR and LF by one each. That
 * this is so with the real CivetWeb is proved over sockets in tests/service.
 */
#include "request_check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

/* Each line ends with "\0\0"; what follows the last one is given by the test. */
#define LINE(text) text "\0\0"
#define END "\r\0"

/* The heads of tests: version, then lines "name\0 value". */
static const char *flaw_of(const char *text, size_t lines)
{
    ccp_header headers[4];
    app_received_head head = {.version = text, .headers = headers, .header_count = lines};
    const char *at = text + strlen(text) + 2;

    for (size_t i = 0; i < lines; i++) {
        headers[i].name = at;
        at += strlen(at);
        at += strspn(at + 1, " \t") + 1;
        while (*at == '\0' || *at == ' ')
            at++;
        headers[i].value = at;
        at += strlen(at) + 2;
    }
    return app_request_flaw(&head);
}

static void expect_flaw(const char *flaw, const char *expected)
{
    cr_assert(not(zero(ptr, (void *)flaw)));
    cr_expect(eq(str, (char *)flaw, (char *)expected));
}

Test(request_check, an_ordinary_head_has_no_flaw)
{
    const char *flaw =
        flaw_of(LINE("1.1") LINE("Host\0 x") LINE("Content-Length\0 12") END, 2);

    cr_expect(zero(ptr, (void *)flaw));
}

Test(request_check, blanks_around_a_length_are_no_flaw)
{
    cr_expect(zero(ptr, (void *)flaw_of(LINE("1.1") LINE("Host\0 x")
                                            LINE("Content-Length\0 \t12 ") END,
                                        2)));
}

Test(request_check, a_chunked_body_is_no_flaw)
{
    cr_expect(zero(ptr, (void *)flaw_of(LINE("1.1") LINE("Host\0 x")
                                            LINE("Transfer-Encoding\0Chunked") END,
                                        2)));
}

Test(request_check, a_length_beside_an_encoding_is_refused)
{
    expect_flaw(flaw_of(LINE("1.1") LINE("Content-Length\0 5")
                            LINE("Transfer-Encoding\0 chunked") END,
                        2),
                "a request has one content-length or one transfer-encoding");
}

Test(request_check, two_equal_lengths_are_refused)
{
    expect_flaw(
        flaw_of(LINE("1.1") LINE("Content-Length\0 5") LINE("content-length\0 5") END, 2),
        "a request has one content-length or one transfer-encoding");
}

Test(request_check, a_length_is_digits_alone)
{
    static const char *const heads[] = {
        LINE("1.1") LINE("Content-Length\0 +5") END,
        LINE("1.1") LINE("Content-Length\0 5a") END,
        LINE("1.1") LINE("Content-Length\0 -5") END,
        LINE("1.1") LINE("Content-Length\0 5,5") END,
        LINE("1.1") LINE("Content-Length\0 9999999999999999999") END,
    };

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        expect_flaw(flaw_of(heads[i], 1), "the content-length is not a number");
}

Test(request_check, another_encoding_than_chunked_is_refused)
{
    expect_flaw(flaw_of(LINE("1.1") LINE("Transfer-Encoding\0 identity") END, 1),
                "the only transfer-encoding is chunked");
}

Test(request_check, http_1_0_knows_no_encoding)
{
    expect_flaw(flaw_of(LINE("1.0") LINE("Transfer-Encoding\0 chunked") END, 1),
                "a transfer-encoding needs HTTP/1.1");
}

Test(request_check, http_1_1_needs_a_host)
{
    expect_flaw(flaw_of(LINE("1.1") LINE("Accept\0 x") END, 1),
                "a request of HTTP/1.1 has a host header");
    cr_expect(zero(ptr, (void *)flaw_of(LINE("1.0") LINE("Accept\0 x") END, 1)));
}

Test(request_check, a_blank_before_the_colon_is_refused)
{
    expect_flaw(flaw_of(LINE("1.1") LINE("Content-Length\0\0 5") END, 1),
                "a header name is followed by a blank");
}

Test(request_check, a_line_that_was_dropped_in_silence_is_noticed)
{
    expect_flaw(flaw_of(LINE("1.1") LINE("X\0 y") " folded\r\n\r", 1),
                "a header line is malformed");
    expect_flaw(flaw_of(LINE("1.1") LINE("X\0 y") ": z\r\n\r", 1),
                "a header line is malformed");
}

Test(request_check, a_line_that_ends_with_a_newline_alone_is_refused)
{
    const char text[] = "1.1\0\0A\0 b\0C\0 d\0\0\r";
    const ccp_header headers[] = {{text + 5, text + 8}, {text + 10, text + 13}};

    expect_flaw(app_request_flaw(&(app_received_head){text, headers, 2}),
                "a line of the head does not end with CR LF");
}

Test(request_check, the_64th_header_line_is_one_too_many)
{
    ccp_header headers[64] = {{0}};

    expect_flaw(app_request_flaw(&(app_received_head){"1.1", headers, 64}),
                "the request has too many header lines");
}

Test(request_check, two_hosts_are_refused)
{
    expect_flaw(flaw_of(LINE("1.1") LINE("Host\0 a") LINE("host\0 b") END, 2),
                "the request has several host headers");
}

static bool may_keep_alive(const char *version, const char *connection)
{
    const ccp_header headers[] = {{"host", "x"}, {"Connection", connection}};

    return app_request_may_keep_alive(
        &(app_received_head){version, headers, connection ? 2 : 1});
}

Test(request_check, http_1_1_stays_connected_unless_it_says_otherwise)
{
    cr_expect(may_keep_alive("1.1", NULL));
    cr_expect(may_keep_alive("1.1", "Keep-Alive"));
    cr_expect(not(may_keep_alive("1.1", "close")));
    cr_expect(not(may_keep_alive("1.1", "keep-alive, Upgrade")));
    cr_expect(not(may_keep_alive("1.0", "keep-alive")));
}
