/* The commands on users. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/ids.h"
#include "commands/run.h"
#include "output.h"
#include "setup.h"

/* The column of names stands last, since names have any length and blanks. */
static void print_row(const ccp_user *user)
{
    char budget[APP_MONEY_LEN];

    app_print("%-36s  %-8s  %-12s  %10s  %s", user->id.text,
              ccp_user_status_name(user->status), ccp_routing_name(user->routing),
              app_money_text(user->monthly_budget_micro, budget), user->name);
}

static void print_summary(const ccp_user_summary *summary)
{
    const ccp_user *user = &summary->user;
    char text[APP_MONEY_LEN];
    char time[APP_TIME_LEN];

    app_print("id              %s", user->id.text);
    app_print("name            %s", user->name);
    app_print("status          %s", ccp_user_status_name(user->status));
    app_print("routing         %s", ccp_routing_name(user->routing));
    app_print("monthly budget  %s", app_money_text(user->monthly_budget_micro, text));
    app_print("used this month %s", app_money_text(summary->current_usage_micro, text));
    app_print("access keys     %d", summary->active_keys);
    app_print("created         %s", app_time_text(user->created_at_us, time));
}

static ccp_status summarize(const app_setup *setup, const char *id,
                            ccp_user_summary *summary, ccp_error *error)
{
    const ccp_user_store *users = &setup->store->users;
    ccp_user user;
    ccp_status status = users->find(users->self, id, &user, error);

    return status == CCP_OK
               ? ccp_admin_summarize_user(setup->admin, &user, summary, error)
               : status;
}

static ccp_status make_json(const app_setup *setup, const char *id, char **out,
                            ccp_error *error)
{
    ccp_user_summary summary;
    ccp_status status = summarize(setup, id, &summary, error);

    return status == CCP_OK ? ccp_admin_user_json(&summary, out, error) : status;
}

static ccp_status print_json(const app_setup *setup, const char *id, ccp_error *error)
{
    char *text;
    ccp_status status = make_json(setup, id, &text, error);

    if (status == CCP_OK)
        app_print_json(text);
    return status;
}

static int create(const app_call *call, const app_setup *setup)
{
    const char *budget = app_option_value(call, "budget");
    ccp_error error = {0};
    ccp_user user = {.monthly_budget_micro = CCP_NO_BUDGET};
    ccp_status status;

    if (budget &&
        ccp_budget_parse(budget, &user.monthly_budget_micro, &error) != CCP_OK) {
        app_say("%s", error.message);
        return APP_WRONG_USAGE;
    }
    if (strlen(call->operands[0]) >= sizeof(user.name)) {
        app_say("the name is too long");
        return APP_FAILED;
    }
    memcpy(user.name, call->operands[0], strlen(call->operands[0]) + 1);
    status = ccp_admin_create_user(setup->admin, &user, &error);
    if (status == CCP_OK && call->wants_json)
        status = print_json(setup, user.id.text, &error);
    else if (status == CCP_OK)
        app_print("%s", user.id.text);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

/* Takes the options into the user. CCP_INVALID: one of them is no value of its kind. */
static ccp_status take_changes(const app_call *call, ccp_user *user, ccp_error *error)
{
    const char *name = app_option_value(call, "name");
    const char *routing = app_option_value(call, "routing");
    const char *budget = app_option_value(call, "budget");

    if (name &&
        snprintf(user->name, sizeof(user->name), "%s", name) >= (int)sizeof(user->name))
        return CCP_INVALID;
    if (routing && !ccp_routing_parse(routing, &user->routing)) {
        snprintf(error->message, sizeof(error->message),
                 "the routing is plan_first or bedrock_only");
        return CCP_INVALID;
    }
    return budget ? ccp_budget_parse(budget, &user->monthly_budget_micro, error) : CCP_OK;
}

static int set(const app_call *call, const app_setup *setup)
{
    const ccp_user_store *users = &setup->store->users;
    ccp_error error = {0};
    ccp_user user;
    ccp_status status = users->find(users->self, call->operands[0], &user, &error);

    if (status != CCP_OK)
        return app_failure(status, &error);
    status = take_changes(call, &user, &error);
    if (status != CCP_OK) {
        app_failure(status, &error);
        return APP_WRONG_USAGE;
    }
    status = ccp_admin_update_user(setup->admin, &user, &error);
    if (status == CCP_OK && call->wants_json)
        status = print_json(setup, user.id.text, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

static bool print_one(void *context, const ccp_user *user)
{
    (void)context;
    print_row(user);
    return true;
}

static bool keep_id(void *context, const ccp_user *user)
{
    return app_ids_add(context, &user->id);
}

static ccp_status list_json(const app_setup *setup, ccp_error *error)
{
    const ccp_user_store *users = &setup->store->users;
    app_json_list list = {0};
    app_ids ids = {0};
    ccp_status status = users->list(users->self, keep_id, &ids, error);

    for (size_t i = 0; i < ids.count && status == CCP_OK; i++) {
        char *text;

        status = make_json(setup, ids.items[i].text, &text, error);
        if (status == CCP_OK)
            app_json_list_add(&list, text);
    }
    if (status == CCP_OK)
        status = app_ids_status(&ids);
    if (status == CCP_OK)
        app_json_list_end(&list);
    app_ids_clear(&ids);
    return status;
}

static int list(const app_call *call, const app_setup *setup)
{
    const ccp_user_store *users = &setup->store->users;
    ccp_error error = {0};
    ccp_status status = call->wants_json
                            ? list_json(setup, &error)
                            : users->list(users->self, print_one, NULL, &error);

    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

static int show(const app_call *call, const app_setup *setup)
{
    ccp_error error = {0};
    ccp_user_summary summary;
    ccp_status status;

    if (call->wants_json) {
        status = print_json(setup, call->operands[0], &error);
    } else {
        status = summarize(setup, call->operands[0], &summary, &error);
        if (status == CCP_OK)
            print_summary(&summary);
    }
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

typedef ccp_status (*user_ending)(ccp_admin *admin, const ccp_id *id, ccp_error *error);

static ccp_status end(const app_call *call, const app_setup *setup, user_ending ending,
                      ccp_user *user, ccp_error *error)
{
    const ccp_user_store *users = &setup->store->users;
    ccp_status status = users->find(users->self, call->operands[0], user, error);

    return status == CCP_OK ? ending(setup->admin, &user->id, error) : status;
}

static int deactivate(const app_call *call, const app_setup *setup)
{
    ccp_error error = {0};
    ccp_user user;
    ccp_status status = end(call, setup, ccp_admin_deactivate_user, &user, &error);

    if (status == CCP_OK && call->wants_json)
        status = print_json(setup, user.id.text, &error);
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

static int delete_user(const app_call *call, const app_setup *setup)
{
    ccp_error error = {0};
    ccp_user user;
    ccp_status status = end(call, setup, ccp_admin_delete_user, &user, &error);

    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

int app_run_user_create(const app_call *call)
{
    return app_setup_run(call, create);
}

int app_run_user_set(const app_call *call)
{
    return app_setup_run(call, set);
}

int app_run_user_list(const app_call *call)
{
    return app_setup_run(call, list);
}

int app_run_user_show(const app_call *call)
{
    return app_setup_run(call, show);
}

int app_run_user_deactivate(const app_call *call)
{
    return app_setup_run(call, deactivate);
}

int app_run_user_delete(const app_call *call)
{
    return app_setup_run(call, delete_user);
}
