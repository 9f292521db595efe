#include "setup.h"

#include <string.h>
#include <unistd.h>

#include "ccproxy/aws.h"
#include "first_run.h"
#include "output.h"

static void complain(void *context, bool is_warning, const char *message)
{
    (void)context;
    app_say("%s%s", is_warning ? "warning: " : "", message);
}

/* Whether a flag names this setting: '-' stands for '_', and NAME_file for NAME. */
static bool names(const char *flag, const char *name)
{
    while (*name != '\0' && (*flag == *name || (*flag == '-' && *name == '_')))
        flag++, name++;
    return *name == '\0' &&
           (*flag == '\0' || strcmp(flag, "_file") == 0 || strcmp(flag, "-file") == 0);
}

typedef struct known_name {
    const char *flag;
    bool is_known;
} known_name;

static void compare(void *context, const ccp_config_entry *entry)
{
    known_name *known = context;

    known->is_known = known->is_known || names(known->flag, entry->name);
}

static bool has_unknown_flag(const app_call *call, const ccp_config *config)
{
    for (size_t i = 0; i < call->setting_count; i++) {
        known_name known = {.flag = call->settings[i].name};

        ccp_config_visit(config, compare, &known);
        if (!known.is_known)
            return true;
    }
    return false;
}

static ccp_status load(const app_call *call, ccp_config *config, ccp_error *error)
{
    ccp_status status =
        ccp_config_load_environment(config, (const char *const *)environ, error);

    if (status == CCP_OK && call->config_file)
        status = ccp_config_load_file(config, call->config_file, error);
    for (size_t i = 0; i < call->setting_count && status == CCP_OK; i++)
        status = ccp_config_set(config, call->settings[i].name, call->settings[i].value,
                                error);
    return status;
}

int app_setup_load(const app_call *call, app_setup *setup)
{
    ccp_error error = {0};
    ccp_status status = ccp_config_new(&setup->config, &error);

    if (status == CCP_OK)
        status = load(call, setup->config, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

int app_setup_config(const app_call *call, app_setup *setup)
{
    ccp_error error = {0};
    ccp_status status;
    int code = app_setup_load(call, setup);

    if (code != APP_DONE)
        return code;
    ccp_config_set_secret_source(setup->config, ccp_aws_secret_source());
    status = ccp_config_check(setup->config, complain, NULL, &error);
    if (status == CCP_OK)
        return APP_DONE;
    if (status != CCP_INVALID)
        return app_failure(status, &error);
    return has_unknown_flag(call, setup->config) ? APP_WRONG_USAGE : APP_FAILED;
}

/* RDS changes passwords while we run (DM-3). */
static ccp_status read_password(void *self, char *password, size_t size, ccp_error *error)
{
    ccp_room room = {.data = password, .size = size - 1};
    ccp_status status = ccp_config_read_again(self, "db_password", &room, error);

    password[room.len] = '\0';
    return status;
}

int app_setup_store(const app_call *call, app_setup *setup)
{
    ccp_store_options options = {.clock = ccp_system_clock(),
                                 .random = ccp_system_random()};
    ccp_error error = {0};
    ccp_status status;
    int code = app_setup_config(call, setup);

    if (code != APP_DONE)
        return code;
    status = app_first_run_prepare(setup->config, &error);
    if (status != CCP_OK)
        return app_failure(status, &error);
    options.url = ccp_config_text(setup->config, "database_url");
    options.read_password = read_password;
    options.password_self = setup->config;
    options.ca_file = ccp_config_text(setup->config, "db_ca_file");
    options.pool_size = (int)ccp_config_number(setup->config, "db_pool_size");
    options.report_timezone = ccp_config_text(setup->config, "report_timezone");
    options.ca_file = ccp_config_text(setup->config, "db_ca_file");
    options.pool_size = (int)ccp_config_number(setup->config, "db_pool_size");
    status = ccp_store_open(&options, &setup->store, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

/* SQLite is this process's own; a shared database is migrated when somebody says so. */
bool app_setup_may_migrate(const ccp_config *config)
{
    static const char sqlite[] = "sqlite:";

    return strncmp(ccp_config_text(config, "database_url"), sqlite, sizeof(sqlite) - 1) ==
               0 ||
           ccp_config_number(config, "auto_migrate") != 0;
}

int app_setup_ready_store(const app_call *call, app_setup *setup)
{
    ccp_error error = {0};
    ccp_schema_status schema;
    ccp_status status;
    int code = app_setup_store(call, setup);

    if (code != APP_DONE)
        return code;
    status = app_setup_may_migrate(setup->config)
                 ? setup->store->migrate(setup->store->self, &error)
                 : CCP_OK;
    if (status == CCP_OK)
        status = setup->store->schema(setup->store->self, &schema, &error);
    if (status != CCP_OK)
        return app_failure(status, &error);
    if (schema.version < schema.required)
        app_say("warning: the database has schema %d and needs %d: run ccproxy migrate",
                schema.version, schema.required);
    return APP_DONE;
}

int app_setup_add_admin(app_setup *setup)
{
    ccp_error error = {0};
    ccp_status status = ccp_admin_new(&(ccp_admin_options){.config = setup->config,
                                                           .store = setup->store,
                                                           .actor = "command line"},
                                      &setup->admin, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

int app_setup_admin(const app_call *call, app_setup *setup)
{
    const int code = app_setup_ready_store(call, setup);

    return code == APP_DONE ? app_setup_add_admin(setup) : code;
}

int app_setup_run(const app_call *call,
                  int (*run)(const app_call *call, const app_setup *setup))
{
    app_setup setup = {0};
    int code = app_setup_admin(call, &setup);

    if (code == APP_DONE)
        code = run(call, &setup);
    app_setup_clear(&setup);
    return code;
}

void app_setup_clear(app_setup *setup)
{
    ccp_admin_free(setup->admin);
    ccp_store_close(setup->store);
    ccp_config_free(setup->config);
    *setup = (app_setup){0};
}
