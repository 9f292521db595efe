#include "clients.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/loopback.h"

#define WORKERS 8 /* of which the guard wants four free */
#define PATIENCE_MS 10000

/* A connection as the front has it, and its two ends. */
typedef struct visitor {
    app_client *client;
    loopback ends;
    int near;
    int far;
} visitor;

static visitor enter(app_clients *clients)
{
    const loopback ends = open_loopback();
    const visitor made = {app_clients_enter(clients), ends, ends.accepted,
                          ends.connected};

    cr_assert(not(zero(ptr, made.client)));
    app_client_find_descriptor(
        clients, made.client,
        &(app_endpoints){"127.0.0.1", ends.client_port, ends.server_port});
    cr_assert(eq(int, app_client_descriptor(made.client), made.near));
    return made;
}

/* As the worker does when it sees that its connection was shut down. */
static void leave(app_clients *clients, const visitor *visitor)
{
    app_clients_leave(clients, visitor->client);
    close_loopback(&visitor->ends);
}

static bool is_shut_down(int descriptor, int timeout_ms)
{
    struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
    char byte;

    return poll(&waiting, 1, timeout_ms) > 0 &&
           recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

Test(clients, when_few_workers_are_free_the_longest_idle_connection_goes)
{
    app_clients *clients = app_clients_new(WORKERS);
    visitor visitors[5];

    for (int i = 0; i < 5; i++)
        visitors[i] = enter(clients);
    cr_expect(is_shut_down(visitors[0].far, PATIENCE_MS));
    leave(clients, &visitors[0]);
    cr_expect(not(app_clients_are_many(clients)));
    for (int i = 1; i < 5; i++) {
        cr_expect(not(is_shut_down(visitors[i].far, 0)));
        leave(clients, &visitors[i]);
    }
    app_clients_free(clients);
}

Test(clients, idle_is_counted_from_the_end_of_the_last_request)
{
    app_clients *clients = app_clients_new(WORKERS);
    visitor visitors[5];

    for (int i = 0; i < 4; i++)
        visitors[i] = enter(clients);
    app_client_begin_request(clients, visitors[0].client);
    app_client_end_request(clients, visitors[0].client);
    visitors[4] = enter(clients);

    cr_expect(is_shut_down(visitors[1].far, PATIENCE_MS));
    cr_expect(not(is_shut_down(visitors[0].far, 0)));
    for (int i = 0; i < 5; i++)
        leave(clients, &visitors[i]);
    app_clients_free(clients);
}

Test(clients, a_connection_in_a_request_or_with_one_waiting_stays)
{
    app_clients *clients = app_clients_new(WORKERS);
    visitor visitors[5];

    for (int i = 0; i < 4; i++)
        visitors[i] = enter(clients);
    app_client_begin_request(clients, visitors[0].client);
    cr_assert(eq(sz, (size_t)write(visitors[1].far, "GET", 3), 3));
    visitors[4] = enter(clients);

    cr_expect(is_shut_down(visitors[2].far, PATIENCE_MS));
    cr_expect(not(is_shut_down(visitors[0].far, 0)));
    cr_expect(not(is_shut_down(visitors[1].far, 0)));
    cr_expect(eq(sz, app_clients_busy(clients), 1));
    for (int i = 0; i < 5; i++)
        leave(clients, &visitors[i]);
    app_clients_free(clients);
}

Test(clients, a_connection_that_never_sent_anything_goes_too)
{
    app_clients *clients = app_clients_new(WORKERS);
    const loopback silent = open_loopback();
    app_client *entered[5];

    /* CivetWeb has accepted it, but which socket it is nobody knows yet. */
    app_clients_listen_on(clients, silent.server_port);
    for (int i = 0; i < 5; i++)
        entered[i] = app_clients_enter(clients);

    cr_expect(is_shut_down(silent.connected, PATIENCE_MS));
    for (int i = 0; i < 5; i++)
        app_clients_leave(clients, entered[i]);
    close_loopback(&silent);
    app_clients_free(clients);
}

Test(clients, a_body_that_comes_too_slowly_is_not_read_on_but_can_be_answered)
{
    app_clients *clients = app_clients_new(WORKERS);
    visitor slow = enter(clients);

    app_client_begin_request(clients, slow.client);
    app_client_read_until(clients, slow.client, 1);

    cr_expect(is_shut_down(slow.near, PATIENCE_MS));
    cr_expect(eq(sz, (size_t)write(slow.near, "408", 3), 3));
    app_client_read_until(clients, slow.client, 0);
    leave(clients, &slow);
    app_clients_free(clients);
}

Test(clients, one_more_than_the_workers_is_refused)
{
    app_clients *clients = app_clients_new(1);
    app_client *only = app_clients_enter(clients);

    cr_expect(zero(ptr, app_clients_enter(clients)));
    app_clients_leave(clients, only);
    app_clients_free(clients);
}

static void enter_all(app_clients *clients, visitor visitors[], int count)
{
    for (int i = 0; i < count; i++) {
        visitors[i] = enter(clients);
        app_client_begin_request(clients, visitors[i].client);
    }
}

Test(clients, a_socket_is_given_away_only_while_more_than_half_of_the_workers_are_taken)
{
    app_clients *clients = app_clients_new(WORKERS);
    visitor visitors[WORKERS / 2 + 1];
    int given;

    enter_all(clients, visitors, WORKERS / 2);
    cr_expect(eq(int, app_client_give_away(clients, visitors[0].client), -1));
    visitors[WORKERS / 2] = enter(clients);
    given = app_client_give_away(clients, visitors[0].client);
    cr_expect(ge(int, given, 0));
    cr_expect(eq(int, app_client_descriptor(visitors[0].client), -1));

    app_clients_close_given(clients, given);
    for (int i = 0; i <= WORKERS / 2; i++)
        leave(clients, &visitors[i]);
    app_clients_free(clients);
}

Test(clients, what_is_done_to_the_old_descriptor_does_not_reach_a_socket_given_away)
{
    app_clients *clients = app_clients_new(1);
    visitor only;
    char word[4] = "";
    int given;

    enter_all(clients, &only, 1);
    given = app_client_give_away(clients, only.client);
    cr_assert(ge(int, given, 0));
    shutdown(only.near, SHUT_RDWR);
    close(only.near);
    app_clients_leave(clients, only.client);

    cr_assert(eq(sz, (size_t)write(given, "yes", 3), 3));
    cr_assert(eq(sz, (size_t)read(only.far, word, 3), 3));
    cr_expect(eq(str, word, "yes"));
    app_clients_close_given(clients, given);
    cr_expect(is_shut_down(only.far, PATIENCE_MS));
    close(only.far);
    close(only.ends.listening);
    app_clients_free(clients);
}

Test(clients, all_idle_ones_are_dismissed_at_the_end)
{
    app_clients *clients = app_clients_new(WORKERS);
    visitor idle = enter(clients);
    visitor busy = enter(clients);

    app_client_begin_request(clients, busy.client);
    app_clients_dismiss_idle(clients);
    cr_expect(is_shut_down(idle.far, PATIENCE_MS));
    cr_expect(not(is_shut_down(busy.far, 0)));
    leave(clients, &idle);
    leave(clients, &busy);
    app_clients_free(clients);
}
