#include "serve.h"

#include <civetweb.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "ccproxy/log.h"
#include "clients.h"
#include "clock.h"
#include "fail.h"
#include "pages.h"
#include "refusal.h"
#include "request_check.h"
#include "socket_of.h"

/*
 * Workers beside those that streams can take. CivetWeb stops accepting without
 * a word when all are busy, so the library's admission must trip earlier; the
 * others serve what is short: refusals, health, idle connections.
 */
#define SPARE_WORKERS_PART 4
#define SPARE_WORKERS_LEAST 8

/*
 * A body must come at 16 KiB in 30 s at least, and within 5 minutes in all:
 * Claude Code itself gives a request up when no answer has begun by then.
 */
#define BODY_STEP_BYTES ((size_t)16 * 1024)
#define BODY_STEP_US ((int64_t)30 * 1000 * 1000)
#define BODY_TOTAL_US ((int64_t)300 * 1000 * 1000)

/* How long the rest of a refused body is read, so that the refusal arrives. */
#define LINGER_MS 2000

/* What CivetWeb says when it can't start. */
#define REASON_LEN 160

struct app_server {
    struct mg_context *context;
    app_clients *clients;
    app_server_options options;
    uint16_t port;
    size_t workers;
    atomic_bool is_draining;
    char reason[REASON_LEN];
};

/* One request and its answer. */
typedef struct http_exchange {
    app_server *server;
    struct mg_connection *connection;
    const struct mg_request_info *info;
    app_client *client;
    bool is_http11;
    bool keep_alive;
    bool wants_continue;   /* the client waits for a 100 before it sends its body */
    bool body_is_over;     /* read to its end */
    int64_t body_left;     /* -1: in chunks */
    int64_t body_until_us; /* 0: not begun */
    bool answers_in_chunks;
    bool must_close;
} http_exchange;

static void find_body(http_exchange *exchange)
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

static bool send_bytes(http_exchange *exchange, const void *bytes, size_t len)
{
    return mg_write(exchange->connection, bytes, len) == (int)len;
}

static int64_t next_deadline(http_exchange *exchange)
{
    const int64_t now_us = app_monotonic_us();

    if (exchange->body_until_us == 0)
        exchange->body_until_us = now_us + BODY_TOTAL_US;
    return exchange->body_until_us < now_us + BODY_STEP_US ? exchange->body_until_us
                                                           : now_us + BODY_STEP_US;
}

static ssize_t read_body(void *self, void *into, size_t len)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    http_exchange *exchange = self;
    size_t step;
    int got;

    if (exchange->body_is_over || len == 0)
        return 0;
    if (exchange->wants_continue && !send_bytes(exchange, go_on, sizeof(go_on) - 1))
        return -1;
    exchange->wants_continue = false;

    /* mg_read() waits for all that it is asked for, hence the steps. */
    step = app_client_input(exchange->client);
    if (step < BODY_STEP_BYTES)
        step = BODY_STEP_BYTES;
    app_client_read_until(exchange->server->clients, exchange->client,
                          next_deadline(exchange));
    got = mg_read(exchange->connection, into, len < step ? len : step);
    app_client_read_until(exchange->server->clients, exchange->client, 0);

    if (exchange->body_left > 0 && got > 0)
        exchange->body_left -= got;
    exchange->body_is_over =
        exchange->body_left < 0 ? got == 0 : exchange->body_left == 0;
    /* CivetWeb gives 0 for a timeout, too. */
    return got == 0 && !exchange->body_is_over ? -1 : got;
}

static bool is_head_request(const http_exchange *exchange)
{
    return strcmp(exchange->info->request_method, "HEAD") == 0;
}

static void print_framing(FILE *text, http_exchange *exchange,
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
    http_exchange *exchange = self;
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
    http_exchange *exchange = self;
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
    http_exchange *exchange = self;

    if (!exchange->answers_in_chunks || is_head_request(exchange))
        return CCP_OK;
    return send_bytes(exchange, "0\r\n\r\n", 5) ? CCP_OK : CCP_UNAVAILABLE;
}

static bool client_is_gone(void *self)
{
    const http_exchange *exchange = self;
    const int descriptor = app_client_descriptor(exchange->client);

    return descriptor >= 0 && app_socket_is_gone(descriptor);
}

static bool lend_socket(void *self, ccp_socket *out)
{
    const http_exchange *exchange = self;
    const int descriptor = app_client_descriptor(exchange->client);

    if (descriptor < 0)
        return false;
    *out = (ccp_socket){.descriptor = descriptor,
                        .may_chunk = exchange->is_http11,
                        .keep_alive = exchange->keep_alive};
    return true;
}

