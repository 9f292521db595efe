#include "clients.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

/* While fewer workers than this part of all, or this number, are free. */
#define RESERVE_PART 16
#define RESERVE_LEAST 4

/* In a mere burst of requests workers come free all the time. */
#define STUCK_US ((int64_t)1000 * 1000)

/* Sockets are given away while more workers than this part of all have a connection. */
#define CALM_PART 2

/*
 * A connection without a whole request may be shut down when nothing has come
 * for this long: what a client has to say follows its handshake at once.
 */
#define SILENT_MS 100

/* How many descriptors may be open for other things than clients: upstreams, files. */
#define OTHER_DESCRIPTORS 2048

/*
 * How soon the guard looks again: while workers are few, and else, for slow
 * bodies. Nobody wakes it for a body, since nearly all are there at once.
 */
#define SCARCITY_TICK_MS 20
#define CALM_TICK_MS 500

struct app_client {
    app_client *older; /* in the list of the idle ones */
    app_client *newer;
    int descriptor;
    bool is_idle;
    bool is_dismissed;
    int64_t read_until_us;
};

struct app_clients {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t guard;
    bool guard_runs;
    bool must_end;
    uint16_t local_port;
    size_t most;
    size_t reserve;
    size_t open;
    size_t idle;
    size_t reading;
    int64_t freed_us;   /* when a worker was last free again */
    int highest;        /* descriptor that a client has had */
    app_client *oldest; /* of the idle ones */
    app_client *newest;
    app_client *unused;          /* linked by `older` */
    int dead;                    /* a socket that was never connected */
    app_socket_marks marks;      /* owned: by a client, or given away */
    app_descriptor_set suspects; /* found silent, one look ago */
    app_client clients[];
};

static void link_idle(app_clients *clients, app_client *client)
{
    client->is_idle = true;
    client->older = clients->newest;
    client->newer = NULL;
    if (clients->newest)
        clients->newest->newer = client;
    else
        clients->oldest = client;
    clients->newest = client;
    clients->idle++;
}

static void unlink_idle(app_clients *clients, app_client *client)
{
    if (!client->is_idle)
        return;
    client->is_idle = false;
    if (client->older)
        client->older->newer = client->newer;
    else
        clients->oldest = client->newer;
    if (client->newer)
        client->newer->older = client->older;
    else
        clients->newest = client->older;
    clients->idle--;
}

static bool are_many(const app_clients *clients)
{
    return clients->most - clients->open < clients->reserve;
}

/* Shuts down as many idle connections as are missing; returns how many still are. */
static size_t dismiss(app_clients *clients, size_t missing)
{
    for (app_client *client = clients->oldest; client && missing > 0;
         client = client->newer) {
        if (client->descriptor < 0 || client->is_dismissed ||
            app_socket_input(client->descriptor) > 0)
            continue;
        shutdown(client->descriptor, SHUT_RDWR);
        client->is_dismissed = true;
        missing--;
    }
    return missing;
}

/* Whether nothing has come from the peer for a while. */
static bool is_silent(int descriptor)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);

    return getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
           info.tcpi_last_ack_recv >= SILENT_MS && app_socket_input(descriptor) == 0;
}

/*
 * Connections that have not brought a request yet have no known descriptor:
 * they are the accepted sockets that nobody owns. The system gives the lowest
 * free number, so they stand not far behind the highest one known. Only who is
 * silent at two looks goes: between CivetWeb's reading of a request and the
 * finding of its descriptor a moment passes.
 */
static void dismiss_silent(app_clients *clients, size_t missing)
{
    const int behind_last = clients->highest + (int)clients->most + OTHER_DESCRIPTORS;
    const int limit =
        behind_last < APP_DESCRIPTORS_MAX ? behind_last : APP_DESCRIPTORS_MAX;

    for (int i = 0; i < limit && missing > 0; i++) {
        if (app_descriptor_is_in(&clients->marks.owned, i) ||
            !app_socket_is_accepted_on(i, clients->local_port) || !is_silent(i)) {
            app_descriptor_exclude(&clients->suspects, i);
        } else if (!app_descriptor_is_in(&clients->suspects, i)) {
            app_descriptor_include(&clients->suspects, i);
        } else {
            shutdown(i, SHUT_RDWR);
            missing--;
        }
    }
}

