#include "store/keys.h"

#include "base/fail.h"
#include "store/names.h"

#define US_PER_MINUTE (60 * INT64_C(1000000))

#define SHORTEST_PREFIX 4 /* "ak_" and one character */

void ccpi_key_read(const ccpi_db_value *columns, ccp_access_key *out)
{
    char status[32];

    *out = (ccp_access_key){0};
    ccpi_db_get_text(&columns[0], out->id.text, sizeof(out->id.text));
    ccpi_db_get_text(&columns[1], out->user_id.text, sizeof(out->user_id.text));
    ccpi_db_get_text(&columns[2], out->prefix.text, sizeof(out->prefix.text));
    ccpi_db_get_text(&columns[3], status, sizeof(status));
    out->status = ccpi_access_key_status_read(status);
    ccpi_db_get_text(&columns[4], out->bedrock_region, sizeof(out->bedrock_region));
    ccpi_db_get_text(&columns[5], out->bedrock_model, sizeof(out->bedrock_model));
    ccpi_db_get_text(&columns[6], out->bedrock_api, sizeof(out->bedrock_api));
    out->has_bedrock_key = ccpi_db_get_integer(&columns[7]) != 0;
    out->created_at_us = ccpi_db_get_integer(&columns[8]);
    out->last_used_at_us = ccpi_db_get_integer(&columns[9]);
    out->revoked_at_us = ccpi_db_get_integer(&columns[10]);
    out->rotation_expires_at_us = ccpi_db_get_integer(&columns[11]);
}

bool ccpi_key_take(void *context, const ccpi_db_value *columns)
{
    ccpi_key_read(columns, context);
    return false;
}

