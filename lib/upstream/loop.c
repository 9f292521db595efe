#include "upstream/loop.h"

#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/thread.h"
#include "upstream/event_tag.h"
#include "upstream/relay.h"
#include "upstream/starts.h"

#define MAX_EVENTS 256
#define MAX_WAIT_MS (60 * 1000)
#define DEFAULT_MAX_CONNECTIONS 1024L
#define MAX_STREAMS_PER_CONNECTION 32L

struct ccpi_loop {
    atomic_int holders;
    const ccpi_engine_options *options;
    ccpi_loop_counters *counters;
    pthread_t thread;
    int epoll;
    ccpi_inbox inbox;

    /* The loop's thread alone. */
    CURLM *multi;
    int64_t now_us;
    int64_t curl_due_us; /* INT64_MAX: curl waits for nothing */
    ccpi_call_pool calls;
    ccpi_timers timers;
    ccpi_starts starts;
    ccpi_relay *running;
    size_t running_count;
    ccpi_relay *marked;
    ccpi_relay *retired;
};

static ccpi_seat *seat_of(ccpi_relay *relay)
{
    return (ccpi_seat *)relay;
}

/* ---- what other threads call ---- */

void ccpi_loop_hold(ccpi_loop *loop)
{
    atomic_fetch_add(&loop->holders, 1);
}

void ccpi_loop_release(ccpi_loop *loop)
{
    if (!loop || atomic_fetch_sub(&loop->holders, 1) > 1)
        return;
    ccpi_call_pool_clear(&loop->calls);
    curl_multi_cleanup(loop->multi);
    ccpi_timers_clear(&loop->timers);
    if (loop->epoll >= 0)
        close(loop->epoll);
    ccpi_inbox_close(&loop->inbox);
    free(loop);
}

ccp_status ccpi_loop_hand_in(ccpi_loop *loop, ccpi_relay *relay)
{
    ccp_status status;

    ccpi_relay_hold(relay);
    status = ccpi_inbox_put(&loop->inbox, &seat_of(relay)->inbox);
    if (status != CCP_OK)
        ccpi_relay_release(relay);
    return status == CCP_CONFLICT ? CCP_OK : status;
}

/* ---- what relays call ---- */

ccpi_call_pool *ccpi_loop_call_pool(ccpi_loop *loop)
{
    return &loop->calls;
}

ccpi_quota *ccpi_loop_memory(const ccpi_loop *loop)
{
    return loop->options->memory;
}

ccpi_loop_counters *ccpi_loop_counters_of(ccpi_loop *loop)
{
    return loop->counters;
}

int64_t ccpi_loop_now_us(const ccpi_loop *loop)
{
    return loop->now_us;
}

void ccpi_loop_mark(ccpi_loop *loop, ccpi_relay *relay)
{
    ccpi_seat *seat = seat_of(relay);

    if (seat->is_marked)
        return;
    seat->is_marked = true;
    seat->next_marked = loop->marked;
    loop->marked = relay;
}

ccp_status ccpi_loop_reserve_alarm(ccpi_loop *loop)
{
    return ccpi_timers_reserve(&loop->timers, loop->running_count);
}

void ccpi_loop_wake_at(ccpi_loop *loop, ccpi_relay *relay, int64_t due_us)
{
    ccpi_timer *timer = &seat_of(relay)->timer;

    /* An alarm that rings too early only costs a look, see timer.h. */
    if (timer->place != 0 && timer->due_us <= due_us && due_us != INT64_MAX)
        return;
    if (due_us == INT64_MAX)
        ccpi_timers_drop(&loop->timers, timer);
    else
        ccpi_timers_set(&loop->timers, timer, due_us);
}

ccp_status ccpi_loop_watch(ccpi_loop *loop, ccpi_relay *relay, int descriptor,
                           bool wants_room)
{
    ccpi_seat *seat = seat_of(relay);
    struct epoll_event event = {
        .events = EPOLLRDHUP | (wants_room ? EPOLLOUT : 0u),
        .data.u64 = ccpi_tag_of_client(relay),
    };
    const bool is_watched = seat->watched == descriptor;

    if (is_watched && seat->wants_room == wants_room)
        return CCP_OK;
    if (epoll_ctl(loop->epoll, is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor,
                  &event) != 0)
        return CCP_NO_MEMORY;
    seat->watched = descriptor;
    seat->wants_room = wants_room;
    return CCP_OK;
}

void ccpi_loop_unwatch(ccpi_loop *loop, ccpi_relay *relay)
{
    ccpi_seat *seat = seat_of(relay);

    if (seat->watched >= 0)
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, seat->watched, NULL);
    seat->watched = -1;
}

bool ccpi_loop_add_call(ccpi_loop *loop, CURL *easy)
{
    return curl_multi_add_handle(loop->multi, easy) == CURLM_OK;
}

