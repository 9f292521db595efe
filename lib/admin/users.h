#ifndef CCPI_ADMIN_USERS_H
#define CCPI_ADMIN_USERS_H

#include "admin/admin.h"

/* Whether a user can be served by Bedrock alone, and why not. */
typedef enum ccpi_bedrock_only {
    CCPI_BEDROCK_ONLY_CAN_SERVE = 0,
    CCPI_BEDROCK_ONLY_LACKS_KEY,
    CCPI_BEDROCK_ONLY_LACKS_CREDENTIAL /* of one of the keys */
} ccpi_bedrock_only;

/* CCP_INVALID: not so; out and the message say why. */
ccp_status ccpi_admin_check_bedrock_only(const ccp_admin *admin, const ccp_id *user_id,
                                         ccpi_bedrock_only *out, ccp_error *error);

/* How many of the user's keys are accepted now. */
ccp_status ccpi_admin_count_keys(const ccp_admin *admin, const ccp_id *user_id, int *out,
                                 ccp_error *error);

/* The one that budgets are for now. */
ccp_period ccpi_admin_month(const ccp_admin *admin);

#endif