ccp_status ccpi_key_lock(ccpi_db_session *session, const ccp_id *id, ccp_access_key *out,
                         ccp_error *error)
{
    const ccpi_db_statement lock = {
        .sql = "UPDATE access_keys SET status = status WHERE id = $1",
        CCPI_DB_WITH(ccpi_db_id(id->text)),
    };
    const ccpi_db_statement query = {
        .sql = "SELECT " CCPI_KEY_COLUMNS " FROM " CCPI_KEY_TABLES " WHERE k.id = $1",
        CCPI_DB_WITH(ccpi_db_id(id->text)),
        .visit = ccpi_key_take,
        .context = out,
    };
    int64_t locked;
    ccp_status status = ccpi_db_run(session, &lock, &locked, error);

    if (status == CCP_OK && locked == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such access key");
    return status == CCP_OK ? ccpi_db_run(session, &query, NULL, error) : status;
}

ccp_status ccpi_key_prepare(const ccpi_store *store, ccp_access_key *key,
                            ccp_error *error)
{
    key->status = CCP_ACCESS_KEY_ACTIVE;
    key->has_bedrock_key = false;
    key->created_at_us = ccpi_store_now(store);
    key->last_used_at_us = key->revoked_at_us = key->rotation_expires_at_us = 0;
    return key->id.text[0] != '\0' ? CCP_OK : ccpi_store_new_id(store, &key->id, error);
}

ccp_status ccpi_key_insert(ccpi_db_session *session, const ccp_access_key *key,
                           const ccp_key_hash *hash, ccp_error *error)
{
    const ccpi_db_statement statement = {
        .sql = "INSERT INTO access_keys (id, user_id, key_hash, key_prefix, status,"
               " bedrock_region, bedrock_model, bedrock_api, created_at)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        CCPI_DB_WITH(
            ccpi_db_id(key->id.text), ccpi_db_id(key->user_id.text),
            ccpi_db_text(hash->hex), ccpi_db_text(key->prefix.text),
            ccpi_db_text(ccp_access_key_status_name(key->status)),
            ccpi_db_text(key->bedrock_region), ccpi_db_optional_text(key->bedrock_model),
            ccpi_db_optional_text(key->bedrock_api), ccpi_db_time(key->created_at_us)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

typedef struct creation {
    const ccp_access_key *key;
    const ccp_key_hash *hash;
    int most;
} creation;

typedef struct owner {
    bool exists;
    bool is_active;
} owner;

static bool take_owner(void *context, const ccpi_db_value *columns)
{
    char status[32];

    ccpi_db_get_text(&columns[0], status, sizeof(status));
    *(owner *)context = (owner){true, ccpi_user_status_read(status) == CCP_USER_ACTIVE};
    return false;
}

/* The update that changes nothing locks the user, so that two can't count at once. */
static ccp_status lock_owner(ccpi_db_session *session, const ccp_id *user_id,
                             ccp_error *error)
{
    owner found = {0};
    const ccpi_db_statement lock = {
        .sql = "UPDATE users SET updated_at = updated_at WHERE id = $1",
        CCPI_DB_WITH(ccpi_db_id(user_id->text)),
    };
    const ccpi_db_statement query = {
        .sql = "SELECT status FROM users WHERE id = $1",
        CCPI_DB_WITH(ccpi_db_id(user_id->text)),
        .visit = take_owner,
        .context = &found,
    };
    ccp_status status = ccpi_db_run(session, &lock, NULL, error);

    if (status == CCP_OK)
        status = ccpi_db_run(session, &query, NULL, error);
    if (status != CCP_OK)
        return status;
    if (!found.exists)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such user");
    if (!found.is_active)
        return ccpi_fail(error, CCP_INVALID, "the user is not active");
    return CCP_OK;
}

static bool take_count(void *context, const ccpi_db_value *columns)
{
    *(int64_t *)context = ccpi_db_get_integer(&columns[0]);
    return false;
}

static ccp_status check_limit(ccpi_db_session *session, const creation *of,
                              ccp_error *error)
{
    int64_t count = 0;
    const ccpi_db_statement query = {
        .sql =
            "SELECT count(*) FROM access_keys WHERE user_id = $1 AND (status = 'active'"
            " OR (status = 'rotating' AND rotation_expires_at > $2))",
        CCPI_DB_WITH(ccpi_db_id(of->key->user_id.text),
                     ccpi_db_time(of->key->created_at_us)),
        .visit = take_count,
        .context = &count,
    };
    ccp_status status = ccpi_db_run(session, &query, NULL, error);

    if (status == CCP_OK && count >= of->most)
        return ccpi_fail(error, CCP_LIMIT,
                         "the user has %lld access keys, %d are allowed",
                         (long long)count, of->most);
    return status;
}

static ccp_status write_key(ccpi_db_session *session, void *context, ccp_error *error)
{
    const creation *of = context;
    ccp_status status = lock_owner(session, &of->key->user_id, error);

    if (status == CCP_OK)
        status = check_limit(session, of, error);
    if (status == CCP_OK)
        status = ccpi_key_insert(session, of->key, of->hash, error);
    /* Others may remember that there is no such key. */
    return status == CCP_OK ? ccpi_store_announce(session, error) : status;
}

static ccp_status create(void *self, ccp_access_key *key, const ccp_key_hash *hash,
                         const ccp_access_key_limits *limits, ccp_error *error)
{
    ccpi_store *store = self;
    creation of = {key, hash, limits->most_per_user};
    ccp_status status = ccpi_key_prepare(store, key, error);

    return status == CCP_OK ? ccpi_store_write(store, write_key, &of, error) : status;
}

typedef struct found {
    ccp_access_key *key;
    int live;
    int revoked;
} found;

/* Keys that are not revoked come first. */
static bool take_match(void *context, const ccpi_db_value *columns)
{
    found *of = context;
    ccp_access_key key;

    ccpi_key_read(columns, &key);
    if (of->live + of->revoked == 0)
        *of->key = key;
    if (key.status == CCP_ACCESS_KEY_REVOKED)
        of->revoked++;
    else
        of->live++;
    return of->live < 2;
}

static ccp_status find_by_id(const ccpi_store *store, const ccp_id *id, found *out,
                             ccp_error *error)
{
    const ccpi_db_statement query = {
        .sql = "SELECT " CCPI_KEY_COLUMNS " FROM " CCPI_KEY_TABLES " WHERE k.id = $1",
        CCPI_DB_WITH(ccpi_db_id(id->text)),
        .visit = take_match,
        .context = out,
    };

    return ccpi_db_read(store->db, &query, error);
}

static ccp_status find_by_prefix(const ccpi_store *store, const char *prefix, found *out,
                                 ccp_error *error)
{
    /* Not LIKE: '_' is a letter of base64url and a pattern there. */
    const ccpi_db_statement query = {
        .sql = "SELECT " CCPI_KEY_COLUMNS " FROM " CCPI_KEY_TABLES
               " WHERE substr(k.key_prefix, 1, CAST($2 AS INTEGER)) = $1"
               " ORDER BY k.status = 'revoked', k.id LIMIT 2",
        CCPI_DB_WITH(ccpi_db_text(prefix), ccpi_db_integer((int64_t)strlen(prefix))),
        .visit = take_match,
        .context = out,
    };

    return ccpi_db_read(store->db, &query, error);
}

static ccp_status find(void *self, const char *id_or_prefix, ccp_access_key *out,
                       ccp_error *error)
{
    const ccpi_store *store = self;
    const size_t len = strlen(id_or_prefix);
    found matches = {.key = out};
    ccp_status status;
    ccp_id id;

    if (ccpi_id_parse(id_or_prefix, &id))
        status = find_by_id(store, &id, &matches, error);
    else if (len >= SHORTEST_PREFIX && len <= CCP_KEY_PREFIX_LEN)
        status = find_by_prefix(store, id_or_prefix, &matches, error);
    else
        return ccpi_fail(error, CCP_NOT_FOUND,
                         "not the id of an access key, nor %d to %d characters of a key",
                         SHORTEST_PREFIX, CCP_KEY_PREFIX_LEN);
    if (status != CCP_OK)
        return status;
    if (matches.live + matches.revoked == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such access key");
    if (matches.live > 1 || (matches.live == 0 && matches.revoked > 1))
        return ccpi_fail(error, CCP_CONFLICT, "several access keys start like this");
    return CCP_OK;
}

static bool take_identity(void *context, const ccpi_db_value *columns)
{
    const ccpi_db_value *user = columns + CCPI_KEY_COLUMN_COUNT;
    ccp_identity *out = context;
    char name[32];

    ccpi_key_read(columns, &out->key);
    ccpi_db_get_text(&user[0], name, sizeof(name));
    out->user_status = ccpi_user_status_read(name);
    ccpi_db_get_text(&user[1], name, sizeof(name));
    ccp_routing_parse(name, &out->routing);
    out->monthly_budget_micro =
        user[2].is_null ? CCP_NO_BUDGET : ccpi_db_get_integer(&user[2]);
    return false;
}

static ccp_status identify(void *self, const ccp_key_hash *hash, ccp_identity *out,
                           ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql = "SELECT " CCPI_KEY_COLUMNS
               ", u.status, u.routing_strategy, u.monthly_budget_micro FROM access_keys k"
               " JOIN users u ON u.id = k.user_id"
               " LEFT JOIN bedrock_keys b ON b.access_key_id = k.id"
               " WHERE k.key_hash = $1",
        CCPI_DB_WITH(ccpi_db_text(hash->hex)),
        .visit = take_identity,
        .context = out,
    };
    ccp_status status;

    *out = (ccp_identity){0};
    status = ccpi_db_read(store->db, &query, error);
    if (status == CCP_OK && out->key.id.text[0] == '\0')
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such access key");
    return status;
}

typedef struct listing {
    ccp_access_key_visitor visit;
    void *context;
} listing;

static bool show_key(void *context, const ccpi_db_value *columns)
{
    const listing *to = context;
    ccp_access_key key;

    ccpi_key_read(columns, &key);
    return to->visit(to->context, &key);
}

static ccp_status list(void *self, const ccp_id *user_id, ccp_access_key_visitor visit,
                       void *context, ccp_error *error)
{
    const ccpi_store *store = self;
    listing to = {visit, context};
    const ccpi_db_statement of_all = {
        .sql = "SELECT " CCPI_KEY_COLUMNS " FROM " CCPI_KEY_TABLES
               " ORDER BY k.created_at DESC, k.id",
        .visit = show_key,
        .context = &to,
    };
    const ccpi_db_statement of_one = {
        .sql = "SELECT " CCPI_KEY_COLUMNS " FROM " CCPI_KEY_TABLES
               " WHERE k.user_id = $1 ORDER BY k.created_at DESC, k.id",
        CCPI_DB_WITH(ccpi_db_id(user_id ? user_id->text : NULL)),
        .visit = show_key,
        .context = &to,
    };

    return ccpi_db_read(store->db, user_id ? &of_one : &of_all, error);
}

static ccp_status write_update(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_access_key *key = context;
    const ccpi_db_statement statement = {
        .sql = "UPDATE access_keys SET bedrock_region = $2, bedrock_model = $3,"
               " bedrock_api = $4 WHERE id = $1",
        CCPI_DB_WITH(ccpi_db_id(key->id.text), ccpi_db_text(key->bedrock_region),
                     ccpi_db_optional_text(key->bedrock_model),
                     ccpi_db_optional_text(key->bedrock_api)),
    };
    int64_t changed;
    ccp_status status = ccpi_db_run(session, &statement, &changed, error);

    if (status == CCP_OK && changed == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such access key");
    return status == CCP_OK ? ccpi_store_announce(session, error) : status;
}

static ccp_status update(void *self, const ccp_access_key *key, ccp_error *error)
{
    ccpi_store *store = self;
    ccp_access_key copy = *key;

    return ccpi_store_write(store, write_update, &copy, error);
}

typedef struct use {
    const ccp_id *id;
    int64_t at_us;
} use;

static ccp_status write_use(ccpi_db_session *session, void *context, ccp_error *error)
{
    const use *of = context;
    const ccpi_db_statement statement = {
        .sql = "UPDATE access_keys SET last_used_at = $2 WHERE id = $1"
               " AND (last_used_at IS NULL OR last_used_at <= $3)",
        CCPI_DB_WITH(ccpi_db_id(of->id->text), ccpi_db_time(of->at_us),
                     ccpi_db_time(of->at_us - US_PER_MINUTE)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

static ccp_status touch(void *self, const ccp_id *id, int64_t used_at_us,
                        ccp_error *error)
{
    const ccpi_store *store = self;

    return ccpi_db_write(store->db, write_use, &(use){id, used_at_us}, error);
}

typedef struct new_hash {
    const ccp_id *id;
    const ccp_key_hash *hash;
} new_hash;

static ccp_status write_hash(ccpi_db_session *session, void *context, ccp_error *error)
{
    const new_hash *of = context;
    const ccpi_db_statement statement = {
        .sql = "UPDATE access_keys SET key_hash = $2 WHERE id = $1",
        CCPI_DB_WITH(ccpi_db_id(of->id->text), ccpi_db_text(of->hash->hex)),
    };
    int64_t changed;
    ccp_status status = ccpi_db_run(session, &statement, &changed, error);

    if (status == CCP_OK && changed == 0)
        return ccpi_fail(error, CCP_NOT_FOUND, "there is no such access key");
    return status;
}

static ccp_status rehash(void *self, const ccp_id *id, const ccp_key_hash *hash,
                         ccp_error *error)
{
    const ccpi_store *store = self;

    return ccpi_db_write(store->db, write_hash, &(new_hash){id, hash}, error);
}

void ccpi_store_fill_keys(ccpi_store *store)
{
    store->table.keys = (ccp_access_key_store){
        .create = create,
        .find = find,
        .identify = identify,
        .list = list,
        .update = update,
        .touch = touch,
        .rehash = rehash,
        .self = store,
    };
    ccpi_store_fill_key_life(&store->table.keys);
    ccpi_store_fill_bedrock_keys(&store->table.keys);
}
