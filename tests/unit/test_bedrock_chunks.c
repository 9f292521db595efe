/*
 * data/bedrock/invoke/stream/<case>, made by data/bedrock/invoke/generate.mjs:
 * upstream.bin is what InvokeModelWithResponseStream answers, expected.sse what
 * the client shall get, counted.json what Bedrock has counted. options.json may
 * have model and ending (of the last call).
 */
#include "bedrock/native/answer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "support/cases.h"

#define LIMIT ((size_t)1024 * 1024)

/* The piece lives in memory of its own size, so that a sanitizer sees reads beyond. */
static ccp_status feed_copy(ccpi_chunks *chunks, ccpi_span piece, ccpi_buf *out)
{
    char *copy = malloc(piece.len + 1);
    ccp_status status;

    memcpy(copy, piece.data, piece.len);
    status = ccpi_chunks_feed(chunks, (ccpi_span){copy, piece.len}, out, NULL);
    free(copy);
    return status;
}

static ccpi_chunks *open_chunks(const test_case *test)
{
    const ccpi_answer_options options = {
        .request_id = "req_0123456789abcdef01234567",
        .model = case_option(test, "model", "claude-opus-5"),
    };
    ccpi_chunks *chunks;

    cr_assert(eq(int, ccpi_chunks_new(&options, &chunks), CCP_OK));
    return chunks;
}

/* Feeds so many bytes, then the rest in pieces, and ends the stream. */
static ccp_status run(ccpi_chunks *chunks, ccpi_span bytes, size_t first, size_t piece,
                      ccpi_buf *out)
{
    ccp_status status = feed_copy(chunks, (ccpi_span){bytes.data, first}, out);

    for (size_t at = first; at < bytes.len && status == CCP_OK; at += piece) {
        size_t len = bytes.len - at < piece ? bytes.len - at : piece;

        status = feed_copy(chunks, (ccpi_span){bytes.data + at, len}, out);
    }
    return status == CCP_OK ? ccpi_chunks_finish(chunks, out, NULL) : status;
}

static void expect_cut(const test_case *test, ccpi_span bytes, size_t first, size_t piece)
{
    const char *ending = case_option(test, "ending", "ok");
    ccpi_buf expected = read_case(test, "expected.sse");
    ccpi_buf counted = read_optional(test, "counted.json");
    ccpi_chunks *chunks = open_chunks(test);
    ccpi_buf out = {.limit = LIMIT};
    ccp_status status = run(chunks, bytes, first, piece, &out);

    cr_assert(eq(str, (char *)ccp_status_name(status), (char *)ending), "%s, cut at %zu",
              test->folder, first);
    cr_assert(eq(str, out.data ? out.data : "", expected.data ? expected.data : ""),
              "%s, cut at %zu", test->folder, first);
    cr_assert(ccpi_span_equals(ccpi_chunks_counted(chunks), ccpi_buf_span(&counted)),
              "%s", test->folder);
    ccpi_chunks_free(chunks);
    ccpi_buf_clear(&counted);
    ccpi_buf_clear(&expected);
    ccpi_buf_clear(&out);
}

ParameterizedTestParameters(bedrock_chunks,
                            each_case_comes_out_the_same_wherever_it_is_cut)
{
    return cases_in("bedrock/invoke/stream");
}

ParameterizedTest(const test_case *test, bedrock_chunks,
                  each_case_comes_out_the_same_wherever_it_is_cut)
{
    ccpi_buf upstream = read_case(test, "upstream.bin");
    const ccpi_span bytes = {upstream.data ? upstream.data : "", upstream.len};

    expect_cut(test, bytes, bytes.len, 1);
    expect_cut(test, bytes, 0, 1);
    for (size_t cut = 1; cut < bytes.len; cut++)
        expect_cut(test, bytes, cut, bytes.len);
    ccpi_buf_clear(&upstream);
}

static void expect_answer(const char *body, ccp_status expected, const char *text)
{
    ccpi_buf out = {.limit = LIMIT};

    cr_expect(eq(int,
                 ccpi_native_response(ccpi_span_of(body), "claude-opus-5", &out, NULL),
                 expected));
    cr_expect(eq(str, out.data ? out.data : "", (char *)text));
    ccpi_buf_clear(&out);
}

Test(bedrock_chunks, a_whole_answer_has_the_clients_model_and_else_the_models_bytes)
{
    expect_answer(
        "{\"model\":\"anthropic.claude-opus-5\",\"content\":[{\"type\":\"text\","
        "\"text\":\"\\ud800\"}], \"usage\":{\"input_tokens\":1.0},"
        "\"amazon-bedrock-trace\":{}}",
        CCP_OK,
        "{\"model\":\"claude-opus-5\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"\\ud800\"}], \"usage\":{\"input_tokens\":1.0}}");
    expect_answer("<html>", CCP_PROTOCOL, "");
    expect_answer("{\"message\":\"x\"}", CCP_PROTOCOL, "");
}
