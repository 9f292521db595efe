/* Bedrock credentials of access keys. What is stored is sealed; nothing here opens it. */
#include "base/fail.h"
#include "store/keys.h"

ccp_status ccpi_bedrock_key_put(ccpi_db_session *session, const ccp_id *id,
                                const ccp_sealed_key *sealed, int64_t now_us,
                                ccp_error *error)
{
    const ccpi_db_statement statement = {
        .sql = "INSERT INTO bedrock_keys (access_key_id, encrypted_key, key_hash,"
               " created_at) VALUES ($1, $2, $3, $4)"
               " ON CONFLICT (access_key_id) DO UPDATE SET"
               " encrypted_key = excluded.encrypted_key, key_hash = excluded.key_hash,"
               " rotated_at = excluded.created_at",
        CCPI_DB_WITH(ccpi_db_id(id->text), ccpi_db_bytes(sealed->bytes, sealed->len),
                     ccpi_db_text(sealed->hash), ccpi_db_time(now_us)),
    };

    return ccpi_db_run(session, &statement, NULL, error);
}

ccp_status ccpi_bedrock_key_remove(ccpi_db_session *session, const ccp_id *id,
                                   int64_t *changed, ccp_error *error)
{
    const ccpi_db_statement statement = {
        .sql = "DELETE FROM bedrock_keys WHERE access_key_id = $1",
        CCPI_DB_WITH(ccpi_db_id(id->text)),
    };

    return ccpi_db_run(session, &statement, changed, error);
}

typedef struct registration {
    const ccp_id *id;
    const ccp_sealed_key *sealed;
    int64_t now_us;
} registration;

static ccp_status write_registration(ccpi_db_session *session, void *context,
                                     ccp_error *error)
{
    const registration *of = context;
    ccp_access_key key;
    ccp_status status = ccpi_key_lock(session, of->id, &key, error);

    if (status != CCP_OK)
        return status;
    if (key.status == CCP_ACCESS_KEY_REVOKED)
        return ccpi_fail(error, CCP_CONFLICT, "the access key is revoked");
    status = ccpi_bedrock_key_put(session, of->id, of->sealed, of->now_us, error);
    return status == CCP_OK ? ccpi_store_announce(session, error) : status;
}

static ccp_status set_bedrock_key(void *self, const ccp_id *id,
                                  const ccp_sealed_key *sealed, ccp_error *error)
{
    ccpi_store *store = self;
    registration of = {id, sealed, ccpi_store_now(store)};

    if (sealed->len == 0 || sealed->len > sizeof(sealed->bytes))
        return ccpi_fail(error, CCP_INVALID, "a sealed credential has 1 to %zu bytes",
                         sizeof(sealed->bytes));
    return ccpi_store_write(store, write_registration, &of, error);
}

static bool take_sealed(void *context, const ccpi_db_value *columns)
{
    ccp_sealed_key *out = context;
    const ccpi_span bytes = columns[0].bytes;

    out->len = bytes.len;
    if (bytes.len > 0 && bytes.len <= sizeof(out->bytes))
        memcpy(out->bytes, bytes.data, bytes.len);
    ccpi_db_get_text(&columns[1], out->hash, sizeof(out->hash));
    return false;
}

static ccp_status get_bedrock_key(void *self, const ccp_id *id, ccp_sealed_key *out,
                                  ccp_error *error)
{
    const ccpi_store *store = self;
    const ccpi_db_statement query = {
        .sql =
            "SELECT encrypted_key, key_hash FROM bedrock_keys WHERE access_key_id = $1",
        CCPI_DB_WITH(ccpi_db_id(id->text)),
        .visit = take_sealed,
        .context = out,
    };
    ccp_status status;

    *out = (ccp_sealed_key){0};
    status = ccpi_db_read(store->db, &query, error);
    if (status != CCP_OK)
        return status;
    if (out->len == 0)
        return ccpi_fail(error, CCP_NOT_FOUND,
                         "the access key has no Bedrock credential");
    if (out->len > sizeof(out->bytes))
        return ccpi_fail(error, CCP_LIMIT, "the sealed credential is too long");
    return CCP_OK;
}

static ccp_status write_removal(ccpi_db_session *session, void *context, ccp_error *error)
{
    const ccp_id *id = context;
    ccp_access_key key;
    int64_t changed = 0;
    ccp_status status = ccpi_key_lock(session, id, &key, error);

    if (status == CCP_OK)
        status = ccpi_bedrock_key_remove(session, id, &changed, error);
    if (status == CCP_OK && changed == 0)
        return ccpi_fail(error, CCP_NOT_FOUND,
                         "the access key has no Bedrock credential");
    return status == CCP_OK ? ccpi_store_announce(session, error) : status;
}

static ccp_status remove_bedrock_key(void *self, const ccp_id *id, ccp_error *error)
{
    ccpi_store *store = self;
    ccp_id copy = *id;

    return ccpi_store_write(store, write_removal, &copy, error);
}

void ccpi_store_fill_bedrock_keys(ccp_access_key_store *table)
{
    table->set_bedrock_key = set_bedrock_key;
    table->get_bedrock_key = get_bedrock_key;
    table->remove_bedrock_key = remove_bedrock_key;
}
