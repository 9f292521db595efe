/*
 * data/bedrock/request/<case>: in.json is the client's request, out.json what
 * Converse shall get, error.txt the refusal in place of it. options.json may
 * have model_id, asked, betas (the header's value), edits ("beta:NAME",
 * "field:PATH", "thinking", with commas) and count.
 */
#include "bedrock/request.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "support/cases.h"
#include "support/json_equal.h"

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

static ccp_status convert(const test_case *test, ccpi_buf *out, ccp_error *error)
{
    ccpi_buf in = read_case(test, "in.json");
    ccpi_headers headers = {0};
    ccpi_edits edits = {0};
    const ccpi_converse_options options = {
        .model_id = case_option(test, "model_id", "global.anthropic.claude-opus-5"),
        .asked = case_option(test, "asked", "claude-opus-5"),
        .headers = &headers,
        .edits = &edits,
        .for_count = case_option(test, "count", NULL) != NULL,
        .sends_metadata = case_option(test, "metadata", NULL) != NULL,
    };
    ccp_status status;

    add_edits(case_option(test, "edits", ""), &edits);
    ccpi_headers_add(&headers, CCPI_SPAN("Anthropic-Beta"),
                     ccpi_span_of(case_option(test, "betas", "")));
    status = ccpi_converse_request(ccpi_buf_span(&in), &options, out, error);
    ccpi_headers_clear(&headers);
    ccpi_buf_clear(&in);
    return status;
}

ParameterizedTestParameters(bedrock_request, each_case_is_converted_as_its_folder_says)
{
    return cases_in("bedrock/request");
}

ParameterizedTest(const test_case *test, bedrock_request,
                  each_case_is_converted_as_its_folder_says)
{
    ccpi_buf expected = read_optional(test, "out.json");
    ccpi_buf refusal = read_optional(test, "error.txt");
    ccpi_buf out = {.limit = LIMIT};
    ccp_error error = {0};
    ccp_status status = convert(test, &out, &error);

    if (refusal.len > 0) {
        ccpi_buf_cut(&refusal, refusal.len - 1);
        cr_expect(eq(int, status, CCP_INVALID), "%s", test->folder);
        cr_expect(eq(str, error.message, refusal.data), "%s", test->folder);
    } else {
        cr_assert(eq(int, status, CCP_OK), "%s: %s", test->folder, error.message);
        cr_expect(json_equal(ccpi_buf_span(&expected), ccpi_buf_span(&out)), "%s gave %s",
                  test->folder, out.data);
    }
    ccpi_buf_clear(&expected);
    ccpi_buf_clear(&refusal);
    ccpi_buf_clear(&out);
}
