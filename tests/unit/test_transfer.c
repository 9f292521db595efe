#include "upstream/transfer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/attempt.h"
#include "support/messages.h"

/* Every promise holds for both kinds of outlet. */
#define TEST_BOTH(name)                                                                  \
    static void name(client_kind kind);                                                  \
    Test(transfer_socket, name)                                                          \
    {                                                                                    \
        name(CLIENT_LENDS_SOCKET);                                                       \
    }                                                                                    \
    Test(transfer_queue, name)                                                           \
    {                                                                                    \
        name(CLIENT_HAS_FUNCTIONS);                                                      \
    }                                                                                    \
    static void name(client_kind kind)

static void stream_whole(upstream_connection *connection, const upstream_request *request,
                         void *context)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_PING);
    upstream_send_chunk(connection, SSE_BLOCK);
    upstream_send_chunk(connection, SSE_DELTA);
    upstream_send_chunk(connection, SSE_DELTA SSE_BLOCK_STOP);
    upstream_send_chunk(connection, SSE_MESSAGE_DELTA);
    upstream_send_chunk(connection, SSE_STOP);
    upstream_end_stream(connection);
}

TEST_BOTH(a_stream_reaches_the_client_byte_for_byte)
{
    attempt attempt;

    attempt_open(&attempt, kind, stream_whole, NULL);
    attempt_post(&attempt, "{}", 2);
    attempt_run(&attempt);
    attempt_finish(&attempt);

    cr_assert(eq(int, attempt.status, CCP_OK));
    cr_expect(eq(int, attempt.result.ending, CCPI_ENDED_WELL));
    cr_expect(eq(int, attempt.result.status, 200));
    cr_expect(attempt.result.saw_message_stop);
    cr_expect(eq(int, attempt.events, 8));
    cr_expect(attempt.is_whole);
    cr_assert(not(zero(sz, attempt.body.len)));
    cr_expect(eq(str, attempt.body.data, SSE_WHOLE));
    attempt_close(&attempt);
}
