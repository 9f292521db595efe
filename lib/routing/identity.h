#ifndef CCPI_ROUTING_IDENTITY_H
#define CCPI_ROUTING_IDENTITY_H

#include "base/span.h"
#include "ccproxy/store.h"

/*
 * From an access key's text to who asks (section 2 of the requirements). What
 * the store said is kept for a while; many requests of one key that come
 * together ask it once. Any thread.
 */
typedef struct ccpi_identities ccpi_identities;

#define CCPI_IDENTITIES_MAX 10000 /* AK-7 */
#define CCPI_IDENTITIES_MAX_USES 1024

typedef struct ccpi_identities_options {
    const ccp_access_key_store *store;
    const ccp_clock *clock;
    const ccp_key_hasher *hasher;
    const ccp_key_hasher *previous; /* of the former secret, or NULL */
    int64_t ttl_us;                 /* of an accepted key */
    int64_t stale_us;               /* beyond that, while the store can't be reached */
} ccpi_identities_options;

typedef enum ccpi_who {
    CCPI_WHO_ACCEPTED = 0,
    CCPI_WHO_REJECTED, /* whatever the reason (AK-4) */
    CCPI_WHO_UNKNOWN   /* the store can't be reached, and nothing is kept (AK-10) */
} ccpi_who;

/* CCP_NO_MEMORY only. @param out  given; ccpi_identities_free() */
ccp_status ccpi_identities_new(const ccpi_identities_options *options,
                               ccpi_identities **out);
void ccpi_identities_free(ccpi_identities *identities);

/* May read the store, so never in the engine's thread. */
ccpi_who ccpi_identities_find(ccpi_identities *identities, ccpi_span key,
                              ccp_identity *out);

/* Hashes with others from now on; the former ones are in no use any more. */
void ccpi_identities_set_hashers(ccpi_identities *identities,
                                 const ccp_key_hasher *hasher,
                                 const ccp_key_hasher *previous);

/* The truth has changed: keeps nothing of what was known. */
void ccpi_identities_forget(ccpi_identities *identities);

/* Notes a use of the key, to be written later, at most once a minute (AK-11). */
void ccpi_identities_note_use(ccpi_identities *identities, const ccp_id *access_key_id);

/* Writes the noted uses into the store. */
void ccpi_identities_write_uses(ccpi_identities *identities);

#endif
