#include "arguments.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const app_command create = {
    .noun = "user",
    .verb = "create",
    .operands = {"NAME", "[NOTE]"},
    .options = {{"budget", "USD", "a limit"}, {"dry-run", NULL, "change nothing"}},
};

static app_call call;
static char refusal[APP_REFUSAL_LEN];

static bool parse(const char *const *arguments)
{
    return app_arguments_parse(&create, arguments, &call, refusal);
}

static void clear(void)
{
    app_call_clear(&call);
}

TestSuite(arguments, .fini = clear);

Test(arguments, operands_and_options_may_stand_in_any_order)
{
    const char *const words[] = {"--budget", "5", "Ann", "--dry-run", "hello", NULL};

    cr_assert(parse(words));
    cr_expect(eq(str, (char *)call.operands[0], "Ann"));
    cr_expect(eq(str, (char *)call.operands[1], "hello"));
    cr_expect(eq(str, (char *)app_option_value(&call, "budget"), "5"));
    cr_expect(eq(str, (char *)app_option_value(&call, "dry-run"), ""));
}

Test(arguments, a_value_may_follow_an_equals_sign)
{
    const char *const words[] = {"Ann", "--budget=--5", NULL};

    cr_assert(parse(words));
    cr_expect(eq(str, (char *)app_option_value(&call, "budget"), "--5"));
}

Test(arguments, what_no_option_is_named_like_is_a_setting)
{
    const char *const words[] = {"Ann", "--max-streams=10", "--log_level", "DEBUG", NULL};

    cr_assert(parse(words));
    cr_assert(eq(sz, call.setting_count, 2));
    cr_expect(eq(str, call.settings[0].name, "max-streams"));
    cr_expect(eq(str, (char *)call.settings[0].value, "10"));
    cr_expect(eq(str, call.settings[1].name, "log_level"));
    cr_expect(eq(str, (char *)call.settings[1].value, "DEBUG"));
}

Test(arguments, two_dashes_end_the_options)
{
    const char *const words[] = {"--", "--Ann", NULL};

    cr_assert(parse(words));
    cr_expect(eq(str, (char *)call.operands[0], "--Ann"));
}

Test(arguments, help_needs_no_operands)
{
    const char *const words[] = {"--help", NULL};

    cr_assert(parse(words));
    cr_expect(call.wants_help);
}

Test(arguments, json_is_asked_for_by_output)
{
    const char *const words[] = {"Ann", "--output", "json", NULL};

    cr_assert(parse(words));
    cr_expect(call.wants_json);
}

static void expect_refusal(const char *const *words, const char *reason)
{
    cr_expect(not(parse(words)));
    cr_expect(eq(str, refusal, (char *)reason));
}

Test(arguments, a_missing_operand_is_named)
{
    const char *const words[] = {NULL};

    expect_refusal(words, "an argument is missing: NAME");
}

Test(arguments, an_operand_too_many_is_named)
{
    const char *const words[] = {"Ann", "hello", "again", NULL};

    expect_refusal(words, "one argument too many: again");
}

Test(arguments, an_option_is_not_taken_for_a_value)
{
    const char *const words[] = {"Ann", "--budget", "--dry-run", NULL};

    expect_refusal(words, "a value is missing after: --budget");
}

Test(arguments, a_switch_takes_no_value)
{
    const char *const words[] = {"Ann", "--dry-run=yes", NULL};

    expect_refusal(words, "this option takes no value: --dry-run=yes");
}

Test(arguments, one_dash_makes_no_option)
{
    const char *const words[] = {"Ann", "-x", NULL};

    expect_refusal(words, "unknown option: -x");
}

Test(arguments, another_output_than_text_or_json_is_refused)
{
    const char *const words[] = {"Ann", "--output=xml", NULL};

    expect_refusal(words, "--output is text or json, not: xml");
}
