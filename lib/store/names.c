#include "store/names.h"

#include <string.h>

#define COUNT(names) ((int)(sizeof(names) / sizeof((names)[0])))

static const char *const user_statuses[] = {"active", "inactive", "deleted"};
static const char *const routings[] = {"plan_first", "bedrock_only"};
static const char *const key_statuses[] = {"active", "rotating", "revoked"};

static const char *name_in(const char *const *names, int count, int value)
{
    return value >= 0 && value < count ? names[value] : "unknown";
}

static int value_in(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

const char *ccp_user_status_name(ccp_user_status status)
{
    return name_in(user_statuses, COUNT(user_statuses), (int)status);
}

const char *ccp_routing_name(ccp_routing routing)
{
    return name_in(routings, COUNT(routings), (int)routing);
}

const char *ccp_access_key_status_name(ccp_access_key_status status)
{
    return name_in(key_statuses, COUNT(key_statuses), (int)status);
}

bool ccp_routing_parse(const char *name, ccp_routing *out)
{
    const int value = value_in(routings, COUNT(routings), name);

    if (value < 0)
        return false;
    *out = (ccp_routing)value;
    return true;
}

/* What the schema does not allow is read as the state that allows least. */
ccp_user_status ccpi_user_status_read(const char *name)
{
    const int value = value_in(user_statuses, COUNT(user_statuses), name);

    return value < 0 ? CCP_USER_DELETED : (ccp_user_status)value;
}

ccp_access_key_status ccpi_access_key_status_read(const char *name)
{
    const int value = value_in(key_statuses, COUNT(key_statuses), name);

    return value < 0 ? CCP_ACCESS_KEY_REVOKED : (ccp_access_key_status)value;
}
