#include "upstream/engine.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "support/engine_run.h"
#include "support/messages.h"

/* ---- behind message_stop (RT-6b) ---- */

static atomic_bool may_end;

HANDLER(keep_open_behind_message_stop)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_WHOLE);
    wait_to_be_let_go(connection);
}

TEST_BOTH(engine, the_answer_is_over_with_message_stop_and_the_upstream_a_moment_later)
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

TEST_BOTH(engine, what_is_left_of_an_answer_is_read_so_that_its_connection_is_reused)
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

TEST_BOTH(engine, a_silent_but_living_upstream_is_covered_by_pings_between_events)
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

TEST_BOTH(engine, pings_do_not_keep_a_silent_answer_from_its_end)
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

TEST_BOTH(engine, one_connection_serves_one_request_after_another)
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

TEST_BOTH(engine, a_dead_pooled_connection_is_replaced_and_the_body_sent_again)
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

TEST_BOTH(engine, a_fresh_connection_that_dies_is_not_replaced)
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

TEST_BOTH(engine, three_hundred_streams_at_once_do_not_disturb_each_other)
{
    expect_many_streams(kind, 1);
}

TEST_BOTH(engine, two_threads_share_the_streams)
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

TEST_BOTH(engine, stopping_the_engine_ends_what_runs_and_refuses_what_comes)
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

TEST_BOTH(engine, an_engine_can_be_freed_while_an_answer_lingers)
{
    open_attempt(kind, keep_open_behind_message_stop);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    attempt_close(&run);
    cr_expect(was_let_go);
}
