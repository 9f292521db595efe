/* Upstreams that keep us waiting: each wait ends, and costs nothing meanwhile. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/engine_run.h"
#include "support/messages.h"

TEST_BOTH(engine, an_upstream_that_says_nothing_is_given_up_in_time)
{
    open_attempt(kind, say_nothing);
    run.options.timeouts.first_byte_ms = 50;
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_TIMEOUT));
    cr_expect(ge(i64, run.result.ended_us - run.result.submitted_us, 50000));
    attempt_close(&run);
    cr_expect(was_let_go);
}

TEST_BOTH(engine, an_answer_that_stops_coming_is_given_up_in_time)
{
    open_attempt(kind, stop_in_the_middle);
    run.options.timeouts.read_ms = 200; /* the head must come in time */
    attempt_run(&run);
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_BY_TIMEOUT));
    cr_expect(run.result.is_committed);
    attempt_close(&run);
    cr_expect(was_let_go);
}

TEST_BOTH(engine, an_answer_that_never_ends_is_given_up_in_time)
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

TEST_BOTH(engine, an_upstream_that_takes_nothing_is_given_up_in_time)
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

TEST_BOTH(engine, an_upstream_that_does_not_accept_is_given_up_in_time)
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

TEST_BOTH(engine, an_upstream_that_refuses_is_the_networks_fault)
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

TEST_BOTH(engine, waiting_for_an_upstream_takes_no_time_of_the_processor)
{
    int64_t since_ms;

    open_attempt(kind, be_silent_again_and_again);
    since_ms = processor_ms();
    attempt_run(&run);
    cr_expect(lt(i64, processor_ms() - since_ms, SILENCE_MS / 2));
    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    attempt_close(&run);
}
