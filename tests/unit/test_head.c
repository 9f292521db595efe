#include "routing/head.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static ccpi_headers upstream;
static ccpi_headers client;

static void drop(void)
{
    ccpi_headers_clear(&upstream);
    ccpi_headers_clear(&client);
}

TestSuite(head, .fini = drop);

static void add(const char *name, const char *value)
{
    cr_assert(eq(int,
                 ccpi_headers_add(&upstream, ccpi_span_of(name), ccpi_span_of(value)),
                 CCP_OK));
}

static const char *got(const char *name)
{
    const char *value = ccpi_headers_get(&client, name);

    return value ? value : "-";
}

#define EXPECT_GOT(name, expected)                                                       \
    cr_expect(eq(str, (char *)got(name), (char *)(expected)), "%s", (name))

Test(head, what_concerns_the_client_reaches_it_px_7)
{
    static const char *const passing[] = {
        "Request-Id",
        "retry-after",
        "x-should-retry",
        "anthropic-ratelimit-unified-status",
        "anthropic-organization-id",
        "Content-Type",
        "x-anything-new",
        "cf-ray",
        "cache-control",
    };

    for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++)
        add(passing[i], "v");
    cr_assert(eq(int, ccpi_head_relay(&upstream, &client), CCP_OK));
    for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++)
        EXPECT_GOT(passing[i], "v");
}

Test(head, what_concerns_only_the_upstreams_connection_does_not_px_7)
{
    static const char *const stopped[] = {
        "keep-alive",
        "Proxy-Connection",
        "proxy-authenticate",
        "te",
        "trailer",
        "Transfer-Encoding",
        "upgrade",
        "content-length",
        "Content-Encoding",
        "set-cookie",
        "server",
        "alt-svc",
        "strict-transport-security",
        "access-control-allow-origin",
        "access-control-whatever",
        "x-ccproxy-provider",
        "X-CCProxy-Anything",
    };

    for (size_t i = 0; i < sizeof(stopped) / sizeof(*stopped); i++)
        add(stopped[i], "v");
    add("Connection", "close, X-Hop");
    add("x-hop", "v");
    add("x-hop-on", "v");
    cr_assert(eq(int, ccpi_head_relay(&upstream, &client), CCP_OK));
    for (size_t i = 0; i < sizeof(stopped) / sizeof(*stopped); i++)
        EXPECT_GOT(stopped[i], "-");
    EXPECT_GOT("connection", "-");
    EXPECT_GOT("x-hop", "-");
    EXPECT_GOT("x-hop-on", "v");
}

Test(head, a_stream_is_told_from_what_may_be_cached_or_buffered_px_8)
{
    add("content-type", "text/event-stream; charset=utf-8");
    add("cache-control", "private");
    ccpi_head_relay(&upstream, &client);
    cr_assert(eq(int, ccpi_head_make_stream(&client), CCP_OK));
    EXPECT_GOT("content-type", "text/event-stream; charset=utf-8");
    EXPECT_GOT("cache-control", "no-cache");
    EXPECT_GOT("x-accel-buffering", "no");
}

Test(head, a_stream_that_was_another_format_upstream_is_events_here)
{
    add("content-type", "application/vnd.amazon.eventstream");
    ccpi_head_relay(&upstream, &client);
    ccpi_head_make_stream(&client);
    EXPECT_GOT("content-type", "text/event-stream");
}

Test(head, other_origins_read_what_the_settings_allow_px_12)
{
    static const char *const any[] = {"*"};
    static const char *const one[] = {"https://a.example"};

    ccpi_head_allow_origin(&(ccpi_origins){any, 1}, "https://b.example", &client);
    EXPECT_GOT("access-control-allow-origin", "*");
    ccpi_headers_clear(&client);

    ccpi_head_allow_origin(&(ccpi_origins){any, 1}, NULL, &client);
    EXPECT_GOT("access-control-allow-origin", "-");

    ccpi_head_allow_origin(&(ccpi_origins){one, 1}, "https://b.example", &client);
    EXPECT_GOT("access-control-allow-origin", "-");

    ccpi_head_allow_origin(&(ccpi_origins){one, 1}, "https://a.example", &client);
    EXPECT_GOT("access-control-allow-origin", "https://a.example");
    EXPECT_GOT("vary", "origin");
    EXPECT_GOT("access-control-allow-credentials", "-");
}
