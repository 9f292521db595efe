#ifndef CCP_APP_COMMAND_H
#define CCP_APP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a command of the program is: a row of the table in commands.c, and what
 * it is called with. A row says all that the parser and the help need to know.
 */

/* What the program's exit code says. */
enum { APP_DONE = 0, APP_FAILED = 1, APP_WRONG_USAGE = 2 };

/* The most operands and options that any command takes. */
#define APP_MAX_OPERANDS 2
#define APP_MAX_OPTIONS 6

typedef struct app_option {
    const char *name;       /* without the dashes; NULL ends the list */
    const char *value_name; /* NULL: it is a switch */
    const char *help;
} app_option;

typedef struct app_call app_call;

typedef struct app_command {
    const char *noun;
    const char *verb;                       /* NULL: the noun is all of the name */
    const char *operands[APP_MAX_OPERANDS]; /* "[NAME]" may be left out */
    app_option options[APP_MAX_OPTIONS];    /* of its own, beside the settings */
    const char *summary;                    /* one line */
    const char *details;                    /* further lines, or NULL */
    int (*run)(const app_call *call);
} app_command;

/* A flag that sets a setting. */
typedef struct app_setting {
    char *name; /* owned */
    const char *value;
} app_setting;

/* One call of a command. All text is borrowed from the argument vector. */
struct app_call {
    const app_command *command;
    const char *operands[APP_MAX_OPERANDS];     /* NULL: not given */
    const char *option_values[APP_MAX_OPTIONS]; /* in the order of the row's options */
    const char *config_file;                    /* --config, or NULL */
    bool wants_json;                            /* --output json */
    bool wants_help;                            /* --help */
    app_setting *settings;                      /* owned */
    size_t setting_count;
};

/* The value of an option of the command's row; "" for a switch; NULL: not given. */
const char *app_option_value(const app_call *call, const char *name);

#endif
