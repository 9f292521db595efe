/* BR-16: what outlives the request that met a refusal. */
#include "bedrock/capabilities.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#define HOUR INT64_C(3600000000)

static int64_t now_us;

static int64_t tell(void *self)
{
    (void)self;
    return now_us;
}

static const ccp_clock test_clock = {.unix_us = tell, .monotonic_us = tell};
static const ccpi_capability_place here = {"m", "us-east-1", CCPI_BEDROCK_INVOKE};
static const ccpi_betas no_betas = {.count = 0};

static ccpi_capabilities *open_memory(void)
{
    ccpi_capabilities *memory = NULL;

    now_us = HOUR;
    cr_assert(eq(int, ccpi_capabilities_new(&test_clock, HOUR, &memory), CCP_OK));
    return memory;
}

static void learn_field(ccpi_capabilities *memory, const char *field)
{
    ccpi_edits edits = {0};

    ccpi_edits_add(&edits, CCPI_EDIT_FIELD, field, CCPI_EDIT_NAMED);
    ccpi_capabilities_learn(memory, &here, &edits, &no_betas);
}

static size_t recalled(ccpi_capabilities *memory, const ccpi_capability_place *place)
{
    ccpi_edits edits = {0};

    ccpi_capabilities_recall(memory, place, &edits);
    return edits.count;
}

Test(capabilities, what_was_refused_is_known_there_and_nowhere_else)
{
    ccpi_capabilities *memory = open_memory();
    const ccpi_capability_place others[] = {
        {"other", "us-east-1", CCPI_BEDROCK_INVOKE},
        {"m", "eu-west-1", CCPI_BEDROCK_INVOKE},
        {"m", "us-east-1", CCPI_BEDROCK_CONVERSE},
    };
    ccpi_edits edits = {0};

    learn_field(memory, "speed");
    ccpi_capabilities_recall(memory, &here, &edits);
    cr_expect(eq(sz, edits.count, 1));
    cr_expect(eq(str, edits.items[0].name, "speed"));
    cr_expect(eq(int, edits.items[0].nature, CCPI_EDIT_KNOWN));
    for (size_t i = 0; i < 3; i++)
        cr_expect(eq(sz, recalled(memory, &others[i]), 0));
    ccpi_capabilities_free(memory);
}

Test(capabilities, a_refusal_expires)
{
    ccpi_capabilities *memory = open_memory();

    learn_field(memory, "speed");
    now_us += HOUR - 1;
    cr_expect(eq(sz, recalled(memory, &here), 1));
    now_us++;
    cr_expect(eq(sz, recalled(memory, &here), 0));
    cr_expect(eq(sz, ccpi_capabilities_count(memory), 0));
    ccpi_capabilities_free(memory);
}

Test(capabilities, a_field_and_its_beta_are_one_refusal)
{
    ccpi_capabilities *memory = open_memory();
    ccpi_capability listed[2];
    ccpi_edits edits = {0};

    ccpi_edits_add(&edits, CCPI_EDIT_FIELD, "f", CCPI_EDIT_NAMED);
    ccpi_edits_add(&edits, CCPI_EDIT_BETA, "b", CCPI_EDIT_PAIRED);
    ccpi_capabilities_learn(memory, &here, &edits, &no_betas);
    cr_assert(eq(sz, ccpi_capabilities_list(memory, listed, 2), 1));
    cr_expect(eq(str, listed[0].field, "f"));
    cr_expect(eq(str, listed[0].beta, "b"));
    cr_expect(eq(sz, recalled(memory, &here), 2));
    ccpi_capabilities_free(memory);
}

Test(capabilities, neither_thinking_nor_several_guesses_nor_what_was_known_are_learned)
{
    ccpi_capabilities *memory = open_memory();
    ccpi_edits edits = {0};

    ccpi_edits_add(&edits, CCPI_EDIT_THINKING, "", CCPI_EDIT_NAMED);
    ccpi_edits_add(&edits, CCPI_EDIT_BETA, "a", CCPI_EDIT_GUESS);
    ccpi_edits_add(&edits, CCPI_EDIT_BETA, "b", CCPI_EDIT_GUESS);
    ccpi_edits_add(&edits, CCPI_EDIT_FIELD, "c", CCPI_EDIT_KNOWN);
    ccpi_capabilities_learn(memory, &here, &edits, &no_betas);
    cr_expect(eq(sz, ccpi_capabilities_count(memory), 0));
    ccpi_capabilities_free(memory);
}

