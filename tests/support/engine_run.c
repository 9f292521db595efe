#include "support/engine_run.h"

#include <time.h>

#include "support/messages.h"

int64_t waited_ms;
bool was_let_go;

int64_t now_ms(void)
{
    const ccp_clock *clock = ccp_system_clock();

    return clock->monotonic_us(clock->self) / 1000;
}

int64_t processor_ms(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

void wait_to_be_let_go(upstream_connection *connection)
{
    const int64_t since_ms = now_ms();

    was_let_go = upstream_wait_for_close(connection, PATIENCE_MS);
    waited_ms = now_ms() - since_ms;
    upstream_close(connection);
}

void stream_whole(upstream_connection *connection, const upstream_request *request,
                  void *context)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_WHOLE);
    upstream_end_stream(connection);
}

void say_nothing(upstream_connection *connection, const upstream_request *request,
                 void *context)
{
    (void)request, (void)context;
    wait_to_be_let_go(connection);
}

void stop_in_the_middle(upstream_connection *connection, const upstream_request *request,
                        void *context)
{
    (void)request, (void)context;
    upstream_start_stream(connection);
    upstream_send_chunk(connection, SSE_START SSE_BLOCK);
    wait_to_be_let_go(connection);
}
