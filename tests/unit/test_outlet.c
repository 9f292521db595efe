#include "upstream/outlet.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/client.h"

static client peer;
static ccpi_outlet *outlet;
static ccpi_buf body;

static void open_outlet(client_kind kind, bool speaks_http_1_0)
{
    ccp_sink sink;

    client_open(&peer, kind);
    peer.speaks_http_1_0 = speaks_http_1_0;
    sink = client_sink(&peer);
    body = (ccpi_buf){.limit = (size_t)64 * 1024 * 1024};
    cr_assert(eq(int, ccpi_outlet_new(&sink, ccp_system_clock(), &outlet), CCP_OK));
}

static void tear_down(void)
{
    ccpi_outlet_free(outlet);
    client_close(&peer);
    ccpi_buf_clear(&body);
}

static void send_head(int status, int64_t content_length)
{
    ccpi_headers headers = {0};

    ccpi_headers_set(&headers, "x-test", "yes");
    cr_assert(
        eq(int, ccpi_outlet_head(outlet, status, &headers, content_length), CCP_OK));
    ccpi_headers_clear(&headers);
}

static void send_text(const char *text)
{
    cr_assert(eq(int, ccpi_outlet_write(outlet, ccpi_span_of(text)), CCP_OK));
}

/* Every promise of outlet.h holds for both kinds. */
#define TEST_BOTH(name)                                                                  \
    static void name(client_kind kind);                                                  \
    Test(outlet_socket, name, .fini = tear_down)                                         \
    {                                                                                    \
        name(CLIENT_LENDS_SOCKET);                                                       \
    }                                                                                    \
    Test(outlet_queue, name, .fini = tear_down)                                          \
    {                                                                                    \
        name(CLIENT_HAS_FUNCTIONS);                                                      \
    }                                                                                    \
    static void name(client_kind kind)

TEST_BOTH(an_answer_of_unknown_length_goes_in_chunks)
{
    open_outlet(kind, false);
    send_head(200, -1);
    send_text("one");
    send_text("");
    send_text("two");
    cr_assert(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_OK));

    client_read_rest(&peer);
    cr_expect(client_got_head(&peer, "HTTP/1.1 200 OK\r\nx-test: yes\r\n"));
    cr_expect(client_body(&peer, &body));
    cr_expect(eq(str, body.data, "onetwo"));
    cr_expect(not(peer.must_be_closed));
}

Test(outlet_socket, a_socket_taken_over_is_closed_with_the_outlet_and_says_so_before)
{
    open_outlet(CLIENT_GIVES_SOCKET, false);
    cr_expect(ccpi_outlet_take_over(outlet));
    send_head(200, -1);
    send_text("one");
    cr_assert(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_OK));
    ccpi_outlet_free(outlet);

    client_read_rest(&peer);
    cr_expect(client_got_head(&peer, "HTTP/1.1 200 OK\r\nx-test: yes\r\n"));
    cr_expect(client_got_head(&peer, "connection: close\r\n"));
    cr_expect(client_body(&peer, &body));
    cr_expect(eq(str, body.data, "one"));
    client_close(&peer);
    ccpi_buf_clear(&body);
}

TEST_BOTH(a_socket_that_is_not_given_stays_the_sinks)
{
    open_outlet(kind, false);
    cr_expect(not(ccpi_outlet_take_over(outlet)));
    send_head(200, 3);
    send_text("one");
    cr_assert(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_OK));
    client_read_rest(&peer);
    cr_expect(client_body(&peer, &body));
}

TEST_BOTH(an_answer_of_known_length_says_so)
{
    open_outlet(kind, false);
    send_head(429, 6);
    send_text("onetwo");
    cr_assert(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_OK));

    client_read_rest(&peer);
    cr_expect(client_got_head(&peer, "HTTP/1.1 429 "));
    cr_expect(client_got_head(&peer, "\r\ncontent-length: 6\r\n"));
    cr_expect(client_body(&peer, &body));
    cr_expect(eq(str, body.data, "onetwo"));
}

TEST_BOTH(an_answer_without_a_body_is_its_head)
{
    open_outlet(kind, false);
    send_head(200, 0);
    cr_assert(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_OK));

    client_read_rest(&peer);
    cr_expect(client_got_head(&peer, "\r\ncontent-length: 0\r\n"));
    cr_expect(client_body(&peer, &body));
    cr_expect(zero(sz, body.len));
}

TEST_BOTH(a_second_head_is_refused)
{
    const ccpi_headers none = {0};

    open_outlet(kind, false);
    cr_expect(not(ccpi_outlet_has_head(outlet)));
    send_head(200, -1);
    cr_expect(ccpi_outlet_has_head(outlet));
    cr_expect(eq(int, ccpi_outlet_head(outlet, 500, &none, -1), CCP_CONFLICT));
}

TEST_BOTH(nothing_is_sent_before_something_is_flushed)
{
    open_outlet(kind, false);
    send_head(200, -1);
    send_text("one");
    cr_expect(not(ccpi_outlet_has_sent(outlet)));
    cr_expect(ge(sz, ccpi_outlet_pending(outlet), 3));
    cr_expect(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_OK));
    cr_expect(ccpi_outlet_has_sent(outlet));
    cr_expect(zero(sz, ccpi_outlet_pending(outlet)));
    cr_expect(zero(i64, ccpi_outlet_stalled_us(outlet)));
}

TEST_BOTH(finishing_without_a_head_closes_the_connection)
{
    open_outlet(kind, false);
    cr_expect(not(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_OK)));
    cr_expect(peer.must_be_closed);
}

