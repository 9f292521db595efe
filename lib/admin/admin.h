#ifndef CCPI_ADMIN_ADMIN_H
#define CCPI_ADMIN_ADMIN_H

#include "calendar/zone.h"
#include "ccproxy/admin.h"
#include "ccproxy/envelope.h"
#include "config/settings.h"

/*
 * What the files of this folder share: an administration's parts. Each file
 * has the operations on one noun; none of them knows HTTP or a terminal.
 */
struct ccp_admin {
    ccp_config *config; /* owned, with what `settings` points to */
    const ccpi_settings *settings;
    ccp_store *store;
    const ccp_clock *clock;
    const ccp_random *random;
    ccp_key_hasher *hasher;
    ccp_envelope *envelope;
    ccpi_zone *zone; /* of reports */
};

int64_t ccpi_admin_now(const ccp_admin *admin);

/* Whether the key is accepted now. */
bool ccpi_admin_is_live(const ccp_admin *admin, const ccp_access_key *key);

/* Whether Bedrock can be asked for it. */
bool ccpi_admin_has_credential(const ccp_admin *admin, const ccp_access_key *key);

#endif
