#ifndef CCPT_BENCH_SOCKET_H
#define CCPT_BENCH_SOCKET_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A non-blocking TCP connection, with or without TLS. */
typedef struct bench_socket {
    int fd;
    SSL *ssl;
    bool wants_write; /* TLS must write before it can go on */
} bench_socket;

/* > 0: bytes; 0: the peer closed; -1: later; -2: broken. */
ssize_t bench_read(bench_socket *socket, void *into, size_t len);
ssize_t bench_write(bench_socket *socket, const void *from, size_t len);
void bench_close(bench_socket *socket);

/* A listening socket on loopback; *port 0 takes a free one and says which. */
int bench_listen(int *port);
/* Begins to connect to loopback. */
int bench_connect(int port);

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t bench_now(void);

/* Says why on standard error and exits with 1. */
void bench_die(const char *what) __attribute__((noreturn));

#endif
