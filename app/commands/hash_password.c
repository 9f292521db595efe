#include "ccproxy/password.h"
#include "commands/input.h"
#include "commands/run.h"
#include "output.h"

int app_run_hash_password(const app_call *call)
{
    ccp_password_hash hash;
    app_secret_input input;
    ccp_error error = {0};
    ccp_status status = app_secret_input_read(&input, &error);

    (void)call;
    if (status == CCP_OK)
        status = ccp_password_hash_new(input.text, input.len, NULL, &hash, &error);
    app_secret_input_wipe(&input);
    if (status != CCP_OK)
        return app_failure(status, &error);
    app_print("%s", hash.text);
    return APP_DONE;
}
