/*
 * data/bedrock/response/<case>: in.json is what Converse answers, out.json what
 * the client shall get, error.txt the refusal in place of it. options.json may
 * have model and tools (a name).
 */
#include "bedrock/response.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "support/cases.h"
#include "support/json_equal.h"

#define LIMIT ((size_t)1024 * 1024)

static ccp_status convert(const test_case *test, ccpi_buf *out, ccp_error *error)
{
    ccpi_buf in = read_case(test, "in.json");
    ccpi_names names = {0};
    const ccpi_answer_options options = {
        .request_id = "req_0123456789abcdef01234567",
        .model = case_option(test, "model", "claude-opus-5"),
        .names = &names,
    };
    ccp_status status;

    ccpi_names_add(&names, ccpi_span_of(case_option(test, "tools", "Read")));
    cr_assert(eq(int, ccpi_names_settle(&names), CCP_OK));
    status = ccpi_converse_response(ccpi_buf_span(&in), &options, out, error);
    ccpi_names_clear(&names);
    ccpi_buf_clear(&in);
    return status;
}

ParameterizedTestParameters(bedrock_response, each_case_is_converted_as_its_folder_says)
{
    return cases_in("bedrock/response");
}

ParameterizedTest(const test_case *test, bedrock_response,
                  each_case_is_converted_as_its_folder_says)
{
    ccpi_buf expected = read_optional(test, "out.json");
    ccpi_buf refusal = read_optional(test, "error.txt");
    ccpi_buf out = {.limit = LIMIT};
    ccp_error error = {0};
    ccp_status status = convert(test, &out, &error);

    if (refusal.len > 0) {
        ccpi_buf_cut(&refusal, refusal.len - 1);
        cr_expect(eq(int, status, CCP_PROTOCOL), "%s", test->folder);
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
