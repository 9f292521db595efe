#include "upstream/relay.h"

#include <stdlib.h>

#include "upstream/answer.h"
#include "upstream/call.h"
#include "upstream/deadlines.h"
#include "upstream/delivery.h"
#include "upstream/parking.h"

/* How often a parked worker asks a sink that has no socket whether its client left. */
#define GONE_POLL_MS 200

/*
 * Most answers without a stream are there sooner, and then watching whether their
 * client left meanwhile would only cost two system calls.
 */
#define WATCH_AFTER_US (INT64_C(50) * 1000)

struct ccpi_relay {
    ccpi_seat seat; /* first, see loop.h */
    atomic_int owners;
    ccpi_loop *loop;
    ccpi_outlet *outlet;

    ccpi_parking parking;     /* the caller's */
    atomic_bool is_over;      /* set last */
    atomic_bool has_to_serve; /* the outlet's queue has something */
    atomic_bool wants_kick;   /* when the queue was served */

    /* The loop's thread alone. */
    const ccpi_transfer_options *options; /* valid while has_caller */
    ccpi_transfer_result *result;         /* likewise */
    bool has_caller;
    ccpi_call call;
    bool is_in_multi;
    bool is_done;         /* curl is */
    curl_socket_t socket; /* the upstream's, as curl last named it */
    CURLcode code;
    ccpi_answer answer;
    ccpi_delivery delivery;
    ccpi_deadlines deadlines;
};

/* ---- both sides ---- */

void ccpi_relay_hold(ccpi_relay *relay)
{
    atomic_fetch_add(&relay->owners, 1);
}

void ccpi_relay_release(ccpi_relay *relay)
{
    if (!relay || atomic_fetch_sub(&relay->owners, 1) > 1)
        return;
    ccpi_answer_clear(&relay->answer);
    ccpi_loop_release(relay->loop);
    free(relay);
}

/* ---- the caller's side ---- */

static void ring(void *self)
{
    ccpi_relay *relay = self;

    if (!atomic_exchange(&relay->has_to_serve, true))
        ccpi_parking_wake(&relay->parking);
}

/* One round of serving a queue. Returns whether the client is there. */
static bool serve(ccpi_relay *relay)
{
    bool is_gone;

    if (atomic_exchange(&relay->has_to_serve, false))
        is_gone = ccpi_outlet_serve(relay->outlet) != CCP_OK;
    else
        is_gone = ccpi_outlet_is_gone(relay->outlet);
    if (is_gone || atomic_exchange(&relay->wants_kick, false))
        ccpi_loop_hand_in(relay->loop, relay);
    return !is_gone;
}

void ccpi_relay_wait(ccpi_relay *relay)
{
    bool has_to_serve = ccpi_outlet_descriptor(relay->outlet) < 0;

    while (!atomic_load(&relay->is_over)) {
        ccpi_parking_wait(&relay->parking,
                          has_to_serve ? GONE_POLL_MS : CCPI_PARK_FOR_EVER);
        if (has_to_serve && !atomic_load(&relay->is_over))
            has_to_serve = serve(relay);
    }
}

/* ---- curl's callbacks ---- */

