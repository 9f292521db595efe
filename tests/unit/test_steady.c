/* Machines in the middle of a stream: an event that passes allocates nothing. */
#include <ccproxy/converse.h>
#include <ccproxy/eventstream.h>
#include <ccproxy/meter.h>
#include <ccproxy/sse.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <string.h>

#include "bedrock/native/answer.h"

#define WARM_UP 20
#define EVENTS 1000

/* Of the sanitizers, <sanitizer/allocator_interface.h>; without them nobody counts. */
int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void *memory, size_t size),
    void (*on_free)(const volatile void *memory)) __attribute__((weak));

static int allocations;

static void count(const volatile void *memory, size_t size)
{
    (void)memory, (void)size;
    allocations++;
}

static void ignore(const volatile void *memory)
{
    (void)memory;
}

static void set_up(void)
{
    if (!__sanitizer_install_malloc_and_free_hooks)
        cr_skip("nobody counts allocations here");
    __sanitizer_install_malloc_and_free_hooks(count, ignore);
}

TestSuite(steady, .init = set_up, .timeout = 60);

/* How many allocations EVENTS calls make, once it has found its sizes. */
static int allocations_of(void (*pass_event)(void *machine), void *machine)
{
    /* Making the machine allocates: else the counting does not work. */
    cr_assert(gt(int, allocations, 0));
    for (int i = 0; i < WARM_UP; i++)
        pass_event(machine);
    allocations = 0;
    for (int i = 0; i < EVENTS; i++)
        pass_event(machine);
    return allocations;
}

static const char delta_event[] =
    "event: content_block_delta\n"
    "data: {\"type\":\"content_block_delta\",\"index\":0,"
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"twelve bytes\"}}\n\n";

static void feed_meter(void *machine)
{
    cr_assert(ccp_meter_feed(machine, delta_event, strlen(delta_event)) == CCP_OK);
}

Test(steady, the_meter)
{
    ccp_meter *meter;

    cr_assert(ccp_meter_new(&meter) == CCP_OK);
    cr_expect(zero(int, allocations_of(feed_meter, meter)));
    cr_expect(
        eq(i64, (int64_t)ccp_meter_read(meter).content_bytes, (WARM_UP + EVENTS) * 12));
    ccp_meter_free(meter);
}

/* Cut in two, so that a part of each event has to be kept. */
static void feed_sse(void *machine)
{
    const size_t half = strlen(delta_event) / 2;

    cr_assert(ccp_sse_feed(machine, delta_event, half, NULL) == CCP_OK);
    cr_assert(ccp_sse_feed(machine, delta_event + half, strlen(delta_event) - half,
                           NULL) == CCP_OK);
}

static void count_event(void *self, const ccp_sse_event *event)
{
    cr_assert(gt(sz, event->data.len, 0));
    ++*(int *)self;
}

Test(steady, the_parser_of_events)
{
    int events = 0;
    const ccp_sse_watcher watcher = {.event = count_event, .self = &events};
    ccp_sse *sse;

    cr_assert(ccp_sse_new(&watcher, &sse) == CCP_OK);
    cr_expect(zero(int, allocations_of(feed_sse, sse)));
    cr_expect(eq(int, events, WARM_UP + EVENTS));
    ccp_sse_free(sse);
}

typedef struct frame {
    char bytes[512];
    size_t len;
} frame;

static frame make_frame(const char *type, const char *payload)
{
    const ccp_eventstream_header headers[] = {{":message-type", "event"},
                                              {":event-type", type},
                                              {":content-type", "application/json"}};
    frame made;
    ccp_room room = {made.bytes, sizeof(made.bytes), 0};

    cr_assert(ccp_eventstream_encode(headers, 3, (ccp_bytes){payload, strlen(payload)},
                                     &room) == CCP_OK);
    made.len = room.len;
    return made;
}

/* Bedrock pads its events, so that their length tells nothing. */
static const char converse_delta[] = "{\"contentBlockIndex\":0,\"delta\":{\"text\":"
                                     "\"twelve bytes\"},\"p\":\"abcdefghijklm\"}";

static ccp_status count_frame(void *context, const ccp_eventstream_frame *found)
{
    cr_assert(eq(sz, found->payload.len, strlen(converse_delta)));
    ++*(int *)context;
    return CCP_OK;
}

