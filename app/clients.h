#ifndef CCP_APP_CLIENTS_H
#define CCP_APP_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "socket_of.h"

/*
 * The open connections of the front, and a guard thread over them. Each takes
 * a worker, so there are at most as many as workers. The guard does two things
 * that CivetWeb leaves undone:
 *
 *  - when few workers are free it shuts idle connections down, longest idle
 *    first, because CivetWeb would stop accepting without a word;
 *  - it ends the reading of a body whose sender is too slow.
 *
 * It only ever shuts a socket down; the worker notices, and closes.
 */
typedef struct app_clients app_clients;

/* One connection: from a worker's taking it until just before its closing. */
typedef struct app_client app_client;

/* NULL: no memory or no thread. @param most  connections at a time: the workers */
app_clients *app_clients_new(size_t most);

/* The port they come in on; until it is known, silent ones can't be shut down. */
void app_clients_listen_on(app_clients *clients, uint16_t local_port);

/* No connection may be open any more, and no socket given away. NULL is allowed. */
void app_clients_free(app_clients *clients);

/* A worker has taken a connection. NULL: there are more than `most`. */
app_client *app_clients_enter(app_clients *clients);

/* The connection is about to be closed. */
void app_clients_leave(app_clients *clients, app_client *client);

/*
 * Finds the connection's descriptor, if that was not done. -1: it is not known (yet).
 * A connection without one is never shut down.
 */
void app_client_find_descriptor(app_clients *clients, app_client *client,
                                const app_endpoints *endpoints);
int app_client_descriptor(const app_client *client);

/*
 * While few workers are free: takes the connection's socket away from it, so that
 * the answer goes on without worker. Returns its new descriptor, to be closed by
 * app_clients_close_given(), or -1; the connection then has none.
 */
int app_client_give_away(app_clients *clients, app_client *client);
void app_clients_close_given(app_clients *clients, int descriptor);

/* How many bytes have come in and are not read; 0 also where nobody can say. */
size_t app_client_input(const app_client *client);

/* Between these two the connection is not idle. */
void app_client_begin_request(app_clients *clients, app_client *client);
void app_client_end_request(app_clients *clients, app_client *client);

/* Until when (monotonic microseconds) its body may be read; 0: it is not being read. */
void app_client_read_until(app_clients *clients, app_client *client, int64_t until_us);

/* Whether few workers are free: an answer had better be its connection's last. */
bool app_clients_are_many(app_clients *clients);

/* Whether nearly all workers are in a request: the others had better only refuse. */
bool app_clients_are_all(app_clients *clients);

/* How many connections are in a request. */
size_t app_clients_busy(app_clients *clients);

/* Shuts all idle connections down: the server is about to end. */
void app_clients_dismiss_idle(app_clients *clients);

#endif