static void end_slow_bodies(app_clients *clients)
{
    const int64_t now_us = app_monotonic_us();

    for (size_t i = 0; i < clients->most && clients->reading > 0; i++) {
        app_client *client = &clients->clients[i];

        if (client->read_until_us == 0 || client->read_until_us > now_us)
            continue;
        /* Reading alone, so that the client can still be told. */
        shutdown(client->descriptor, SHUT_RD);
        client->read_until_us = INT64_MAX;
    }
}

static void wait_for_work(app_clients *clients)
{
    const long ms = are_many(clients) ? SCARCITY_TICK_MS : CALM_TICK_MS;
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&clients->wake, &clients->lock, &until);
}

static void *guard(void *context)
{
    app_clients *clients = context;

    pthread_mutex_lock(&clients->lock);
    while (!clients->must_end) {
        if (clients->reading > 0)
            end_slow_bodies(clients);
        if (are_many(clients)) {
            const size_t free_workers = clients->most - clients->open;
            const size_t missing = dismiss(clients, clients->reserve - free_workers);

            if (missing > 0 && clients->idle > 0)
                dismiss_silent(clients, missing);
        }
        wait_for_work(clients);
    }
    pthread_mutex_unlock(&clients->lock);
    return NULL;
}

static bool start_guard(app_clients *clients)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&clients->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&clients->wake, &attributes);
    pthread_condattr_destroy(&attributes);

    clients->guard_runs = pthread_create(&clients->guard, NULL, guard, clients) == 0;
    return clients->guard_runs;
}

app_clients *app_clients_new(size_t most)
{
    app_clients *clients = calloc(1, sizeof(*clients) + most * sizeof(app_client));

    if (!clients)
        return NULL;
    clients->dead = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    clients->most = most;
    clients->reserve = most / RESERVE_PART;
    if (clients->reserve < RESERVE_LEAST)
        clients->reserve = RESERVE_LEAST;
    if (clients->reserve > most)
        clients->reserve = most;
    for (size_t i = 0; i < most; i++) {
        clients->clients[i].older = clients->unused;
        clients->unused = &clients->clients[i];
    }
    if (!start_guard(clients)) {
        app_clients_free(clients);
        return NULL;
    }
    return clients;
}

void app_clients_listen_on(app_clients *clients, uint16_t local_port)
{
    pthread_mutex_lock(&clients->lock);
    clients->local_port = local_port;
    pthread_mutex_unlock(&clients->lock);
}

void app_clients_free(app_clients *clients)
{
    if (!clients)
        return;
    if (clients->guard_runs) {
        pthread_mutex_lock(&clients->lock);
        clients->must_end = true;
        pthread_cond_signal(&clients->wake);
        pthread_mutex_unlock(&clients->lock);
        pthread_join(clients->guard, NULL);
    }
    pthread_cond_destroy(&clients->wake);
    pthread_mutex_destroy(&clients->lock);
    if (clients->dead >= 0)
        close(clients->dead);
    free(clients);
}

app_client *app_clients_enter(app_clients *clients)
{
    app_client *client;

    pthread_mutex_lock(&clients->lock);
    client = clients->unused;
    if (client) {
        clients->unused = client->older;
        *client = (app_client){.descriptor = -1};
        clients->open++;
        link_idle(clients, client);
        if (are_many(clients))
            pthread_cond_signal(&clients->wake);
    }
    pthread_mutex_unlock(&clients->lock);
    return client;
}

static void stop_reading(app_clients *clients, app_client *client)
{
    if (client->read_until_us != 0)
        clients->reading--;
    client->read_until_us = 0;
}

void app_clients_leave(app_clients *clients, app_client *client)
{
    pthread_mutex_lock(&clients->lock);
    unlink_idle(clients, client);
    stop_reading(clients, client);
    app_descriptor_exclude(&clients->marks.owned, client->descriptor);
    client->descriptor = -1;
    client->older = clients->unused;
    clients->unused = client;
    clients->open--;
    pthread_mutex_unlock(&clients->lock);
}