Test(capabilities, a_single_guess_that_was_right_is_learned)
{
    ccpi_capabilities *memory = open_memory();
    ccpi_edits edits = {0};

    ccpi_edits_add(&edits, CCPI_EDIT_BETA, "a", CCPI_EDIT_GUESS);
    ccpi_capabilities_learn(memory, &here, &edits, &no_betas);
    cr_expect(eq(sz, recalled(memory, &here), 1));
    ccpi_capabilities_free(memory);
}

Test(capabilities, learning_twice_keeps_one)
{
    ccpi_capabilities *memory = open_memory();

    learn_field(memory, "speed");
    learn_field(memory, "speed");
    cr_expect(eq(sz, ccpi_capabilities_count(memory), 1));
    ccpi_capabilities_free(memory);
}

Test(capabilities, an_administrator_lists_the_newest_first_and_changes_them)
{
    ccpi_capabilities *memory = open_memory();
    ccpi_capability listed[4], one;

    learn_field(memory, "first");
    learn_field(memory, "second");
    cr_assert(eq(sz, ccpi_capabilities_list(memory, listed, 4), 2));
    cr_expect(eq(str, listed[0].field, "second"));
    cr_expect(eq(i64, listed[0].learned_at_us, HOUR));
    cr_expect(eq(i64, listed[0].expires_at_us, 2 * HOUR));
    cr_expect(ccpi_capabilities_set_expiry(memory, listed[0].id, 5 * HOUR));
    cr_expect(ccpi_capabilities_get(memory, listed[0].id, &one));
    cr_expect(eq(i64, one.expires_at_us, 5 * HOUR));
    cr_expect(ccpi_capabilities_remove(memory, listed[1].id));
    cr_expect(not(ccpi_capabilities_remove(memory, listed[1].id)));
    cr_expect(not(ccpi_capabilities_get(memory, listed[1].id, &one)));
    cr_expect(ccpi_capabilities_set_expiry(memory, listed[0].id, now_us));
    cr_expect(eq(sz, recalled(memory, &here), 0));
    ccpi_capabilities_free(memory);
}

Test(capabilities, the_memory_is_bounded_and_the_one_that_ends_first_makes_room)
{
    ccpi_capabilities *memory = open_memory();
    static ccpi_capability listed[CCPI_CAPABILITIES_MAX + 1];
    char name[32];

    for (int i = 0; i <= CCPI_CAPABILITIES_MAX; i++) {
        snprintf(name, sizeof(name), "field_%d", i);
        now_us++;
        learn_field(memory, name);
    }
    cr_expect(eq(sz, ccpi_capabilities_list(memory, listed, CCPI_CAPABILITIES_MAX + 1),
                 CCPI_CAPABILITIES_MAX));
    cr_expect(eq(str, listed[0].field, name));
    cr_expect(eq(str, listed[CCPI_CAPABILITIES_MAX - 1].field, "field_1"));
    ccpi_capabilities_free(memory);
}

Test(capabilities, betas_that_were_never_taken_come_first)
{
    ccpi_capabilities *memory = open_memory();
    const ccpi_edits none = {0};
    const ccpi_betas taken = {.items = {CCPI_SPAN("old")}, .count = 1};
    ccpi_betas sent = {.items = {CCPI_SPAN("old"), CCPI_SPAN("new")}, .count = 2};

    ccpi_capabilities_learn(memory, &here, &none, &taken);
    cr_expect(eq(sz, ccpi_capabilities_sort(memory, &here, &sent), 1));
    cr_expect(ccpi_span_is(sent.items[0], "new"));
    cr_expect(ccpi_span_is(sent.items[1], "old"));
    now_us += HOUR;
    cr_expect(eq(sz, ccpi_capabilities_sort(memory, &here, &sent), 2));
    ccpi_capabilities_free(memory);
}