static void must_close(void *self)
{
    http_exchange *exchange = self;

    exchange->must_close = true;
}

/* Answers an error and ends the connection. */
static void refuse(struct mg_connection *connection, int status, const char *message)
{
    const app_server *server = mg_get_user_data(mg_get_context(connection));
    char text[APP_REFUSAL_TEXT_MAX];
    const size_t len = app_refusal_write(server->options.random, status, message, text);

    mg_write(connection, text, len);
    mg_disable_connection_keep_alive(connection);
}

/* CivetWeb's own errors: heads that are too long, too slow or no HTTP. */
static int on_http_error(struct mg_connection *connection, int status,
                         const char *message)
{
    /* Its text may repeat what the client sent. */
    (void)message;
    refuse(connection, status,
           status == 413 ? "the head of the request is too large"
                         : "the request is not HTTP as this server speaks it");
    return 0;
}

static void find_descriptor(http_exchange *exchange)
{
    const app_endpoints endpoints = {.peer_address = exchange->info->remote_addr,
                                     .peer_port = (uint16_t)exchange->info->remote_port,
                                     .local_port = (uint16_t)exchange->info->server_port};
    const app_known_sockets known = {.knows = app_clients_know,
                                     .self = exchange->server->clients};

    if (app_client_descriptor(exchange->client) < 0)
        app_client_set_descriptor(exchange->server->clients, exchange->client,
                                  app_socket_of(&endpoints, &known));
}

static void hand_over(http_exchange *exchange, const app_received_head *head)
{
    const ccp_request request = {
        .method = exchange->info->request_method,
        .path = exchange->info->local_uri_raw,
        .query = exchange->info->query_string,
        .peer_address = exchange->info->remote_addr,
        .headers = head->headers,
        .header_count = head->header_count,
        .content_length = exchange->body_left,
        .read_body = read_body,
        .self = exchange,
    };
    const ccp_sink sink = {
        .self = exchange,
        .head = send_head,
        .write = send_body,
        .end = send_end,
        .is_gone = client_is_gone,
        .lend_socket = lend_socket,
        .must_close = must_close,
    };

    if (!app_pages_answer(exchange->server->options.proxy, &request, &sink))
        ccp_proxy_handle(exchange->server->options.proxy, &request, &sink);
}

static void finish(http_exchange *exchange)
{
    const int descriptor = app_client_descriptor(exchange->client);

    if (!exchange->body_is_over)
        exchange->must_close = true;
    if (exchange->must_close || !exchange->keep_alive)
        mg_disable_connection_keep_alive(exchange->connection);
    if (!exchange->body_is_over && descriptor >= 0)
        app_socket_linger(descriptor, LINGER_MS);
}

static bool is_health_path(const char *path)
{
    return strcmp(path, "/health") == 0 || strcmp(path, "/ready") == 0;
}

static void answer(http_exchange *exchange, const app_received_head *head)
{
    const bool is_draining = atomic_load(&exchange->server->is_draining);
    const char *flaw = app_request_flaw(head);

    find_body(exchange);
    exchange->keep_alive = app_request_may_keep_alive(head) && !is_draining &&
                           !app_clients_are_many(exchange->server->clients);
    if (flaw)
        refuse(exchange->connection, 400, flaw);
    else if (is_draining && !is_health_path(exchange->info->local_uri_raw))
        refuse(exchange->connection, 503, "this server is about to stop");
    else
        hand_over(exchange, head);
    finish(exchange);
}

static int on_request(struct mg_connection *connection)
{
    const struct mg_request_info *info = mg_get_request_info(connection);
    ccp_header headers[MG_MAX_HEADERS];
    const app_received_head head = {.version = info->http_version,
                                    .headers = headers,
                                    .header_count = (size_t)info->num_headers};
    http_exchange exchange = {.server = info->user_data,
                              .connection = connection,
                              .info = info,
                              .client = info->conn_data,
                              .is_http11 = strcmp(info->http_version, "1.1") == 0};

    if (!exchange.client) {
        refuse(connection, 503, "there are too many connections");
        return 503;
    }
    for (int i = 0; i < info->num_headers; i++)
        headers[i] = (ccp_header){.name = info->http_headers[i].name,
                                  .value = info->http_headers[i].value};
    app_client_begin_request(exchange.server->clients, exchange.client);
    find_descriptor(&exchange);
    answer(&exchange, &head);
    app_client_end_request(exchange.server->clients, exchange.client);
    return 200; /* "handled"; CivetWeb would log it */
}

static int on_connection(const struct mg_connection *connection, void **data)
{
    app_server *server = mg_get_user_data(mg_get_context(connection));

    *data = app_clients_enter(server->clients);
    return 0;
}