static void own(app_clients *clients, int descriptor)
{
    app_descriptor_include(&clients->marks.owned, descriptor);
    if (descriptor > clients->highest)
        clients->highest = descriptor;
}

void app_client_find_descriptor(app_clients *clients, app_client *client,
                                const app_endpoints *endpoints)
{
    pthread_mutex_lock(&clients->lock);
    if (client->descriptor < 0) {
        client->descriptor = app_socket_of(endpoints, &clients->marks);
        own(clients, client->descriptor);
    }
    pthread_mutex_unlock(&clients->lock);
}

/*
 * Moves a connection's socket to another descriptor, and a dead one into its
 * place, which is what CivetWeb will then shut down and close.
 */
static int replace(app_clients *clients, app_client *client)
{
    const int moved = fcntl(client->descriptor, F_DUPFD_CLOEXEC, 0);

    if (moved < 0)
        return -1;
    if (moved >= APP_DESCRIPTORS_MAX ||
        dup3(clients->dead, client->descriptor, O_CLOEXEC) < 0) {
        close(moved);
        return -1;
    }
    app_descriptor_exclude(&clients->marks.owned, client->descriptor);
    own(clients, moved);
    client->descriptor = -1;
    return moved;
}

int app_client_give_away(app_clients *clients, app_client *client)
{
    int given = -1;

    pthread_mutex_lock(&clients->lock);
    if (clients->open > clients->most / CALM_PART && client->descriptor >= 0 &&
        clients->dead >= 0)
        given = replace(clients, client);
    pthread_mutex_unlock(&clients->lock);
    return given;
}

void app_clients_close_given(app_clients *clients, int descriptor)
{
    /* The number may be another's as soon as it is closed. */
    pthread_mutex_lock(&clients->lock);
    app_descriptor_exclude(&clients->marks.owned, descriptor);
    close(descriptor);
    pthread_mutex_unlock(&clients->lock);
}

size_t app_client_input(const app_client *client)
{
    return client->descriptor < 0 ? 0 : app_socket_input(client->descriptor);
}

int app_client_descriptor(const app_client *client)
{
    return client->descriptor;
}

void app_client_begin_request(app_clients *clients, app_client *client)
{
    pthread_mutex_lock(&clients->lock);
    unlink_idle(clients, client);
    pthread_mutex_unlock(&clients->lock);
}

void app_client_end_request(app_clients *clients, app_client *client)
{
    pthread_mutex_lock(&clients->lock);
    if (!client->is_idle)
        link_idle(clients, client);
    clients->freed_us = app_monotonic_us();
    if (are_many(clients))
        pthread_cond_signal(&clients->wake);
    pthread_mutex_unlock(&clients->lock);
}

void app_client_read_until(app_clients *clients, app_client *client, int64_t until_us)
{
    if (client->descriptor < 0)
        return;
    pthread_mutex_lock(&clients->lock);
    stop_reading(clients, client);
    if (until_us != 0) {
        client->read_until_us = until_us;
        clients->reading++;
    }
    pthread_mutex_unlock(&clients->lock);
}

bool app_clients_are_many(app_clients *clients)
{
    bool many;

    pthread_mutex_lock(&clients->lock);
    many = are_many(clients);
    pthread_mutex_unlock(&clients->lock);
    return many;
}

bool app_clients_are_all(app_clients *clients)
{
    bool all;

    pthread_mutex_lock(&clients->lock);
    all = clients->open - clients->idle > clients->most - clients->reserve &&
          app_monotonic_us() - clients->freed_us > STUCK_US;
    pthread_mutex_unlock(&clients->lock);
    return all;
}

size_t app_clients_busy(app_clients *clients)
{
    size_t busy;

    pthread_mutex_lock(&clients->lock);
    busy = clients->open - clients->idle;
    pthread_mutex_unlock(&clients->lock);
    return busy;
}

void app_clients_dismiss_idle(app_clients *clients)
{
    pthread_mutex_lock(&clients->lock);
    dismiss(clients, clients->idle);
    pthread_mutex_unlock(&clients->lock);
}
