#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 4096

static ssize_t tls_result(bench_socket *socket, int got)
{
    if (got > 0)
        return got;
    switch (SSL_get_error(socket->ssl, got)) {
    case SSL_ERROR_ZERO_RETURN: return 0;
    case SSL_ERROR_WANT_WRITE: socket->wants_write = true; return -1;
    case SSL_ERROR_WANT_READ: return -1;
    default: ERR_clear_error(); return -2;
    }
}

static ssize_t plain_result(ssize_t got)
{
    if (got >= 0)
        return got;
    return errno == EAGAIN || errno == EINTR || errno == ENOTCONN ? -1 : -2;
}

ssize_t bench_read(bench_socket *socket, void *into, size_t len)
{
    socket->wants_write = false;
    if (socket->ssl)
        return tls_result(socket, SSL_read(socket->ssl, into, (int)len));
    return plain_result(read(socket->fd, into, len));
}

ssize_t bench_write(bench_socket *socket, const void *from, size_t len)
{
    socket->wants_write = false;
    if (socket->ssl)
        return tls_result(socket, SSL_write(socket->ssl, from, (int)len));
    return plain_result(send(socket->fd, from, len, MSG_NOSIGNAL));
}

void bench_close(bench_socket *socket)
{
    SSL_free(socket->ssl);
    if (socket->fd >= 0)
        close(socket->fd);
    *socket = (bench_socket){.fd = -1};
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int bench_listen(int *port)
{
    struct sockaddr_in address = loopback(*port);
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        bench_die("can't listen");
    *port = ntohs(address.sin_port);
    return fd;
}

int bench_connect(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0)
        bench_die("no socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
        errno != EINPROGRESS)
        bench_die("can't connect");
    return fd;
}

int64_t bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void bench_die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}
