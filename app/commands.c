#include "commands.h"

#include <string.h>

#include "commands/run.h"

static const app_command commands[] = {
    {
        .noun = "serve",
        .summary = "Run the proxy until it is told to end.",
        .details = "SIGTERM or SIGINT lets running streams finish (110 s); a second one\n"
                   "ends at once. In dev the first start makes the data folder, its\n"
                   "secrets, and an admin password, which is shown once.",
        .run = app_run_serve,
    },
    {
        .noun = "migrate",
        .options = {{"status", NULL, "show which steps have been made"},
                    {"dry-run", NULL, "show which steps would be made"},
                    {"reseal", NULL, "also seal credentials of a former key anew"}},
        .summary = "Bring the database's schema up.",
        .details =
            "--reseal comes after a change of encryption_key or kms_key_id, while\n"
            "the former one is still set; then that one may go.",
        .run = app_run_migrate,
    },
    {
        .noun = "config",
        .options = {{"check", NULL, "say what is wrong with the settings, all at once"}},
        .summary = "Check the settings.",
        .run = app_run_config,
    },
    {
        .noun = "hash-password",
        .summary = "Hash the admin password on standard input for admin_password_hash.",
        .run = app_run_hash_password,
    },
    {
        .noun = "healthcheck",
        .operands = {"[URL]"},
        .summary = "Ask a running server how it is; its own /health by default.",
        .run = app_run_healthcheck,
    },
    {
        .noun = "doctor",
        .summary = "Look at all that a proxy needs: files, limits, database, upstreams.",
        .details =
            "Says what is not well and what to do about it. Changes nothing in use;\n"
            "in dev it makes the data folder and its secrets, as a first start does.",
        .run = app_run_doctor,
    },
    {
        .noun = "completion",
        .operands = {"SHELL"},
        .summary = "Print completion for bash or zsh: source <(ccproxy completion bash)",
        .run = app_run_completion,
    },
    {
        .noun = "user",
        .verb = "create",
        .operands = {"NAME"},
        .options = {{"budget", "USD",
                     "what Bedrock may cost a month, or none (default)"}},
        .summary = "Make a user, and print the id.",
        .run = app_run_user_create,
    },
    {
        .noun = "user",
        .verb = "set",
        .operands = {"USER"},
        .options = {{"name", "NAME", "a new name"},
                    {"routing", "STRATEGY", "plan_first or bedrock_only"},
                    {"budget", "USD", "what Bedrock may cost a month, or none"}},
        .summary = "Change a user.",
        .run = app_run_user_set,
    },
    {
        .noun = "user",
        .verb = "list",
        .summary = "List the users, newest first.",
        .details = "Columns: id, status, routing, monthly budget in USD, name.",
        .run = app_run_user_list,
    },
    {
        .noun = "user",
        .verb = "show",
        .operands = {"USER"},
        .summary = "Show a user with this month's usage.",
        .run = app_run_user_show,
    },
    {
        .noun = "user",
        .verb = "deactivate",
        .operands = {"USER"},
        .summary = "End a user and revoke all keys. There is no way back.",
        .run = app_run_user_deactivate,
    },
    {
        .noun = "user",
        .verb = "delete",
        .operands = {"USER"},
        .summary = "The same, and take the user off the lists. History stays.",
        .run = app_run_user_delete,
    },
    {
        .noun = "key",
        .verb = "issue",
        .operands = {"USER"},
        .options = {{"region", "REGION",
                     "of Bedrock; the setting bedrock_region by default"},
                    {"model", "ID", "a Bedrock model for all requests"},
                    {"bedrock-api", "MODE", "converse, invoke or messages"}},
        .summary = "Issue an access key, and print it: it is shown this once.",
        .run = app_run_key_issue,
    },
    {
        .noun = "key",
        .verb = "list",
        .operands = {"[USER]"},
        .summary = "List the access keys, newest first.",
        .details =
            "Columns: id, prefix, status, Bedrock region, whether a Bedrock key is\n"
            "registered, last use, user id.",
        .run = app_run_key_list,
    },
    {
        .noun = "key",
        .verb = "rotate",
        .operands = {"KEY"},
        .options = {{"grace", "SECONDS", "for which the old key is still accepted"}},
        .summary = "Issue a key in place of another, and print it.",
        .run = app_run_key_rotate,
    },
    {
        .noun = "key",
        .verb = "revoke",
        .operands = {"KEY"},
        .summary = "End an access key.",
        .run = app_run_key_revoke,
    },
    {
        .noun = "key",
        .verb = "bedrock-key",
        .operands = {"set|remove", "KEY"},
        .summary = "Register the Bedrock API key on standard input for an access key, or "
                   "remove it.",
        .run = app_run_key_bedrock_key,
    },
    {
        .noun = "model",
        .verb = "list",
        .summary = "List which model on Bedrock serves which name.",
        .details = "Columns: the client's name, Bedrock's id, active or idle, "
                   "description.",
        .run = app_run_model_list,
    },
    {
        .noun = "model",
        .verb = "map",
        .operands = {"CLAUDE", "BEDROCK"},
        .summary = "Let a model on Bedrock serve a name, and print the mapping's id.",
        .run = app_run_model_map,
    },
    {
        .noun = "model",
        .verb = "unmap",
        .operands = {"CLAUDE"},
        .summary = "Take a name's mapping away.",
        .details =
            "Names of the usual form are then served by rule; see docs/bedrock.md.",
        .run = app_run_model_unmap,
    },
    {
        .noun = "bedrock",
        .verb = "test",
        .options = {{"key", "KEY", "the access key to try; its id or prefix"},
                    {"model", "NAME", "as a client names it; a small one by default"}},
        .summary = "Ask Bedrock for one token with an access key's credential.",
        .details = "Says what is wrong and what can be done about it. No budget counts "
                   "the call.",
        .run = app_run_bedrock_test,
    },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

const app_command *app_command_at(size_t index)
{
    return index < COMMAND_COUNT ? &commands[index] : NULL;
}

/* The column in which explanations begin. */
#define HELP_COLUMN 34

const app_command *app_command_find(const char *const *arguments, size_t *words)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const app_command *command = &commands[i];

        if (strcmp(arguments[0], command->noun) != 0)
            continue;
        *words = command->verb ? 2 : 1;
        if (!command->verb || (arguments[1] && strcmp(arguments[1], command->verb) == 0))
            return command;
    }
    return NULL;
}

