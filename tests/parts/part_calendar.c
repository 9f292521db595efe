/* New York's day of 2026-03-08 has 23 hours; its week begins on a Sunday. */
#include <ccproxy/calendar.h>
#include <stddef.h>

#include "check.h"

/* date -u -d 2026-03-08T17:00:00Z +%s */
#define NOON INT64_C(1772989200)

int main(void)
{
    ccp_zone *zone;
    int64_t start;

    CHECK(ccp_zone_new("America/New_York", &zone, NULL) == CCP_OK);
    start = ccp_bucket_start(zone, CCP_DAY, NOON);
    CHECK(start == NOON - 12 * 3600);
    CHECK(ccp_bucket_next(zone, CCP_DAY, NOON) == start + 23 * 3600);
    CHECK(ccp_bucket_start(zone, CCP_WEEK, NOON) == start);
    CHECK(ccp_bucket_start(zone, CCP_MONTH, NOON) == start - 7 * 86400);
    CHECK(ccp_zone_offset(zone, NOON) == -4 * 3600);
    ccp_zone_free(zone);

    CHECK(ccp_zone_new("Nowhere/At_All", &zone, NULL) == CCP_INVALID);
    CHECK(!zone);
    return 0;
}
