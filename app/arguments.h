#ifndef CCP_APP_ARGUMENTS_H
#define CCP_APP_ARGUMENTS_H

#include <stddef.h>

#include "command.h"

/* Room for why a command line is refused. */
#define APP_REFUSAL_LEN 160

/*
 * Reads what follows the command's name. Options and operands may stand in any
 * order; "--name value" and "--name=value" are the same; "--" ends the options.
 * An option that is not of the command's row is kept as a setting.
 *
 * Returns false with the reason in refusal; the call is to be cleared in any case.
 */
bool app_arguments_parse(const app_command *command, const char *const *arguments,
                         app_call *out, char refusal[APP_REFUSAL_LEN]);

void app_call_clear(app_call *call);

#endif
