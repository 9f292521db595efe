#ifndef CCP_APP_SERVE_H
#define CCP_APP_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/error.h"
#include "ccproxy/proxy.h"

/*
 * The HTTP front: listens, reads requests, hands them to the proxy, and lends
 * it their sockets. Knows HTTP/1.1 and CivetWeb, and nothing of what the proxy
 * does with a request.
 */
typedef struct app_server app_server;

typedef struct app_server_options {
    ccp_proxy *proxy;
    const ccp_random *random;
    const ccp_log_sink *log;
    const ccp_clock *clock;
    const char *listen; /* address:port; port 0: any free one */
    int64_t max_streams;
    int64_t keep_alive_timeout_ms;
} app_server_options;

/* @param out  given; app_server_free() */
ccp_status app_server_start(const app_server_options *options, app_server **out,
                            ccp_error *error);

uint16_t app_server_port(const app_server *server);

/* From now on only the health paths are answered; other requests get a 503. */
void app_server_drain(app_server *server);

/* How many requests are being answered. */
size_t app_server_busy(const app_server *server);

/* Ends listening and every connection. The proxy may still have given sockets. */
void app_server_stop(app_server *server);

/* After the proxy. NULL is allowed, also above. */
void app_server_free(app_server *server);

#endif
