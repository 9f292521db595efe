#include "base/fail.h"
#include "store/store.h"

#define COLUMNS "jti, username, address, created_at, expires_at, revoked_at"

static void read_session(const ccpi_db_value *columns, ccp_admin_session *out)
{
    *out = (ccp_admin_session){0};
    ccpi_db_get_text(&columns[0], out->id.text, sizeof(out->id.text));
    ccpi_db_get_text(&columns[1], out->username, sizeof(out->username));
    ccpi_db_get_text(&columns[2], out->address, sizeof(out->address));
    out->created_at_us = ccpi_db_get_integer(&columns[3]);
    out->expires_at_us = ccpi_db_get_integer(&columns[4]);
    out->revoked_at_us = ccpi_db_get_integer(&columns[5]);
}

static ccp_status insert(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_admin_session *of = context;
    const ccpi_db_statement statement = {
        .sql =
            "INSERT INTO admin_sessions (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, NULL)",
        CCPI_DB_WITH(ccpi_db_text(of->id.text), ccpi_db_text(of->username),
                     ccpi_db_text(of->address), ccpi_db_time(of->created_at_us),
                     ccpi_db_time(of->expires_at_us)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

static ccp_status create(void *self, const ccp_admin_session *session, ccp_error *error)
{
    const ccpi_store *store = self;
    ccp_admin_session copy = *session;

    return ccpi_db_write(store->db, insert, &copy, error);
}

static bool take_session(void *context, const ccpi_db_value *columns)
{
    read_session(columns, context);
    return false;
}

static ccp_status find(void *self, const ccp_id *id, ccp_admin_session *out,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql = "SELECT " COLUMNS " FROM admin_sessions WHERE jti = $1",
        CCPI_DB_WITH(ccpi_db_text(id->text)),
        .visit = take_session,
        .context = out,
    };
    ccp_status status;

    *out = (ccp_admin_session){0};
    status = ccpi_db_read(store->db, &query, error);
    if (status == CCP_OK && out->id.text[0] == '\0')
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such session");
    return status;
}

typedef struct ending {
    const ccp_id *id; /* NULL: all */
    int64_t now_us;
} ending;

static ccp_status end_one(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ending *of = context;
    const ccpi_db_statement statement = {
        .sql = "UPDATE admin_sessions SET revoked_at = $2"
               " WHERE jti = $1 AND revoked_at IS NULL AND expires_at > $2",
        CCPI_DB_WITH(ccpi_db_text(of->id->text), ccpi_db_time(of->now_us)),
    };
    int64_t changed;
    ccp_status status = ccpi_db_run(session, &statement, &changed, error);

    if (status == CCP_OK && changed == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such session");
    return status;
}

static ccp_status revoke(void *self, const ccp_id *id, ccp_error *error)
{
    const ccpi_store *store = self;
    ending of = {id, ccpi_store_now(store)};

    return ccpi_db_write(store->db, end_one, &of, error);
}

static ccp_status end_all(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ending *of = context;
    const ccpi_db_statement statement = {
        .sql = "UPDATE admin_sessions SET revoked_at = $1"
               " WHERE revoked_at IS NULL AND expires_at > $1",
        CCPI_DB_WITH(ccpi_db_time(of->now_us)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

static ccp_status revoke_all(void *self, ccp_error *error)
{
    const ccpi_store *store = self;
    ending of = {NULL, ccpi_store_now(store)};

    return ccpi_db_write(store->db, end_all, &of, error);
}

typedef struct listing {
    ccp_session_visitor visit;
    void *context;
} listing;

static bool show_session(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_admin_session session;

    read_session(columns, &session);
    return to->visit(to->context, &session);
}

static ccp_status list(void *self, ccp_session_visitor visit, void *context,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql = "SELECT " COLUMNS " FROM admin_sessions"
               " WHERE revoked_at IS NULL AND expires_at > $1"
               " ORDER BY created_at DESC, jti",
        CCPI_DB_WITH(ccpi_db_time(ccpi_store_now(store))),
        .visit = show_session,
        .context = &(listing){visit, context},
    };

    return ccpi_db_read(store->db, &query, error);
}

static ccp_status remove_old(ccpi_db_session *session, void *context, ccp_error *error)
{
    const int64_t *before_us = context;
    const ccpi_db_statement statement = {
        .sql = "DELETE FROM admin_sessions WHERE expires_at < $1",
        CCPI_DB_WITH(ccpi_db_time(*before_us)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

static ccp_status prune(void *self, int64_t before_us, ccp_error *error)
{
    const ccpi_store *store = self;

    return ccpi_db_write(store->db, remove_old, &before_us, error);
}

void ccpi_store_fill_sessions(ccpi_store *store)
{
    store->table.sessions = (ccp_session_store){
        .create = create,
        .find = find,
        .revoke = revoke,
        .revoke_all = revoke_all,
        .list = list,
        .prune = prune,
        .self = store,
    };
}
