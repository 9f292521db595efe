#include <stddef.h>

#include "base/fail.h"
#include "store/names.h"
#include "store/store.h"

#define COLUMNS                                                                          \
    "id, name, description, status, routing_strategy, monthly_budget_micro,"             \
    " created_at, updated_at, deleted_at"

#define MAX_NAME 255
#define MAX_DESCRIPTION 1024

static void read_user(const ccpi_db_value *columns, ccp_user *out)
{
    char name[32];

    *out = (ccp_user){0};
    ccpi_db_get_text(&columns[0], out->id.text, sizeof(out->id.text));
    ccpi_db_get_text(&columns[1], out->name, sizeof(out->name));
    ccpi_db_get_text(&columns[2], out->description, sizeof(out->description));
    ccpi_db_get_text(&columns[3], name, sizeof(name));
    out->status = ccpi_user_status_read(name);
    ccpi_db_get_text(&columns[4], name, sizeof(name));
    ccp_routing_parse(name, &out->routing);
    out->monthly_budget_micro =
        columns[5].is_null ? CCP_NO_BUDGET : ccpi_db_get_integer(&columns[5]);
    out->created_at_us = ccpi_db_get_integer(&columns[6]);
    out->updated_at_us = ccpi_db_get_integer(&columns[7]);
    out->deleted_at_us = ccpi_db_get_integer(&columns[8]);
}

static ccpi_db_value budget_value(int64_t budget_micro)
{
    ccpi_db_value value = ccpi_db_integer(budget_micro);

    value.is_null = budget_micro == CCP_NO_BUDGET;
    return value;
}

static ccp_status check(const ccp_user *user, ccp_error *error)
{
    if (user->name[0] == '\0' || !ccpi_store_fits(user->name, MAX_NAME))
        return ccpi_fail(error, CCP_INVALID, "a user's name has 1 to %d characters",
                         MAX_NAME);
    if (!ccpi_store_fits(user->description, MAX_DESCRIPTION))
        return ccpi_fail(error, CCP_INVALID,
                         "a user's description has at most %d characters",
                         MAX_DESCRIPTION);
    if (user->monthly_budget_micro < 0 && user->monthly_budget_micro != CCP_NO_BUDGET)
        return ccpi_fail(error, CCP_INVALID, "a budget is not negative");
    return CCP_OK;
}

