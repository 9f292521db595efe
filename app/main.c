/* Picks the command. */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "ccproxy/version.h"
#include "commands.h"
#include "output.h"

static bool is_one_of(const char *word, const char *first, const char *second)
{
    return strcmp(word, first) == 0 || strcmp(word, second) == 0;
}

static int refuse(const char *reason)
{
    app_say("%s; try \"ccproxy --help\"", reason);
    return APP_WRONG_USAGE;
}

static int run(const app_command *command, const char *const *arguments)
{
    char refusal[APP_REFUSAL_LEN];
    app_call call;
    int code;

    if (!app_arguments_parse(command, arguments, &call, refusal)) {
        code = refuse(refusal);
    } else if (call.wants_help) {
        app_help_command(stdout, command);
        code = APP_DONE;
    } else {
        code = command->run(&call);
    }
    app_call_clear(&call);
    return code;
}

/* No command: a noun alone, or a word that is none. */
static int explain(const char *const *arguments)
{
    const bool asks_help = !arguments[1] || is_one_of(arguments[1], "--help", "-h");

    if (app_is_noun(arguments[0]) && asks_help) {
        app_help_noun(arguments[1] ? stdout : stderr, arguments[0]);
        return arguments[1] ? APP_DONE : APP_WRONG_USAGE;
    }
    app_say("there is no command \"%s%s%s\"", arguments[0],
            app_is_noun(arguments[0]) ? " " : "",
            app_is_noun(arguments[0]) ? arguments[1] : "");
    return refuse("nothing done");
}

static int run_program(int argc, char **argv)
{
    const char *const *arguments = (const char *const *)argv + 1;
    const app_command *command;
    size_t words;

    if (argc < 2) {
        app_help_program(stderr);
        return APP_WRONG_USAGE;
    }
    if (is_one_of(arguments[0], "--help", "-h") || strcmp(arguments[0], "help") == 0) {
        app_help_program(stdout);
        return APP_DONE;
    }
    if (strcmp(arguments[0], "--version") == 0) {
        app_print("ccproxy %s", ccp_version());
        return APP_DONE;
    }
    command = app_command_find(arguments, &words);
    return command ? run(command, arguments + words) : explain(arguments);
}

int main(int argc, char **argv)
{
    const int code = run_program(argc, argv);

    /* A result that could not be written is no result. */
    return fflush(stdout) == 0 ? code : APP_FAILED;
}
