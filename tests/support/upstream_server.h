#ifndef CCPT_SUPPORT_UPSTREAM_SERVER_H
#define CCPT_SUPPORT_UPSTREAM_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A real HTTP/1.1 server on loopback whose answers a test writes byte by byte.
 * Each connection has its own thread, which reads one request after another
 * and calls the test's handler for each.
 */
typedef struct upstream_server upstream_server;
typedef struct upstream_connection upstream_connection;

typedef struct upstream_request {
    const char *head; /* request line and headers, as they came */
    const char *body;
    size_t body_len;
    int nth;               /* of the server's requests, from 0 */
    int nth_on_connection; /* from 0 */
} upstream_request;

typedef void (*upstream_handler)(upstream_connection *connection,
                                 const upstream_request *request, void *context);

/* Never NULL: what fails here ends the test. */
upstream_server *upstream_start(upstream_handler handler, void *context);
/* Closes what is open and waits for the threads. */
void upstream_stop(upstream_server *server);

int upstream_port(const upstream_server *server);
int upstream_connections(upstream_server *server);
int upstream_requests(upstream_server *server);

/* How many handlers are running. */
int upstream_open_handlers(upstream_server *server);

/* For handlers. False: the other side has closed. */
bool upstream_send(upstream_connection *connection, const void *bytes, size_t len);
bool upstream_send_text(upstream_connection *connection, const char *text);
/* Bytes one by one, each in a segment of its own. */
bool upstream_dribble(upstream_connection *connection, const char *text);
/* Whether there is room to send within the time. */
bool upstream_can_send(upstream_connection *connection, int timeout_ms);
/* As one chunk of a chunked body. */
bool upstream_send_chunk(upstream_connection *connection, const char *text);

/* Head and body with content-length. */
void upstream_answer(upstream_connection *connection, int status, const char *type,
                     const char *body);
/* The head of a stream in chunks. */
void upstream_start_stream(upstream_connection *connection);
void upstream_end_stream(upstream_connection *connection);

/* No more requests are read: a FIN, or a RST. */
void upstream_close(upstream_connection *connection);
void upstream_reset(upstream_connection *connection);

/* Waits for the other side to close; false: it did not within the time. */
bool upstream_wait_for_close(upstream_connection *connection, int timeout_ms);

#endif