TEST_BOTH(breaking_off_closes_the_connection)
{
    open_outlet(kind, false);
    send_head(200, -1);
    ccpi_outlet_break(outlet);
    cr_expect(peer.must_be_closed);
    cr_expect(not(peer.was_ended));
}

TEST_BOTH(a_client_that_has_left_is_known_to)
{
    open_outlet(kind, false);
    cr_expect(not(ccpi_outlet_is_gone(outlet)));
    client_leave(&peer);
    cr_expect(ccpi_outlet_is_gone(outlet));
    send_head(200, -1);
    send_text("one");
    cr_expect(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_UNAVAILABLE));
    cr_expect(peer.must_be_closed);
}

/* More than the kernel keeps for a pair of sockets. */
#define LARGE ((size_t)8 * 1024 * 1024)

static void write_large(void)
{
    char *bytes = malloc(LARGE);

    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (char)('a' + i % 26);
    cr_assert(eq(int, ccpi_outlet_write(outlet, (ccpi_span){bytes, LARGE}), CCP_OK));
    free(bytes);
}

TEST_BOTH(a_large_answer_reaches_a_reading_client_whole)
{
    open_outlet(kind, false);
    client_start_reading(&peer);
    send_head(200, -1);
    write_large();
    cr_assert(eq(int, ccpi_outlet_finish(outlet, 10000), CCP_OK));

    client_read_rest(&peer);
    cr_assert(client_body(&peer, &body));
    cr_assert(eq(sz, body.len, LARGE));
    for (size_t i = 0; i < LARGE; i++)
        cr_assert(eq(chr, body.data[i], (char)('a' + i % 26)));
}

TEST_BOTH(a_client_of_http_1_0_gets_no_chunks)
{
    open_outlet(kind, true);
    send_head(200, -1);
    send_text("one");
    send_text("two");
    cr_assert(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_OK));

    client_read_rest(&peer);
    cr_expect(not(client_got_head(&peer, "transfer-encoding")));
    client_body(&peer, &body);
    cr_expect(eq(str, body.data, "onetwo"));
}

/* ---- what only the socket kind does ---- */

Test(outlet_socket, an_answer_that_ends_by_close_closes, .fini = tear_down)
{
    open_outlet(CLIENT_LENDS_SOCKET, true);
    send_head(200, -1);
    send_text("one");
    cr_assert(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_OK));
    cr_expect(peer.must_be_closed);

    client_read_rest(&peer);
    cr_expect(client_got_head(&peer, "\r\nconnection: close\r\n"));
}

Test(outlet_socket, a_body_shorter_than_was_said_breaks_off, .fini = tear_down)
{
    open_outlet(CLIENT_LENDS_SOCKET, false);
    send_head(200, 4);
    send_text("one");
    cr_expect(eq(int, ccpi_outlet_finish(outlet, 1000), CCP_INVALID));
    cr_expect(peer.must_be_closed);
}

Test(outlet_socket, a_body_longer_than_was_said_is_refused, .fini = tear_down)
{
    open_outlet(CLIENT_LENDS_SOCKET, false);
    send_head(200, 2);
    cr_expect(eq(int, ccpi_outlet_write(outlet, CCPI_SPAN("one")), CCP_INVALID));
}

Test(outlet_socket, a_client_that_reads_nothing_ends_the_finish_in_time,
     .fini = tear_down)
{
    open_outlet(CLIENT_LENDS_SOCKET, false);
    send_head(200, -1);
    write_large();
    cr_expect(eq(int, ccpi_outlet_finish(outlet, 50), CCP_TIMEOUT));
    cr_expect(peer.must_be_closed);
}

Test(outlet_socket, pushing_never_waits_for_the_client, .fini = tear_down)
{
    static char bytes[64 * 1024];
    size_t sent = 0;

    open_outlet(CLIENT_LENDS_SOCKET, false);
    send_head(200, -1);
    while (sent < LARGE) {
        cr_assert(
            eq(int, ccpi_outlet_push(outlet, (ccpi_span){bytes, sizeof(bytes)}), CCP_OK));
        sent += sizeof(bytes);
    }
    cr_expect(gt(sz, ccpi_outlet_pending(outlet), LARGE / 2));
    cr_expect(not(zero(i64, ccpi_outlet_stalled_us(outlet))));
}

/* A client that takes one byte at a time, which cuts head and chunks anywhere. */
Test(outlet_socket, what_the_socket_does_not_take_follows_in_order, .fini = tear_down)
{
    static char bytes[4099];
    char one;

    open_outlet(CLIENT_LENDS_SOCKET, false);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)('a' + i % 26);
    send_head(200, -1);
    for (int i = 0; i < 1000; i++) {
        cr_assert(
            eq(int, ccpi_outlet_push(outlet, (ccpi_span){bytes, sizeof(bytes)}), CCP_OK));
        for (int k = 0; k < 7; k++) {
            cr_assert(eq(i64, (int64_t)read(peer.own, &one, 1), 1));
            ccpi_buf_append_char(&peer.received, one);
        }
    }
    client_start_reading(&peer);
    cr_assert(eq(int, ccpi_outlet_finish(outlet, 10000), CCP_OK));

    client_read_rest(&peer);
    cr_assert(client_body(&peer, &body));
    cr_assert(eq(sz, body.len, 1000 * sizeof(bytes)));
    for (size_t i = 0; i < body.len; i++)
        cr_assert(eq(chr, body.data[i], bytes[i % sizeof(bytes)]));
}
