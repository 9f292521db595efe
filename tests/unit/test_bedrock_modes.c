/* BR-15, BR-16: the ways to ask Bedrock, and what it has refused. */
#include "base/cleanup.h"
#include "support/bedrock_made.h"

static const ccpi_bedrock_options by_invoke = {.region = "us-east-1",
                                               .api = CCPI_BEDROCK_INVOKE};
static const ccpi_bedrock_options by_messages = {.region = "us-east-1",
                                                 .api = CCPI_BEDROCK_MESSAGES};
static const ccpi_bedrock_options by_mantle = {
    .region = "us-east-1", .api = CCPI_BEDROCK_MESSAGES, .asks_mantle = true};

static void expect_body(const made *m, const char *expected)
{
    ccpi_buf body = {.limit = 65536};

    for (size_t i = 0; i < m->out.piece_count; i++)
        ccpi_buf_append_span(&body, m->out.pieces[i]);
    cr_expect(eq(str, body.data, (char *)expected));
    ccpi_buf_clear(&body);
}

Test(bedrock_modes, each_way_has_its_own_place)
{
    expect_url(&by_invoke, hi, CCPI_CALL_MESSAGES,
               "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
               "global.anthropic.claude-opus-4-5-20251101-v1%3A0/invoke");
    expect_url(&by_invoke, hi_streamed, CCPI_CALL_MESSAGES,
               "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
               "global.anthropic.claude-opus-4-5-20251101-v1%3A0/"
               "invoke-with-response-stream");
    expect_url(&by_messages, hi, CCPI_CALL_MESSAGES,
               "https://bedrock-runtime.us-east-1.amazonaws.com/anthropic/v1/messages");
    expect_url(&by_mantle, hi_streamed, CCPI_CALL_MESSAGES,
               "https://bedrock-mantle.us-east-1.api.aws/anthropic/v1/messages");
    expect_url(&by_mantle, hi, CCPI_CALL_COUNT_TOKENS,
               "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
               "anthropic.claude-opus-4-5-20251101-v1%3A0/count-tokens");
}

Test(bedrock_modes, the_keys_way_wins_but_other_models_know_converse_only)
{
    made m;

    make(&m, &in_virginia, hi);
    strcpy(m.identity.key.bedrock_api, "invoke");
    cr_assert(eq(int, prepare(&m), CCP_OK));
    cr_expect(ne(ptr, strstr(m.out.url, "/invoke"), NULL));
    ccpi_outgoing_clear(&m.out);
    m.request.model_id = "us.amazon.nova-pro-v1:0";
    cr_assert(eq(int, prepare(&m), CCP_OK));
    cr_expect(ne(ptr, strstr(m.out.url, "/converse"), NULL));
    clear(&m);

    make(&m, &by_messages, hi);
    strcpy(m.identity.key.bedrock_api, "converse");
    cr_assert(eq(int, prepare(&m), CCP_OK));
    cr_expect(ne(ptr, strstr(m.out.url, "/converse"), NULL));
    clear(&m);
}

Test(bedrock_modes, the_clients_own_bytes_go_to_invoke)
{
    made m;

    make(&m, &by_invoke, hi);
    ccpi_headers_set(&m.client, "anthropic-beta", "oauth-2025-04-20,new-2026-01-01");
    cr_assert(eq(int, prepare(&m), CCP_OK));
    expect_body(&m,
                "{\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
                ",\"anthropic_version\":\"bedrock-2023-05-31\",\"anthropic_beta\":"
                "[\"new-2026-01-01\"]}");
    /* Not copied: most of it lies where the client's body does. */
    cr_expect(gt(int, m.out.piece_count, 1));
    cr_expect(m.out.pieces[1].data > hi && m.out.pieces[1].data < hi + sizeof(hi));
    cr_expect(zero(ptr, (void *)ccpi_headers_get(&m.out.headers, "anthropic-beta")));
    clear(&m);
}

