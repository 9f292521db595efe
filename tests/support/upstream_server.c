#include "support/upstream_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/failing_malloc.h"

#define MAX_CONNECTIONS 1024
#define STACK_SIZE (256 * 1024)

struct upstream_connection {
    upstream_server *server;
    pthread_t thread;
    int socket;
    bool is_closed; /* by the handler */
    char *data;     /* what was read and not used yet */
    size_t len;
    size_t capacity;
};

struct upstream_server {
    upstream_handler handler;
    void *context;
    int listener;
    int port;
    pthread_t thread;
    atomic_int requests;
    atomic_int open_handlers;
    atomic_int connection_count;
    upstream_connection connections[MAX_CONNECTIONS];
};

static void die(const char *what)
{
    perror(what);
    abort();
}

static bool read_more(upstream_connection *connection)
{
    ssize_t got;

    if (connection->capacity - connection->len < 65536) {
        connection->capacity = connection->capacity * 2 + 131072;
        connection->data = realloc(connection->data, connection->capacity + 1);
        if (!connection->data)
            die("realloc");
    }
    got = recv(connection->socket, connection->data + connection->len,
               connection->capacity - connection->len, 0);
    if (got <= 0)
        return false;
    connection->len += (size_t)got;
    connection->data[connection->len] = '\0';
    return true;
}

static size_t content_length(const char *head)
{
    const char *field = strcasestr(head, "\r\ncontent-length:");

    return field ? strtoul(field + strlen("\r\ncontent-length:"), NULL, 10) : 0;
}

/* Reads one request. *used is its length in the connection's data. */
static bool read_request(upstream_connection *connection, upstream_request *request,
                         size_t *used)
{
    char *end = NULL;
    size_t head_len;

    while (connection->len == 0 || !(end = strstr(connection->data, "\r\n\r\n")))
        if (!read_more(connection))
            return false;
    head_len = (size_t)(end - connection->data) + 4;
    connection->data[head_len - 2] = '\0';
    request->body_len = content_length(connection->data);
    while (connection->len < head_len + request->body_len)
        if (!read_more(connection))
            return false;
    request->head = connection->data;
    request->body = connection->data + head_len;
    *used = head_len + request->body_len;
    return true;
}

static void *serve(void *self)
{
    upstream_connection *connection = self;
    upstream_server *server = connection->server;
    upstream_request request = {0};
    size_t used;

    if (fail_nothing_in_this_thread)
        fail_nothing_in_this_thread();
    while (!connection->is_closed && read_request(connection, &request, &used)) {
        request.nth = atomic_fetch_add(&server->requests, 1);
        atomic_fetch_add(&server->open_handlers, 1);
        server->handler(connection, &request, server->context);
        atomic_fetch_sub(&server->open_handlers, 1);
        request.nth_on_connection++;
        connection->len -= used;
        memmove(connection->data, connection->data + used, connection->len);
    }
    if (!connection->is_closed)
        shutdown(connection->socket, SHUT_RDWR);
    free(connection->data);
    return NULL;
}

static void start_connection(upstream_server *server, int socket)
{
    const int nth = atomic_load(&server->connection_count);
    upstream_connection *connection = &server->connections[nth];
    const int on = 1;
    pthread_attr_t attributes;

    if (nth == MAX_CONNECTIONS)
        die("too many connections");
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connection->server = server;
    connection->socket = socket;
    /* Before it is served: a test may be through before this thread goes on. */
    atomic_fetch_add(&server->connection_count, 1);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    if (pthread_create(&connection->thread, &attributes, serve, connection) != 0)
        die("pthread_create");
    pthread_attr_destroy(&attributes);
}

static void *listen_on(void *self)
{
    upstream_server *server = self;
    int socket;

    while ((socket = accept(server->listener, NULL, NULL)) >= 0)
        start_connection(server, socket);
    return NULL;
}

upstream_server *upstream_start(upstream_handler handler, void *context)
{
    upstream_server *server = calloc(1, sizeof(*server));
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof(address);

    if (!server)
        die("calloc");
    server->handler = handler;
    server->context = context;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(server->listener, 512) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0)
        die("listen");
    server->port = ntohs(address.sin_port);
    if (pthread_create(&server->thread, NULL, listen_on, server) != 0)
        die("pthread_create");
    return server;
}

void upstream_stop(upstream_server *server)
{
    int count;

    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    count = atomic_load(&server->connection_count);
    for (int i = 0; i < count; i++)
        shutdown(server->connections[i].socket, SHUT_RDWR);
    for (int i = 0; i < count; i++) {
        pthread_join(server->connections[i].thread, NULL);
        close(server->connections[i].socket);
    }
    free(server);
}

int upstream_port(const upstream_server *server)
{
    return server->port;
}

int upstream_connections(upstream_server *server)
{
    return atomic_load(&server->connection_count);
}

int upstream_requests(upstream_server *server)
{
    return atomic_load(&server->requests);
}

int upstream_open_handlers(upstream_server *server)
{
    return atomic_load(&server->open_handlers);
}

bool upstream_send(upstream_connection *connection, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        const ssize_t sent = send(connection->socket, at, len, MSG_NOSIGNAL);

        if (sent < 0)
            return false;
        at += sent;
        len -= (size_t)sent;
    }
    return true;
}

bool upstream_send_text(upstream_connection *connection, const char *text)
{
    return upstream_send(connection, text, strlen(text));
}

bool upstream_dribble(upstream_connection *connection, const char *text)
{
    for (; *text; text++)
        if (!upstream_send(connection, text, 1))
            return false;
    return true;
}

bool upstream_can_send(upstream_connection *connection, int timeout_ms)
{
    struct pollfd watched = {.fd = connection->socket, .events = POLLOUT};

    return poll(&watched, 1, timeout_ms) > 0;
}

bool upstream_send_chunk(upstream_connection *connection, const char *text)
{
    char head[32];

    snprintf(head, sizeof(head), "%zx\r\n", strlen(text));
    return upstream_send_text(connection, head) && upstream_send_text(connection, text) &&
           upstream_send_text(connection, "\r\n");
}

void upstream_answer(upstream_connection *connection, int status, const char *type,
                     const char *body)
{
    char head[256];

    snprintf(head, sizeof(head),
             "HTTP/1.1 %d Whatever\r\ncontent-type: %s\r\ncontent-length: %zu\r\n\r\n",
             status, type, strlen(body));
    upstream_send_text(connection, head);
    upstream_send_text(connection, body);
}

void upstream_start_stream(upstream_connection *connection)
{
    upstream_send_text(connection,
                       "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; "
                       "charset=utf-8\r\nrequest-id: req_up\r\ntransfer-encoding: "
                       "chunked\r\n\r\n");
}

void upstream_end_stream(upstream_connection *connection)
{
    upstream_send_text(connection, "0\r\n\r\n");
}

/* The descriptor itself stays open until the server stops, so that its number does. */
void upstream_close(upstream_connection *connection)
{
    connection->is_closed = true;
    shutdown(connection->socket, SHUT_RDWR);
}

void upstream_reset(upstream_connection *connection)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    const int spare = dup(STDERR_FILENO);

    connection->is_closed = true;
    setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    dup2(spare, connection->socket); /* closes the socket, and keeps its number */
    close(spare);
}

bool upstream_wait_for_close(upstream_connection *connection, int timeout_ms)
{
    struct pollfd watched = {.fd = connection->socket, .events = POLLRDHUP};

    return poll(&watched, 1, timeout_ms) > 0;
}
