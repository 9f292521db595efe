#include "upstream/engine.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/attempt.h"
#include "support/messages.h"

/* Far longer than anything here takes, and reached only when a promise is broken. */
#define PATIENCE_MS 10000

/* Every promise holds for both kinds of outlet. */
#define TEST_BOTH(name)                                                                  \
    static void name(client_kind kind);                                                  \
    Test(engine_socket, name, .timeout = 120)                                            \
    {                                                                                    \
        name(CLIENT_LENDS_SOCKET);                                                       \
    }                                                                                    \
    Test(engine_queue, name, .timeout = 120)                                             \
    {                                                                                    \
        name(CLIENT_HAS_FUNCTIONS);                                                      \
    }                                                                                    \
    static void name(client_kind kind)

#define HANDLER(name)                                                                    \
    static void name(upstream_connection *connection, const upstream_request *request,   \
                     void *context)

static attempt run;

static void open_attempt(client_kind kind, upstream_handler handler)
{
    attempt_open(&run, kind, handler, &run);
    attempt_post(&run, "{}", 2);
}

static int64_t now_ms(void)
{
    const ccp_clock *clock = ccp_system_clock();

    return clock->monotonic_us(clock->self) / 1000;
}

HANDLER(stream_whole)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_WHOLE);
    upstream_end_stream(connection);
}

/* ---- deadlines ---- */

/* How long the upstream waited for us to let go of it. */
static int64_t waited_ms;
static bool was_let_go;

static void wait_to_be_let_go(upstream_connection *connection)
{
    const int64_t since_ms = now_ms();

    was_let_go = upstream_wait_for_close(connection, PATIENCE_MS);
    waited_ms = now_ms() - since_ms;
    upstream_close(connection);
}

HANDLER(say_nothing)
{
    (void)request, (void)context;
    wait_to_be_let_go(connection);
}

HANDLER(stop_in_the_middle)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK);
    wait_to_be_let_go(connection);
}

TEST_BOTH(an_upstream_that_says_nothing_is_given_up_in_time)
{
    open_attempt(kind, say_nothing);
    run.options.timeouts.first_byte_ms = 50;
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_TIMEOUT));
    cr_expect(ge(i64, run.result.ended_us - run.result.submitted_us, 50000));
    attempt_close(&run);
    cr_expect(was_let_go);
}

TEST_BOTH(an_answer_that_stops_coming_is_given_up_in_time)
{
    open_attempt(kind, stop_in_the_middle);
    run.options.timeouts.read_ms = 50;
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_TIMEOUT));
    cr_expect(run.result.is_committed);
    attempt_close(&run);
    cr_expect(was_let_go);
}

TEST_BOTH(an_answer_that_never_ends_is_given_up_in_time)
{
    open_attempt(kind, stop_in_the_middle);
    run.options.timeouts.total_ms = 50;
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_TIMEOUT));
    attempt_close(&run);
    cr_expect(was_let_go);
}

/* A listener whose connections are made by the kernel, but never read. */
static int deaf_listener(int backlog, int *port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof(address);
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, backlog) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        abort();
    *port = ntohs(address.sin_port);
    return listener;
}

static void aim_at(int port)
{
    char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
    free(run.outgoing.url);
    run.outgoing.url = strdup(url);
}

TEST_BOTH(an_upstream_that_takes_nothing_is_given_up_in_time)
{
    const size_t len = (size_t)64 * 1024 * 1024;
    char *bytes = calloc(1, len);
    int port;
    const int listener = deaf_listener(8, &port);

    open_attempt(kind, stream_whole);
    aim_at(port);
    attempt_post(&run, bytes, len);
    run.options.timeouts.upload_ms = 100;
    attempt_run(&run);
    /* The kernel may notice first that nothing was acknowledged for so long. */
    cr_expect(run.result.ending == CCPI_ENDED_BY_TIMEOUT ||
              run.result.ending == CCPI_ENDED_BY_NETWORK);
    attempt_close(&run);
    close(listener);
    free(bytes);
}

TEST_BOTH(an_upstream_that_does_not_accept_is_given_up_in_time)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int sockets[16];
    int port;
    const int listener = deaf_listener(0, &port);

    /* Linux drops what does not fit the backlog, so later ones wait. */
    address.sin_port = htons((uint16_t)port);
    for (int i = 0; i < 16; i++) {
        sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(sockets[i], (struct sockaddr *)&address, sizeof(address));
    }
    open_attempt(kind, stream_whole);
    aim_at(port);
    run.options.timeouts.connect_ms = 100;
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_TIMEOUT));
    attempt_close(&run);
    for (int i = 0; i < 16; i++)
        close(sockets[i]);
    close(listener);
}

