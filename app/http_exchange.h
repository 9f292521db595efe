#ifndef CCP_APP_HTTP_EXCHANGE_H
#define CCP_APP_HTTP_EXCHANGE_H

#include <civetweb.h>

#include "ccproxy/proxy.h"
#include "clients.h"

/*
 * One request and its answer on a connection of CivetWeb's: what the library
 * reads the body from and writes the answer to. Lives on its worker's stack.
 */
typedef struct app_http_exchange {
    app_clients *clients;
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
} app_http_exchange;

/* Before anything else; connection, info, client and clients are set. */
void app_http_exchange_start(app_http_exchange *exchange);

/* Of a request with this head; both borrow the exchange. */
ccp_request app_http_exchange_request(app_http_exchange *exchange,
                                      const ccp_header *headers, size_t header_count);
ccp_sink app_http_exchange_sink(app_http_exchange *exchange);

/* Whether the connection may go on is decided here; a refused body is read a little. */
void app_http_exchange_finish(app_http_exchange *exchange);

#endif
