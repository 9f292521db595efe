#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "io/buffer.h"

/*
 * The server's side of HTTP/1.1 on a plain socket. It is our own because the
 * tests need what servers avoid: to see a request's headers in their order and
 * case, and to leave a peer in the middle of a byte sequence.
 */
#define SIM_MAX_HEAD ((size_t)128 * 1024)
#define SIM_MAX_BODY ((size_t)64 * 1024 * 1024)
#define SIM_MAX_HEADERS 200

typedef struct sim_connection {
    int socket;
    unsigned long number; /* counted from 1 over the process's life */
    bool bedrock;         /* accepted on Bedrock's port */
    bool gone;            /* the peer left, or we cut it off */
    sim_buffer in;        /* read, but not used yet */
} sim_connection;

typedef struct sim_header {
    char *name;
    char *value;
} sim_header;

typedef struct sim_request {
    char *method;
    char *target; /* as sent: path and query */
    char *path;   /* the same up to the '?' */
    const char *query;
    bool keep_alive;
    size_t header_count;
    sim_header headers[SIM_MAX_HEADERS];
    sim_buffer body;
} sim_request;

/* False: the peer left, or sent what is no HTTP; then the connection is over. */
bool sim_request_read(sim_connection *connection, sim_request *out);
void sim_request_clear(sim_request *request);

/* The first one of that name, in any case, or NULL. */
const char *sim_request_header(const sim_request *request, const char *name);

/* The value of a query's parameter, decoded. NULL: it is not there. Free it. */
char *sim_request_parameter(const sim_request *request, const char *name);

/* Sends all of it, waiting as long as it takes. False: the peer is gone. */
bool sim_send(sim_connection *connection, const void *bytes, size_t len);

/* Waits, and wakes when the peer leaves: then it returns false. -1: only then. */
bool sim_wait(sim_connection *connection, int64_t ms);

/* Ends the connection now, with a FIN or an RST. */
void sim_cut(sim_connection *connection, bool reset);

/* Milliseconds of CLOCK_MONOTONIC, which other programs can read too. */
int64_t sim_now_ms(void);

#endif