TEST_BOTH(an_upstream_that_refuses_is_the_networks_fault)
{
    int port;
    const int listener = deaf_listener(1, &port);

    close(listener);
    open_attempt(kind, stream_whole);
    aim_at(port);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_NETWORK));
    attempt_close(&run);
}

/* ---- waiting ---- */

/* So long it says nothing: before its head, before the commit point, and behind it. */
#define SILENCE_MS 200

HANDLER(be_silent_again_and_again)
{
    (void)request, (void)context;
    upstream_wait_for_close(connection, SILENCE_MS);
    upstream_start_stream(connection);
    upstream_wait_for_close(connection, SILENCE_MS);
    upstream_send_chunk(connection, SSE_START);
    upstream_wait_for_close(connection, SILENCE_MS);
    upstream_send_chunk(connection, SSE_BLOCK);
    upstream_wait_for_close(connection, SILENCE_MS);
    upstream_send_chunk(connection, SSE_BLOCK_STOP SSE_MESSAGE_DELTA SSE_STOP);
    upstream_end_stream(connection);
}

static int64_t processor_ms(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

TEST_BOTH(waiting_for_an_upstream_takes_no_time_of_the_processor)
{
    int64_t since_ms;

    open_attempt(kind, be_silent_again_and_again);
    since_ms = processor_ms();
    attempt_run(&run);
    cr_expect(lt(i64, processor_ms() - since_ms, SILENCE_MS / 2));
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    attempt_close(&run);
}

/* ---- the client leaves (PX-9) ---- */

HANDLER(lose_the_client_before_the_commit_point)
{
    attempt *attempt = context;

    (void)request;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START);
    client_leave(&attempt->client);
    wait_to_be_let_go(connection);
}

HANDLER(lose_the_client_in_the_middle)
{
    attempt *attempt = context;

    (void)request;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK);
    client_wait_for_bytes(&attempt->client, PATIENCE_MS);
    client_leave(&attempt->client);
    wait_to_be_let_go(connection);
}

static void expect_letting_go_within_a_second(void)
{
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_CLIENT));
    attempt_close(&run);
    cr_expect(was_let_go);
    cr_expect(lt(i64, waited_ms, 1000));
}

TEST_BOTH(a_client_that_leaves_early_cancels_the_upstream_within_a_second)
{
    open_attempt(kind, lose_the_client_before_the_commit_point);
    attempt_run(&run);
    cr_expect(not(run.result.is_committed));
    expect_letting_go_within_a_second();
}

TEST_BOTH(a_client_that_leaves_in_the_middle_cancels_the_upstream_within_a_second)
{
    open_attempt(kind, lose_the_client_in_the_middle);
    attempt_run(&run);
    cr_expect(run.result.is_committed);
    expect_letting_go_within_a_second();
}

/* ---- slow clients (PX-9) ---- */

#define MANY_EVENTS 200000
/* More than all kernel buffers between upstream and client hold. */
static const char event_text[] =
    "event: content_block_delta\ndata: {\"type\":\"content_"
    "block_delta\",\"delta\":{\"text\":\"............\"}}\n\n";

static atomic_bool is_upstream_stuck;

/* Sends without end until nobody takes any more, then goes on when the client reads. */
HANDLER(send_more_than_fits)
{
    static char block[1000 * sizeof(event_text)];
    attempt *attempt = context;

    (void)request;
    block[0] = '\0';
    for (size_t i = 0, len = 0; i < 1000; i++, len += sizeof(event_text) - 1)
        strcpy(block + len, event_text);
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK);
    for (int i = 0; i < MANY_EVENTS / 1000; i++) {
        if (!upstream_can_send(connection, 300) && !attempt->client.is_reading) {
            atomic_store(&is_upstream_stuck, true);
            client_start_reading(&attempt->client);
        }
        upstream_send_chunk(connection, block);
    }
    upstream_send_chunk(connection, SSE_BLOCK_STOP SSE_MESSAGE_DELTA SSE_STOP);
    upstream_end_stream(connection);
}

