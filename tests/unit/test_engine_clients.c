/* Clients that leave, read slowly or not at all. */
#include "upstream/engine.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdatomic.h>
#include <string.h>

#include "support/engine_run.h"
#include "support/messages.h"

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

TEST_BOTH(engine, a_client_that_leaves_early_cancels_the_upstream_within_a_second)
{
    open_attempt(kind, lose_the_client_before_the_commit_point);
    attempt_run(&run);
    cr_expect(not(run.result.is_committed));
    expect_letting_go_within_a_second();
}

TEST_BOTH(engine, a_client_that_leaves_in_the_middle_cancels_the_upstream_within_a_second)
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

TEST_BOTH(engine, a_client_that_does_not_read_stops_the_upstream_and_loses_nothing)
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

TEST_BOTH(engine, where_memory_is_short_a_slow_stream_pauses_sooner)
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

TEST_BOTH(engine, where_memory_is_short_held_answers_are_let_go)
{
    open_attempt_with_memory(kind, wait_behind_many_pings, 100);
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_EVENT));
    cr_expect(run.result.is_committed);
    attempt_close(&run);
}

TEST_BOTH(engine, what_was_held_is_given_back)
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
