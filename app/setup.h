#ifndef CCP_APP_SETUP_H
#define CCP_APP_SETUP_H

#include "ccproxy/admin.h"
#include "ccproxy/config.h"
#include "ccproxy/store.h"
#include "command.h"

/*
 * What a command works with: its settings, the store, and the administration
 * over it. Made in steps, as far as the command needs; each returns an exit
 * code after saying what is wrong. Zeroed memory is a setup of nothing.
 */
typedef struct app_setup {
    ccp_config *config;
    ccp_store *store;
    ccp_admin *admin;
} app_setup;

/*
 * Flags over environment over file over defaults, neither checked nor with what
 * stands in other files and in secrets: for what must not wait for them.
 */
int app_setup_load(const app_call *call, app_setup *setup);

/* The same, checked; changes nothing. */
int app_setup_config(const app_call *call, app_setup *setup);

/*
 * And the data folder with generated secrets (dev only), and the store as it
 * is, whatever its schema.
 */
int app_setup_store(const app_call *call, app_setup *setup);

/* Whether a start brings the schema up by itself: of SQLite, and with auto_migrate. */
bool app_setup_may_migrate(const ccp_config *config);

/* And the schema brought up, where that may happen without being asked. */
int app_setup_ready_store(const app_call *call, app_setup *setup);

/* The administration over a store that is there. */
int app_setup_add_admin(app_setup *setup);

/* All of this. */
int app_setup_admin(const app_call *call, app_setup *setup);

/* All of it, what the command does with it, and its end. */
int app_setup_run(const app_call *call,
                  int (*run)(const app_call *call, const app_setup *setup));

void app_setup_clear(app_setup *setup);

#endif