void ccpi_loop_remove_call(ccpi_loop *loop, CURL *easy)
{
    curl_multi_remove_handle(loop->multi, easy);
}

void ccpi_loop_retire(ccpi_loop *loop, ccpi_relay *relay)
{
    ccpi_seat *seat = seat_of(relay);

    ccpi_loop_unwatch(loop, relay);
    ccpi_timers_drop(&loop->timers, &seat->timer);
    if (seat->next)
        seat_of(seat->next)->previous = seat->previous;
    if (seat->previous)
        seat_of(seat->previous)->next = seat->next;
    else
        loop->running = seat->next;
    loop->running_count--;
    atomic_fetch_sub(&loop->counters->active, 1);

    /* This turn's events and marks may still name it. */
    seat->state = CCPI_SEAT_RETIRED;
    seat->next = loop->retired;
    loop->retired = relay;
}

/* ---- curl's callbacks ---- */

static ccpi_relay *relay_of(CURL *easy)
{
    char *relay = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &relay);
    return (ccpi_relay *)(void *)relay;
}

/* curl has handles of its own, which belong to no relay. */
static void tell_socket(CURL *easy, curl_socket_t socket)
{
    ccpi_relay *relay = easy ? relay_of(easy) : NULL;

    if (relay)
        ccpi_relay_on_socket(relay, socket);
}

static int on_curl_socket(CURL *easy, curl_socket_t socket, int what, void *self,
                          void *known)
{
    ccpi_loop *loop = self;
    struct epoll_event event = {.data.u64 = ccpi_tag_of_socket(socket)};

    tell_socket(easy, what == CURL_POLL_REMOVE ? CURL_SOCKET_BAD : socket);
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, socket, NULL);
        return 0;
    }
    if (what & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        event.events |= EPOLLOUT;

    /*
     * A socket that can't be watched costs one transfer its deadline; saying so
     * to curl would end all of this multi's transfers, for ever.
     */
    epoll_ctl(loop->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
    if (!known)
        curl_multi_assign(loop->multi, socket, loop);
    return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *self)
{
    ccpi_loop *loop = self;

    (void)multi;
    loop->curl_due_us =
        timeout_ms < 0 ? INT64_MAX : loop->now_us + (int64_t)timeout_ms * 1000;
    return 0;
}

/* ---- the thread ---- */

static void start(ccpi_loop *loop, ccpi_relay *relay)
{
    ccpi_seat *seat = seat_of(relay);

    seat->state = CCPI_SEAT_RUNNING;
    seat->next = loop->running;
    if (loop->running)
        seat_of(loop->running)->previous = relay;
    loop->running = relay;
    loop->running_count++;
    atomic_fetch_add(&loop->counters->active, 1);
    atomic_fetch_add(&loop->counters->transfers, 1);
    ccpi_relay_on_start(relay);
}

static ccpi_relay *take_handed_in(ccpi_loop *loop)
{
    ccpi_inbox_entry *entry = ccpi_inbox_take(&loop->inbox);

    /* The seat stands first in the relay. */
    return entry ? (ccpi_relay *)(void *)((char *)entry - offsetof(ccpi_seat, inbox))
                 : NULL;
}

static void receive(ccpi_loop *loop)
{
    ccpi_relay *relay;

    while ((relay = take_handed_in(loop))) {
        if (seat_of(relay)->state == CCPI_SEAT_NEW) {
            seat_of(relay)->state = CCPI_SEAT_WAITING;
            ccpi_starts_put(&loop->starts, relay); /* held from here on */
            continue;
        }
        if (seat_of(relay)->state == CCPI_SEAT_RUNNING)
            ccpi_relay_on_kick(relay);
        ccpi_relay_release(relay);
    }
}

static void start_some(ccpi_loop *loop, int most)
{
    ccpi_relay *relay;

    while (most-- > 0 && (relay = ccpi_starts_take(&loop->starts)))
        start(loop, relay);
}

static void collect_done(ccpi_loop *loop)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(loop->multi, &left))) {
        if (message->msg == CURLMSG_DONE)
            ccpi_relay_on_done(relay_of(message->easy_handle), message->data.result);
    }
}

static void run_marked(ccpi_loop *loop)
{
    ccpi_relay *relay;

    while ((relay = loop->marked)) {
        loop->marked = seat_of(relay)->next_marked;
        seat_of(relay)->is_marked = false;
        if (seat_of(relay)->state == CCPI_SEAT_RUNNING)
            ccpi_relay_on_turn(relay);
    }
}

static void act_on_socket(ccpi_loop *loop, curl_socket_t socket, uint32_t events)
{
    int what = 0;
    int running;

    if (events & EPOLLIN)
        what |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        what |= CURL_CSELECT_OUT;
    if (events & (EPOLLERR | EPOLLHUP))
        what |= CURL_CSELECT_ERR;
    curl_multi_socket_action(loop->multi, socket, what, &running);
}

