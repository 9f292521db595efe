#ifndef CCPI_ADMIN_BEDROCK_KEYS_H
#define CCPI_ADMIN_BEDROCK_KEYS_H

#include "admin/admin.h"

/* Bedrock credentials on their way into the store: sealed, each for its access key. */

/* The credential of one access key, sealed anew for another. CCP_NOT_FOUND: it has none.
 */
ccp_status ccpi_admin_reseal(const ccp_admin *admin, const ccp_id *from, const ccp_id *to,
                             ccp_sealed_key *out, ccp_error *error);

/* Leaves nothing of it on the stack. */
void ccpi_sealed_key_wipe(ccp_sealed_key *sealed);

#endif
