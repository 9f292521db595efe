#include "arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The walk over the arguments. */
typedef struct argument_walk {
    const char *const *next;
    app_call *call;
    size_t operand_count;
    char *refusal;
} argument_walk;

/* An option as it stands on the command line. */
typedef struct written_option {
    const char *name; /* without dashes, up to name_len */
    size_t name_len;
    const char *value; /* after '=', or NULL */
} written_option;

static bool refuse(argument_walk *walk, const char *reason, const char *what)
{
    snprintf(walk->refusal, APP_REFUSAL_LEN, "%s: %.100s", reason, what);
    return false;
}

static bool is_named(const written_option *option, const char *name)
{
    return strlen(name) == option->name_len &&
           memcmp(name, option->name, option->name_len) == 0;
}

static written_option split(const char *argument)
{
    const char *name = argument + 2;
    const char *equals = strchr(name, '=');

    if (!equals)
        return (written_option){.name = name, .name_len = strlen(name)};
    return (written_option){
        .name = name, .name_len = (size_t)(equals - name), .value = equals + 1};
}

/* The value behind '=', or the next argument. */
static const char *take_value(argument_walk *walk, const written_option *option)
{
    if (option->value)
        return option->value;
    /* What looks like an option is rarely meant as a value; "=" is there for it. */
    if (!*walk->next || strncmp(*walk->next, "--", 2) == 0) {
        refuse(walk, "a value is missing after", option->name - 2);
        return NULL;
    }
    return *walk->next++;
}

static bool take_output(argument_walk *walk, const written_option *option)
{
    const char *value = take_value(walk, option);

    if (!value)
        return false;
    walk->call->wants_json = strcmp(value, "json") == 0;
    if (!walk->call->wants_json && strcmp(value, "text") != 0)
        return refuse(walk, "--output is text or json, not", value);
    return true;
}

static bool take_own_option(argument_walk *walk, const written_option *option,
                            size_t index)
{
    const char **value = &walk->call->option_values[index];

    if (walk->call->command->options[index].value_name) {
        *value = take_value(walk, option);
        return *value != NULL;
    }
    if (option->value)
        return refuse(walk, "this option takes no value", option->name - 2);
    *value = "";
    return true;
}

static bool take_setting(argument_walk *walk, const written_option *option)
{
    const char *value;
    char *name;

    /* The name is cut out of "--name=value", so it needs memory of its own. */
    name = strndup(option->name, option->name_len);
    if (!name)
        return refuse(walk, "no memory for", option->name - 2);

    value = take_value(walk, option);
    if (!value) {
        free(name);
        return false;
    }
    walk->call->settings[walk->call->setting_count++] =
        (app_setting){.name = name, .value = value};
    return true;
}

static bool take_option(argument_walk *walk, const char *argument)
{
    const written_option option = split(argument);
    const app_option *own = walk->call->command->options;

    for (size_t i = 0; i < APP_MAX_OPTIONS && own[i].name; i++) {
        if (is_named(&option, own[i].name))
            return take_own_option(walk, &option, i);
    }
    if (is_named(&option, "output"))
        return take_output(walk, &option);
    if (is_named(&option, "config")) {
        walk->call->config_file = take_value(walk, &option);
        return walk->call->config_file != NULL;
    }
    return take_setting(walk, &option);
}

static bool take_operand(argument_walk *walk, const char *argument)
{
    if (walk->operand_count == APP_MAX_OPERANDS ||
        !walk->call->command->operands[walk->operand_count])
        return refuse(walk, "one argument too many", argument);

    walk->call->operands[walk->operand_count++] = argument;
    return true;
}

static bool take_argument(argument_walk *walk, const char *argument,
                          bool *options_are_over)
{
    if (*options_are_over || argument[0] != '-' || argument[1] == '\0')
        return take_operand(walk, argument);
    if (strcmp(argument, "--") == 0) {
        *options_are_over = true;
        return true;
    }
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
        walk->call->wants_help = true;
        return true;
    }
    if (argument[1] != '-')
        return refuse(walk, "unknown option", argument);
    return take_option(walk, argument);
}

static bool has_all_operands(argument_walk *walk)
{
    const app_command *command = walk->call->command;

    for (size_t i = walk->operand_count; i < APP_MAX_OPERANDS; i++) {
        if (command->operands[i] && command->operands[i][0] != '[')
            return refuse(walk, "an argument is missing", command->operands[i]);
    }
    return true;
}

static size_t count(const char *const *arguments)
{
    size_t count = 0;

    while (arguments[count])
        count++;
    return count;
}

bool app_arguments_parse(const app_command *command, const char *const *arguments,
                         app_call *out, char refusal[APP_REFUSAL_LEN])
{
    argument_walk walk = {.next = arguments, .call = out, .refusal = refusal};
    bool options_are_over = false;

    *out = (app_call){.command = command};
    out->settings = calloc(count(arguments) + 1, sizeof(*out->settings));
    if (!out->settings)
        return refuse(&walk, "no memory for the arguments of", command->noun);

    while (*walk.next) {
        if (!take_argument(&walk, *walk.next++, &options_are_over))
            return false;
    }
    return out->wants_help || has_all_operands(&walk);
}

void app_call_clear(app_call *call)
{
    for (size_t i = 0; i < call->setting_count; i++)
        free(call->settings[i].name);
    free(call->settings);
    *call = (app_call){0};
}

const char *app_option_value(const app_call *call, const char *name)
{
    const app_option *own = call->command->options;

    for (size_t i = 0; i < APP_MAX_OPTIONS && own[i].name; i++) {
        if (strcmp(own[i].name, name) == 0)
            return call->option_values[i];
    }
    return NULL;
}
