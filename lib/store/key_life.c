/* How an access key ends: revoked, rotated into another one, expired. */
#include "base/fail.h"
#include "store/keys.h"

typedef struct revocation {
    const ccp_id *id;
    int64_t now_us;
} revocation;

static ccp_status write_revocation(ccpi_db_session *session, void *context,
                                   ccp_error *error)
{
    const revocation *of = context;
    ccp_access_key key;
    int64_t changed = 0;
    const ccpi_db_statement statement = {
        .sql = "UPDATE access_keys SET status = 'revoked', revoked_at = $2"
               " WHERE id = $1 AND status <> 'revoked'",
        CCPI_DB_WITH(ccpi_db_id(of->id->text), ccpi_db_time(of->now_us)),
    };
    ccp_status status = ccpi_key_lock(session, of->id, &key, error);

    if (status == CCP_OK)
        status = ccpi_db_run(session, &statement, &changed, error);
    if (status == CCP_OK && changed == 0)
        return ccpi_fail(error, CCP_CONFLICT, "the access key is revoked already");
    if (status == CCP_OK)
        status = ccpi_bedrock_key_remove(session, of->id, NULL, error);
    return status == CCP_OK ? ccpi_store_announce(session, error) : status;
}

static ccp_status revoke(void *self, const ccp_id *id, ccp_error *error)
{
    ccpi_store *store = self;
    revocation of = {id, ccpi_store_now(store)};

    return ccpi_store_write(store, write_revocation, &of, error);
}

typedef struct rotation {
    const ccp_key_rotation *asked;
    ccp_access_key *fresh;
} rotation;

static ccp_status retire_old(ccpi_db_session *session, const ccp_key_rotation *asked,
                             ccp_error *error)
{
    const ccpi_db_statement statement = {
        .sql = "UPDATE access_keys SET status = 'rotating', rotation_expires_at = $2"
               " WHERE id = $1 AND status = 'active'",
        CCPI_DB_WITH(ccpi_db_id(asked->old.text), ccpi_db_time(asked->expires_at_us)),
    };
    int64_t changed;
    ccp_status status = ccpi_db_run(session, &statement, &changed, error);

    if (status == CCP_OK && changed == 0)
        return ccpi_fail(error, CCP_CONFLICT, "only an active access key can be rotated");
    return status;
}

static void inherit(ccp_access_key *fresh, const ccp_access_key *old)
{
    fresh->user_id = old->user_id;
    memcpy(fresh->bedrock_region, old->bedrock_region, sizeof(fresh->bedrock_region));
    memcpy(fresh->bedrock_model, old->bedrock_model, sizeof(fresh->bedrock_model));
    memcpy(fresh->bedrock_api, old->bedrock_api, sizeof(fresh->bedrock_api));
}

static ccp_status write_rotation(ccpi_db_session *session, void *context,
                                 ccp_error *error)
{
    const rotation *of = context;
    const ccp_key_rotation *asked = of->asked;
    ccp_access_key *fresh = of->fresh;
    ccp_access_key old;
    ccp_status status = ccpi_key_lock(session, &asked->old, &old, error);

    if (status == CCP_OK)
        status = retire_old(session, asked, error);
    if (status != CCP_OK)
        return status;
    inherit(fresh, &old);
    status = ccpi_key_insert(session, fresh, asked->hash, error);
    /* Without one now, it was removed since the caller read it: copy none back. */
    if (status == CCP_OK && asked->sealed && old.has_bedrock_key) {
        fresh->has_bedrock_key = true;
        status = ccpi_bedrock_key_put(session, &fresh->id, asked->sealed,
                                      fresh->created_at_us, error);
    }
    return status == CCP_OK ? ccpi_store_announce(session, error) : status;
}

static ccp_status rotate(void *self, const ccp_key_rotation *asked, ccp_access_key *fresh,
                         ccp_error *error)
{
    ccpi_store *store = self;
    rotation of = {asked, fresh};
    ccp_status status = ccpi_key_prepare(store, fresh, error);

    return status == CCP_OK ? ccpi_store_write(store, write_rotation, &of, error)
                            : status;
}

typedef struct expiry {
    int64_t now_us;
    int64_t count;
} expiry;

static ccp_status write_expiry(ccpi_db_session *session, void *context, ccp_error *error)
{
    expiry *of = context;
    const ccpi_db_statement remove = {
        .sql =
            "DELETE FROM bedrock_keys WHERE access_key_id IN (SELECT id FROM access_keys"
            " WHERE status = 'rotating' AND rotation_expires_at <= $1)",
        CCPI_DB_WITH(ccpi_db_time(of->now_us)),
    };
    const ccpi_db_statement revoke = {
        .sql = "UPDATE access_keys SET status = 'revoked', revoked_at = $1"
               " WHERE status = 'rotating' AND rotation_expires_at <= $1",
        CCPI_DB_WITH(ccpi_db_time(of->now_us)),
    };
    ccp_status status = ccpi_db_run(session, &remove, NULL, error);

    if (status == CCP_OK)
        status = ccpi_db_run(session, &revoke, &of->count, error);
    if (status == CCP_OK && of->count > 0)
        status = ccpi_store_announce(session, error);
    return status;
}

static ccp_status expire(void *self, int64_t now_us, size_t *count, ccp_error *error)
{
    ccpi_store *store = self;
    expiry of = {.now_us = now_us};
    ccp_status status = ccpi_store_write(store, write_expiry, &of, error);

    if (status == CCP_OK && count)
        *count = (size_t)of.count;
    return status;
}

void ccpi_store_fill_key_life(ccp_access_key_store *table)
{
    table->revoke = revoke;
    table->rotate = rotate;
    table->expire = expire;
}
