#include "commands/run.h"
#include "output.h"
#include "setup.h"

int app_run_config(const app_call *call)
{
    app_setup setup = {0};
    int code;

    if (!app_option_value(call, "check")) {
        app_say("say what to do: ccproxy config --check");
        return APP_WRONG_USAGE;
    }
    code = app_setup_config(call, &setup);
    if (code == APP_DONE)
        app_say("the settings are good");
    app_setup_clear(&setup);
    return code;
}