static size_t on_line(char *line, size_t size, size_t count, void *self)
{
    ccpi_relay *relay = self;
    const size_t len = size * count;

    if (!relay->has_caller)
        return len;
    ccpi_answer_take_line(&relay->answer, (ccpi_span){line, len});
    if (relay->answer.status < 200)
        return len; /* an interim answer is none */
    relay->deadlines.last_byte_us = ccpi_loop_now_us(relay->loop);
    if (relay->deadlines.first_byte_us == 0)
        relay->deadlines.first_byte_us = relay->deadlines.last_byte_us;
    ccpi_loop_mark(relay->loop, relay);
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *self)
{
    ccpi_relay *relay = self;
    const size_t len = size * count;

    if (!relay->has_caller)
        return len;
    ccpi_loop_mark(relay->loop, relay);
    if (ccpi_delivery_is_full(&relay->delivery)) {
        relay->deadlines.is_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    relay->deadlines.last_byte_us = ccpi_loop_now_us(relay->loop);
    ccpi_answer_take_body(&relay->answer, (ccpi_span){bytes, len});
    return len;
}

static void note_sent(ccpi_relay *relay, bool is_all)
{
    relay->deadlines.uploaded_us = ccpi_loop_now_us(relay->loop);
    relay->deadlines.is_sent = is_all;
    if (is_all)
        ccpi_loop_mark(relay->loop, relay); /* another deadline begins */
}

static int on_connect(void *self, char *ip, char *own_ip, int port, int own_port)
{
    ccpi_relay *relay = self;

    (void)ip, (void)own_ip, (void)port, (void)own_port;
    /* Should this one be dead, then curl's second try must not meet another (RT-14). */
    ccpi_call_use_fresh_connection(&relay->call);
    if (relay->has_caller)
        note_sent(relay, ccpi_call_sends_at_once(relay->options->outgoing));
    return CURL_PREREQFUNC_OK;
}

static size_t on_read(char *into, size_t size, size_t count, void *self)
{
    ccpi_relay *relay = self;
    const size_t len = ccpi_upload_read(&relay->call.upload, into, size * count);

    note_sent(relay, ccpi_upload_is_done(&relay->call.upload));
    return len;
}

/* ---- the loop's side ---- */

static bool open_call(ccpi_relay *relay)
{
    const ccpi_transfer_options *options = relay->options;
    const ccpi_call_options call = {
        .pool = ccpi_loop_call_pool(relay->loop),
        .outgoing = options->outgoing,
        .connect_ms = options->timeouts.connect_ms,
        .upload_ms = options->timeouts.upload_ms,
        .hooks =
            {
                .header = on_line,
                .body = on_body,
                .read = on_read,
                .connect = on_connect,
                .self = relay,
            },
    };

    if (ccpi_call_open(&relay->call, &call) != CCP_OK)
        return false;
    relay->is_in_multi = ccpi_loop_add_call(relay->loop, relay->call.easy);
    return relay->is_in_multi;
}

static ccp_status watch_client(ccpi_relay *relay)
{
    const int descriptor = ccpi_outlet_descriptor(relay->outlet);

    relay->deadlines.watch_at_us = INT64_MAX;
    if (descriptor < 0)
        return CCP_OK;
    return ccpi_loop_watch(relay->loop, relay, descriptor,
                           ccpi_outlet_pending(relay->outlet) > 0);
}

static bool set_up(ccpi_relay *relay)
{
    relay->deadlines.watch_at_us = ccpi_loop_now_us(relay->loop) + WATCH_AFTER_US;
    return ccpi_loop_reserve_alarm(relay->loop) == CCP_OK && open_call(relay);
}

static void finish(ccpi_relay *relay);

static void finish_if_ended(ccpi_relay *relay)
{
    if (relay->answer.has_ended)
        finish(relay);
    else
        ccpi_loop_wake_at(relay->loop, relay, ccpi_deadlines_next_us(&relay->deadlines));
}

void ccpi_relay_on_start(ccpi_relay *relay)
{
    ccpi_deadlines_init(&relay->deadlines, &relay->options->timeouts,
                        ccpi_loop_now_us(relay->loop));
    ccpi_answer_init(&relay->answer, relay->options,
                     relay->deadlines.limits.commit_ms * 1000);
    relay->delivery = (ccpi_delivery){
        .options = relay->options,
        .answer = &relay->answer,
        .memory = ccpi_loop_memory(relay->loop),
    };
    if (!set_up(relay))
        ccpi_answer_end(&relay->answer, CCPI_ENDED_BY_MEMORY,
                        "no memory or descriptors for a transfer");
    finish_if_ended(relay);
}

void ccpi_relay_on_client(ccpi_relay *relay, bool is_gone)
{
    if (!relay->has_caller)
        return; /* an event of the turn in which it went */
    if (is_gone)
        ccpi_answer_end(&relay->answer, CCPI_ENDED_BY_CLIENT, "the client left");
    else
        ccpi_delivery_flush(&relay->delivery);
    ccpi_loop_mark(relay->loop, relay);
}

void ccpi_relay_on_kick(ccpi_relay *relay)
{
    if (!relay->has_caller)
        return;
    ccpi_delivery_flush(&relay->delivery);
    ccpi_loop_mark(relay->loop, relay);
}

void ccpi_relay_on_socket(ccpi_relay *relay, curl_socket_t socket)
{
    relay->socket = socket;
}

void ccpi_relay_on_done(ccpi_relay *relay, CURLcode code)
{
    relay->is_done = true;
    relay->code = code;
    ccpi_loop_mark(relay->loop, relay);
}

static void conclude(ccpi_relay *relay)
{
    if (relay->code == CURLE_OK || ccpi_answer_is_whole_message(&relay->answer))
        ccpi_answer_conclude(&relay->answer, ccpi_loop_now_us(relay->loop));
    else
        ccpi_answer_end(&relay->answer, ccpi_call_ending(relay->code),
                        curl_easy_strerror(relay->code));
}

static void ping(ccpi_relay *relay)
{
    relay->deadlines.quiet_us = ccpi_loop_now_us(relay->loop);
    /* BR-10: a ping must not hide the death of an upstream. */
    if (ccpi_call_is_alive(relay->socket))
        ccpi_delivery_ping(&relay->delivery);
}

static void resume(ccpi_relay *relay)
{
    if (!relay->deadlines.is_paused)
        return;
    /* Asked for before looking, each time: else the last bytes may go unnoticed. */
    atomic_store(&relay->wants_kick, true);
    if (!ccpi_delivery_may_read_on(&relay->delivery))
        return;
    relay->deadlines.is_paused = false;
    relay->deadlines.last_byte_us = ccpi_loop_now_us(relay->loop);
    /* Hands over what curl kept, so the relay is marked again, or pauses again. */
    if (curl_easy_pause(relay->call.easy, CURLPAUSE_CONT) != CURLE_OK)
        ccpi_answer_end(&relay->answer, CCPI_ENDED_BY_NETWORK, "can't read on");
}

/* What remains to be done each turn once the answer flows. */
static void keep_flowing(ccpi_relay *relay)
{
    ccpi_deadlines *deadlines = &relay->deadlines;
    const int64_t now_us = ccpi_loop_now_us(relay->loop);

    if (deadlines->quiet_us == 0 && relay->options->pings)
        deadlines->quiet_us = now_us;
    if (ccpi_deadlines_wants_ping(deadlines, now_us))
        ping(relay);
    resume(relay);
}

/* A stream may last for long: it keeps nothing that only its beginning needs. */
static void let_body_go(ccpi_relay *relay)
{
    const ccpi_transfer_options *options = relay->options;

    ccpi_call_drop_buffers(&relay->call);
    if (!relay->deadlines.is_sent || !options->body_is_over)
        return;
    ccpi_call_forget_body(&relay->call);
    options->body_is_over(options->self);
}

static void deliver(ccpi_relay *relay)
{
    const ccpi_answer *answer = &relay->answer;
    ccpi_deadlines *deadlines = &relay->deadlines;
    const int64_t now_us = ccpi_loop_now_us(relay->loop);
    const bool flowed = answer->is_committed;

    ccpi_delivery_run(&relay->delivery, now_us);
    if (answer->is_committed && !flowed)
        let_body_go(relay);
    deadlines->open_at_us = answer->is_committed ? INT64_MAX : answer->gate.open_at_us;
    deadlines->stalled_us = ccpi_outlet_stalled_us(relay->outlet);
    if (answer->is_committed)
        keep_flowing(relay);
    if ((answer->is_committed || deadlines->watch_at_us <= now_us) &&
        watch_client(relay) != CCP_OK)
        ccpi_answer_end(&relay->answer, CCPI_ENDED_BY_MEMORY, "can't watch the client");
}

static void check_deadlines(ccpi_relay *relay)
{
    const ccpi_overdue overdue =
        ccpi_deadlines_overdue(&relay->deadlines, ccpi_loop_now_us(relay->loop));

    if (overdue == CCPI_OVERDUE_NONE)
        return;
    ccpi_answer_end(&relay->answer,
                    overdue == CCPI_OVERDUE_CLIENT ? CCPI_ENDED_BY_CLIENT
                                                   : CCPI_ENDED_BY_TIMEOUT,
                    ccpi_overdue_text(overdue));
}

static void drop_call(ccpi_relay *relay)
{
    if (relay->is_in_multi)
        ccpi_loop_remove_call(relay->loop, relay->call.easy);
    relay->is_in_multi = false;
    ccpi_call_close(&relay->call, ccpi_loop_call_pool(relay->loop));
}

static void linger(ccpi_relay *relay)
{
    if (relay->is_done ||
        ccpi_deadlines_overdue(&relay->deadlines, ccpi_loop_now_us(relay->loop)) !=
            CCPI_OVERDUE_NONE) {
        drop_call(relay);
        ccpi_loop_retire(relay->loop, relay);
        return;
    }
    ccpi_loop_wake_at(relay->loop, relay, ccpi_deadlines_next_us(&relay->deadlines));
}

void ccpi_relay_on_turn(ccpi_relay *relay)
{
    if (!relay->has_caller) {
        linger(relay);
        return;
    }
    ccpi_answer_scan(&relay->answer, ccpi_loop_now_us(relay->loop));
    if (relay->is_done)
        conclude(relay);
    if (!relay->answer.has_ended)
        deliver(relay);
    if (!relay->answer.has_ended)
        check_deadlines(relay);
    finish_if_ended(relay);
}

void ccpi_relay_on_stop(ccpi_relay *relay)
{
    if (relay->has_caller) {
        ccpi_answer_end(&relay->answer, CCPI_ENDED_BY_SHUTDOWN, "the engine stops");
        finish(relay);
    } else {
        drop_call(relay);
        ccpi_loop_retire(relay->loop, relay);
    }
}

/* ---- the end ---- */

static void count_connections(ccpi_relay *relay)
{
    long opened = 0;

    if (!relay->call.easy)
        return;
    curl_easy_getinfo(relay->call.easy, CURLINFO_NUM_CONNECTS, &opened);
    relay->result->was_reused = opened == 0 && relay->deadlines.first_byte_us != 0;
    atomic_fetch_add(&ccpi_loop_counters_of(relay->loop)->connections,
                     (uint_fast64_t)opened);
}

static void give_result(ccpi_relay *relay)
{
    ccpi_transfer_result *result = relay->result;
    ccpi_answer *answer = &relay->answer;

    result->body = ccpi_answer_take_rest(answer);
    result->ending = answer->ending;
    result->status = answer->status;
    result->headers = answer->headers;
    answer->headers = (ccpi_headers){0};
    result->is_committed = answer->is_committed;
    result->body_is_raw =
        answer->kind == CCPI_ANSWER_ERROR || relay->options->reader == NULL;
    result->body_is_cut = answer->is_cut;
    result->is_mid_event = answer->is_mid_event;
    result->event_error = answer->event_error;
    result->saw_message_stop =
        answer->kind == CCPI_ANSWER_STREAM && answer->ending == CCPI_ENDED_WELL;
    result->error = answer->error;
    result->submitted_us = relay->deadlines.submitted_us;
    result->first_byte_us = relay->deadlines.first_byte_us;
    result->committed_us = relay->delivery.committed_us;
    result->ended_us = ccpi_loop_now_us(relay->loop);
    count_connections(relay);
}

/* RT-6b: what is left of the upstream's answer is little, and its connection good. */
static bool may_linger(const ccpi_relay *relay)
{
    const ccpi_answer *answer = &relay->answer;
    const bool is_whole =
        answer->ending == CCPI_ENDED_WELL || answer->ending == CCPI_ENDED_BY_EVENT;

    return is_whole && !relay->is_done && relay->deadlines.is_sent &&
           !relay->deadlines.is_paused;
}

static void tell_caller(ccpi_relay *relay)
{
    atomic_store(&relay->is_over, true);
    ccpi_parking_wake(&relay->parking);
}

static void finish(ccpi_relay *relay)
{
    const bool lingers = may_linger(relay);

    ccpi_delivery_end(&relay->delivery, ccpi_loop_now_us(relay->loop));
    give_result(relay);
    ccpi_loop_unwatch(relay->loop, relay);
    relay->has_caller = false;
    if (lingers) {
        ccpi_call_forget_body(&relay->call);
        relay->deadlines.lingering_us = ccpi_loop_now_us(relay->loop);
        ccpi_loop_wake_at(relay->loop, relay, ccpi_deadlines_next_us(&relay->deadlines));
    } else {
        drop_call(relay);
        ccpi_loop_retire(relay->loop, relay);
    }
    tell_caller(relay);
}

ccp_status ccpi_relay_new(const ccpi_transfer_options *options,
                          ccpi_transfer_result *result, ccpi_loop *loop, ccpi_relay **out)
{
    ccpi_relay *relay = calloc(1, sizeof(*relay));

    *out = relay;
    if (!relay)
        return CCP_NO_MEMORY;
    relay->seat.watched = -1;
    relay->socket = CURL_SOCKET_BAD;
    atomic_init(&relay->owners, 1);
    relay->options = options;
    relay->outlet = options->outlet;
    relay->result = result;
    relay->has_caller = true;
    ccpi_loop_hold(loop);
    relay->loop = loop;
    ccpi_outlet_set_bell(options->outlet,
                         &(ccpi_outlet_bell){.ring = ring, .self = relay});
    return CCP_OK;
}
