#include <stdio.h>

#include "commands/run.h"
#include "output.h"
#include "progress.h"
#include "setup.h"

typedef struct listing {
    bool only_missing;
    bool as_json;
    size_t count;
} listing;

static void print_json(const ccp_migration *migration, bool is_first)
{
    char time[APP_TIME_LEN];

    printf("%s{\"version\":%d,\"name\":", is_first ? "[" : ",\n ", migration->version);
    app_print_json_text(migration->name);
    printf(",\"applied_at\":");
    app_print_json_text(migration->applied_at_us == 0
                            ? NULL
                            : app_time_text(migration->applied_at_us, time));
    putchar('}');
}

static bool print_step(void *context, const ccp_migration *migration)
{
    listing *list = context;
    char time[APP_TIME_LEN];

    if (list->only_missing && migration->applied_at_us != 0)
        return true;
    if (list->as_json)
        print_json(migration, list->count == 0);
    else if (list->only_missing)
        app_print("%04d  %s", migration->version, migration->name);
    else
        app_print("%04d  %-20s  %s", migration->version,
                  app_time_text(migration->applied_at_us, time), migration->name);
    list->count++;
    return true;
}

static ccp_status list_steps(const app_call *call, const ccp_store *store,
                             bool only_missing, ccp_error *error)
{
    listing list = {.only_missing = only_missing, .as_json = call->wants_json};
    ccp_status status = store->migrations(store->self, print_step, &list, error);

    if (list.as_json && (status == CCP_OK || list.count > 0))
        app_print("%s", list.count == 0 ? "[]" : "]");
    return status;
}

static ccp_status bring_up(const ccp_store *store, ccp_error *error)
{
    ccp_schema_status schema;
    ccp_status status = store->schema(store->self, &schema, error);
    app_progress *progress;
    char what[64];

    if (status != CCP_OK)
        return status;
    snprintf(what, sizeof(what), "bringing the schema from %d to %d", schema.version,
             schema.required);
    progress = app_progress_begin(what);
    status = store->migrate(store->self, error);
    app_progress_end(progress);
    return status;
}

static int migrate(const app_call *call, const ccp_store *store)
{
    const bool shows = app_option_value(call, "status") != NULL;
    const bool is_dry = app_option_value(call, "dry-run") != NULL;
    ccp_schema_status schema;
    ccp_error error = {0};
    ccp_status status = shows || is_dry ? list_steps(call, store, is_dry, &error)
                                        : bring_up(store, &error);

    if (status == CCP_OK)
        status = store->schema(store->self, &schema, &error);
    if (status != CCP_OK)
        return app_failure(status, &error);
    app_say("the database has schema %d, this program needs %d", schema.version,
            schema.required);
    return APP_DONE;
}

static int reseal(const app_setup *setup)
{
    ccp_reseal_count count;
    ccp_error error = {0};
    app_progress *progress = app_progress_begin("sealing Bedrock credentials anew");
    ccp_status status = ccp_admin_reseal_bedrock_keys(setup->admin, &count, &error);

    app_progress_end(progress);
    if (status != CCP_OK)
        return app_failure(status, &error);
    app_say("of %zu Bedrock credentials %zu were sealed anew", count.all, count.resealed);
    if (count.lost == 0)
        return APP_DONE;
    app_say("%zu can't be opened with the keys of the settings, and stay as they are",
            count.lost);
    return APP_FAILED;
}

static int migrate_and_reseal(const app_call *call, app_setup *setup)
{
    int code = app_setup_store(call, setup);

    if (code == APP_DONE)
        code = migrate(call, setup->store);
    if (code == APP_DONE && app_option_value(call, "reseal"))
        code = app_setup_add_admin(setup);
    if (code == APP_DONE && setup->admin)
        code = reseal(setup);
    return code;
}

int app_run_migrate(const app_call *call)
{
    const int ways = (app_option_value(call, "status") != NULL) +
                     (app_option_value(call, "dry-run") != NULL) +
                     (app_option_value(call, "reseal") != NULL);
    app_setup setup = {0};
    int code;

    if (ways > 1) {
        app_say("--status, --dry-run and --reseal exclude each other");
        return APP_WRONG_USAGE;
    }
    code = migrate_and_reseal(call, &setup);
    app_setup_clear(&setup);
    return code;
}
