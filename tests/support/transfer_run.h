#ifndef CCPT_TRANSFER_RUN_H
#define CCPT_TRANSFER_RUN_H

#include "support/attempt.h"

/* One transfer between a client and an upstream, from its start to its end. */

/* Every promise holds for both kinds of outlet. */
#define TEST_BOTH(suite, name)                                                           \
    static void name(client_kind kind);                                                  \
    Test(suite##_socket, name, .timeout = 120)                                           \
    {                                                                                    \
        name(CLIENT_LENDS_SOCKET);                                                       \
    }                                                                                    \
    Test(suite##_queue, name, .timeout = 120)                                            \
    {                                                                                    \
        name(CLIENT_HAS_FUNCTIONS);                                                      \
    }                                                                                    \
    static void name(client_kind kind)

#define HANDLER(name)                                                                    \
    static void name(upstream_connection *connection, const upstream_request *request,   \
                     void *context)

extern attempt run;

void open_attempt(client_kind kind, upstream_handler handler);
void run_attempt(client_kind kind, upstream_handler handler);
void expect_client_got(const char *body);

#endif
