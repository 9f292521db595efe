#ifndef CCP_APP_SOCKET_OF_H
#define CCP_APP_SOCKET_OF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "descriptor_set.h"

/*
 * Finds sockets among the descriptors of this process by what they are
 * connected to. CivetWeb 1.15 keeps the descriptor of a connection to itself;
 * it tells the address and port of the peer and the local port, which only one
 * connected socket of a process can have together.
 */

typedef struct app_endpoints {
    const char *peer_address; /* as numbers, without a port */
    uint16_t peer_port;
    uint16_t local_port;
} app_endpoints;

/* What is known of descriptors; zeroed: nothing. Not shared between threads. */
typedef struct app_socket_marks {
    app_descriptor_set owned; /* by somebody; never looked at */
    /*
     * Were no socket of ours when last seen, such as the thousands of the
     * upstreams: looked at again only when nothing is found without them.
     */
    app_descriptor_set foreign;
} app_socket_marks;

/* The descriptor, or -1. Mostly a system call or two; in thousands where marks are old.
 */
int app_socket_of(const app_endpoints *endpoints, app_socket_marks *marks);

/* Whether it is a connected TCP socket with this local port. */
bool app_socket_is_accepted_on(int descriptor, uint16_t local_port);

/* The socket that listens on this port, or -1. */
int app_socket_listening_on(uint16_t local_port);

/* Whether its peer has ended the connection and nothing is left to read. */
bool app_socket_is_gone(int descriptor);

/* How many bytes have come in that nobody has read. */
size_t app_socket_input(int descriptor);

/*
 * Ends sending and reads on for a moment: closing a socket with unread bytes
 * would destroy what was sent last before its receiver has seen it.
 */
void app_socket_linger(int descriptor, int timeout_ms);

#endif
