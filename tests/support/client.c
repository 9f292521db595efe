#include "support/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/failing_malloc.h"

#define MAX_RECEIVED ((size_t)256 * 1024 * 1024)

void client_open(client *client, client_kind kind)
{
    int ends[2];

    *client = (struct client){.kind = kind, .received.limit = MAX_RECEIVED};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        abort();
    client->own = ends[0];
    client->given = ends[1];
}

static void close_end(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

static void stop_reading(client *client)
{
    if (client->is_reading)
        pthread_join(client->reader, NULL);
    client->is_reading = false;
}

void client_close(client *client)
{
    close_end(&client->given);
    stop_reading(client);
    close_end(&client->own);
    ccpi_buf_clear(&client->received);
}

void client_leave(client *client)
{
    shutdown(client->own, SHUT_RDWR);
}

bool client_wait_for_bytes(const client *client, int timeout_ms)
{
    struct pollfd watched = {.fd = client->own, .events = POLLIN};

    return poll(&watched, 1, timeout_ms) > 0;
}

bool client_wait_for_len(const client *client, int len, int timeout_ms)
{
    int available = 0;

    for (int waited = 0; waited < timeout_ms; waited++) {
        if (ioctl(client->own, FIONREAD, &available) != 0 || available >= len)
            break;
        poll(NULL, 0, 1);
    }
    return available >= len;
}

static void *read_all(void *self)
{
    client *client = self;
    char bytes[65536];
    ssize_t got;

    if (fail_nothing_in_this_thread)
        fail_nothing_in_this_thread();
    while ((got = recv(client->own, bytes, sizeof(bytes), 0)) > 0)
        ccpi_buf_append(&client->received, bytes, (size_t)got);
    return NULL;
}

void client_start_reading(client *client)
{
    if (pthread_create(&client->reader, NULL, read_all, client) != 0)
        abort();
    client->is_reading = true;
}

void client_read_rest(client *client)
{
    close_end(&client->given);
    if (!client->is_reading)
        client_start_reading(client);
    stop_reading(client);
}

/* ---- the sink ---- */

static ccp_status send_all(client *client, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        const ssize_t sent = send(client->given, at, len, MSG_NOSIGNAL);

        if (sent < 0)
            return CCP_UNAVAILABLE;
        at += sent;
        len -= (size_t)sent;
    }
    return CCP_OK;
}

static ccp_status head(void *self, const ccp_response_head *head)
{
    client *client = self;
    ccpi_buf text = {.limit = MAX_RECEIVED};
    ccp_status status;

    client->is_chunked = head->content_length < 0 && !client->speaks_http_1_0;
    ccpi_buf_append_format(&text, "HTTP/1.1 %d OK\r\n", head->status);
    for (size_t i = 0; i < head->header_count; i++)
        ccpi_buf_append_format(&text, "%s: %s\r\n", head->headers[i].name,
                               head->headers[i].value);
    if (client->is_chunked)
        ccpi_buf_append_text(&text, "transfer-encoding: chunked\r\n");
    else if (head->content_length >= 0)
        ccpi_buf_append_format(&text, "content-length: %lld\r\n",
                               (long long)head->content_length);
    ccpi_buf_append_text(&text, "\r\n");
    status = text.status == CCP_OK ? send_all(client, text.data, text.len) : text.status;
    ccpi_buf_clear(&text);
    return status;
}

static ccp_status write_body(void *self, const void *bytes, size_t len)
{
    client *client = self;
    char size[32];
    ccp_status status;

    if (!client->is_chunked)
        return send_all(client, bytes, len);
    snprintf(size, sizeof(size), "%zx\r\n", len);
    status = send_all(client, size, strlen(size));
    if (status == CCP_OK)
        status = send_all(client, bytes, len);
    return status == CCP_OK ? send_all(client, "\r\n", 2) : status;
}

static ccp_status end(void *self)
{
    client *client = self;

    client->was_ended = true;
    return client->is_chunked ? send_all(client, "0\r\n\r\n", 5) : CCP_OK;
}

static bool is_gone(void *self)
{
    const client *client = self;
    struct pollfd watched = {.fd = client->given, .events = POLLRDHUP};

    return poll(&watched, 1, 0) > 0;
}

static bool lend_socket(void *self, ccp_socket *out)
{
    const client *client = self;

    if (client->kind == CLIENT_HAS_FUNCTIONS)
        return false;
    *out = (ccp_socket){
        .descriptor = client->given,
        .may_chunk = !client->speaks_http_1_0,
        .keep_alive = !client->speaks_http_1_0,
    };
    return true;
}

static void close_given(void *self, int descriptor)
{
    (void)self;
    close(descriptor);
}

static bool give_socket(void *self, ccp_given_socket *out)
{
    client *client = self;

    if (client->kind != CLIENT_GIVES_SOCKET)
        return false;
    *out = (ccp_given_socket){.descriptor = client->given,
                              .may_chunk = !client->speaks_http_1_0,
                              .close = close_given};
    client->given = -1;
    client->gave = true;
    return true;
}

static void must_close(void *self)
{
    client *client = self;

    client->must_be_closed = true;
}

ccp_sink client_sink(client *client)
{
    return (ccp_sink){
        .self = client,
        .head = head,
        .write = write_body,
        .end = end,
        .is_gone = is_gone,
        .lend_socket = lend_socket,
        .must_close = must_close,
        .give_socket = give_socket,
    };
}

/* ---- what came ---- */

static const char *end_of_head(const client *client)
{
    const char *end =
        client->received.len > 0 ? strstr(client->received.data, "\r\n\r\n") : NULL;

    return end ? end + 4 : NULL;
}

bool client_got_head(const client *client, const char *line)
{
    const char *end = end_of_head(client);
    const char *found = end ? strcasestr(client->received.data, line) : NULL;

    return found && found < end;
}

static bool join_chunks(const char *at, const char *end, ccpi_buf *body)
{
    while (at < end) {
        char *after;
        const size_t len = strtoul(at, &after, 16);

        if (after == at || after + 2 > end)
            return false;
        at = after + 2;
        if (len == 0)
            return at + 2 == end && memcmp(at, "\r\n", 2) == 0;
        if (len + 2 > (size_t)(end - at)) {
            ccpi_buf_append(body, at, (size_t)(end - at));
            return false;
        }
        ccpi_buf_append(body, at, len);
        at += len + 2;
    }
    return false;
}

bool client_body(const client *client, ccpi_buf *body)
{
    const char *at = end_of_head(client);
    const char *end = client->received.data + client->received.len;
    const char *length;

    if (!at)
        return false;
    if (client_got_head(client, "\r\ntransfer-encoding: chunked\r\n"))
        return join_chunks(at, end, body);
    ccpi_buf_append(body, at, (size_t)(end - at));
    length = strcasestr(client->received.data, "\r\ncontent-length: ");
    return length && length < at &&
           strtoul(length + strlen("\r\ncontent-length: "), NULL, 10) == body->len;
}
