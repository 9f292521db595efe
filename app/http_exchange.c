#include "http_exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"

/*
 * A body must come at 16 KiB in 30 s at least, and within 5 minutes in all:
 * Claude Code itself gives a request up when no answer has begun by then.
 */
#define BODY_STEP_BYTES ((size_t)16 * 1024)
#define BODY_STEP_US ((int64_t)30 * 1000 * 1000)
#define BODY_TOTAL_US ((int64_t)300 * 1000 * 1000)

/* How long the rest of a refused body is read, so that the refusal arrives. */
#define LINGER_MS 2000

static void find_body(app_http_exchange *exchange)
{
    const char *expect = mg_get_header(exchange->connection, "Expect");

    if (mg_get_header(exchange->connection, "Transfer-Encoding"))
        exchange->body_left = -1;
    else if (exchange->info->content_length > 0)
        exchange->body_left = exchange->info->content_length;
    exchange->body_is_over = exchange->body_left == 0;
    exchange->wants_continue =
        exchange->is_http11 && expect && strcasecmp(expect, "100-continue") == 0;
}

static bool send_bytes(app_http_exchange *exchange, const void *bytes, size_t len)
{
    return mg_write(exchange->connection, bytes, len) == (int)len;
}

static int64_t next_deadline(app_http_exchange *exchange)
{
    const int64_t now_us = app_monotonic_us();

    if (exchange->body_until_us == 0)
        exchange->body_until_us = now_us + BODY_TOTAL_US;
    return exchange->body_until_us < now_us + BODY_STEP_US ? exchange->body_until_us
                                                           : now_us + BODY_STEP_US;
}

/*
 * CivetWeb gives the same for chunks that it can't read (also those with an
 * extension) and for a client that left or was too slow.
 */
static ssize_t why_no_bytes(const app_http_exchange *exchange, int64_t deadline_us)
{
    const int descriptor = app_client_descriptor(exchange->client);
    const bool is_lost = app_monotonic_us() >= deadline_us ||
                         (descriptor >= 0 && app_socket_is_gone(descriptor));

    return exchange->body_left < 0 && !is_lost ? CCP_BODY_MALFORMED : CCP_BODY_LOST;
}

static ssize_t read_body(void *self, void *into, size_t len)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    app_http_exchange *exchange = self;
    int64_t deadline_us;
    size_t step;
    int got;

    if (exchange->body_is_over || len == 0)
        return 0;
    if (exchange->wants_continue && !send_bytes(exchange, go_on, sizeof(go_on) - 1))
        return CCP_BODY_LOST;
    exchange->wants_continue = false;

    /* mg_read() waits for all that it is asked for, hence the steps. */
    step = len > BODY_STEP_BYTES ? app_client_input(exchange->client) : len;
    if (step < BODY_STEP_BYTES)
        step = BODY_STEP_BYTES;
    deadline_us = next_deadline(exchange);
    app_client_read_until(exchange->clients, exchange->client, deadline_us);
    got = mg_read(exchange->connection, into, len < step ? len : step);
    app_client_read_until(exchange->clients, exchange->client, 0);

    if (got < 0)
        return why_no_bytes(exchange, deadline_us);
    if (exchange->body_left > 0 && got > 0)
        exchange->body_left -= got;
    exchange->body_is_over =
        exchange->body_left < 0 ? got == 0 : exchange->body_left == 0;
    /* CivetWeb gives 0 for a timeout, too. */
    return got == 0 && !exchange->body_is_over ? CCP_BODY_LOST : got;
}

static bool is_head_request(const app_http_exchange *exchange)
{
    return strcmp(exchange->info->request_method, "HEAD") == 0;
}

static void print_framing(FILE *text, app_http_exchange *exchange,
                          const ccp_response_head *head)
{
    exchange->answers_in_chunks = head->content_length < 0 && exchange->is_http11;
    if (head->content_length >= 0)
        fprintf(text, "Content-Length: %" PRId64 "\r\n", head->content_length);
    else if (exchange->answers_in_chunks)
        fputs("Transfer-Encoding: chunked\r\n", text);
    fprintf(text, "Connection: %s\r\n\r\n",
            exchange->keep_alive ? "keep-alive" : "close");
}

static ccp_status send_head(void *self, const ccp_response_head *head)
{
    app_http_exchange *exchange = self;
    char *text = NULL;
    size_t len = 0;
    bool sent;
    FILE *stream = open_memstream(&text, &len);

    if (!stream)
        return CCP_NO_MEMORY;
    if (head->close)
        exchange->keep_alive = false;
    fprintf(stream, "HTTP/1.1 %d %s\r\n", head->status,
            mg_get_response_code_text(exchange->connection, head->status));
    for (size_t i = 0; i < head->header_count; i++)
        fprintf(stream, "%s: %s\r\n", head->headers[i].name, head->headers[i].value);
    print_framing(stream, exchange, head);
    if (fclose(stream) != 0) {
        free(text);
        return CCP_NO_MEMORY;
    }
    sent = send_bytes(exchange, text, len);
    free(text);
    return sent ? CCP_OK : CCP_UNAVAILABLE;
}