/* Makes a frame too: neither side allocates. Cut in two, as above. */
static void pass_frame(void *machine)
{
    const frame made = make_frame("contentBlockDelta", converse_delta);
    const size_t half = made.len / 2;

    cr_assert(ccp_eventstream_feed(machine, made.bytes, half, NULL) == CCP_OK);
    cr_assert(ccp_eventstream_feed(machine, made.bytes + half, made.len - half, NULL) ==
              CCP_OK);
}

Test(steady, the_encoder_and_the_decoder_of_frames)
{
    ccp_eventstream *stream;
    int frames = 0;

    cr_assert(ccp_eventstream_new(count_frame, &frames, &stream) == CCP_OK);
    cr_expect(zero(int, allocations_of(pass_frame, stream)));
    cr_expect(eq(int, frames, WARM_UP + EVENTS));
    ccp_eventstream_free(stream);
}

static void feed_converse(void *machine)
{
    const frame made = make_frame("contentBlockDelta", converse_delta);

    cr_assert(ccp_converse_stream_feed(machine, made.bytes, made.len, NULL) == CCP_OK);
}

static void count_bytes(void *context, const char *events, size_t len)
{
    (void)events;
    *(size_t *)context += len;
}

Test(steady, the_stream_of_converse)
{
    const ccp_converse_facts facts = {.model_id = "global.anthropic.claude-sonnet-5-5"};
    const frame start = make_frame("messageStart", "{\"role\":\"assistant\"}");
    ccp_converse_stream *stream;
    size_t bytes = 0;

    cr_assert(ccp_converse_stream_new(&facts, count_bytes, &bytes, &stream, NULL) ==
              CCP_OK);
    cr_assert(ccp_converse_stream_feed(stream, start.bytes, start.len, NULL) == CCP_OK);
    cr_expect(zero(int, allocations_of(feed_converse, stream)));
    cr_expect(gt(sz, bytes, EVENTS * strlen("twelve bytes")));
    ccp_converse_stream_free(stream);
}

/* The base64 of an event as Anthropic's stream has it: `base64 -w0`. */
static const char invoke_start[] =
    "{\"bytes\":"
    "\"eyJ0eXBlIjoibWVzc2FnZV9zdGFydCIsIm1lc3NhZ2UiOnsiaWQiOiJtc2dfMSIsInR5cGUi"
    "OiJtZXNzYWdlIiwicm9sZSI6ImFzc2lzdGFudCIsIm1vZGVsIjoibSIsImNvbnRlbnQiOltdLCJ1c2FnZSI6"
    "eyJpbnB1dF90b2tlbnMiOjEsIm91dHB1dF90b2tlbnMiOjF9fX0=\"}";
static const char invoke_delta[] =
    "{\"bytes\":"
    "\"eyJ0eXBlIjoiY29udGVudF9ibG9ja19kZWx0YSIsImluZGV4IjowLCJkZWx0YSI6eyJ0eXBl"
    "IjoidGV4dF9kZWx0YSIsInRleHQiOiJ0d2VsdmUgYnl0ZXMifX0=\"}";

typedef struct chunk_run {
    ccpi_chunks *chunks;
    ccpi_buf out;
} chunk_run;

static void feed_chunk(chunk_run *run, const char *payload)
{
    const frame made = make_frame("chunk", payload);

    run->out.len = 0; /* as the reader's owner does, once it has passed on what came */
    cr_assert(ccpi_chunks_feed(run->chunks, (ccpi_span){made.bytes, made.len}, &run->out,
                               NULL) == CCP_OK);
    cr_assert(gt(sz, run->out.len, 0));
}

static void feed_chunk_delta(void *machine)
{
    feed_chunk(machine, invoke_delta);
}

Test(steady, the_stream_of_invoke)
{
    const ccpi_names names = {0};
    const ccpi_answer_options options = {
        .request_id = "req_0", .model = "claude-sonnet-5-5", .names = &names};
    chunk_run run = {.out = {.limit = 65536}};

    cr_assert(ccpi_chunks_new(&options, &run.chunks) == CCP_OK);
    feed_chunk(&run, invoke_start);
    cr_expect(zero(int, allocations_of(feed_chunk_delta, &run)));
    ccpi_chunks_free(run.chunks);
    ccpi_buf_clear(&run.out);
}
