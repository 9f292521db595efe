#include "ccproxy/version.h"

const char *ccp_version(void)
{
    return CCP_VERSION;
}
