#include "routing/model_table.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

/* The store's rows, and whether it can be reached. */
static ccp_model_mapping rows[64];
static size_t row_count;
static ccp_status store_status;

static ccp_status list(void *self, ccp_model_mapping_visitor visit, void *context,
                       ccp_error *error)
{
    (void)self, (void)error;
    for (size_t i = 0; i < row_count && store_status == CCP_OK; i++)
        if (!visit(context, &rows[i]))
            break;
    return store_status;
}

static const ccp_model_store store = {.list = list};
static ccpi_model_table *table;

static void make(void)
{
    cr_assert(eq(int, ccpi_model_table_new(&store, &table), CCP_OK));
}

static void drop(void)
{
    ccpi_model_table_free(table);
}

TestSuite(model_table, .init = make, .fini = drop);

static void add(const char *claude, const char *bedrock, bool is_active)
{
    ccp_model_mapping *row = &rows[row_count++];

    snprintf(row->claude_model, sizeof(row->claude_model), "%s", claude);
    snprintf(row->bedrock_model, sizeof(row->bedrock_model), "%s", bedrock);
    row->is_active = is_active;
}

static char *chosen(const char *name)
{
    static ccpi_model_choice choice;
    const ccpi_model_rules rules = {.region = "us-east-1"};

    if (ccpi_model_table_choose(table, name, &rules, &choice, NULL) != CCP_OK)
        return "none";
    return choice.id;
}

Test(model_table, an_active_mapping_of_the_store_serves_its_name_br_2)
{
    add("custom", "us.anthropic.claude-opus-5-5", true);
    add("retired", "us.anthropic.claude-opus-5-5", false);
    cr_assert(eq(int, ccpi_model_table_reload(table), CCP_OK));
    cr_expect(eq(str, chosen("custom"), "us.anthropic.claude-opus-5-5"));
    cr_expect(eq(str, chosen("retired"), "none"));
}

Test(model_table, before_the_first_reading_the_initial_mappings_serve)
{
    cr_expect(eq(str, chosen("claude-opus-4-6"), "global.anthropic.claude-opus-4-6-v1"));
}

Test(model_table, a_store_that_does_not_answer_leaves_what_was_known)
{
    add("custom", "us.anthropic.claude-opus-5-5", true);
    ccpi_model_table_reload(table);
    store_status = CCP_UNAVAILABLE;
    row_count = 0;
    cr_expect(eq(int, ccpi_model_table_reload(table), CCP_UNAVAILABLE));
    cr_expect(eq(str, chosen("custom"), "us.anthropic.claude-opus-5-5"));
}

Test(model_table, a_mapping_that_was_removed_serves_no_more)
{
    add("custom", "us.anthropic.claude-opus-5-5", true);
    ccpi_model_table_reload(table);
    row_count = 0;
    ccpi_model_table_reload(table);
    cr_expect(eq(str, chosen("custom"), "none"));
}

Test(model_table, many_mappings_are_kept_whole)
{
    char name[32];

    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof(name), "name-%d", i);
        add(name, "us.anthropic.claude-opus-5-5", true);
    }
    cr_assert(eq(int, ccpi_model_table_reload(table), CCP_OK));
    cr_expect(eq(str, chosen("name-0"), "us.anthropic.claude-opus-5-5"));
    cr_expect(eq(str, chosen("name-63"), "us.anthropic.claude-opus-5-5"));
}
