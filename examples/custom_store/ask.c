#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static ssize_t read_input(void *self, void *into, size_t len)
{
    (void)self;
    return read(STDIN_FILENO, into, len);
}

static ccp_status print_head(void *self, const ccp_response_head *head)
{
    (void)self;
    return printf("status %d\n", head->status) > 0 ? CCP_OK : CCP_UNAVAILABLE;
}

static ccp_status print_bytes(void *self, const void *bytes, size_t len)
{
    (void)self;
    return fwrite(bytes, 1, len, stdout) == len ? CCP_OK : CCP_UNAVAILABLE;
}

static ccp_status print_end(void *self)
{
    (void)self;
    return putchar('\n') < 0 ? CCP_UNAVAILABLE : CCP_OK;
}

static bool is_gone(void *self)
{
    (void)self;
    return false;
}

static void must_close(void *self)
{
    (void)self;
}

void ask(ccp_proxy *proxy, const char *access_key)
{
    const char *credential = getenv("ANTHROPIC_API_KEY");
    const ccp_header headers[] = {{"x-ccproxy-key", access_key},
                                  {"content-type", "application/json"},
                                  {"x-api-key", credential}};
    const ccp_request request = {
        .method = "POST",
        .path = "/v1/messages",
        .peer_address = "127.0.0.1",
        .headers = headers,
        .header_count = credential ? 3 : 2,
        .content_length = -1,
        .read_body = read_input,
    };
    const ccp_sink sink = {NULL,    print_head, print_bytes, print_end,
                           is_gone, NULL,       must_close,  NULL};

    ccp_proxy_handle(proxy, &request, &sink);
}
