/*
 * BR-16. The wordings are those that users of the service have reported, and
 * those that Claude Code acts on.
 */
#include "bedrock/repair.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static const ccpi_repair_betas none_sent = {.sent = {.count = 0}};
static const ccpi_repair_betas three_sent = {
    .sent = {.items = {CCPI_SPAN("a-2026-01-01"), CCPI_SPAN("b-2026-01-01"),
                       CCPI_SPAN("c-2026-01-01")},
             .count = 3},
    .suspects = 3,
};
static const ccpi_repair_betas one_new = {
    .sent = {.items = {CCPI_SPAN("new-2026-01-01"), CCPI_SPAN("a-2026-01-01"),
                       CCPI_SPAN("b-2026-01-01")},
             .count = 3},
    .suspects = 1,
};

/* The edits as one line: "field:x beta:y". */
static void expect_edits(const ccpi_edits *edits, const char *expected)
{
    static const char *const kinds[] = {"field", "beta", "thinking"};
    char line[1000] = "";
    size_t len = 0;

    for (size_t i = 0; i < edits->count; i++)
        len +=
            (size_t)snprintf(line + len, sizeof(line) - len, "%s%s:%s", i > 0 ? " " : "",
                             kinds[edits->items[i].kind], edits->items[i].name);
    cr_expect(eq(str, line, (char *)expected));
}

static void expect_repair(const char *text, const char *expected)
{
    ccpi_edits edits = {0};

    cr_expect(ccpi_repair_find(ccpi_span_of(text), &none_sent, &edits), "%s", text);
    expect_edits(&edits, expected);
    cr_expect(eq(int, edits.tries, 1));
}

Test(repair, a_field_that_is_named_is_left_out)
{
    expect_repair("The model returned the following errors: brand_new: Extra inputs are "
                  "not permitted",
                  "field:brand_new");
    expect_repair("tools.0.custom.strict: Extra inputs are not permitted",
                  "field:tools.*.custom.strict");
    expect_repair("a.1.b: Extra inputs are not permitted, c: Extra inputs are not "
                  "permitted",
                  "field:a.*.b field:c");
    expect_repair("Malformed input request: #: extraneous key [speed] is not permitted, "
                  "please reformat your input and try again.",
                  "field:speed");
}

Test(repair, a_field_goes_with_its_beta)
{
    expect_repair("output_config.effort: Extra inputs are not permitted",
                  "field:output_config.effort beta:effort-2025-11-24");
}

Test(repair, thinking_that_is_refused_leaves_the_history)
{
    expect_repair("messages.1.content.0: Invalid `signature` in `thinking` block",
                  "thinking:");
    expect_repair("messages.3.content.0.thinking.signature: Field required", "thinking:");
    expect_repair("messages.5: `thinking` or `redacted_thinking` blocks in the latest "
                  "assistant message cannot be modified.",
                  "thinking:");
}

Test(repair, a_value_that_is_refused_stays)
{
    static const char *const texts[] = {
        "Input is too long for requested model.",
        "max_tokens: 128000 > 64000, which is the maximum allowed",
        "thinking.budget_tokens: Input should be greater than or equal to 1024",
        "",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ccpi_edits edits = {0};

        cr_expect(not(ccpi_repair_find(ccpi_span_of(texts[i]), &three_sent, &edits)),
                  "%s", texts[i]);
        cr_expect(zero(sz, edits.count));
    }
}

Test(repair, the_systems_role_goes_where_it_is_not_known)
{
    expect_repair("messages.1.role: Input should be 'user' or 'assistant'",
                  "field:messages.*.role");
}

Test(repair, a_beta_that_is_named_is_left_out_alone)
{
    ccpi_edits edits = {0};

    cr_expect(ccpi_repair_find(CCPI_SPAN("Unexpected value(s) `b-2026-01-01` for the "
                                         "`anthropic-beta` header"),
                               &three_sent, &edits));
    expect_edits(&edits, "beta:b-2026-01-01");
}

Test(repair, a_beta_without_a_name_is_sought_by_halves)
{
    ccpi_edits edits = {0};

    cr_expect(ccpi_repair_find(CCPI_SPAN("invalid beta flag"), &three_sent, &edits));
    expect_edits(&edits, "beta:a-2026-01-01 beta:b-2026-01-01");
    cr_expect(ccpi_repair_find(CCPI_SPAN("invalid beta flag"), &three_sent, &edits));
    expect_edits(&edits, "beta:c-2026-01-01");
    cr_expect(ccpi_repair_find(CCPI_SPAN("invalid beta flag"), &three_sent, &edits));
    expect_edits(&edits, "beta:a-2026-01-01 beta:b-2026-01-01 beta:c-2026-01-01");
}

Test(repair, a_beta_that_was_never_taken_is_sought_first)
{
    ccpi_edits edits = {0};

    cr_expect(ccpi_repair_find(CCPI_SPAN("invalid beta flag"), &one_new, &edits));
    expect_edits(&edits, "beta:new-2026-01-01");
    cr_expect(ccpi_repair_find(CCPI_SPAN("invalid beta flag"), &one_new, &edits));
    expect_edits(&edits, "beta:new-2026-01-01 beta:a-2026-01-01 beta:b-2026-01-01");
}

Test(repair, a_field_that_was_refused_first_does_not_spoil_the_search)
{
    ccpi_edits edits = {0};

    cr_expect(ccpi_repair_find(CCPI_SPAN("x: Extra inputs are not permitted"),
                               &three_sent, &edits));
    cr_expect(ccpi_repair_find(CCPI_SPAN("invalid beta flag"), &three_sent, &edits));
    expect_edits(&edits, "field:x beta:a-2026-01-01 beta:b-2026-01-01");
}

Test(repair, it_ends_after_three_tries)
{
    ccpi_edits edits = {.tries = CCPI_REPAIR_MAX_TRIES};

    cr_expect(not(ccpi_repair_find(CCPI_SPAN("x: Extra inputs are not permitted"),
                                   &none_sent, &edits)));
}

Test(repair, no_beta_was_sent_so_none_can_be_left_out)
{
    ccpi_edits edits = {0};

    cr_expect(not(ccpi_repair_find(CCPI_SPAN("invalid beta flag"), &none_sent, &edits)));
}

Test(repair, a_path_that_is_too_long_is_no_edit)
{
    char text[400];
    ccpi_edits edits = {0};

    memset(text, 'a', sizeof(text));
    strcpy(text + 300, ": Extra inputs are not permitted");
    cr_expect(not(ccpi_repair_find(ccpi_span_of(text), &none_sent, &edits)));
    cr_expect(zero(sz, edits.count));
}