Test(bedrock_modes, a_body_with_very_many_changes_goes_in_one_piece)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf body = {.limit = 65536};
    made m;

    ccpi_buf_append_text(&body, "{\"model\":\"m\",\"messages\":[");
    for (int i = 0; i < 100; i++)
        ccpi_buf_append_format(&body,
                               "%s{\"role\":\"user\",\"output_config\":{},"
                               "\"content\":\"%d\"}",
                               i > 0 ? "," : "", i);
    ccpi_buf_append_text(&body, "]}");
    make(&m, &by_invoke, body.data);
    cr_assert(eq(int, prepare(&m), CCP_OK));
    cr_expect(eq(sz, m.out.piece_count, 1));
    cr_expect(zero(ptr, strstr(m.out.owned.data, "output_config")));
    cr_expect(ne(ptr, strstr(m.out.owned.data, "{\"role\":\"user\",\"content\":\"99\"}]"),
                 NULL));
    clear(&m);
}

Test(bedrock_modes, the_messages_api_gets_its_headers)
{
    made m;

    make(&m, &by_mantle, hi_streamed);
    ccpi_headers_add(&m.client, CCPI_SPAN("Anthropic-Beta"),
                     CCPI_SPAN("oauth-2025-04-20, a-2026-01-01"));
    ccpi_headers_add(&m.client, CCPI_SPAN("anthropic-beta"), CCPI_SPAN("b-2026-01-01"));
    cr_assert(eq(int, prepare(&m), CCP_OK));
    cr_expect(eq(str, (char *)ccpi_headers_get(&m.out.headers, "anthropic-version"),
                 "2023-06-01"));
    cr_expect(eq(str, (char *)ccpi_headers_get(&m.out.headers, "anthropic-beta"),
                 "a-2026-01-01,b-2026-01-01"));
    cr_expect(
        eq(str, (char *)ccpi_headers_get(&m.out.headers, "accept"), "text/event-stream"));
    expect_body(&m, "{\"model\":\"anthropic.claude-opus-4-5\",\"stream\":true,"
                    "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    ccpi_outgoing_clear(&m.out);
    ccpi_headers_set(&m.client, "anthropic-version", "2026-10-21");
    cr_assert(eq(int, prepare(&m), CCP_OK));
    cr_expect(eq(str, (char *)ccpi_headers_get(&m.out.headers, "anthropic-version"),
                 "2026-10-21"));
    clear(&m);
}

/* BR-14; the text is base64 of the body for InvokeModel. */
Test(bedrock_modes, tokens_are_counted_of_the_body_for_invoke)
{
    static const char expected[] = "{\"input\":{\"invokeModel\":{\"body\":"
                                   "\"eyJtYXhfdG9rZW5zIjo1LCJtZXNzYWdlcyI6W3sicm"
                                   "9sZSI6InVzZXIiLCJjb250ZW50IjoiaGkifV0sImFudGhyb3BpY19"
                                   "2ZXJzaW9uIjoiYmVkcm9jay0yMDIz"
                                   "LTA1LTMxIn0=\"}}}";
    made m;

    make(&m, &by_invoke, hi);
    m.request.call = CCPI_CALL_COUNT_TOKENS;
    cr_assert(eq(int, prepare(&m), CCP_OK));
    expect_body(&m, expected);
    clear(&m);

    make(&m, &by_messages, hi);
    m.request.call = CCPI_CALL_COUNT_TOKENS;
    cr_assert(eq(int, prepare(&m), CCP_OK));
    expect_body(&m, expected);
    clear(&m);
}

static void expect_signed(const ccpi_bedrock_options *options, const char *scope)
{
    static const ccpi_sigv4_credentials signer = {"AKIDEXAMPLE", "secret", "token"};
    const char *authorization;
    made m;

    make(&m, options, hi);
    m.request.credential = CCPI_SPAN("");
    m.request.signer = &signer;
    m.request.unix_seconds = 1440938160;
    cr_assert(eq(int, prepare(&m), CCP_OK));
    authorization = ccpi_headers_get(&m.out.headers, "authorization");
    cr_assert(ne(ptr, strstr(authorization, scope), NULL), "%s", authorization);
    cr_expect(eq(str, (char *)ccpi_headers_get(&m.out.headers, "x-amz-security-token"),
                 "token"));
    cr_expect(eq(str, (char *)ccpi_headers_get(&m.out.headers, "x-amz-date"),
                 "20150830T123600Z"));
    clear(&m);
}

/* BR-1 */
Test(bedrock_modes, the_services_keys_sign_every_way)
{
    expect_signed(&in_virginia,
                  "Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request");
    expect_signed(&by_invoke,
                  "Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request");
    expect_signed(&by_messages,
                  "Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request");
    expect_signed(
        &by_mantle,
        "Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock-mantle/aws4_request");
}

Test(bedrock_modes, the_messages_api_speaks_for_itself)
{
    made m;

    make(&m, &by_messages, hi_streamed);
    expect_told(&m, 400,
                "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
                "\"message\":\"prompt is too long: 9 tokens > 8 maximum\"}}",
                "400 invalid_request_error | prompt is too long: 9 tokens > 8 maximum");
    expect_told(&m, 413,
                "{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\","
                "\"message\":\"Request exceeds the maximum size\"}}",
                "413 request_too_large | Request exceeds the maximum size");
    expect_told(&m, 401,
                "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\","
                "\"message\":\"no\"}}",
                "503 api_error final | Bedrock credential was refused: no");
    expect_told(&m, 529,
                "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                "\"message\":\"Overloaded\"}}",
                "503 overloaded_error | bedrock_unavailable: Overloaded");
    clear(&m);
}

/* ---- what is remembered (BR-16) ---- */

static const char with_new[] = "{\"model\":\"m\",\"brand_new\":1,\"messages\":[{\"role\":"
                               "\"user\",\"content\":\"hi\"}]}";

static void expect_learned(const ccpi_bedrock_options *options)
{
    ccpi_bedrock_options remembering = *options;
    ccpi_edits edits = {0}, later = {0};
    made m;

    cr_assert(eq(
        int,
        ccpi_capabilities_new(ccp_system_clock(), 3600000000, &remembering.capabilities),
        CCP_OK));
    make(&m, &remembering, with_new);
    cr_assert(repair(&m, "{\"message\":\"brand_new: Extra inputs are not permitted\"}",
                     &edits));
    m.provider.recall(m.provider.self, &m.request, &later);
    cr_expect(zero(sz, later.count));
    m.request.edits = &edits;
    m.provider.accepted(m.provider.self, &m.request);
    m.provider.recall(m.provider.self, &m.request, &later);
    cr_expect(eq(sz, later.count, 1));
    /* And is of no use twice. */
    m.request.edits = &later;
    cr_expect(not(repair(
        &m, "{\"message\":\"brand_new: Extra inputs are not permitted\"}", &later)));
    clear(&m);
    ccpi_capabilities_free(remembering.capabilities);
}

Test(bedrock_modes, what_was_accepted_without_it_is_left_out_next_time)
{
    expect_learned(&in_virginia);
    expect_learned(&by_invoke);
    expect_learned(&by_messages);
}

Test(bedrock_modes, a_beta_that_is_refused_leaves_header_and_body)
{
    static const ccpi_bedrock_options *const all[] = {&in_virginia, &by_invoke,
                                                      &by_messages};

    for (size_t i = 0; i < 3; i++) {
        ccpi_edits edits = {0};
        made m;

        make(&m, all[i], hi);
        ccpi_headers_set(&m.client, "anthropic-beta", "new-2026-01-01,other-2026-01-01");
        cr_expect(repair(&m,
                         "{\"message\":\"Unexpected value(s) `new-2026-01-01` for the "
                         "`anthropic-beta` header\"}",
                         &edits));
        cr_expect(eq(sz, edits.count, 1));
        clear(&m);
    }
}