static ccp_status insert(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_user *user = context;
    const ccpi_db_statement statement = {
        .sql = "INSERT INTO users (" COLUMNS
               ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)",
        CCPI_DB_WITH(ccpi_db_id(user->id.text), ccpi_db_text(user->name),
                     ccpi_db_optional_text(user->description),
                     ccpi_db_text(ccp_user_status_name(user->status)),
                     ccpi_db_text(ccp_routing_name(user->routing)),
                     budget_value(user->monthly_budget_micro),
                     ccpi_db_time(user->created_at_us),
                     ccpi_db_time(user->updated_at_us)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

static ccp_status create(void *self, ccp_user *user, ccp_error *error)
{
    ccpi_store *store = self;
    ccp_status status = check(user, error);

    if (status == CCP_OK)
        status = ccpi_store_new_id(store, &user->id, error);
    if (status != CCP_OK)
        return status;
    user->status = CCP_USER_ACTIVE;
    user->created_at_us = user->updated_at_us = ccpi_store_now(store);
    user->deleted_at_us = 0;
    return ccpi_store_write(store, insert, user, error);
}

/* What was found, and how many times: two are as bad as more. */
typedef struct found {
    ccp_user *user;
    int count;
} found;

static bool take_user(void *context, const ccpi_db_value *columns)
{
    found *of = context;

    read_user(columns, of->user);
    return ++of->count < 2;
}

static ccp_status find(void *self, const char *id_or_name, ccp_user *out,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    ccp_id id = {0};
    const bool is_id = ccpi_id_parse(id_or_name, &id);
    found one = {.user = out};
    const ccpi_db_statement by_id = {
        .sql = "SELECT " COLUMNS " FROM users WHERE id = $1 AND status <> 'deleted'",
        CCPI_DB_WITH(ccpi_db_id(id.text)),
        .visit = take_user,
        .context = &one,
    };
    const ccpi_db_statement by_name = {
        .sql = "SELECT " COLUMNS
               " FROM users WHERE name = $1 AND status <> 'deleted' LIMIT 2",
        CCPI_DB_WITH(ccpi_db_text(id_or_name)),
        .visit = take_user,
        .context = &one,
    };
    ccp_status status = CCP_OK;

    if (is_id)
        status = ccpi_db_read(store->db, &by_id, error);
    if (status == CCP_OK && one.count == 0 && ccpi_store_fits(id_or_name, MAX_NAME))
        status = ccpi_db_read(store->db, &by_name, error);
    if (status != CCP_OK)
        return status;
    if (one.count == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such user");
    if (one.count > 1)
        return ccpi_fail(error, CCP_CONFLICT, "several users have this name");
    return CCP_OK;
}

static ccp_status write_update(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_user *user = context;
    const ccpi_db_statement statement = {
        .sql = "UPDATE users SET name = $2, description = $3, routing_strategy = $4,"
               " monthly_budget_micro = $5, updated_at = $6"
               " WHERE id = $1 AND status <> 'deleted'",
        CCPI_DB_WITH(ccpi_db_id(user->id.text), ccpi_db_text(user->name),
                     ccpi_db_optional_text(user->description),
                     ccpi_db_text(ccp_routing_name(user->routing)),
                     budget_value(user->monthly_budget_micro),
                     ccpi_db_time(user->updated_at_us)),
    };
    int64_t changed;
    ccp_status status = ccpi_db_run(session, &statement, &changed, error);

    if (status == CCP_OK && changed == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such user");
    return status == CCP_OK ? ccpi_store_announce(session, error) : status;
}

static ccp_status update(void *self, ccp_user *user, ccp_error *error)
{
    ccpi_store *store = self;
    ccp_status status = check(user, error);

    if (status != CCP_OK)
        return status;
    user->updated_at_us = ccpi_store_now(store);
    return ccpi_store_write(store, write_update, user, error);
}

typedef struct listing {
    ccp_user_visitor visit;
    void *context;
} listing;

static bool show_user(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_user user;

    read_user(columns, &user);
    return to->visit(to->context, &user);
}

static ccp_status list(void *self, ccp_user_visitor visit, void *context,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql = "SELECT " COLUMNS " FROM users WHERE status <> 'deleted'"
               " ORDER BY created_at DESC, id",
        .visit = show_user,
        .context = &(listing){visit, context},
    };

    return ccpi_db_read(store->db, &query, error);
}

typedef struct status_change {
    const ccp_id *id;
    ccp_user_status to;
    int64_t now_us;
} status_change;

/* Nothing to be done is not a change: the user is gone, or is that already. */
static ccp_status write_status(ccpi_db_session *session, const status_change *change,
                               ccp_error *error)
{
    const ccpi_db_statement deactivate = {
        .sql = "UPDATE users SET status = 'inactive', updated_at = $2"
               " WHERE id = $1 AND status = 'active'",
        CCPI_DB_WITH(ccpi_db_id(change->id->text), ccpi_db_time(change->now_us)),
    };
    const ccpi_db_statement delete = {
        .sql = "UPDATE users SET status = 'deleted', updated_at = $2, deleted_at = $2"
               " WHERE id = $1 AND status <> 'deleted'",
        CCPI_DB_WITH(ccpi_db_id(change->id->text), ccpi_db_time(change->now_us)),
    };
    const ccpi_db_statement *statement =
        change->to == CCP_USER_DELETED ? &delete : &deactivate;
    int64_t changed;
    ccp_status status = ccpi_db_run(session, statement, &changed, error);

    if (status == CCP_OK && changed == 0)
        return ccpi_fail(error, CCP_CONFLICT, "the user can't become %s",
                         ccp_user_status_name(change->to));
    return status;
}

static ccp_status take_keys_away(ccpi_db_session *session, const status_change *change,
                                 ccp_error *error)
{
    const ccpi_db_statement revoke = {
        .sql = "UPDATE access_keys SET status = 'revoked', revoked_at = $2"
               " WHERE user_id = $1 AND status <> 'revoked'",
        CCPI_DB_WITH(ccpi_db_id(change->id->text), ccpi_db_time(change->now_us)),
    };
    const ccpi_db_statement remove = {
        .sql = "DELETE FROM bedrock_keys WHERE access_key_id IN"
               " (SELECT id FROM access_keys WHERE user_id = $1)",
        CCPI_DB_WITH(ccpi_db_id(change->id->text)),
    };
    ccp_status status = ccpi_db_run(session, &revoke, NULL, error);

    return status == CCP_OK ? ccpi_db_run(session, &remove, NULL, error) : status;
}

static bool find_any(void *context, const ccpi_db_value *columns)
{
    (void)columns;
    *(bool *)context = true;
    return false;
}

static ccp_status must_exist(ccpi_db_session *session, const ccp_id *id, ccp_error *error)
{
    bool exists = false;
    const ccpi_db_statement query = {
        .sql = "SELECT 1 FROM users WHERE id = $1 AND status <> 'deleted'",
        CCPI_DB_WITH(ccpi_db_id(id->text)),
        .visit = find_any,
        .context = &exists,
    };
    ccp_status status = ccpi_db_run(session, &query, NULL, error);

    if (status == CCP_OK && !exists)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such user");
    return status;
}

static ccp_status change_status(ccpi_db_session *session, void *context, ccp_error *error)
{
    const status_change *change = context;
    ccp_status status = must_exist(session, change->id, error);

    if (status == CCP_OK)
        status = write_status(session, change, error);
    if (status == CCP_OK)
        status = take_keys_away(session, change, error);
    return status == CCP_OK ? ccpi_store_announce(session, error) : status;
}

static ccp_status set_status(void *self, const ccp_id *id, ccp_user_status to,
                             ccp_error *error)
{
    ccpi_store *store = self;
    status_change change = {id, to, ccpi_store_now(store)};

    if (to == CCP_USER_ACTIVE)
        return ccpi_fail(error, CCP_CONFLICT, "no user becomes active again");
    return ccpi_store_write(store, change_status, &change, error);
}

void ccpi_store_fill_users(ccpi_store *store)
{
    store->table.users = (ccp_user_store){
        .create = create,
        .find = find,
        .update = update,
        .list = list,
        .set_status = set_status,
        .self = store,
    };
}
