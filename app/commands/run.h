#ifndef CCP_APP_COMMANDS_RUN_H
#define CCP_APP_COMMANDS_RUN_H

#include "command.h"

/* What runs when a command is called: one function a row of the table. */

int app_run_serve(const app_call *call);
int app_run_migrate(const app_call *call);
int app_run_config(const app_call *call);
int app_run_hash_password(const app_call *call);
int app_run_healthcheck(const app_call *call);
int app_run_doctor(const app_call *call);
int app_run_completion(const app_call *call);

int app_run_user_create(const app_call *call);
int app_run_user_set(const app_call *call);
int app_run_user_list(const app_call *call);
int app_run_user_show(const app_call *call);
int app_run_user_deactivate(const app_call *call);
int app_run_user_delete(const app_call *call);

int app_run_key_issue(const app_call *call);
int app_run_key_list(const app_call *call);
int app_run_key_rotate(const app_call *call);
int app_run_key_revoke(const app_call *call);
int app_run_key_bedrock_key(const app_call *call);

int app_run_model_list(const app_call *call);
int app_run_model_map(const app_call *call);
int app_run_model_unmap(const app_call *call);

int app_run_bedrock_test(const app_call *call);

#endif
