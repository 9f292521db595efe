#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

ccp_status app_fail(ccp_error *error, ccp_status status, const char *format, ...)
{
    va_list arguments;

    if (!error)
        return status;
    error->status = status;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    return status;
}
