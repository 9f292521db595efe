#ifndef CCP_APP_FAIL_H
#define CCP_APP_FAIL_H

#include "ccproxy/error.h"

/* Writes status and message into error, unless it is NULL, and returns the status. */
ccp_status app_fail(ccp_error *error, ccp_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
