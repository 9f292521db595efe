#include "support/bedrock_made.h"

/* BR-1; the encoding is that of https://docs.aws.amazon.com/bedrock, as SDKs send it. */
Test(bedrock, the_url_names_region_model_and_operation)
{
    static const ccpi_bedrock_options elsewhere = {.region = "us-east-1",
                                                   .endpoint = "http://127.0.0.1:9/"};

    expect_url(&in_virginia, hi, CCPI_CALL_MESSAGES,
               "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
               "global.anthropic.claude-opus-4-5-20251101-v1%3A0/converse");
    expect_url(&in_virginia, hi_streamed, CCPI_CALL_MESSAGES,
               "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
               "global.anthropic.claude-opus-4-5-20251101-v1%3A0/converse-stream");
    expect_url(&in_virginia, hi_streamed, CCPI_CALL_COUNT_TOKENS,
               "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
               "anthropic.claude-opus-4-5-20251101-v1%3A0/count-tokens");
    expect_url(&elsewhere, hi, CCPI_CALL_MESSAGES,
               "http://127.0.0.1:9/model/"
               "global.anthropic.claude-opus-4-5-20251101-v1%3A0/converse");
}

Test(bedrock, the_keys_region_wins)
{
    made m;

    make(&m, &in_virginia, hi);
    strcpy(m.identity.key.bedrock_region, "eu-central-1");
    m.request.model_id =
        "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc";
    cr_assert(eq(int, prepare(&m), CCP_OK));
    cr_expect(eq(str, m.out.url,
                 "https://bedrock-runtime.eu-central-1.amazonaws.com/model/"
                 "arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3A"
                 "application-inference-profile%2Fabc/converse"));
    clear(&m);
}

Test(bedrock, neither_region_nor_model_can_change_the_host)
{
    made m;

    make(&m, &in_virginia, hi);
    strcpy(m.identity.key.bedrock_region, "evil.example/x");
    cr_expect(eq(int, prepare(&m), CCP_INVALID));
    clear(&m);

    make(&m, &in_virginia, hi);
    m.request.model_id = "../../x?y";
    cr_expect(eq(int, prepare(&m), CCP_INVALID));
    clear(&m);
}

Test(bedrock, the_credential_goes_as_a_bearer_and_no_header_of_the_client_goes)
{
    made m;

    make(&m, &in_virginia, hi_streamed);
    ccpi_headers_set(&m.client, "authorization", "Bearer sk-ant-oat01-x");
    ccpi_headers_set(&m.client, "x-api-key", "sk-x");
    ccpi_headers_set(&m.client, "anthropic-beta", "oauth-2025-04-20");
    cr_assert(eq(int, prepare(&m), CCP_OK));
    cr_expect(eq(str, (char *)ccpi_headers_get(&m.out.headers, "authorization"),
                 "Bearer bedrock-key"));
    cr_expect(eq(str, (char *)ccpi_headers_get(&m.out.headers, "accept"),
                 "application/vnd.amazon.eventstream"));
    cr_expect(eq(sz, m.out.headers.count, 4));
    cr_expect(eq(int, m.out.piece_count, 1));
    cr_expect(zero(ptr, memmem(m.out.pieces[0].data, m.out.pieces[0].len, "oauth", 5)));
    clear(&m);
}

/* BR-4 */
Test(bedrock, a_request_that_would_lose_content_is_not_prepared)
{
    made m;

    make(&m, &in_virginia,
         "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
         "\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://x\"}}]}]}");
    cr_expect(eq(int, prepare(&m), CCP_INVALID));
    cr_expect(ne(ptr, strstr(m.error.message, "messages.0.content.0"), NULL));
    clear(&m);
}

/* BR-12 */
Test(bedrock, the_client_is_told_in_bedrocks_words)
{
    made m;

    make(&m, &in_virginia, hi);
    expect_told(&m, 400, "{\"message\":\"Input is too long for requested model.\"}",
                "400 invalid_request_error | Input is too long for requested model.");
    expect_told(&m, 429, "{\"message\":\"Too many tokens\"}",
                "429 rate_limit_error | bedrock_quota_exceeded: Too many tokens");
    expect_told(&m, 403, "{\"Message\":\"Bearer Token has expired\"}",
                "503 api_error final | Bedrock credential was refused: Bearer Token has "
                "expired");
    expect_told(&m, 424, "{\"message\":\"x\"}", "502 api_error | bedrock_model_error: x");
    expect_told(&m, 503, "<html>", "503 overloaded_error | bedrock_unavailable");
    expect_told(&m, 408, "", "504 timeout_error | bedrock_timeout");
    expect_told(&m, 400, "", "400 invalid_request_error | bedrock_validation");
    clear(&m);
}

