#include "socket_of.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "clock.h"

/* Closed descriptors behind which no open one is looked for at first. */
#define CLOSED_IN_A_ROW 64

typedef int (*name_of_socket)(int descriptor, struct sockaddr *address, socklen_t *len);

/* getsockname() or getpeername(), as a port; 0: not a socket of that kind. */
static uint16_t port_of(int descriptor, name_of_socket name_of)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);

    if (name_of(descriptor, (struct sockaddr *)&address, &len) != 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

/* The same text as CivetWeb makes of an address: getnameinfo() with numbers. */
static bool has_peer_address(int descriptor, const char *expected)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    char text[NI_MAXHOST];

    return getpeername(descriptor, (struct sockaddr *)&address, &len) == 0 &&
           getnameinfo((const struct sockaddr *)&address, len, text, sizeof(text), NULL,
                       0, NI_NUMERICHOST) == 0 &&
           strcmp(text, expected) == 0;
}

static int descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > APP_DESCRIPTORS_MAX)
        return APP_DESCRIPTORS_MAX;
    return (int)limit.rlim_cur;
}

bool app_socket_is_accepted_on(int descriptor, uint16_t local_port)
{
    return port_of(descriptor, getpeername) != 0 &&
           port_of(descriptor, getsockname) == local_port;
}

typedef enum sight { CLOSED, FOREIGN, OURS, SOUGHT } sight;

static sight look_at(int descriptor, const app_endpoints *endpoints)
{
    const uint16_t local_port = port_of(descriptor, getsockname);

    if (local_port == 0 && errno == EBADF)
        return CLOSED;
    if (local_port != endpoints->local_port)
        return FOREIGN;
    return port_of(descriptor, getpeername) == endpoints->peer_port &&
                   has_peer_address(descriptor, endpoints->peer_address)
               ? SOUGHT
               : OURS;
}

/*
 * The system gives the lowest free number: so what is open stands close together,
 * and a long row of closed ones is its end.
 */
static int look_through(const app_endpoints *endpoints, app_socket_marks *marks,
                        const app_descriptor_set *skipped, int most_closed)
{
    const int limit = descriptor_limit();
    int closed = 0;

    for (int i = app_descriptor_next_in_neither(&marks->owned, skipped, 0);
         i < limit && closed < most_closed;
         i = app_descriptor_next_in_neither(&marks->owned, skipped, i + 1)) {
        const sight seen = look_at(i, endpoints);

        if (seen == FOREIGN)
            app_descriptor_include(&marks->foreign, i);
        else
            app_descriptor_exclude(&marks->foreign, i);
        if (seen == SOUGHT)
            return i;
        closed = seen == CLOSED ? closed + 1 : 0;
    }
    return -1;
}

int app_socket_of(const app_endpoints *endpoints, app_socket_marks *marks)
{
    const int found = look_through(endpoints, marks, &marks->foreign, CLOSED_IN_A_ROW);

    return found >= 0 ? found : look_through(endpoints, marks, &marks->owned, INT_MAX);
}

static bool is_listening(int descriptor)
{
    int listens = 0;
    socklen_t len = sizeof(listens);

    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
           listens;
}

int app_socket_listening_on(uint16_t local_port)
{
    const int limit = descriptor_limit();

    for (int i = 0; i < limit; i++) {
        if (port_of(i, getsockname) == local_port && is_listening(i))
            return i;
    }
    return -1;
}

bool app_socket_is_gone(int descriptor)
{
    char byte;
    const ssize_t got = recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

size_t app_socket_input(int descriptor)
{
    int unread = 0;

    return ioctl(descriptor, FIONREAD, &unread) == 0 && unread > 0 ? (size_t)unread : 0;
}

void app_socket_linger(int descriptor, int timeout_ms)
{
    const int64_t until_ms = app_monotonic_us() / 1000 + timeout_ms;
    struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
    char rest[16 * 1024];
    int64_t left_ms;

    shutdown(descriptor, SHUT_WR);
    while ((left_ms = until_ms - app_monotonic_us() / 1000) > 0 &&
           poll(&waiting, 1, (int)left_ms) > 0 &&
           recv(descriptor, rest, sizeof(rest), MSG_DONTWAIT) > 0)
        continue;
}