/* At once, while what came in is still in the caches, and before others' work. */
static void act_on(ccpi_loop *loop, const struct epoll_event *event)
{
    const uint64_t tag = event->data.u64;
    ccpi_relay *relay;

    if (tag == CCPI_BELL_TAG) {
        receive(loop);
    } else if (ccpi_tag_is_socket(tag)) {
        act_on_socket(loop, (curl_socket_t)(tag >> 1), event->events);
    } else {
        relay = (ccpi_relay *)(uintptr_t)tag;
        if (seat_of(relay)->state == CCPI_SEAT_RUNNING)
            ccpi_relay_on_client(relay,
                                 event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
    }
    collect_done(loop);
    run_marked(loop);
}

static void run_alarms(ccpi_loop *loop)
{
    ccpi_timer *timer;
    int running;

    if (loop->curl_due_us <= loop->now_us) {
        loop->curl_due_us = INT64_MAX;
        curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    while ((timer = ccpi_timers_take_due(&loop->timers, loop->now_us)))
        ccpi_loop_mark(loop, (ccpi_relay *)timer); /* first in seat and relay */
}

static void release_retired(ccpi_loop *loop)
{
    ccpi_relay *relay;

    while ((relay = loop->retired)) {
        loop->retired = seat_of(relay)->next;
        ccpi_relay_release(relay);
    }
}

static void stop_running(ccpi_loop *loop)
{
    receive(loop); /* what came in just before */
    start_some(loop, INT_MAX);
    while (loop->running)
        ccpi_relay_on_stop(loop->running);
    run_marked(loop);
    release_retired(loop);
}

static int wait_ms(const ccpi_loop *loop)
{
    const int64_t timer_us = ccpi_timers_next_us(&loop->timers);
    const int64_t due_us = loop->curl_due_us < timer_us ? loop->curl_due_us : timer_us;

    if (due_us <= loop->now_us || loop->starts.first)
        return 0;
    if (due_us - loop->now_us >= (int64_t)MAX_WAIT_MS * 1000)
        return MAX_WAIT_MS;
    return (int)((due_us - loop->now_us + 999) / 1000);
}

static void read_clock(ccpi_loop *loop)
{
    loop->now_us = loop->options->clock->monotonic_us(loop->options->clock->self);
}

static void *run(void *self)
{
    ccpi_loop *loop = self;
    struct epoll_event events[MAX_EVENTS];
    bool was_rung = false;

    read_clock(loop);
    while (!was_rung || !ccpi_inbox_is_shut(&loop->inbox)) {
        const int count = epoll_wait(loop->epoll, events, MAX_EVENTS, wait_ms(loop));

        read_clock(loop);
        was_rung = false;
        for (int i = 0; i < count; i++) {
            was_rung |= events[i].data.u64 == CCPI_BELL_TAG;
            act_on(loop, &events[i]);
        }
        start_some(loop, ccpi_starts_allowed(count));
        run_alarms(loop);
        collect_done(loop);
        run_marked(loop);
        release_retired(loop);
    }
    stop_running(loop);
    return NULL;
}

/* ---- life ---- */

static bool set_up_curl(ccpi_loop *loop)
{
    const long max = loop->options->max_connections > 0 ? loop->options->max_connections
                                                        : DEFAULT_MAX_CONNECTIONS;
    CURLM *multi = curl_multi_init();

    loop->multi = multi;
    return multi &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket) ==
               CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, loop) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, loop) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
                             MAX_STREAMS_PER_CONNECTION) == CURLM_OK;
}

static bool set_up_epoll(ccpi_loop *loop)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = CCPI_BELL_TAG};

    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    return loop->epoll >= 0 &&
           epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->inbox.bell, &event) == 0;
}

ccp_status ccpi_loop_new(const ccpi_engine_options *options, ccpi_loop_counters *counters,
                         ccpi_loop **out, ccp_error *error)
{
    ccpi_loop *loop = calloc(1, sizeof(*loop));

    *out = NULL;
    if (!loop)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for an engine");
    loop->options = options;
    loop->calls.engine = options;
    loop->counters = counters;
    loop->curl_due_us = INT64_MAX;
    loop->epoll = -1;
    atomic_init(&loop->holders, 1);

    if (ccpi_inbox_open(&loop->inbox) != CCP_OK || !set_up_epoll(loop) ||
        !set_up_curl(loop) ||
        !ccpi_thread_start(&loop->thread, "ccp-engine", run, loop)) {
        ccpi_loop_release(loop);
        return ccpi_fail(error, CCP_UNAVAILABLE,
                         "the system gives no descriptors or thread for an engine");
    }
    *out = loop;
    return CCP_OK;
}

void ccpi_loop_stop(ccpi_loop *loop)
{
    ccpi_inbox_shut(&loop->inbox);
    pthread_join(loop->thread, NULL);
}
