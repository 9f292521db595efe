#include "provider/bedrock.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "bedrock/stream.h"
#include "support/failing_malloc.h"
#include "support/frames.h"
#include "wire/eventstream.h"

/* A request with one of everything that takes memory on its way. */
static const char body[] =
    "{\"model\":\"claude-opus-5\",\"stream\":true,\"system\":\"s\",\"max_tokens\":9,"
    "\"tools\":[{\"name\":\"a.tool/with a name that is not legal\"},{\"type\":"
    "\"bash_20250124\",\"name\":\"bash\"}],\"messages\":["
    "{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"title\":\"t\",\"source\":"
    "{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"abc\"}}]},"
    "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"x.1\","
    "\"name\":\"a.tool/with a name that is not legal\",\"input\":{}},{\"type\":"
    "\"tool_use\",\"id\":\"x.1\",\"name\":\"other name\",\"input\":{}}]},"
    "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"x.1\","
    "\"content\":[{\"type\":\"tool_reference\",\"tool_name\":\"third.name\"}]}]}]}";

static const ccpi_bedrock_options options = {.region = "us-east-1"};

typedef struct scene {
    ccpi_bedrock *bedrock;
    ccpi_provider provider;
    ccpi_headers headers;
    ccpi_look look;
    ccpi_provider_request request;
} scene;

static void set(scene *s)
{
    *s = (scene){.bedrock = NULL};
    cr_assert(eq(int, ccpi_bedrock_new(&options, &s->bedrock, NULL), CCP_OK));
    cr_assert(eq(int, ccpi_look_at(ccpi_span_of(body), &s->look, NULL), CCP_OK));
    s->provider = ccpi_bedrock_provider(s->bedrock);
    s->request = (ccpi_provider_request){
        .headers = &s->headers,
        .look = &s->look,
        .request_id = "req_1",
        .credential = CCPI_SPAN("key"),
        .model_id = "global.anthropic.claude-opus-5",
    };
}

Test(fault_bedrock, a_provider_is_made_whole_or_not_at_all)
{
    ccpi_bedrock *bedrock = NULL;
    ccp_status status;
    int nth = 0;

    do {
        fail_allocation(nth++);
        status = ccpi_bedrock_new(&options, &bedrock, NULL);
        if (allocation_failed()) {
            cr_assert(eq(int, status, CCP_NO_MEMORY));
            cr_assert(zero(ptr, bedrock));
        }
    } while (allocation_failed());
    fail_no_allocation();
    cr_expect(eq(int, status, CCP_OK));
    cr_expect(gt(int, nth, 1));
    ccpi_bedrock_free(bedrock);
}

Test(fault_bedrock, a_request_is_prepared_whole_or_not_at_all)
{
    scene s;
    ccp_status status;
    int nth = 0;

    set(&s);
    do {
        ccpi_outgoing out = {.method = NULL};

        fail_allocation(nth++);
        status = s.provider.prepare(s.provider.self, &s.request, &out, NULL);
        if (allocation_failed())
            cr_assert(eq(int, status, CCP_NO_MEMORY), "allocation %d", nth - 1);
        fail_no_allocation();
        ccpi_outgoing_clear(&out);
    } while (status != CCP_OK);
    cr_expect(gt(int, nth, 15), "only %d allocations were made to fail", nth);
    ccpi_bedrock_free(s.bedrock);
}

static ccp_status read_stream(scene *s, ccpi_span bytes)
{
    ccpi_buf client = {.limit = 65536};
    ccpi_reader *reader = NULL;
    ccp_status status =
        s->provider.open_reader(s->provider.self, &s->request, &reader, NULL);

    if (status == CCP_OK)
        status = reader->feed(reader, (ccpi_span){bytes.data, 70}, &client, NULL);
    if (status == CCP_OK)
        status = reader->feed(reader, (ccpi_span){bytes.data + 70, bytes.len - 70},
                              &client, NULL);
    if (status == CCP_OK)
        status = reader->finish(reader, &client, NULL);
    ccpi_reader_free(reader);
    ccpi_buf_clear(&client);
    return status;
}

static void add_event(const char *type, const char *payload, ccpi_buf *out)
{
    const ccpi_eventstream_header headers[] = {
        {CCPI_SPAN(":message-type"), CCPI_SPAN("event")},
        {CCPI_SPAN(":event-type"), ccpi_span_of(type)},
    };

    cr_assert(eq(int, append_frame(headers, 2, ccpi_span_of(payload), out), CCP_OK));
}

