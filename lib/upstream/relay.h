#ifndef CCPI_UPSTREAM_RELAY_H
#define CCPI_UPSTREAM_RELAY_H

#include "upstream/loop.h"
#include "upstream/transfer.h"

/*
 * One attempt as the loop runs it: takes curl's bytes through reader and gate
 * to the outlet, keeps the deadlines, and tells the parked caller when it is
 * over. May go on without the caller for a moment, to read the rest of an
 * answer that is over for the client (RT-6b).
 *
 * Shared by two owners, the caller and the loop; the last to release it frees.
 */

/* Options and result are borrowed until the relay is over. CCP_NO_MEMORY only. */
ccp_status ccpi_relay_new(const ccpi_transfer_options *options,
                          ccpi_transfer_result *result, ccpi_loop *loop,
                          ccpi_relay **out);
void ccpi_relay_hold(ccpi_relay *relay);
void ccpi_relay_release(ccpi_relay *relay);

/* The caller's side: parks until the relay is over, serving the outlet's queue. */
void ccpi_relay_wait(ccpi_relay *relay);

/* The loop's side, all in its thread. */

void ccpi_relay_on_start(ccpi_relay *relay);

/* The client's socket has room, or the client is gone. */
void ccpi_relay_on_client(ccpi_relay *relay, bool is_gone);

/* The parked worker has something to tell: its client left, or took bytes. */
void ccpi_relay_on_kick(ccpi_relay *relay);

/* curl waits on this socket for the call; CURL_SOCKET_BAD: on none any more. */
void ccpi_relay_on_socket(ccpi_relay *relay, curl_socket_t socket);

/* curl is done with the call. */
void ccpi_relay_on_done(ccpi_relay *relay, CURLcode code);

/* Marked, or its alarm rang. */
void ccpi_relay_on_turn(ccpi_relay *relay);

/* The loop stops. */
void ccpi_relay_on_stop(ccpi_relay *relay);

#endif
