#include "upstream/transfer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/attempt.h"

/* A stream as the Messages API sends it.
 * https://docs.claude.com/en/api/messages-streaming */
#define START                                                                            \
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":"       \
    "\"msg_1\",\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n"
#define PING "event: ping\ndata: {\"type\": \"ping\"}\n\n"
#define BLOCK                                                                            \
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"   \
    "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
#define DELTA                                                                            \
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"   \
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n"
#define BLOCK_STOP                                                                       \
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
#define MESSAGE_DELTA                                                                    \
    "event: message_delta\ndata: "                                                       \
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"                            \
    "\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}}\n\n"
#define STOP "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
#define WHOLE START PING BLOCK DELTA DELTA BLOCK_STOP MESSAGE_DELTA STOP

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
    upstream_send_chunk(connection, START PING);
    upstream_send_chunk(connection, BLOCK);
    upstream_send_chunk(connection, DELTA);
    upstream_send_chunk(connection, DELTA BLOCK_STOP);
    upstream_send_chunk(connection, MESSAGE_DELTA);
    upstream_send_chunk(connection, STOP);
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
    cr_expect(eq(str, attempt.body.data, WHOLE));
    attempt_close(&attempt);
}