TEST_BOTH(a_client_that_does_not_read_stops_the_upstream_and_loses_nothing)
{
    const size_t len =
        strlen(SSE_START SSE_BLOCK SSE_BLOCK_STOP SSE_MESSAGE_DELTA SSE_STOP) +
        MANY_EVENTS * strlen(event_text);

    open_attempt(kind, send_more_than_fits);
    attempt_run(&run);
    attempt_finish(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(atomic_load(&is_upstream_stuck));
    /* PX-9, and the one receive buffer that was on its way. */
    cr_expect(le(sz, run.max_pending, CCPI_OUTLET_MAX_PENDING + 32 * 1024));
    cr_expect(run.is_whole);
    cr_expect(eq(sz, run.body.len, len));
    cr_expect(eq(int, run.events, MANY_EVENTS + 5));
    attempt_close(&run);
}

static ccpi_quota memory;

/* With an engine whose streams share so much memory. */
static void open_attempt_with_memory(client_kind kind, upstream_handler handler,
                                     size_t len)
{
    const ccpi_engine_options options = {.clock = ccp_system_clock(), .memory = &memory};

    memory = (ccpi_quota){.limit = len};
    open_attempt(kind, handler);
    ccpi_engine_free(run.engine);
    cr_assert(eq(int, ccpi_engine_new(&options, &run.engine, NULL), CCP_OK));
    run.options.engine = run.engine;
}

TEST_BOTH(where_memory_is_short_a_slow_stream_pauses_sooner)
{
    open_attempt_with_memory(kind, send_more_than_fits, 20000);
    attempt_run(&run);
    attempt_finish(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    /* What came in while there still was room, and one receive buffer. */
    cr_expect(le(sz, run.max_pending, 20000 + 2 * 32 * 1024));
    cr_expect(run.is_whole);
    cr_expect(eq(int, run.events, MANY_EVENTS + 5));
    cr_expect(zero(sz, atomic_load(&memory.used)));
    attempt_close(&run);
}

HANDLER(wait_behind_many_pings)
{
    (void)request;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_PING SSE_PING SSE_PING SSE_PING);
    client_wait_for_bytes(&((attempt *)context)->client, PATIENCE_MS);
    upstream_send_chunk(connection, SSE_OVERLOADED);
    upstream_end_stream(connection);
}

TEST_BOTH(where_memory_is_short_held_answers_are_let_go)
{
    open_attempt_with_memory(kind, wait_behind_many_pings, 100);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_EVENT));
    cr_expect(run.result.is_committed);
    attempt_close(&run);
}

TEST_BOTH(what_was_held_is_given_back)
{
    open_attempt_with_memory(kind, wait_behind_many_pings, 1000000);
    run.options.timeouts.commit_ms = 50;
    attempt_run(&run);
    cr_expect(run.result.is_committed);
    cr_expect(zero(sz, atomic_load(&memory.used)));
    attempt_close(&run);
}

HANDLER(send_until_let_go)
{
    static char block[16384];

    (void)request, (void)context;
    memset(block, ':', sizeof(block) - 1);
    block[sizeof(block) - 3] = block[sizeof(block) - 2] = '\n';
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK);
    while (upstream_send_chunk(connection, block))
        ;
    upstream_close(connection);
}

Test(engine_socket, a_client_that_never_reads_is_given_up_in_time)
{
    open_attempt(CLIENT_LENDS_SOCKET, send_until_let_go);
    run.options.timeouts.stall_ms = 100;
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_CLIENT));
    attempt_close(&run);
}

Test(engine_socket, waiting_for_a_client_takes_no_time_of_the_processor)
{
    int64_t since_ms;

    open_attempt(CLIENT_LENDS_SOCKET, send_until_let_go);
    run.options.timeouts.stall_ms = 1000;
    since_ms = processor_ms();
    attempt_run(&run);
    cr_expect(lt(i64, processor_ms() - since_ms, 500));
    attempt_close(&run);
}

/* ---- behind message_stop (RT-6b) ---- */

static atomic_bool may_end;

HANDLER(keep_open_behind_message_stop)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_WHOLE);
    wait_to_be_let_go(connection);
}

TEST_BOTH(the_answer_is_over_with_message_stop_and_the_upstream_a_moment_later)
{
    const int64_t since_ms = now_ms();

    open_attempt(kind, keep_open_behind_message_stop);
    attempt_run(&run);
    attempt_finish(&run);
    cr_expect(lt(i64, now_ms() - since_ms, 900));
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(run.is_whole);
    cr_expect(eq(str, run.body.data, SSE_WHOLE));

    /* Ends what lingers only after the moment is over: the handler waits for that. */
    while (upstream_open_handlers(run.server) > 0)
        usleep(1000);
    cr_expect(was_let_go);
    cr_expect(ge(i64, waited_ms, 900));
    cr_expect(lt(i64, waited_ms, 5000));
    attempt_close(&run);
}

