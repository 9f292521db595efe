/*
 * data/bedrock/stream/<case>, made by data/bedrock/generate.mjs: upstream.bin is
 * what ConverseStream answers, expected.sse what the client shall get.
 * options.json may have model, tools (a name) and ending (of the last call).
 */
#include "bedrock/stream.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "support/cases.h"

#define LIMIT ((size_t)1024 * 1024)

/* The piece lives in memory of its own size, so that a sanitizer sees reads beyond. */
static ccp_status feed_copy(ccpi_converse_stream *stream, ccpi_span piece, ccpi_buf *out)
{
    char *copy = malloc(piece.len + 1);
    ccp_status status;

    memcpy(copy, piece.data, piece.len);
    status = ccpi_converse_stream_feed(stream, (ccpi_span){copy, piece.len}, out, NULL);
    free(copy);
    return status;
}

static ccpi_converse_stream *open_stream(const test_case *test)
{
    ccpi_names names = {0};
    const ccpi_answer_options options = {
        .request_id = "req_0123456789abcdef01234567",
        .model = case_option(test, "model", "claude-opus-5"),
        .names = &names,
        .input_estimate = 25,
    };
    ccpi_converse_stream *stream;

    ccpi_names_add(&names, ccpi_span_of(case_option(test, "tools", "Read")));
    cr_assert(eq(int, ccpi_names_settle(&names), CCP_OK));
    cr_assert(eq(int, ccpi_converse_stream_new(&options, &stream), CCP_OK));
    ccpi_names_clear(&names);
    return stream;
}

/* Feeds so many bytes, then the rest in pieces, and ends the stream. */
static ccp_status run(const test_case *test, ccpi_span bytes, size_t first, size_t piece,
                      ccpi_buf *out)
{
    ccpi_converse_stream *stream = open_stream(test);
    ccp_status status = feed_copy(stream, (ccpi_span){bytes.data, first}, out);

    for (size_t at = first; at < bytes.len && status == CCP_OK; at += piece) {
        size_t len = bytes.len - at < piece ? bytes.len - at : piece;

        status = feed_copy(stream, (ccpi_span){bytes.data + at, len}, out);
    }
    if (status == CCP_OK)
        status = ccpi_converse_stream_finish(stream, out, NULL);
    ccpi_converse_stream_free(stream);
    return status;
}

static void expect_cut(const test_case *test, ccpi_span bytes, size_t first, size_t piece)
{
    const char *ending = case_option(test, "ending", "ok");
    ccpi_buf expected = read_case(test, "expected.sse");
    ccpi_buf out = {.limit = LIMIT};
    ccp_status status = run(test, bytes, first, piece, &out);

    cr_assert(eq(str, (char *)ccp_status_name(status), (char *)ending), "%s, cut at %zu",
              test->folder, first);
    cr_assert(eq(str, out.data ? out.data : "", expected.data ? expected.data : ""),
              "%s, cut at %zu", test->folder, first);
    ccpi_buf_clear(&expected);
    ccpi_buf_clear(&out);
}

ParameterizedTestParameters(bedrock_stream,
                            each_case_comes_out_the_same_wherever_it_is_cut)
{
    return cases_in("bedrock/stream");
}

ParameterizedTest(const test_case *test, bedrock_stream,
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
