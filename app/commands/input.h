#ifndef CCP_APP_COMMANDS_INPUT_H
#define CCP_APP_COMMANDS_INPUT_H

#include <stddef.h>

#include "ccproxy/error.h"

/* A secret that is given on standard input: all of it, without a newline at its end. */
#define APP_SECRET_INPUT_MAX 8192

typedef struct app_secret_input {
    char text[APP_SECRET_INPUT_MAX + 1];
    size_t len;
} app_secret_input;

/* CCP_INVALID: there is nothing, or too much. Wipe it in any case. */
ccp_status app_secret_input_read(app_secret_input *out, ccp_error *error);

void app_secret_input_wipe(app_secret_input *input);

#endif
