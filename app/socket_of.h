#ifndef CCP_APP_SOCKET_OF_H
#define CCP_APP_SOCKET_OF_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Finds sockets among the descriptors of this process by what they are
 * connected to. CivetWeb 1.15 keeps the descriptor of a connection to itself;
 * it tells the address and port of the peer and the local port, which only one
 * connected socket of a process can have together.
 */

/* Descriptors from here on are not looked at. */
#define APP_DESCRIPTORS_MAX 65536

typedef struct app_endpoints {
    const char *peer_address; /* as numbers, without a port */
    uint16_t peer_port;
    uint16_t local_port;
} app_endpoints;

/* Says of a descriptor whether it need not be looked at. */
typedef struct app_known_sockets {
    bool (*knows)(void *self, int descriptor);
    void *self;
} app_known_sockets;

/* The descriptor, or -1. Costs a system call or two for each socket not known. */
int app_socket_of(const app_endpoints *endpoints, const app_known_sockets *known);

/* Whether it is a connected TCP socket with this local port. */
bool app_socket_is_accepted_on(int descriptor, uint16_t local_port);

/* The socket that listens on this port, or -1. */
int app_socket_listening_on(uint16_t local_port);

/* Whether its peer has ended the connection and nothing is left to read. */
bool app_socket_is_gone(int descriptor);

/*
 * Ends sending and reads on for a moment: closing a socket with unread bytes
 * would destroy what was sent last before its receiver has seen it.
 */
void app_socket_linger(int descriptor, int timeout_ms);

#endif
