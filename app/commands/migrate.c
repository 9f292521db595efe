#include "commands/run.h"
#include "output.h"
#include "setup.h"

static bool print_state(void *context, const ccp_migration *migration)
{
    char time[APP_TIME_LEN];

    (void)context;
    app_print("%04d  %-20s  %s", migration->version,
              app_time_text(migration->applied_at_us, time), migration->name);
    return true;
}

static bool print_missing(void *context, const ccp_migration *migration)
{
    (void)context;
    if (migration->applied_at_us == 0)
        app_print("%04d  %s", migration->version, migration->name);
    return true;
}

static int migrate(const app_call *call, const ccp_store *store)
{
    const bool shows = app_option_value(call, "status") != NULL;
    const bool is_dry = app_option_value(call, "dry-run") != NULL;
    ccp_schema_status schema;
    ccp_error error = {0};
    ccp_status status;

    if (shows || is_dry)
        status = store->migrations(store->self, shows ? print_state : print_missing, NULL,
                                   &error);
    else
        status = store->migrate(store->self, &error);
    if (status == CCP_OK)
        status = store->schema(store->self, &schema, &error);
    if (status != CCP_OK)
        return app_failure(status, &error);
    app_say("the database has schema %d, this program needs %d", schema.version,
            schema.required);
    return APP_DONE;
}

int app_run_migrate(const app_call *call)
{
    app_setup setup = {0};
    int code;

    if (app_option_value(call, "status") && app_option_value(call, "dry-run")) {
        app_say("--status and --dry-run exclude each other");
        return APP_WRONG_USAGE;
    }
    code = app_setup_store(call, &setup);
    if (code == APP_DONE)
        code = migrate(call, setup.store);
    app_setup_clear(&setup);
    return code;
}
