#ifndef CCPI_STORE_STORE_H
#define CCPI_STORE_STORE_H

#include "calendar/zone.h"
#include "ccproxy/store.h"
#include "database/db.h"

/*
 * The library's own store: the public tables of functions over one ccpi_db.
 * Each noun's file fills its table; `self` of all of them is the ccpi_store.
 */
typedef struct ccpi_store {
    ccp_store table; /* first, so that ccp_store_close() finds the rest */
    ccpi_db *db;
    const ccp_clock *clock;
    const ccp_random *random;
    ccpi_zone *zone; /* of the buckets of usage */
} ccpi_store;

void ccpi_store_fill_users(ccpi_store *store);
void ccpi_store_fill_keys(ccpi_store *store);
void ccpi_store_fill_models(ccpi_store *store);
void ccpi_store_fill_usage(ccpi_store *store);
void ccpi_store_fill_changes(ccpi_store *store);
void ccpi_store_fill_sessions(ccpi_store *store);
void ccpi_store_fill_tokens(ccpi_store *store);
void ccpi_store_fill_audit(ccpi_store *store);

int64_t ccpi_store_now(const ccpi_store *store);

/* A random UUID (RFC 9562, version 4). */
ccp_status ccpi_store_new_id(const ccpi_store *store, ccp_id *out, ccp_error *error);

/* Reads a UUID in any case of letters; false: it is none. */
bool ccpi_id_parse(const char *text, ccp_id *out);

/*
 * Tells other processes, when the transaction is committed, that caches must
 * follow. Comes last in it: the counter is one row that all writers share.
 */
ccp_status ccpi_store_announce(ccpi_db_session *session, ccp_error *error);

/* Whether text is UTF-8 and has no more than so many characters. */
bool ccpi_store_fits(const char *text, size_t most);

#endif
