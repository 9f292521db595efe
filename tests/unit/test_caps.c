#include "provider/caps.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

typedef struct scenario {
    int64_t max_output_tokens;
    int64_t thinking_budget;
    const char *body;
    const char *expected; /* NULL: the client's own bytes, in one piece */
} scenario;

/* PL-8 */
static const scenario scenarios[] = {
    {0, 0, "{\"max_tokens\":9000}", NULL},
    {1000, 0, "{\"max_tokens\":1000}", NULL},
    {1000, 0, "{\"max_tokens\":999}", NULL},
    {1000, 0, "{\"model\":\"m\"}", NULL},
    {1000, 0, "{\"max_tokens\":\"9000\"}", NULL},
    {1000, 0, "{\"metadata\":{\"max_tokens\":9000}}", NULL},
    {1000, 0, "{ \"a\":1.10, \"max_tokens\" : 9000 , \"b\":\"\\ud800\"}",
     "{ \"a\":1.10, \"max_tokens\" : 1000 , \"b\":\"\\ud800\"}"},
    {1000, 0, "{\"max_t\\u006fkens\":9000}", "{\"max_t\\u006fkens\":1000}"},
    {0, 2000, "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":31999}}",
     "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}}"},
    {0, 2000, "{\"thinking\":{\"type\":\"adaptive\"}}", NULL},
    {0, 2000, "{\"thinking\":null}", NULL},
    /* The budget stays below a max_tokens that was lowered. */
    {8000, 0,
     "{\"max_tokens\":32000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":31999}}",
     "{\"max_tokens\":8000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":7999}}"},
    {8000, 0,
     "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":31999},\"max_tokens\":32000}",
     "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":7999},\"max_tokens\":8000}"},
    {8000, 4000,
     "{\"max_tokens\":32000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":31999}}",
     "{\"max_tokens\":8000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":4000}}"},
    /* A client's own mistake stays its own. */
    {8000, 0,
     "{\"max_tokens\":2000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5000}}",
     NULL},
    {1000, 0, "{\"max_tokens\":9000,\"thinking\":{\"budget_tokens\":10}}",
     "{\"max_tokens\":1000,\"thinking\":{\"budget_tokens\":10}}"},
};

Test(caps, only_larger_numbers_are_lowered_and_other_bytes_stay_pl_8)
{
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
        const scenario *s = &scenarios[i];
        const ccpi_caps caps = {s->max_output_tokens, s->thinking_budget};
        ccpi_outgoing out = {0};
        ccpi_buf sent = {.limit = 4096};

        cr_assert(
            eq(int, ccpi_caps_apply(&caps, ccpi_span_of(s->body), &out, NULL), CCP_OK));
        for (size_t p = 0; p < out.piece_count; p++)
            ccpi_buf_append_span(&sent, out.pieces[p]);
        cr_expect(eq(str, sent.data, (char *)(s->expected ? s->expected : s->body)));
        if (!s->expected)
            cr_expect(eq(ptr, (void *)out.pieces[0].data, (void *)s->body));
        ccpi_buf_clear(&sent);
        ccpi_outgoing_clear(&out);
    }
}

Test(caps, numbers_given_too_often_are_refused)
{
    const ccpi_caps caps = {.thinking_budget = 10};
    ccpi_outgoing out = {0};
    ccpi_buf body = {.limit = 4096};

    ccpi_buf_append_text(&body, "{\"thinking\":{\"budget_tokens\":1");
    for (int i = 0; i < 8; i++)
        ccpi_buf_append_text(&body, ",\"budget_tokens\":99");
    ccpi_buf_append_text(&body, "}}");
    cr_expect(
        eq(int, ccpi_caps_apply(&caps, ccpi_buf_span(&body), &out, NULL), CCP_INVALID));
    ccpi_outgoing_clear(&out);
    ccpi_buf_clear(&body);
}
