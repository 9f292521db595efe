#ifndef CCPT_SUPPORT_CLIENT_H
#define CCPT_SUPPORT_CLIENT_H

#include <pthread.h>

#include "base/buf.h"
#include "ccproxy/proxy.h"

/*
 * A client at the other end of a socketpair, and the sink that leads to it.
 * The sink lends its socket or has only functions, which write the same HTTP
 * and wait for the client, so that both kinds of outlet can be held to the same
 * promises.
 */
typedef enum client_kind {
    CLIENT_LENDS_SOCKET = 0,
    CLIENT_HAS_FUNCTIONS,
    CLIENT_GIVES_SOCKET /* lends it and, when asked, gives it away */
} client_kind;

typedef struct client {
    client_kind kind;
    int own;   /* the client's end */
    int given; /* the end that the proxy writes to */
    bool speaks_http_1_0;
    bool is_chunked;
    bool was_ended;      /* end() was called */
    bool must_be_closed; /* must_close() was */
    bool gave;           /* its socket away; closed by whoever has it */
    pthread_t reader;
    bool is_reading;
    ccpi_buf received; /* all bytes so far; look only after client_read_rest() */
} client;

void client_open(client *client, client_kind kind);
void client_close(client *client);

ccp_sink client_sink(client *client);

/* Waits until there is something to read; false: not within the time. */
bool client_wait_for_bytes(const client *client, int timeout_ms);

/* The same, for so many bytes; they must fit the socket. */
bool client_wait_for_len(const client *client, int len, int timeout_ms);

/* Reads in a thread of its own from now on. */
void client_start_reading(client *client);

/* The client goes away, without or with a RST. */
void client_leave(client *client);

/* Closes the proxy's end and reads what is left. */
void client_read_rest(client *client);

/* After client_read_rest(): the parts of the answer. Chunks are joined. */
bool client_got_head(const client *client, const char *line);
/* Whether the last chunk, or the whole content-length, came. */
bool client_body(const client *client, ccpi_buf *body);

#endif