static ccp_status send_body(void *self, const void *bytes, size_t len)
{
    app_http_exchange *exchange = self;
    char size[24];
    int size_len;

    if (len == 0 || is_head_request(exchange))
        return CCP_OK;
    if (!exchange->answers_in_chunks)
        return send_bytes(exchange, bytes, len) ? CCP_OK : CCP_UNAVAILABLE;

    size_len = snprintf(size, sizeof(size), "%zx\r\n", len);
    return send_bytes(exchange, size, (size_t)size_len) &&
                   send_bytes(exchange, bytes, len) && send_bytes(exchange, "\r\n", 2)
               ? CCP_OK
               : CCP_UNAVAILABLE;
}

static ccp_status send_end(void *self)
{
    app_http_exchange *exchange = self;

    if (!exchange->answers_in_chunks || is_head_request(exchange))
        return CCP_OK;
    return send_bytes(exchange, "0\r\n\r\n", 5) ? CCP_OK : CCP_UNAVAILABLE;
}

static bool client_is_gone(void *self)
{
    const app_http_exchange *exchange = self;
    const int descriptor = app_client_descriptor(exchange->client);

    return descriptor >= 0 && app_socket_is_gone(descriptor);
}

static bool lend_socket(void *self, ccp_socket *out)
{
    const app_http_exchange *exchange = self;
    const int descriptor = app_client_descriptor(exchange->client);

    if (descriptor < 0)
        return false;
    *out = (ccp_socket){.descriptor = descriptor,
                        .may_chunk = exchange->is_http11,
                        .keep_alive = exchange->keep_alive};
    return true;
}

static void close_given(void *self, int descriptor)
{
    app_clients *clients = self;

    if (app_socket_input(descriptor) > 0)
        app_socket_linger(descriptor, LINGER_MS);
    app_clients_close_given(clients, descriptor);
}

static bool give_socket(void *self, ccp_given_socket *out)
{
    app_http_exchange *exchange = self;
    const int descriptor = app_client_give_away(exchange->clients, exchange->client);

    if (descriptor < 0)
        return false;
    exchange->must_close = true;
    *out = (ccp_given_socket){.descriptor = descriptor,
                              .may_chunk = exchange->is_http11,
                              .close = close_given,
                              .self = exchange->clients};
    return true;
}

static void must_close(void *self)
{
    app_http_exchange *exchange = self;

    exchange->must_close = true;
}

static void find_descriptor(app_http_exchange *exchange)
{
    const app_endpoints endpoints = {.peer_address = exchange->info->remote_addr,
                                     .peer_port = (uint16_t)exchange->info->remote_port,
                                     .local_port = (uint16_t)exchange->info->server_port};

    app_client_find_descriptor(exchange->clients, exchange->client, &endpoints);
}

void app_http_exchange_start(app_http_exchange *exchange)
{
    exchange->is_http11 = strcmp(exchange->info->http_version, "1.1") == 0;
    find_descriptor(exchange);
    find_body(exchange);
}

ccp_request app_http_exchange_request(app_http_exchange *exchange,
                                      const ccp_header *headers, size_t header_count)
{
    return (ccp_request){
        .method = exchange->info->request_method,
        .path = exchange->info->local_uri_raw,
        .query = exchange->info->query_string,
        .peer_address = exchange->info->remote_addr,
        .headers = headers,
        .header_count = header_count,
        .content_length = exchange->body_left,
        .read_body = read_body,
        .self = exchange,
    };
}

ccp_sink app_http_exchange_sink(app_http_exchange *exchange)
{
    return (ccp_sink){
        .self = exchange,
        .head = send_head,
        .write = send_body,
        .end = send_end,
        .is_gone = client_is_gone,
        .lend_socket = lend_socket,
        .must_close = must_close,
        .give_socket = give_socket,
    };
}

void app_http_exchange_finish(app_http_exchange *exchange)
{
    const int descriptor = app_client_descriptor(exchange->client);

    if (!exchange->body_is_over)
        exchange->must_close = true;
    if (exchange->must_close || !exchange->keep_alive)
        mg_disable_connection_keep_alive(exchange->connection);
    if (!exchange->body_is_over && descriptor >= 0)
        app_socket_linger(descriptor, LINGER_MS);
}
