#ifndef CCPI_UPSTREAM_LOOP_H
#define CCPI_UPSTREAM_LOOP_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "upstream/call.h"
#include "upstream/engine.h"
#include "upstream/inbox.h"
#include "upstream/timer.h"

/*
 * One thread of the engine: an epoll over the sockets of a curl multi and of
 * clients, alarms, and a list of what other threads hand in. Each turn it lets
 * everything that is ready happen, which leaves marks on relays, and then runs
 * each marked relay once: so however many chunks came in, one send goes out.
 */
typedef struct ccpi_loop ccpi_loop;
typedef struct ccpi_relay ccpi_relay;

typedef enum ccpi_seat_state {
    CCPI_SEAT_NEW = 0,
    CCPI_SEAT_WAITING, /* to be started, see starts.h */
    CCPI_SEAT_RUNNING,
    CCPI_SEAT_RETIRED
} ccpi_seat_state;

/* What the loop keeps of a relay; stands first in it. Zeroed, but for watched -1. */
typedef struct ccpi_seat {
    ccpi_timer timer; /* first, so that the seat is found from it */
    ccpi_inbox_entry inbox;
    ccpi_relay *next_marked;
    ccpi_relay *previous, *next; /* among those in the same state */
    ccpi_seat_state state;
    bool is_marked;
    int watched;     /* the client's descriptor; -1: none */
    bool wants_room; /* EPOLLOUT is on */
} ccpi_seat;

/* Shared by all loops of an engine. */
typedef struct ccpi_loop_counters {
    atomic_uint_fast64_t transfers;
    atomic_uint_fast64_t connections;
    atomic_uint_fast64_t active;
} ccpi_loop_counters;

/*
 * Starts the thread. Options are borrowed for good, counters too.
 *
 * @param out  given; ccpi_loop_stop(), then ccpi_loop_release()
 */
ccp_status ccpi_loop_new(const ccpi_engine_options *options, ccpi_loop_counters *counters,
                         ccpi_loop **out, ccp_error *error);

/* Ends what runs, takes nothing more, and waits for the thread's end. */
void ccpi_loop_stop(ccpi_loop *loop);

/* A loop lives as long as anyone holds it; relays do. */
void ccpi_loop_hold(ccpi_loop *loop);
void ccpi_loop_release(ccpi_loop *loop);

/*
 * Any thread: starts the relay when it is new, else wakes it
 * (ccpi_relay_on_kick()). CCP_UNAVAILABLE: the loop has stopped.
 */
ccp_status ccpi_loop_hand_in(ccpi_loop *loop, ccpi_relay *relay);

/* One of the engine's loops, in turn. Borrowed: hold it. */
ccpi_loop *ccpi_engine_pick_loop(ccpi_engine *engine);

/* The rest is for the loop's thread. */

ccpi_call_pool *ccpi_loop_call_pool(ccpi_loop *loop);
/* What all relays share; NULL: no limit. */
ccpi_quota *ccpi_loop_memory(const ccpi_loop *loop);
ccpi_loop_counters *ccpi_loop_counters_of(ccpi_loop *loop);

/* The time of this turn. */
int64_t ccpi_loop_now_us(const ccpi_loop *loop);

/* ccpi_relay_on_turn() is called before the loop waits again. */
void ccpi_loop_mark(ccpi_loop *loop, ccpi_relay *relay);

/* Once before a relay's first wake_at(), which can't fail then. */
ccp_status ccpi_loop_reserve_alarm(ccpi_loop *loop);

/* ccpi_relay_on_turn() is called then at the latest; INT64_MAX: never. */
void ccpi_loop_wake_at(ccpi_loop *loop, ccpi_relay *relay, int64_t due_us);

/* Watches a client for its leaving and, if asked to, for room. */
ccp_status ccpi_loop_watch(ccpi_loop *loop, ccpi_relay *relay, int descriptor,
                           bool wants_room);
void ccpi_loop_unwatch(ccpi_loop *loop, ccpi_relay *relay);

bool ccpi_loop_add_call(ccpi_loop *loop, CURL *easy);
void ccpi_loop_remove_call(ccpi_loop *loop, CURL *easy);

/* The relay is done for: released at the turn's end. */
void ccpi_loop_retire(ccpi_loop *loop, ccpi_relay *relay);

#endif
