#ifndef CCPI_STORE_KEYS_H
#define CCPI_STORE_KEYS_H

#include "store/store.h"

/* What the files of access keys share: keys.c, key_life.c, bedrock_keys.c. */

/* Columns of `access_keys k LEFT JOIN bedrock_keys b`, as ccpi_key_read() takes them. */
#define CCPI_KEY_COLUMNS                                                                 \
    "k.id, k.user_id, k.key_prefix, k.status, k.bedrock_region, k.bedrock_model,"        \
    " k.bedrock_api, b.access_key_id IS NOT NULL, k.created_at, k.last_used_at,"         \
    " k.revoked_at, k.rotation_expires_at"
#define CCPI_KEY_COLUMN_COUNT 12
#define CCPI_KEY_TABLES "access_keys k LEFT JOIN bedrock_keys b ON b.access_key_id = k.id"

void ccpi_key_read(const ccpi_db_value *columns, ccp_access_key *out);

/* A visitor that reads one key into its context. */
bool ccpi_key_take(void *context, const ccpi_db_value *columns);

/* Gives a new key its id, unless it has one, its status and times. */
ccp_status ccpi_key_prepare(const ccpi_store *store, ccp_access_key *key,
                            ccp_error *error);
ccp_status ccpi_key_insert(ccpi_db_session *session, const ccp_access_key *key,
                           const ccp_key_hash *hash, ccp_error *error);

/* Reads the key and keeps others off it until the transaction ends. CCP_NOT_FOUND. */
ccp_status ccpi_key_lock(ccpi_db_session *session, const ccp_id *id, ccp_access_key *out,
                         ccp_error *error);

ccp_status ccpi_bedrock_key_put(ccpi_db_session *session, const ccp_id *id,
                                const ccp_sealed_key *sealed, int64_t now_us,
                                ccp_error *error);
ccp_status ccpi_bedrock_key_remove(ccpi_db_session *session, const ccp_id *id,
                                   int64_t *changed, ccp_error *error);

/* What key_life.c and bedrock_keys.c put into the table. */
void ccpi_store_fill_key_life(ccp_access_key_store *table);
void ccpi_store_fill_bedrock_keys(ccp_access_key_store *table);

#endif
