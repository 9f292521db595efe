#ifndef CCPI_ADMIN_WEB_GUARD_H
#define CCPI_ADMIN_WEB_GUARD_H

#include "admin/web/call.h"

/* Who may call: steps before a handler. */

/* SE-6 */
ccp_status ccpi_guard_address(ccpi_api_call *call);

/* AD-2: finds out who calls, and whether that one may call this route. */
ccp_status ccpi_guard_caller(ccpi_api_call *call);

#define CCPI_SESSION_COOKIE "ccproxy_session"

#endif
