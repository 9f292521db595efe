#include "ccproxy/usage.h"

const char *ccp_usage_status_name(ccp_usage_status status)
{
    switch (status) {
    case CCP_USAGE_COMPLETE: return "complete";
    case CCP_USAGE_INCOMPLETE: return "incomplete";
    case CCP_USAGE_ABORTED: return "aborted";
    case CCP_USAGE_ERROR: return "error";
    }
    return "unknown";
}
