#ifndef CCPI_ADMIN_WEB_GUARD_H
#define CCPI_ADMIN_WEB_GUARD_H

#include "admin/web/call.h"

/* Who may call: steps before a handler. */

/* SE-6 */
ccp_status ccpi_guard_address(ccpi_api_call *call);

/* AD-2: finds out who calls, and whether that one may call this route. */
ccp_status ccpi_guard_caller(ccpi_api_call *call);

/* The value of the first cookie whose pair starts so ("name="); data NULL: none does. */
ccpi_span ccpi_guard_cookie(const ccpi_api_call *call, const char *start);

#define CCPI_SESSION_COOKIE "ccproxy_session"

#endif
