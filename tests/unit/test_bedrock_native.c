/*
 * data/bedrock/invoke/request/<case>: in.json is the client's request, out.json
 * what InvokeModel shall get, to the byte, error.txt the refusal in place of it;
 * what is kept and what is not is that which Claude Code itself sends there.
 * options.json may have model_id, asked, betas (the header's value), edits
 * ("beta:NAME", "field:PATH", "thinking", with commas) and count. The same below
 * data/bedrock/messages for the Messages API on Bedrock.
 */
#include "bedrock/native/body.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "support/cases.h"

#define LIMIT ((size_t)16 * 1024 * 1024)

static void add_edits(const char *list, ccpi_edits *edits)
{
    ccpi_span rest = ccpi_span_of(list);

    while (rest.len > 0) {
        ccpi_span word = next_word(&rest, ',');
        ccpi_span kind = next_word(&word, ':');
        char name[CCPI_EDIT_NAME_MAX + 1];

        snprintf(name, sizeof(name), "%.*s", (int)word.len, word.data ? word.data : "");
        ccpi_edits_add(edits,
                       ccpi_span_is(kind, "beta")    ? CCPI_EDIT_BETA
                       : ccpi_span_is(kind, "field") ? CCPI_EDIT_FIELD
                                                     : CCPI_EDIT_THINKING,
                       name, CCPI_EDIT_NAMED);
    }
}

/* The body in memory of its own size, so that a sanitizer sees reads beyond. */
static ccp_status convert(const test_case *test, ccpi_bedrock_api api, ccpi_buf *out,
                          ccp_error *error)
{
    ccpi_buf in = read_case(test, "in.json");
    ccpi_headers headers = {0};
    ccpi_edits edits = {0};
    ccpi_patch patch = {.status = CCP_OK};
    const char *model_id =
        case_option(test, "model_id", "global.anthropic.claude-opus-5");
    const ccpi_native_options options = {
        .api = api,
        .model_id = model_id,
        .sent_model = model_id,
        .asked = case_option(test, "asked", "claude-opus-5"),
        .headers = &headers,
        .edits = &edits,
        .for_count = case_option(test, "count", NULL) != NULL,
    };
    ccp_status status;

    add_edits(case_option(test, "edits", ""), &edits);
    ccpi_headers_add(&headers, CCPI_SPAN("Anthropic-Beta"),
                     ccpi_span_of(case_option(test, "betas", "")));
    status = ccpi_native_request(ccpi_buf_span(&in), &options, &patch, error);
    if (status == CCP_OK)
        status = ccpi_patch_write(&patch, out);
    ccpi_patch_clear(&patch);
    ccpi_headers_clear(&headers);
    ccpi_buf_clear(&in);
    return status;
}

static void expect_case(const test_case *test, ccpi_bedrock_api api)
{
    ccpi_buf expected = read_optional(test, "out.json");
    ccpi_buf refusal = read_optional(test, "error.txt");
    ccpi_buf out = {.limit = LIMIT};
    ccp_error error = {0};
    ccp_status status = convert(test, api, &out, &error);

    if (refusal.len > 0) {
        ccpi_buf_cut(&refusal, refusal.len - 1);
        cr_expect(eq(int, status, CCP_INVALID), "%s", test->folder);
        cr_expect(eq(str, error.message, refusal.data), "%s", test->folder);
    } else {
        cr_assert(eq(int, status, CCP_OK), "%s: %s", test->folder, error.message);
        cr_expect(eq(str, out.data, expected.data ? expected.data : ""), "%s",
                  test->folder);
    }
    ccpi_buf_clear(&expected);
    ccpi_buf_clear(&refusal);
    ccpi_buf_clear(&out);
}

ParameterizedTestParameters(bedrock_native, each_request_to_invoke_is_as_its_folder_says)
{
    return cases_in("bedrock/invoke/request");
}

ParameterizedTest(const test_case *test, bedrock_native,
                  each_request_to_invoke_is_as_its_folder_says)
{
    expect_case(test, CCPI_BEDROCK_INVOKE);
}

ParameterizedTestParameters(bedrock_native,
                            each_request_to_messages_is_as_its_folder_says)
{
    return cases_in("bedrock/messages/request");
}

ParameterizedTest(const test_case *test, bedrock_native,
                  each_request_to_messages_is_as_its_folder_says)
{
    expect_case(test, CCPI_BEDROCK_MESSAGES);
}

/* https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html */
Test(bedrock_native, mantle_knows_models_without_geography_date_and_version)
{
    static const char *const ids[][2] = {
        {"global.anthropic.claude-opus-5-5", "anthropic.claude-opus-5-5"},
        {"us.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5"},
        {"anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6"},
        {"anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4"},
        {"arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/"
         "abc12345678",
         "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/"
         "abc12345678"},
    };

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        ccpi_mantle_id id = ccpi_mantle_id_of(ids[i][0]);

        cr_expect(eq(str, id.text, (char *)ids[i][1]));
    }
}
