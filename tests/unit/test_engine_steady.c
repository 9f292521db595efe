#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>

#include "support/attempt.h"
#include "support/messages.h"

/* A stream in the middle of its answer. */

#define WARM_UP 20
#define EVENTS 300
#define PATIENCE_MS 10000
#define THREAD_NAME_SIZE 16 /* prctl(2) */

static const char event_text[] =
    "event: content_block_delta\ndata: {\"type\":\"content_"
    "block_delta\",\"delta\":{\"text\":\"............\"}}\n\n";

/* Of the sanitizers, <sanitizer/allocator_interface.h>; without them nobody counts. */
int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void *memory, size_t size),
    void (*on_free)(const volatile void *memory)) __attribute__((weak));

static atomic_bool is_steady;
static atomic_int allocations;
static atomic_int all_allocations;

static bool is_engine(void)
{
    char name[THREAD_NAME_SIZE] = "";

    prctl(PR_GET_NAME, name);
    return strcmp(name, "ccp-engine") == 0;
}

static void count(const volatile void *memory, size_t size)
{
    (void)memory, (void)size;
    if (!is_engine())
        return;
    atomic_fetch_add(&all_allocations, 1);
    if (atomic_load(&is_steady))
        atomic_fetch_add(&allocations, 1);
}

static void ignore(const volatile void *memory)
{
    (void)memory;
}

/* One at a time, as a model writes them: each is a turn of the engine's loop. */
static void send_events(upstream_connection *connection, const attempt *to, int events,
                        int *sent)
{
    for (int i = 0; i < events; i++) {
        upstream_send_chunk(connection, event_text);
        *sent += 1;
        cr_assert(client_wait_for_len(&to->client, *sent * (int)strlen(event_text),
                                      PATIENCE_MS));
    }
}

static void stream_steadily(upstream_connection *connection,
                            const upstream_request *request, void *context)
{
    const attempt *to = context;
    int sent = 0;

    (void)request;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK);
    send_events(connection, to, WARM_UP, &sent);
    atomic_store(&is_steady, true);
    send_events(connection, to, EVENTS, &sent);
    atomic_store(&is_steady, false);
    upstream_send_chunk(connection, SSE_BLOCK_STOP SSE_MESSAGE_DELTA SSE_STOP);
    upstream_end_stream(connection);
}

Test(engine_steady, events_that_pass_allocate_nothing, .timeout = 60)
{
    attempt run;

    if (!__sanitizer_install_malloc_and_free_hooks)
        cr_skip("nobody counts allocations here");
    __sanitizer_install_malloc_and_free_hooks(count, ignore);
    attempt_open(&run, CLIENT_LENDS_SOCKET, stream_steadily, &run);
    attempt_post(&run, "{}", 2);

    attempt_run(&run);
    attempt_finish(&run);

    cr_expect(eq(int, run.result.ending, CCPI_ENDED_WELL));
    cr_expect(gt(int, run.events, EVENTS));
    cr_expect(gt(int, atomic_load(&all_allocations), 0), "the counting does not work");
    /* A buffer may have found its size only now. */
    cr_expect(lt(int, atomic_load(&allocations), EVENTS / 100));
    attempt_close(&run);
}
