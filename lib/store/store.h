#ifndef CCPI_STORE_STORE_H
#define CCPI_STORE_STORE_H

#include <pthread.h>

#include "calendar/zone.h"
#include "ccproxy/store.h"
#include "database/db.h"

/* Months whose room for usage is remembered: a batch is of one or two. */
#define CCPI_USAGE_MONTHS 8

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

    pthread_mutex_t lock; /* of what is remembered of the database */
    struct {
        int64_t version;
        int64_t read_at_us;
        uint64_t told; /* how often others told of changes */
        bool is_known;
    } changes;
    struct {
        int64_t known[CCPI_USAGE_MONTHS]; /* since the year 0; the oldest is replaced */
        size_t next;
    } months;
} ccpi_store;

void ccpi_store_fill_users(ccpi_store *store);
void ccpi_store_fill_keys(ccpi_store *store);
void ccpi_store_fill_models(ccpi_store *store);
void ccpi_store_fill_usage(ccpi_store *store);
void ccpi_store_fill_reports(ccpi_store *store);
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

/* A transaction that ends with ccpi_store_announce(), or with nothing changed. */
ccp_status ccpi_store_write(ccpi_store *store, ccpi_db_work work, void *context,
                            ccp_error *error);
void ccpi_store_forget_version(ccpi_store *store);

/* Makes room for these records where a database wants it made. */
ccp_status ccpi_usage_months_make(ccpi_store *store, const ccp_usage_record *records,
                                  size_t count, ccp_error *error);
ccp_status ccpi_usage_prune(void *self, const ccp_usage_retention *keep,
                            ccp_error *error);
ccp_status ccpi_usage_lease_budget(void *self, ccp_budget_lease *lease, ccp_error *error);
ccp_status ccpi_usage_end_leases(void *self, const ccp_id *holder, ccp_error *error);
/* After a failure: the room may be gone, or never have come to be. */
void ccpi_usage_months_forget(ccpi_store *store);

/* Whether text is UTF-8 and has no more than so many characters. */
bool ccpi_store_fits(const char *text, size_t most);

#endif