Test(fault_bedrock, a_stream_that_finds_no_memory_says_so)
{
    ccpi_buf bytes = {.limit = 65536};
    ccp_status status;
    scene s;
    int nth = 0;

    set(&s);
    add_event("messageStart", "{\"role\":\"assistant\"}", &bytes);
    add_event("contentBlockDelta",
              "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":"
              "{\"redactedContent\":\"c2U=\"}}}",
              &bytes);
    add_event("contentBlockDelta",
              "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":"
              "{\"redactedContent\":\"c2U=\"}}}",
              &bytes);
    add_event("contentBlockDelta",
              "{\"contentBlockIndex\":1,\"delta\":{\"citation\":{\"location\":"
              "{\"documentChar\":{\"documentIndex\":0}}}}}",
              &bytes);
    add_event("messageStop", "{\"stopReason\":\"end_turn\"}", &bytes);
    add_event("metadata", "{\"usage\":{\"inputTokens\":1,\"outputTokens\":1}}", &bytes);
    do {
        fail_allocation(nth++);
        status = read_stream(&s, ccpi_buf_span(&bytes));
        if (allocation_failed())
            cr_assert(eq(int, status, CCP_NO_MEMORY), "allocation %d", nth - 1);
        fail_no_allocation();
    } while (status != CCP_OK);
    cr_expect(gt(int, nth, 10), "only %d allocations were made to fail", nth);
    ccpi_buf_clear(&bytes);
    ccpi_bedrock_free(s.bedrock);
}

Test(fault_bedrock, a_whole_answer_that_finds_no_memory_says_so)
{
    static const char answer[] =
        "{\"output\":{\"message\":{\"content\":[{\"citationsContent\":{\"content\":"
        "[{\"text\":\"a\"}],\"citations\":[{\"location\":{\"documentPage\":{}}}]}}]}},"
        "\"stopReason\":\"end_turn\",\"usage\":{}}.................................";
    ccp_status status;
    scene s;
    int nth = 0;

    set(&s);
    s.look.is_stream = false;
    do {
        fail_allocation(nth++);
        status = read_stream(&s, (ccpi_span){answer, strlen(answer) - 33});
        if (allocation_failed())
            cr_assert(eq(int, status, CCP_NO_MEMORY), "allocation %d", nth - 1);
        fail_no_allocation();
    } while (status != CCP_OK);
    cr_expect(gt(int, nth, 5), "only %d allocations were made to fail", nth);
    ccpi_bedrock_free(s.bedrock);
}

Test(fault_bedrock, a_failure_is_explained_whole_or_not_at_all)
{
    ccp_status status;
    scene s;
    int nth = 0;

    set(&s);
    do {
        ccpi_told told = {.message = {.limit = 4096}};

        fail_allocation(nth++);
        status = s.provider.explain(s.provider.self, &s.request, CCPI_CLASS_BEDROCK_QUOTA,
                                    CCPI_SPAN("{\"message\":\"slow down\"}"), &told);
        if (allocation_failed())
            cr_assert(eq(int, status, CCP_NO_MEMORY));
        fail_no_allocation();
        ccpi_buf_clear(&told.message);
    } while (status != CCP_OK);
    cr_expect(gt(int, nth, 1));
    ccpi_bedrock_free(s.bedrock);
}

Test(fault_bedrock, text_that_flows_takes_no_memory)
{
    const ccpi_answer_options asked = {.request_id = "req_1", .model = "m"};
    ccpi_buf bytes = {.limit = 65536}, client = {.limit = 65536};
    ccpi_converse_stream *stream;

    add_event("contentBlockDelta",
              "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"some words\"}}", &bytes);
    cr_assert(eq(int, ccpi_converse_stream_new(&asked, &stream), CCP_OK));
    cr_assert(eq(int,
                 ccpi_converse_stream_feed(stream, ccpi_buf_span(&bytes), &client, NULL),
                 CCP_OK));
    for (int i = 0; i < 100; i++) {
        ccpi_buf_reset(&client);
        fail_allocation(0);
        cr_assert(eq(
            int, ccpi_converse_stream_feed(stream, ccpi_buf_span(&bytes), &client, NULL),
            CCP_OK));
        fail_no_allocation();
    }
    cr_expect(gt(sz, client.len, 0));
    ccpi_converse_stream_free(stream);
    ccpi_buf_clear(&client);
    ccpi_buf_clear(&bytes);
}
