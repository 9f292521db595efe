#include "support/loopback.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <sys/socket.h>
#include <unistd.h>

static uint16_t local_port(int descriptor)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);

    cr_assert(eq(int, getsockname(descriptor, (struct sockaddr *)&address, &len), 0));
    return ntohs(address.sin_port);
}

loopback open_loopback(void)
{
    loopback made = {.listening = socket(AF_INET, SOCK_STREAM, 0),
                     .connected = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    cr_assert(
        eq(int, bind(made.listening, (struct sockaddr *)&address, sizeof(address)), 0));
    cr_assert(eq(int, listen(made.listening, 1), 0));
    made.server_port = local_port(made.listening);
    address.sin_port = htons(made.server_port);
    cr_assert(eq(
        int, connect(made.connected, (struct sockaddr *)&address, sizeof(address)), 0));
    made.client_port = local_port(made.connected);
    made.accepted = accept(made.listening, NULL, NULL);
    cr_assert(ge(int, made.accepted, 0));
    return made;
}

void close_loopback(const loopback *connection)
{
    close(connection->accepted);
    close(connection->connected);
    close(connection->listening);
}