HANDLER(end_a_little_behind_message_stop)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_WHOLE);
    while (!atomic_load(&may_end))
        usleep(1000);
    upstream_end_stream(connection);
}

static void wait_until_none_is_active(ccpi_engine *engine)
{
    ccpi_engine_counters counters;

    do {
        usleep(1000);
        ccpi_engine_count(engine, &counters);
    } while (counters.active > 0);
}

TEST_BOTH(what_is_left_of_an_answer_is_read_so_that_its_connection_is_reused)
{
    attempt second;

    open_attempt(kind, end_a_little_behind_message_stop);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    atomic_store(&may_end, true);
    wait_until_none_is_active(run.engine);

    attempt_open_beside(&second, kind, run.server, run.engine);
    attempt_post(&second, "{}", 2);
    attempt_run(&second);
    cr_expect(eq(int, second.result.ending, CCPI_ENDED_WELL));
    cr_expect(second.result.was_reused);
    cr_expect(eq(int, upstream_connections(run.server), 1));
    attempt_close(&second);
    attempt_close(&run);
}

/* ---- pings (BR-10) ---- */

HANDLER(be_silent_until_the_client_got_two_pings)
{
    static const char head[] = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    const attempt *attempt = context;

    (void)request;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK SSE_DELTA "event: half");
    client_wait_for_len(&attempt->client,
                        (int)(strlen(SSE_START SSE_BLOCK SSE_DELTA) + 20 * strlen(head)),
                        PATIENCE_MS);
    upstream_send_chunk(connection, "\n\n" SSE_MESSAGE_DELTA SSE_STOP);
    upstream_end_stream(connection);
}

TEST_BOTH(a_silent_but_living_upstream_is_covered_by_pings_between_events)
{
    static const char ping[] = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    const char *at;

    open_attempt(kind, be_silent_until_the_client_got_two_pings);
    run.options.pings = true;
    run.options.timeouts.ping_ms = 30;
    attempt_run(&run);
    attempt_finish(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_assert(run.is_whole);

    /* Behind the last whole event, at least two, and nothing else that was not sent. */
    at = run.body.data + strlen(SSE_START SSE_BLOCK SSE_DELTA);
    cr_expect(ccpi_span_starts(ccpi_span_of(at), ping));
    cr_expect(ccpi_span_starts(ccpi_span_of(at + strlen(ping)), ping));
    while (ccpi_span_starts(ccpi_span_of(at), ping))
        at += strlen(ping);
    cr_expect(eq(str, (char *)at, "event: half\n\n" SSE_MESSAGE_DELTA SSE_STOP));
    attempt_close(&run);
}

TEST_BOTH(pings_do_not_keep_a_silent_answer_from_its_end)
{
    open_attempt(kind, stop_in_the_middle);
    run.options.pings = true;
    run.options.timeouts.ping_ms = 20;
    run.options.timeouts.read_ms = 200;
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_TIMEOUT));
    attempt_close(&run);
}

/* ---- the pool (PL-7, RT-14) ---- */

static void run_beside(attempt *first, client_kind kind, attempt *out)
{
    attempt_open_beside(out, kind, first->server, first->engine);
    attempt_post(out, "{}", 2);
    attempt_run(out);
    attempt_finish(out);
}

TEST_BOTH(one_connection_serves_one_request_after_another)
{
    ccpi_engine_counters counters;
    attempt next;

    open_attempt(kind, stream_whole);
    attempt_run(&run);
    cr_expect(not(run.result.was_reused));
    for (int i = 0; i < 9; i++) {
        /* The client has its answer before the connection is back (RT-6b). */
        wait_until_none_is_active(run.engine);
        run_beside(&run, kind, &next);
        cr_expect(eq(int, next.result.ending, CCPI_ENDED_WELL));
        cr_expect(next.result.was_reused);
        attempt_close(&next);
    }
    wait_until_none_is_active(run.engine);
    ccpi_engine_count(run.engine, &counters);
    cr_expect(eq(u64, counters.transfers, 10));
    cr_expect(eq(u64, counters.connections, 1));
    cr_expect(eq(int, upstream_connections(run.server), 1));
    attempt_close(&run);
}

static int last_body_len;

/* Answers the first request of a connection, and dies silently at its second. */
HANDLER(die_at_the_second_request)
{
    if (request->nth_on_connection > 0) {
        upstream_close(connection);
        return;
    }
    last_body_len = (int)request->body_len;
    stream_whole(connection, request, context);
}

