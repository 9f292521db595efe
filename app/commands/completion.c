/* Prints what a shell needs to complete the command line, from the table of commands. */
#include <stdio.h>
#include <string.h>

#include "ccproxy/config.h"
#include "commands.h"
#include "commands/run.h"
#include "output.h"

static bool is_first_of_noun(size_t index)
{
    return index == 0 ||
           strcmp(app_command_at(index)->noun, app_command_at(index - 1)->noun) != 0;
}

static void print_nouns(void)
{
    for (size_t i = 0; app_command_at(i); i++)
        if (is_first_of_noun(i))
            printf("%s ", app_command_at(i)->noun);
}

static void print_verbs(const char *noun)
{
    for (size_t i = 0; app_command_at(i); i++)
        if (app_command_at(i)->verb && strcmp(app_command_at(i)->noun, noun) == 0)
            printf("%s ", app_command_at(i)->verb);
}

static void print_options(const app_command *command)
{
    for (size_t i = 0; i < APP_MAX_OPTIONS && command->options[i].name; i++)
        printf("--%s ", command->options[i].name);
}

static void print_setting(void *context, const ccp_config_entry *entry)
{
    (void)context;
    printf("--");
    for (const char *c = entry->name; *c; c++)
        putchar(*c == '_' ? '-' : *c);
    putchar(' ');
}

static int print_settings(void)
{
    ccp_config *config;
    ccp_error error;
    const ccp_status status = ccp_config_new(&config, &error);

    if (status != CCP_OK)
        return app_failure(status, &error);
    ccp_config_visit(config, print_setting, NULL);
    ccp_config_free(config);
    return APP_DONE;
}

/* One case a command: "user create) words=..." */
static void print_cases(void)
{
    for (size_t i = 0; app_command_at(i); i++) {
        const app_command *command = app_command_at(i);

        if (is_first_of_noun(i) && command->verb) {
            printf("    %s) words=\"", command->noun);
            print_verbs(command->noun);
            printf("\" ;;\n");
        }
        printf("    '%s%s%s'*) words=\"", command->noun, command->verb ? " " : "",
               command->verb ? command->verb : "");
        print_options(command);
        printf("$common\" ;;\n");
    }
}

static int print_bash(void)
{
    int code;

    printf("# bash completion of ccproxy\n_ccproxy() {\n"
           "  local word=${COMP_WORDS[COMP_CWORD]} words common settings\n"
           "  settings=\"");
    code = print_settings();
    printf("\"\n  common=\"--config --output --help $settings\"\n"
           "  case \"${COMP_WORDS[*]:1:COMP_CWORD-1}\" in\n"
           "    '') words=\"");
    print_nouns();
    printf("--version --help\" ;;\n");
    print_cases();
    printf("    *) words=$common ;;\n  esac\n"
           "  case ${COMP_WORDS[COMP_CWORD-1]} in\n"
           "    --config) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
           "    --output) words=json ;;\n  esac\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
           "complete -F _ccproxy ccproxy\n");
    return code;
}

int app_run_completion(const app_call *call)
{
    const char *shell = call->operands[0] ? call->operands[0] : "";

    if (strcmp(shell, "bash") == 0)
        return print_bash();
    if (strcmp(shell, "zsh") == 0) {
        printf("autoload -U +X bashcompinit && bashcompinit\n");
        return print_bash();
    }
    app_say("there is completion for bash and zsh");
    return APP_WRONG_USAGE;
}
