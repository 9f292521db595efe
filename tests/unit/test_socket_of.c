#include "socket_of.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/loopback.h"

static app_socket_marks marks;

static int find(const loopback *connection, const char *address)
{
    return app_socket_of(
        &(app_endpoints){address, connection->client_port, connection->server_port},
        &marks);
}

Test(socket_of, the_servers_end_is_found_by_its_peer_not_the_clients_end)
{
    const loopback connection = open_loopback();

    cr_expect(eq(int, find(&connection, "127.0.0.1"), connection.accepted));
    close_loopback(&connection);
}

Test(socket_of, another_address_or_an_owned_socket_is_passed_over)
{
    const loopback connection = open_loopback();

    cr_expect(eq(int, find(&connection, "127.0.0.2"), -1));
    app_descriptor_include(&marks.owned, connection.accepted);
    cr_expect(eq(int, find(&connection, "127.0.0.1"), -1));
    close_loopback(&connection);
}

Test(socket_of, others_sockets_are_marked_and_accepted_ones_are_not)
{
    const loopback connection = open_loopback();

    cr_assert(eq(int, find(&connection, "127.0.0.2"), -1));
    cr_expect(app_descriptor_is_in(&marks.foreign, connection.connected));
    cr_expect(not(app_descriptor_is_in(&marks.foreign, connection.accepted)));
    close_loopback(&connection);
}

Test(socket_of, a_mark_that_has_become_wrong_is_looked_at_again_and_taken_away)
{
    const loopback connection = open_loopback();

    app_descriptor_include(&marks.foreign, connection.accepted);
    cr_expect(eq(int, find(&connection, "127.0.0.1"), connection.accepted));
    cr_expect(not(app_descriptor_is_in(&marks.foreign, connection.accepted)));
    close_loopback(&connection);
}

Test(socket_of, a_socket_behind_a_long_row_of_closed_ones_is_found)
{
    loopback connection = open_loopback();
    const int far_off = fcntl(connection.accepted, F_DUPFD, 500);

    close(connection.accepted);
    connection.accepted = far_off;
    cr_expect(eq(int, find(&connection, "127.0.0.1"), far_off));
    close_loopback(&connection);
}

Test(socket_of, of_two_connections_each_finds_its_own)
{
    const loopback first = open_loopback();
    const loopback second = open_loopback();

    cr_expect(eq(int, find(&first, "127.0.0.1"), first.accepted));
    cr_expect(eq(int, find(&second, "127.0.0.1"), second.accepted));
    close_loopback(&first);
    close_loopback(&second);
}

Test(socket_of, the_listening_socket_is_told_from_the_accepted_ones)
{
    const loopback connection = open_loopback();

    cr_expect(
        eq(int, app_socket_listening_on(connection.server_port), connection.listening));
    cr_expect(app_socket_is_accepted_on(connection.accepted, connection.server_port));
    cr_expect(
        not(app_socket_is_accepted_on(connection.listening, connection.server_port)));
    cr_expect(
        not(app_socket_is_accepted_on(connection.connected, connection.server_port)));
    close_loopback(&connection);
}

Test(socket_of, a_peer_is_gone_when_it_has_closed_and_not_while_it_is_silent)
{
    const loopback connection = open_loopback();

    cr_expect(not(app_socket_is_gone(connection.accepted)));
    shutdown(connection.connected, SHUT_WR);
    cr_expect(app_socket_is_gone(connection.accepted));
    close_loopback(&connection);
}

Test(socket_of, what_a_peer_sends_while_we_linger_is_read_and_the_answer_arrives)
{
    const loopback connection = open_loopback();
    char rest[64];

    cr_assert(eq(sz, (size_t)write(connection.connected, "unread", 6), 6));
    cr_assert(eq(sz, (size_t)write(connection.accepted, "answer", 6), 6));
    shutdown(connection.connected, SHUT_WR);
    app_socket_linger(connection.accepted, 10000);
    close(connection.accepted);

    /* Without lingering the close would have reset the connection. */
    cr_expect(eq(sz, (size_t)read(connection.connected, rest, sizeof(rest)), 6));
    cr_expect(eq(sz, (size_t)read(connection.connected, rest, sizeof(rest)), 0));
    close(connection.connected);
    close(connection.listening);
}
