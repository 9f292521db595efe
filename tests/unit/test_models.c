/* BR-1, BR-2, BR-3; ids and prefixes as in AWS's list of inference profiles. */
#include "bedrock/models.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const ccpi_model_pair table[] = {
    {"claude-opus-4-5", "table-id"},
    {"claude-opus-9-9", "opus-nine"},
    {"claude-bad", "no id!"},
};
static const ccpi_model_pair environment[] = {{"claude-opus-4-5", "environment-id"}};

static const ccpi_model_rules rules_with_table = {.table = {table, 3}};

static void expect_choice(const char *name, const ccpi_model_rules *rules, const char *id,
                          bool is_substituted)
{
    ccpi_model_choice choice = {0};

    cr_assert(eq(int, ccpi_model_choose(name, rules, &choice, NULL), CCP_OK), "%s", name);
    cr_expect(eq(str, choice.id, (char *)id), "%s", name);
    cr_expect(eq(int, choice.is_substituted, is_substituted), "%s", name);
}

static void expect_none(const char *name, const ccpi_model_rules *rules)
{
    ccpi_model_choice choice = {0};

    cr_expect(eq(int, ccpi_model_choose(name, rules, &choice, NULL), CCP_NOT_FOUND), "%s",
              name);
}

Test(models, the_keys_own_model_wins)
{
    const ccpi_model_rules rules = {.chosen = "own-id", .table = {table, 3}};

    expect_choice("claude-opus-4-5", &rules, "own-id", false);
    expect_choice("anything", &rules, "own-id", false);
}

Test(models, the_environment_wins_over_the_table)
{
    const ccpi_model_rules rules = {.environment = {environment, 1}, .table = {table, 3}};

    expect_choice("claude-opus-4-5", &rules, "environment-id", false);
    expect_choice("claude-opus-9-9", &rules, "opus-nine", false);
}

Test(models, an_id_of_bedrock_is_taken_only_where_that_is_allowed)
{
    const ccpi_model_rules allowed = {.allows_direct_ids = true};
    static const char *const ids[] = {
        "anthropic.claude-opus-4-7",
        "us.anthropic.claude-opus-4-5-20251101-v1:0",
        "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "global.anthropic.claude-opus-5",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
    };

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        expect_choice(ids[i], &allowed, ids[i], false);
        expect_none(ids[i], &rules_with_table);
    }
    expect_none("xx.anthropic.claude-opus-5", &allowed);
}

Test(models, a_date_and_the_mark_of_a_long_context_are_looked_past)
{
    expect_choice("claude-opus-9-9-20271231", &rules_with_table, "opus-nine", true);
    expect_choice("claude-opus-9-9[1m]", &rules_with_table, "opus-nine", true);
    expect_choice("claude-opus-9-9-20271231[1m]", &rules_with_table, "opus-nine", true);
}

Test(models, a_new_model_works_by_rule)
{
    expect_choice("claude-opus-6", &rules_with_table, "global.anthropic.claude-opus-6",
                  true);
    expect_choice("claude-opus-6-1-20280101[1m]", &rules_with_table,
                  "global.anthropic.claude-opus-6-1", true);
}

