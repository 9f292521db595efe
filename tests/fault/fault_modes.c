/* InvokeModel and the Messages API on Bedrock, with each allocation made to fail. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/encode.h"
#include "provider/bedrock.h"
#include "support/failing_malloc.h"
#include "support/frames.h"
#include "wire/eventstream.h"

/* A request with one of everything that takes memory on its way. */
static const char body[] =
    "{\"model\":\"claude-sonnet-4-6\",\"stream\":true,\"system\":\"s\",\"new\":{\"x\":1},"
    "\"thinking\":{\"type\":\"adaptive\",\"display\":\"omitted\"},\"tools\":["
    "{\"name\":\"t\",\"input_schema\":{}},{\"type\":\"web_search_20250305\",\"name\":"
    "\"web_search\"}],\"tool_choice\":{\"type\":\"tool\",\"name\":\"web_search\"},"
    "\"messages\":[{\"role\":\"system\",\"content\":\"moved\"},{\"role\":\"assistant\","
    "\"content\":[{\"type\":\"mcp_tool_result\",\"content\":[{\"type\":\"text\",\"text\":"
    "\"a\"}]}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_"
    "id\":"
    "\"x\",\"content\":[{\"type\":\"tool_reference\",\"tool_name\":\"t\"}]}]}]}";

static const ccpi_sigv4_credentials signer = {"AKIDEXAMPLE", "secret", "token"};

typedef struct scene {
    ccpi_bedrock *bedrock;
    ccpi_provider provider;
    ccpi_headers headers;
    ccpi_look look;
    ccpi_edits edits;
    ccpi_provider_request request;
} scene;

static void set(scene *s, ccpi_bedrock_api api)
{
    const ccpi_bedrock_options options = {.region = "us-east-1", .api = api};

    *s = (scene){.bedrock = NULL};
    cr_assert(eq(int, ccpi_bedrock_new(&options, &s->bedrock, NULL), CCP_OK));
    cr_assert(eq(int, ccpi_look_at(ccpi_span_of(body), &s->look, NULL), CCP_OK));
    cr_assert(eq(int,
                 ccpi_headers_set(&s->headers, "anthropic-beta",
                                  "a-2026-01-01,interleaved-thinking-2025-05-14"),
                 CCP_OK));
    ccpi_edits_add(&s->edits, CCPI_EDIT_FIELD, "new.x", CCPI_EDIT_KNOWN);
    s->provider = ccpi_bedrock_provider(s->bedrock);
    s->request = (ccpi_provider_request){
        .headers = &s->headers,
        .look = &s->look,
        .request_id = "req_1",
        .signer = &signer,
        .unix_seconds = 1440938160,
        .model_id = "us.anthropic.claude-sonnet-4-6",
        .edits = &s->edits,
    };
}

static void clear(scene *s)
{
    ccpi_headers_clear(&s->headers);
    ccpi_bedrock_free(s->bedrock);
}

static void expect_prepared(ccpi_bedrock_api api, ccpi_call call)
{
    scene s;
    ccp_status status;
    int nth = 0;

    set(&s, api);
    s.request.call = call;
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
    clear(&s);
}

Test(fault_modes, a_request_is_prepared_whole_or_not_at_all)
{
    expect_prepared(CCPI_BEDROCK_CONVERSE, CCPI_CALL_MESSAGES);
    expect_prepared(CCPI_BEDROCK_INVOKE, CCPI_CALL_MESSAGES);
    expect_prepared(CCPI_BEDROCK_MESSAGES, CCPI_CALL_MESSAGES);
    expect_prepared(CCPI_BEDROCK_INVOKE, CCPI_CALL_COUNT_TOKENS);
}

static ccp_status read_answer(scene *s, ccpi_span bytes)
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

static void expect_read(scene *s, ccpi_span bytes)
{
    ccp_status status;
    int nth = 0;

    do {
        fail_allocation(nth++);
        status = read_answer(s, bytes);
        if (allocation_failed())
            cr_assert(eq(int, status, CCP_NO_MEMORY), "allocation %d", nth - 1);
        fail_no_allocation();
    } while (status != CCP_OK);
    cr_expect(gt(int, nth, 6), "only %d allocations were made to fail", nth);
}

static void add_chunk(const char *event, ccpi_buf *out)
{
    const ccpi_eventstream_header headers[] = {
        {CCPI_SPAN(":message-type"), CCPI_SPAN("event")},
        {CCPI_SPAN(":event-type"), CCPI_SPAN("chunk")},
    };
    ccpi_buf payload = {.limit = 4096};
    char base64[1024];

    ccpi_base64_encode((const unsigned char *)event, strlen(event), base64);
    /* Escaped, as some writers do: then it is decoded first. */
    ccpi_buf_append_format(&payload, "{\"p\":\"\",\"bytes\":\"\\u00%02x%s\"}", base64[0],
                           base64 + 1);
    cr_assert(eq(int, append_frame(headers, 2, ccpi_buf_span(&payload), out), CCP_OK));
    ccpi_buf_clear(&payload);
}

Test(fault_modes, a_stream_that_finds_no_memory_says_so)
{
    ccpi_buf bytes = {.limit = 65536};
    scene s;

    set(&s, CCPI_BEDROCK_INVOKE);
    add_chunk("{\"type\":\"message_start\",\"message\":{\"model\":\"x\"}}", &bytes);
    add_chunk("{\"type\":\"ping\",\"amazon-bedrock-x\":1}", &bytes);
    add_chunk("{\"type\":\"message_delta\",\"usage\":{\"output_tokens\":1}}", &bytes);
    add_chunk("{\"type\":\"message_stop\",\"usage\":{\"input_tokens\":1},"
              "\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":1}}",
              &bytes);
    expect_read(&s, ccpi_buf_span(&bytes));
    ccpi_buf_clear(&bytes);
    clear(&s);
}

Test(fault_modes, a_whole_answer_that_finds_no_memory_says_so)
{
    static const char answer[] =
        "{\"model\":\"x\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}],\"usage\":{},"
        "\"amazon-bedrock-trace\":{}}";
    scene s;

    set(&s, CCPI_BEDROCK_INVOKE);
    s.look.is_stream = false;
    expect_read(&s, ccpi_span_of(answer));
    clear(&s);
}

/* A repair that finds no memory is none: the refusal stands. */
Test(fault_modes, a_repair_is_made_whole_or_not_at_all)
{
    scene s;
    bool is_repaired;
    int nth = 0;

    set(&s, CCPI_BEDROCK_INVOKE);
    do {
        ccpi_edits edits = s.edits;

        fail_allocation(nth++);
        is_repaired = s.provider.repair(
            s.provider.self, &s.request, 400,
            CCPI_SPAN("{\"message\":\"thinking: Extra inputs are not permitted\"}"),
            &edits);
        if (allocation_failed())
            cr_assert(not(is_repaired), "allocation %d", nth - 1);
    } while (allocation_failed());
    fail_no_allocation();
    cr_expect(is_repaired);
    clear(&s);
}