Test(bedrock, an_unknown_model_is_named)
{
    made m;
    ccpi_told told = {.message = {.limit = 4096}};

    make(&m, &in_virginia, hi);
    m.provider.explain(m.provider.self, &m.request, CCPI_CLASS_BEDROCK_MODEL_UNKNOWN,
                       CCPI_SPAN(""), &told);
    cr_expect(eq(int, told.status, 404));
    cr_expect(ne(ptr, strstr(told.message.data, MODEL), NULL));
    cr_expect(ne(ptr, strstr(told.message.data, "claude-opus-4-5"), NULL));
    ccpi_buf_clear(&told.message);
    clear(&m);
}

Test(bedrock, failures_without_an_answer_have_their_texts)
{
    made m;
    ccpi_told told = {.message = {.limit = 4096}};

    make(&m, &in_virginia, hi);
    m.provider.explain(m.provider.self, &m.request, CCPI_CLASS_TIMEOUT, CCPI_SPAN(""),
                       &told);
    cr_expect(eq(int, told.status, 504));
    m.provider.explain(m.provider.self, &m.request, CCPI_CLASS_NETWORK_ERROR,
                       CCPI_SPAN(""), &told);
    cr_expect(eq(int, told.status, 503));
    ccpi_buf_clear(&told.message);
    clear(&m);
}

static void expect_read(made *m, const char *upstream, ccp_status status,
                        const char *expected)
{
    ccpi_reader *reader = NULL;
    ccpi_buf client = {.limit = 65536};

    cr_assert(eq(int,
                 m->provider.open_reader(m->provider.self, &m->request, &reader, NULL),
                 CCP_OK));
    for (const char *at = upstream; *at; at++)
        reader->feed(reader, (ccpi_span){at, 1}, &client, NULL);
    cr_expect(eq(int, reader->finish(reader, &client, NULL), status));
    cr_expect(eq(str, client.data ? client.data : "", (char *)expected));
    ccpi_buf_clear(&client);
    ccpi_reader_free(reader);
}

Test(bedrock, a_whole_answer_is_read)
{
    made m;

    make(&m, &in_virginia, hi);
    expect_read(&m,
                "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":"
                "\"yes\"}]}},\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":1,"
                "\"outputTokens\":2}}",
                CCP_OK,
                "{\"id\":\"msg_0123456789abcdef01234567\",\"type\":\"message\",\"role\":"
                "\"assistant\",\"model\":\"claude-opus-4-5\",\"content\":[{\"type\":"
                "\"text\",\"text\":\"yes\"}],\"stop_reason\":\"end_turn\","
                "\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,"
                "\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,"
                "\"cache_creation\":{\"ephemeral_5m_input_tokens\":0,"
                "\"ephemeral_1h_input_tokens\":0},\"output_tokens\":2}}");
    expect_read(&m, "<html>", CCP_PROTOCOL, "");
    clear(&m);
}

/* BR-14 */
Test(bedrock, a_token_count_is_read)
{
    made m;

    make(&m, &in_virginia, hi);
    m.request.call = CCPI_CALL_COUNT_TOKENS;
    expect_read(&m, "{\"inputTokens\":42}", CCP_OK, "{\"input_tokens\":42}");
    expect_read(&m, "{}", CCP_PROTOCOL, "");
    expect_read(&m, "", CCP_PROTOCOL, "");
    clear(&m);
}

Test(bedrock, a_stream_that_never_began_is_no_answer)
{
    made m;

    make(&m, &in_virginia, hi_streamed);
    expect_read(&m, "", CCP_PROTOCOL, "");
    clear(&m);
}

/* BR-16 */
Test(bedrock, a_refused_field_is_left_out_of_the_next_try)
{
    made m;
    ccpi_edits edits = {0};

    make(&m, &in_virginia,
         "{\"model\":\"m\",\"brand_new\":1,\"messages\":[{\"role\":\"user\",\"content\":"
         "\"hi\"}]}");
    cr_expect(repair(&m, "{\"message\":\"brand_new: Extra inputs are not permitted\"}",
                     &edits));
    m.request.edits = &edits;
    cr_assert(eq(int, prepare(&m), CCP_OK));
    cr_expect(zero(ptr, strstr(m.out.owned.data, "brand_new")));
    clear(&m);
}

Test(bedrock, what_can_not_be_left_out_is_not_tried_again)
{
    made m;
    ccpi_edits edits = {0};

    make(&m, &in_virginia, hi);
    cr_expect(not(repair(
        &m, "{\"message\":\"messages.0.content.0: Extra inputs are not permitted\"}",
        &edits)));
    cr_expect(
        not(repair(&m, "{\"message\":\"Invalid `signature` in `thinking`\"}", &edits)));
    clear(&m);
}
