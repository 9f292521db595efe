/* Tokens of programs that use the admin API. */
#include "base/fail.h"
#include "store/store.h"

#define COLUMNS "id, name, scope, created_at, expires_at, last_used_at"

#define MAX_NAME 200
#define US_PER_MINUTE INT64_C(60000000)

static const char *scope_of(const ccp_admin_token *token)
{
    return token->may_write ? "write" : "read";
}

static void read_token(const ccpi_db_value *columns, ccp_admin_token *out)
{
    char scope[8];

    *out = (ccp_admin_token){0};
    ccpi_db_get_text(&columns[0], out->id.text, sizeof(out->id.text));
    ccpi_db_get_text(&columns[1], out->name, sizeof(out->name));
    ccpi_db_get_text(&columns[2], scope, sizeof(scope));
    out->may_write = strcmp(scope, "write") == 0;
    out->created_at_us = ccpi_db_get_integer(&columns[3]);
    out->expires_at_us = ccpi_db_get_integer(&columns[4]);
    out->last_used_at_us = ccpi_db_get_integer(&columns[5]);
}

static ccpi_db_value optional_time(int64_t unix_us)
{
    ccpi_db_value value = ccpi_db_time(unix_us);

    value.is_null = unix_us == 0;
    return value;
}

typedef struct creation {
    const ccp_admin_token *token;
    const ccp_key_hash *hash;
} creation;

static ccp_status insert(ccpi_db_session *session, void *context, ccp_error *error)
{
    const creation *of = context;
    const ccp_admin_token *token = of->token;
    const ccpi_db_statement statement = {
        .sql = "INSERT INTO admin_tokens (" COLUMNS
               ", token_hash) VALUES ($1, $2, $3, $4, $5, NULL, $6)",
        CCPI_DB_WITH(ccpi_db_id(token->id.text), ccpi_db_text(token->name),
                     ccpi_db_text(scope_of(token)), ccpi_db_time(token->created_at_us),
                     optional_time(token->expires_at_us), ccpi_db_text(of->hash->hex)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

static ccp_status create(void *self, ccp_admin_token *token, const ccp_key_hash *hash,
                         ccp_error *error)
{
    const ccpi_store *store = self;
    creation of = {token, hash};
    ccp_status status;

    if (token->name[0] == '\0' || !ccpi_store_fits(token->name, MAX_NAME))
        return ccpi_fail(error, CCP_INVALID, "a token's name has 1 to %d characters",
                         MAX_NAME);
    status = ccpi_store_new_id(store, &token->id, error);
    if (status != CCP_OK)
        return status;
    token->created_at_us = ccpi_store_now(store);
    token->last_used_at_us = 0;
    return ccpi_db_write(store->db, insert, &of, error);
}

static bool take_token(void *context, const ccpi_db_value *columns)
{
    read_token(columns, context);
    return false;
}

static ccp_status find(void *self, const ccp_key_hash *hash, ccp_admin_token *out,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql = "SELECT " COLUMNS " FROM admin_tokens WHERE token_hash = $1",
        CCPI_DB_WITH(ccpi_db_text(hash->hex)),
        .visit = take_token,
        .context = out,
    };
    ccp_status status;

    *out = (ccp_admin_token){0};
    status = ccpi_db_read(store->db, &query, error);
    if (status == CCP_OK && out->id.text[0] == '\0')
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such token");
    return status;
}

static ccp_status write_removal(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_id *id = context;
    const ccpi_db_statement statement = {
        .sql = "DELETE FROM admin_tokens WHERE id = $1",
        CCPI_DB_WITH(ccpi_db_id(id->text)),
    };
    int64_t changed;
    ccp_status status = ccpi_db_run(session, &statement, &changed, error);

    if (status == CCP_OK && changed == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such token");
    return status;
}

static ccp_status remove_token(void *self, const ccp_id *id, ccp_error *error)
{
    const ccpi_store *store = self;
    ccp_id copy = *id;

    return ccpi_db_write(store->db, write_removal, &copy, error);
}

typedef struct listing {
    ccp_token_visitor visit;
    void *context;
} listing;

static bool show_token(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_admin_token token;

    read_token(columns, &token);
    return to->visit(to->context, &token);
}

static ccp_status list(void *self, ccp_token_visitor visit, void *context,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql = "SELECT " COLUMNS " FROM admin_tokens ORDER BY created_at DESC, id",
        .visit = show_token,
        .context = &(listing){visit, context},
    };

    return ccpi_db_read(store->db, &query, error);
}

typedef struct use {
    const ccp_id *id;
    int64_t used_at_us;
} use;

static ccp_status write_use(ccpi_db_session *session, void *context, ccp_error *error)
{
    const use *of = context;
    const ccpi_db_statement statement = {
        .sql = "UPDATE admin_tokens SET last_used_at = $2"
               " WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)",
        CCPI_DB_WITH(ccpi_db_id(of->id->text), ccpi_db_time(of->used_at_us),
                     ccpi_db_time(of->used_at_us - US_PER_MINUTE)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

static ccp_status touch(void *self, const ccp_id *id, int64_t used_at_us,
                        ccp_error *error)
{
    const ccpi_store *store = self;
    use of = {id, used_at_us};

    return ccpi_db_write(store->db, write_use, &of, error);
}

void ccpi_store_fill_tokens(ccpi_store *store)
{
    store->table.tokens = (ccp_token_store){
        .create = create,
        .find = find,
        .remove = remove_token,
        .list = list,
        .touch = touch,
        .self = store,
    };
}