Test(models, the_rule_uses_the_geography_that_is_set)
{
    static const struct {
        const char *prefix, *region, *id;
    } rows[] = {
        {"eu", "us-east-1", "eu.anthropic.claude-opus-6"},
        {"auto", "us-east-1", "us.anthropic.claude-opus-6"},
        {"auto", "us-gov-west-1", "us-gov.anthropic.claude-opus-6"},
        {"auto", "eu-central-1", "eu.anthropic.claude-opus-6"},
        {"auto", "ap-northeast-1", "jp.anthropic.claude-opus-6"},
        {"auto", "ap-southeast-2", "au.anthropic.claude-opus-6"},
        {"auto", "ap-south-1", "apac.anthropic.claude-opus-6"},
        {"auto", "sa-east-1", "global.anthropic.claude-opus-6"},
        {"", "sa-east-1", "global.anthropic.claude-opus-6"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const ccpi_model_rules rules = {.geo_prefix = rows[i].prefix,
                                        .region = rows[i].region};

        expect_choice("claude-opus-6", &rules, rows[i].id, true);
    }
}

Test(models, a_name_of_another_form_is_never_made_an_id)
{
    static const char *const names[] = {
        "gpt-9",
        "claude-",
        "claude-opus",
        "claude-opus-",
        "claude-3-opus",
        "Claude-opus-6",
        "claude-opus-6/../../",
        "claude-opus-6:0",
        "claude-opus-x6",
        "",
        "claude--6",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect_none(names[i], &rules_with_table);
}

Test(models, a_default_serves_what_nothing_else_does)
{
    const ccpi_model_rules rules = {.fallback = "default-id", .table = {table, 3}};

    expect_choice("gpt-9", &rules, "default-id", true);
    expect_choice("claude-opus-6", &rules, "global.anthropic.claude-opus-6", true);
}

Test(models, one_provider_in_front_of_a_name_is_removed)
{
    expect_choice("bedrock/claude-opus-9-9", &rules_with_table, "opus-nine", false);
    expect_choice("converse/claude-opus-9-9", &rules_with_table, "opus-nine", false);
    expect_none("bedrock/bedrock/claude-opus-9-9", &rules_with_table);
}

Test(models, the_refusal_names_the_model_and_what_helps)
{
    ccpi_model_choice choice;
    ccp_error error;

    ccpi_model_choose("gpt-9", &rules_with_table, &choice, &error);
    cr_expect(ne(ptr, strstr(error.message, "gpt-9"), NULL));
    cr_expect(ne(ptr, strstr(error.message, "ccproxy model map"), NULL));
}

Test(models, a_mapping_to_no_id_is_refused)
{
    ccpi_model_choice choice;

    cr_expect(eq(int, ccpi_model_choose("claude-bad", &rules_with_table, &choice, NULL),
                 CCP_INVALID));
}

Test(models, the_initial_mappings_hold_valid_ids)
{
    const ccpi_model_map map = ccpi_model_initial_map();
    const ccpi_model_rules rules = {.table = map};

    for (size_t i = 0; i < map.count; i++)
        cr_expect(ccpi_model_id_is_valid(map.pairs[i].bedrock), "%s",
                  map.pairs[i].bedrock);
    expect_choice("claude-opus-4-1-20250805", &rules,
                  "us.anthropic.claude-opus-4-1-20250805-v1:0", false);
    expect_choice("claude-haiku-4-5", &rules,
                  "global.anthropic.claude-haiku-4-5-20251001-v1:0", false);
}

Test(models, ids_have_their_form)
{
    char longest[CCPI_MODEL_ID_MAX + 2];

    memset(longest, 'a', sizeof(longest));
    longest[CCPI_MODEL_ID_MAX] = '\0';
    cr_expect(ccpi_model_id_is_valid(longest));
    longest[CCPI_MODEL_ID_MAX] = 'a';
    longest[CCPI_MODEL_ID_MAX + 1] = '\0';
    cr_expect(not(ccpi_model_id_is_valid(longest)));
    cr_expect(ccpi_model_id_is_valid("0.a:b/c_d-e"));
    cr_expect(not(ccpi_model_id_is_valid("")));
    cr_expect(not(ccpi_model_id_is_valid(".a")));
    cr_expect(not(ccpi_model_id_is_valid("a?b")));
    cr_expect(not(ccpi_model_id_is_valid("a b")));
}

Test(models, regions_have_their_form)
{
    static const char *const good[] = {"us-east-1", "us-gov-west-1", "ap-southeast-2",
                                       "us-iso-east-1"};
    static const char *const bad[] = {
        "",           "us",         "us-east",     "us-1",
        "us-east-10", "us-east-1a", "US-east-1",   "u-east-1",
        "usa-east-1", "us--east-1", "us-east1",    "us-east-1.evil",
        "us-east-",   "us-e4st-1",  "us-east-1/x", " us-east-1",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect(ccpi_region_is_valid(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect(not(ccpi_region_is_valid(bad[i])), "%s", bad[i]);
}

Test(models, a_geography_is_taken_off)
{
    cr_expect(eq(str, (char *)ccpi_model_without_geography("us.anthropic.claude-x"),
                 "anthropic.claude-x"));
    cr_expect(eq(str, (char *)ccpi_model_without_geography("anthropic.claude-x"),
                 "anthropic.claude-x"));
}