static void on_close(const struct mg_connection *connection)
{
    app_server *server = mg_get_user_data(mg_get_context(connection));
    app_client *client = mg_get_user_connection_data(connection);

    if (client)
        app_clients_leave(server->clients, client);
}

static int on_message(const struct mg_connection *connection, const char *message)
{
    app_server *server = mg_get_user_data(mg_get_context(connection));
    const ccp_log_field field = {.name = "message", .value = message};

    if (!server->context) {
        snprintf(server->reason, sizeof(server->reason), "%s", message);
        return 1;
    }
    ccp_log_write(server->options.log, server->options.clock,
                  &(ccp_log_event){.level = CCP_LOG_WARNING,
                                   .name = "http_front",
                                   .fields = &field,
                                   .field_count = 1});
    return 1;
}

/* What is not said is off: no document root, no CGI, no TLS, no logs of its own. */
static const char *const fixed_settings[][2] = {
    {"request_timeout_ms", "30000"}, /* for a head, from the connection's start */
    {"max_request_size", "16384"},   /* of a head */
    {"enable_keep_alive", "yes"},         {"tcp_nodelay", "1"},
    {"listen_backlog", "1024"},           {"decode_url", "no"},
    {"enable_auth_domain_check", "no"},   /* of targets in absolute form */
    {"access_control_allow_methods", ""}, /* else it answers preflights itself */
};

#define SETTINGS_LEN (sizeof(fixed_settings) / sizeof(fixed_settings[0]))

static struct mg_context *start_civetweb(app_server *server)
{
    static const struct mg_callbacks callbacks = {.begin_request = on_request,
                                                  .init_connection = on_connection,
                                                  .connection_close = on_close,
                                                  .http_error = on_http_error,
                                                  .log_message = on_message};
    const char *settings[2 * (SETTINGS_LEN + 3) + 1] = {0};
    char workers[24];
    char keep_alive[24];

    snprintf(workers, sizeof(workers), "%zu", server->workers);
    snprintf(keep_alive, sizeof(keep_alive), "%" PRId64,
             server->options.keep_alive_timeout_ms);
    memcpy(settings, fixed_settings, sizeof(fixed_settings));
    memcpy(settings + 2 * SETTINGS_LEN,
           (const char *[]){"listening_ports", server->options.listen, "num_threads",
                            workers, "keep_alive_timeout_ms", keep_alive},
           6 * sizeof(settings[0]));
    return mg_start(&callbacks, server, settings);
}

static void set_names(app_server *server)
{
    struct mg_server_port port = {0};

    if (mg_get_server_ports(server->context, 1, &port) > 0)
        server->port = (uint16_t)port.port;
    app_clients_listen_on(server->clients, server->port);
}

static size_t worker_count(int64_t max_streams)
{
    const size_t streams = (size_t)max_streams;

    return streams + streams / SPARE_WORKERS_PART + SPARE_WORKERS_LEAST;
}

ccp_status app_server_start(const app_server_options *options, app_server **out,
                            ccp_error *error)
{
    app_server *server = calloc(1, sizeof(*server));

    *out = NULL;
    if (!server)
        return app_fail(error, CCP_NO_MEMORY, "no memory for the server");
    server->options = *options;
    server->workers = worker_count(options->max_streams);
    server->clients = app_clients_new(server->workers);
    mg_init_library(MG_FEATURES_DEFAULT);
    if (server->clients)
        server->context = start_civetweb(server);
    if (!server->context) {
        app_fail(error, CCP_UNAVAILABLE, "can't listen on %s: %s", options->listen,
                 server->clients ? server->reason : "no memory");
        app_server_stop(server);
        return CCP_UNAVAILABLE;
    }
    set_names(server);
    *out = server;
    return CCP_OK;
}

uint16_t app_server_port(const app_server *server)
{
    return server->port;
}

void app_server_drain(app_server *server)
{
    atomic_store(&server->is_draining, true);
    app_clients_dismiss_idle(server->clients);
}

size_t app_server_busy(const app_server *server)
{
    return app_clients_busy(server->clients);
}

/* CivetWeb looks at its flag every 2 s; sockets that are shut wake it at once. */
static void wake(app_server *server)
{
    const int listening = app_socket_listening_on(server->port);

    app_clients_dismiss_idle(server->clients);
    if (listening >= 0)
        shutdown(listening, SHUT_RDWR);
}

void app_server_stop(app_server *server)
{
    if (!server)
        return;
    if (server->context) {
        wake(server);
        mg_stop(server->context);
    }
    mg_exit_library();
    app_clients_free(server->clients);
    free(server);
}
