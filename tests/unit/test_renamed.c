/* The Messages API's own stream, with the client's name for the model. */
#include "bedrock/native/renamed.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#define START(model)                                                                     \
    "data: {\"type\":\"message_start\",\"message\":{\"model\":\"" model "\",\"n\":1.10}" \
    "}"
#define REST                                                                             \
    "\n\nevent: content_block_delta\ndata: {\"message\":{\"model\":\"stays\"}}\n\n"      \
    ": the end"

static ccpi_buf out;
static ccpi_renamed renamed;

/* Feeds pieces of this size, each in memory of its own. */
static void run(const char *stream, size_t piece)
{
    const size_t len = strlen(stream);

    out = (ccpi_buf){.limit = SIZE_MAX};
    cr_assert(eq(int, ccpi_renamed_init(&renamed, "mine"), CCP_OK));
    for (size_t at = 0; at < len; at += piece) {
        const size_t take = len - at < piece ? len - at : piece;
        char *copy = malloc(take);

        memcpy(copy, stream + at, take);
        cr_assert(
            eq(int, ccpi_renamed_feed(&renamed, (ccpi_span){copy, take}, &out), CCP_OK));
        free(copy);
    }
    cr_assert(eq(int, ccpi_renamed_finish(&renamed, &out), CCP_OK));
    ccpi_renamed_clear(&renamed);
}

static void expect(const char *stream, const char *expected)
{
    for (size_t piece = 1; piece <= strlen(stream); piece++) {
        run(stream, piece);
        cr_assert(eq(str, out.data, (char *)expected), "in pieces of %zu", piece);
        ccpi_buf_clear(&out);
    }
}

Test(renamed, the_model_of_message_start_is_the_one_that_was_asked_for)
{
    expect("event: message_start\n" START("bedrocks") REST,
           "event: message_start\n" START("mine") REST);
    expect(": hello\r\ndata:" START("x") "\r\n\r\n" START("bedrocks") REST,
           ": hello\r\ndata:" START("x") "\r\n\r\n" START("mine") REST);
    expect(START("bedrocks") "\r\r", START("mine") "\r\r");
}

Test(renamed, only_the_first_one_is_looked_at)
{
    expect(START("a") "\n\n" START("b") "\n\n", START("mine") "\n\n" START("b") "\n\n");
}

Test(renamed, what_has_another_form_goes_by_as_it_is)
{
    expect("", "");
    expect("data: {\"type\":\"error\"}\n\n", "data: {\"type\":\"error\"}\n\n");
    expect("data: no json\n\ndata\n\xff", "data: no json\n\ndata\n\xff");
    expect(START("cut"), START("cut"));
}

Test(renamed, a_line_without_an_end_is_not_kept_for_ever)
{
    const size_t len = 3 * 1024 * 1024;
    char *line = malloc(len);

    memset(line, 'x', len);
    out = (ccpi_buf){.limit = SIZE_MAX};
    cr_assert(eq(int, ccpi_renamed_init(&renamed, "mine"), CCP_OK));
    for (size_t at = 0; at < len; at += len / 8)
        cr_assert(eq(int,
                     ccpi_renamed_feed(&renamed, (ccpi_span){line + at, len / 8}, &out),
                     CCP_OK));
    cr_expect(eq(sz, out.len, len));
    cr_expect(eq(int, memcmp(out.data, line, len), 0));
    ccpi_renamed_clear(&renamed);
    ccpi_buf_clear(&out);
    free(line);
}
