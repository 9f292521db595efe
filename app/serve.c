#include "serve.h"

#include <civetweb.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ccproxy/log.h"
#include "clients.h"
#include "fail.h"
#include "http_exchange.h"
#include "pages.h"
#include "refusal.h"
#include "request_check.h"
#include "socket_of.h"

/*
 * Workers: more than there can be streams while those are few, and else this
 * many, or this part of the streams, which then give their workers back. CivetWeb
 * stops accepting without a word when all are busy, so the last of them only refuse.
 */
#define SPARE_WORKERS_PART 4
#define SPARE_WORKERS_LEAST 8
#define ENOUGH_WORKERS ((size_t)320)
#define ENOUGH_WORKERS_PART 12

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

static void hand_over(app_server *server, app_http_exchange *exchange,
                      const app_received_head *head)
{
    const ccp_request request =
        app_http_exchange_request(exchange, head->headers, head->header_count);
    const ccp_sink sink = app_http_exchange_sink(exchange);

    if (!app_pages_answer(server->options.proxy, &request, &sink))
        ccp_proxy_handle(server->options.proxy, &request, &sink);
}

static bool is_health_path(const char *path)
{
    return strcmp(path, "/health") == 0 || strcmp(path, "/ready") == 0;
}

static void answer(app_server *server, app_http_exchange *exchange,
                   const app_received_head *head)
{
    const bool is_draining = atomic_load(&server->is_draining);
    const char *flaw = app_request_flaw(head);

    app_http_exchange_start(exchange);
    exchange->keep_alive = app_request_may_keep_alive(head) && !is_draining &&
                           !app_clients_are_many(server->clients);
    if (flaw)
        refuse(exchange->connection, 400, flaw);
    else if (is_draining && !is_health_path(exchange->info->local_uri_raw))
        refuse(exchange->connection, 503, "this server is about to stop");
    else if (app_clients_are_all(server->clients) &&
             !is_health_path(exchange->info->local_uri_raw))
        refuse(exchange->connection, 503, "this server has no worker left");
    else
        hand_over(server, exchange, head);
    app_http_exchange_finish(exchange);
}

static int on_request(struct mg_connection *connection)
{
    const struct mg_request_info *info = mg_get_request_info(connection);
    ccp_header headers[MG_MAX_HEADERS];
    const app_received_head head = {.version = info->http_version,
                                    .headers = headers,
                                    .header_count = (size_t)info->num_headers};
    app_server *server = info->user_data;
    app_http_exchange exchange = {.clients = server->clients,
                                  .connection = connection,
                                  .info = info,
                                  .client = info->conn_data};

    if (!exchange.client) {
        refuse(connection, 503, "there are too many connections");
        return 503;
    }
    for (int i = 0; i < info->num_headers; i++)
        headers[i] = (ccp_header){.name = info->http_headers[i].name,
                                  .value = info->http_headers[i].value};
    app_client_begin_request(server->clients, exchange.client);
    answer(server, &exchange, &head);
    app_client_end_request(server->clients, exchange.client);
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
    const size_t all = streams + streams / SPARE_WORKERS_PART + SPARE_WORKERS_LEAST;
    const size_t part = streams / ENOUGH_WORKERS_PART;
    const size_t enough = part > ENOUGH_WORKERS ? part : ENOUGH_WORKERS;

    return all < enough ? all : enough;
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
        mg_exit_library();
        app_fail(error, CCP_UNAVAILABLE, "can't listen on %s: %s", options->listen,
                 server->clients ? server->reason : "no memory");
        app_server_free(server);
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
    if (server && server->context) {
        wake(server);
        mg_stop(server->context);
        server->context = NULL;
        mg_exit_library();
    }
}

void app_server_free(app_server *server)
{
    if (!server)
        return;
    app_server_stop(server);
    app_clients_free(server->clients);
    free(server);
}