bool app_is_noun(const char *word)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].noun, word) == 0)
            return true;
    }
    return false;
}

/* "user create NAME", in a buffer of the caller. */
static const char *synopsis(const app_command *command, char text[HELP_COLUMN * 2])
{
    size_t len =
        (size_t)snprintf(text, HELP_COLUMN * 2L, "%s%s%s", command->noun,
                         command->verb ? " " : "", command->verb ? command->verb : "");

    for (size_t i = 0; i < APP_MAX_OPERANDS && command->operands[i]; i++)
        len += (size_t)snprintf(text + len, HELP_COLUMN * 2 - len, " %s",
                                command->operands[i]);
    return text;
}

static void print_row(FILE *out, const char *left, const char *right)
{
    fprintf(out, "  %-*s  %s\n", HELP_COLUMN - 4, left, right);
}

static void print_commands(FILE *out, const char *noun)
{
    char text[HELP_COLUMN * 2];

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!noun || strcmp(commands[i].noun, noun) == 0)
            print_row(out, synopsis(&commands[i], text), commands[i].summary);
    }
}

static void print_common_options(FILE *out)
{
    print_row(out, "--config FILE", "settings as one flat JSON object");
    print_row(out, "--SETTING VALUE", "any setting of docs/configuration.md");
    print_row(out, "--help", "this");
    fputs(
        "\nSettings are taken from flags, else from the environment "
        "(CCPROXY_MAX_STREAMS=10),\nelse from the file. USER is an id or a name, KEY an "
        "id or a prefix.\nExit code: 0 done, 1 failed, 2 wrong usage.\n",
        out);
}

void app_help_program(FILE *out)
{
    fputs(
        "ccproxy: a gateway for Claude Code, Anthropic plan first, Amazon Bedrock behind "
        "it\n\nUsage: ccproxy COMMAND [OPTION]...\n\nCommands:\n",
        out);
    print_commands(out, NULL);
    print_row(out, "--version", "Print the version.");
    fputs("\nOptions of every command:\n", out);
    print_row(out, "--output json", "print objects of the admin API");
    print_common_options(out);
}

void app_help_noun(FILE *out, const char *noun)
{
    fprintf(out, "Usage: ccproxy %s ...\n\nCommands:\n", noun);
    print_commands(out, noun);
}

void app_help_command(FILE *out, const app_command *command)
{
    char text[HELP_COLUMN * 2];

    fprintf(out, "Usage: ccproxy %s [OPTION]...\n\n%s\n", synopsis(command, text),
            command->summary);
    if (command->details)
        fprintf(out, "%s\n", command->details);
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < APP_MAX_OPTIONS && command->options[i].name; i++) {
        const app_option *option = &command->options[i];

        snprintf(text, sizeof(text), "--%s%s%s", option->name,
                 option->value_name ? " " : "",
                 option->value_name ? option->value_name : "");
        print_row(out, text, option->help);
    }
    print_row(out, "--output json", "print objects of the admin API");
    print_common_options(out);
}
