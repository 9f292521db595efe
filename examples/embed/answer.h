#ifndef EXAMPLE_EMBED_ANSWER_H
#define EXAMPLE_EMBED_ANSWER_H

#include <ccproxy/proxy.h>
#include <microhttpd.h>
#include <pthread.h>

#define MAX_HEADERS 64

/*
 * A request and its answer on the way from the proxy, which pushes, to
 * libmicrohttpd, which pulls: a thread of its own handles the request and writes
 * into a pipe, from which the server sends what comes at once.
 */
typedef struct answer {
    ccp_proxy *proxy;
    char *path;
    ccp_request request;
    ccp_header headers[MAX_HEADERS];
    char *body;
    size_t len, passed;

    pthread_t thread;
    bool is_running;
    int pipe[2]; /* read by the server, written by the proxy */
    pthread_mutex_t lock;
    pthread_cond_t has_head;
    int status; /* 0: the head has not come yet */
    struct MHD_Response *response;
} answer;

/* The request's side: its target as it was sent, its headers and its body. */
answer *answer_new(ccp_proxy *proxy, const char *target);
void answer_free(answer *a);
enum MHD_Result answer_add_header(void *self, enum MHD_ValueKind kind, const char *name,
                                  const char *value);
enum MHD_Result answer_keep(answer *a, const char *bytes, size_t len);

/* Handles the request, and queues its answer as soon as the head is there. */
enum MHD_Result answer_begin(answer *a, struct MHD_Connection *connection);

/* Starts the server on loopback. */
struct MHD_Daemon *http_start(ccp_proxy *proxy, unsigned short port);

#endif
