#ifndef CCP_APP_FIRST_RUN_H
#define CCP_APP_FIRST_RUN_H

#include <stdbool.h>

#include "ccproxy/config.h"
#include "ccproxy/secret_file.h"

/*
 * A start with no settings (P-5): the data folder, mode 0700, and in it, in dev
 * only, the secrets that nobody has configured, each in a file of mode 0600.
 * What stands in those files serves as default of the settings of the same
 * names.
 */

/* Makes what is missing, and checks the settings again with it. */
ccp_status app_first_run_prepare(ccp_config *config, ccp_error *error);

/*
 * Draws an admin password when there is none yet (dev only), and keeps its hash
 * alone. was_made: then the password, which must be shown now and wiped.
 */
ccp_status app_first_run_password(ccp_config *config, bool *was_made,
                                  ccp_secret_text *password, ccp_error *error);

#endif