TEST_BOTH(a_dead_pooled_connection_is_replaced_and_the_body_sent_again)
{
    attempt next;

    open_attempt(kind, die_at_the_second_request);
    attempt_run(&run);
    wait_until_none_is_active(run.engine);

    attempt_open_beside(&next, kind, run.server, run.engine);
    attempt_post(&next, "{\"model\":", 9);
    attempt_post(&next, "\"m\"}", 4);
    attempt_run(&next);
    cr_expect(eq(int, next.result.ending, CCPI_ENDED_WELL));
    cr_expect(eq(int, last_body_len, 13));
    cr_expect(eq(int, upstream_requests(run.server), 3));
    attempt_close(&next);
    attempt_close(&run);
}

HANDLER(answer_only_the_first)
{
    if (request->nth == 0)
        stream_whole(connection, request, context);
    else
        upstream_close(connection);
}

TEST_BOTH(a_fresh_connection_that_dies_is_not_replaced)
{
    attempt next;

    open_attempt(kind, answer_only_the_first);
    attempt_run(&run);
    wait_until_none_is_active(run.engine);
    run_beside(&run, kind, &next);
    cr_expect(eq(int, next.result.ending, CCPI_ENDED_BY_NETWORK));
    /* The pooled connection, and one fresh one. */
    cr_expect(eq(int, upstream_requests(run.server), 3));
    attempt_close(&next);
    attempt_close(&run);
}

/* ---- many at once ---- */

#define PARALLEL 300

static atomic_int waiting_streams;

/* Goes on only when all streams have come as far, so that they really overlap. */
HANDLER(stream_together)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_PING SSE_BLOCK);
    atomic_fetch_add(&waiting_streams, 1);
    while (atomic_load(&waiting_streams) < PARALLEL)
        usleep(1000);
    upstream_send_chunk(connection, SSE_DELTA);
    upstream_send_chunk(connection, SSE_DELTA SSE_BLOCK_STOP SSE_MESSAGE_DELTA SSE_STOP);
    upstream_end_stream(connection);
}

static void *run_one(void *self)
{
    attempt *attempt = self;

    attempt_run(attempt);
    attempt_finish(attempt);
    return NULL;
}

static void expect_many_streams(client_kind kind, int engine_threads)
{
    static attempt attempts[PARALLEL];
    static pthread_t threads[PARALLEL];
    upstream_server *server = upstream_start(stream_together, NULL);
    ccpi_engine *engine = start_engine(engine_threads);

    for (int i = 0; i < PARALLEL; i++) {
        attempt_open_beside(&attempts[i], kind, server, engine);
        attempt_post(&attempts[i], "{}", 2);
        cr_assert(zero(int, pthread_create(&threads[i], NULL, run_one, &attempts[i])));
    }
    for (int i = 0; i < PARALLEL; i++) {
        pthread_join(threads[i], NULL);
        cr_assert(eq(int, attempts[i].result.ending, CCPI_ENDED_WELL));
        cr_assert(attempts[i].is_whole);
        cr_assert(eq(str, attempts[i].body.data, SSE_WHOLE));
        attempt_close(&attempts[i]);
    }
    ccpi_engine_free(engine);
    upstream_stop(server);
}

TEST_BOTH(three_hundred_streams_at_once_do_not_disturb_each_other)
{
    expect_many_streams(kind, 1);
}

TEST_BOTH(two_threads_share_the_streams)
{
    expect_many_streams(kind, 2);
}

/* ---- the end ---- */

static void *stop_engine(void *self)
{
    ccpi_engine *engine = self;
    ccpi_engine_counters counters;

    do {
        usleep(1000);
        ccpi_engine_count(engine, &counters);
    } while (counters.active == 0);
    ccpi_engine_stop(engine);
    return NULL;
}

TEST_BOTH(stopping_the_engine_ends_what_runs_and_refuses_what_comes)
{
    pthread_t stopper;
    attempt next;

    open_attempt(kind, say_nothing);
    cr_assert(zero(int, pthread_create(&stopper, NULL, stop_engine, run.engine)));
    attempt_run(&run);
    cr_expect(eq(int, run.status, CCP_OK));
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_SHUTDOWN));
    pthread_join(stopper, NULL);

    run_beside(&run, kind, &next);
    cr_expect(eq(int, next.status, CCP_UNAVAILABLE));
    attempt_close(&next);
    attempt_close(&run);
}

TEST_BOTH(an_engine_can_be_freed_while_an_answer_lingers)
{
    open_attempt(kind, keep_open_behind_message_stop);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    attempt_close(&run);
    cr_expect(was_let_go);
}
