#ifndef CCPI_ADMIN_ADMIN_H
#define CCPI_ADMIN_ADMIN_H

#include "calendar/zone.h"
#include "ccproxy/admin.h"
#include "ccproxy/aws.h"
#include "ccproxy/envelope.h"
#include "config/settings.h"

/*
 * What the files of this folder share: an administration's parts. Each file
 * has the operations on one noun; none of them knows HTTP or a terminal.
 */
typedef struct ccpi_actor {
    const char *name;
    const char *address; /* "": none */
    const char *detail;  /* of what is done: a JSON object without secrets, or "" */
} ccpi_actor;

/* A copy with another actor serves one call of the admin API. */
struct ccp_admin {
    ccpi_actor actor;
    ccp_config *config; /* owned, with what `settings` points to */
    const ccpi_settings *settings;
    ccp_store *store;
    const ccp_clock *clock;
    const ccp_random *random;
    ccp_key_hasher *hasher;
    ccp_aws *aws; /* of the envelope; NULL: it needs none */
    ccp_envelope *envelope;
    ccpi_zone *zone; /* of reports */
};

/* Something that changes the store, for the audit log. */
typedef struct ccpi_deed {
    const char *action;      /* "user.create" */
    const char *target_type; /* "user" */
    const char *target_id; /* read when it is done: what is made gets one then; or NULL */
} ccpi_deed;

/*
 * Runs what changes the store, and adds an entry to the audit log in the same
 * transaction (AD-6). run: NULL when there is nothing to change in the store.
 */
ccp_status ccpi_admin_do(const ccp_admin *admin, const ccpi_deed *deed,
                         ccp_status (*run)(const ccp_store *within, void *context,
                                           ccp_error *error),
                         void *context, ccp_error *error);

int64_t ccpi_admin_now(const ccp_admin *admin);

/* Whether the key is accepted now. */
bool ccpi_admin_is_live(const ccp_admin *admin, const ccp_access_key *key);

/* Whether Bedrock can be asked for it. */
bool ccpi_admin_has_credential(const ccp_admin *admin, const ccp_access_key *key);

#endif
