#ifndef CCPT_LOOPBACK_H
#define CCPT_LOOPBACK_H

#include <stdint.h>

/* A TCP connection within this process, over 127.0.0.1. */
typedef struct loopback {
    int listening;
    int accepted;  /* the server's end */
    int connected; /* the client's end */
    uint16_t server_port;
    uint16_t client_port;
} loopback;

/* Fails the running test when it can't. */
loopback open_loopback(void);
void close_loopback(const loopback *connection);

#endif
