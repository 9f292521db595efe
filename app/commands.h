#ifndef CCP_APP_COMMANDS_H
#define CCP_APP_COMMANDS_H

#include <stdio.h>

#include "command.h"

/* The table of commands, and what it says about itself. */

/*
 * The command of these arguments; *words is how many of them are its name.
 * NULL: there is none.
 */
const app_command *app_command_find(const char *const *arguments, size_t *words);

/* The commands in their order; NULL behind the last. */
const app_command *app_command_at(size_t index);

/* Of the program; of all commands of a noun, or of one (verb NULL: all). */
void app_help_program(FILE *out);
void app_help_noun(FILE *out, const char *noun);
void app_help_command(FILE *out, const app_command *command);

/* Whether some command begins with this word. */
bool app_is_noun(const char *word);

#endif
