/* ccproxy/calendar.h over the zones and buckets of calendar/. */
#include "ccproxy/calendar.h"

#include "calendar/calendar.h"

_Static_assert((int)CCP_MINUTE == (int)CCPI_BUCKET_MINUTE &&
                   (int)CCP_MONTH == (int)CCPI_BUCKET_MONTH,
               "the spans of time have one order");

/* Not made: a public zone is the inner one, under a name of its own. */
struct ccp_zone;

static const ccpi_zone *inner_of(const ccp_zone *zone)
{
    return (const ccpi_zone *)zone;
}

ccp_status ccp_zone_new(const char *name, ccp_zone **out, ccp_error *error)
{
    ccpi_zone *zone;
    const ccp_status status = ccpi_zone_new(name, &zone, error);

    *out = status == CCP_OK ? (ccp_zone *)zone : NULL;
    return status;
}

void ccp_zone_free(ccp_zone *zone)
{
    ccpi_zone_free((ccpi_zone *)zone);
}

int64_t ccp_zone_offset(const ccp_zone *zone, int64_t unix_s)
{
    return ccpi_zone_offset(inner_of(zone), unix_s);
}

int64_t ccp_bucket_start(const ccp_zone *zone, ccp_span_of_time span, int64_t unix_s)
{
    return ccpi_bucket_start(inner_of(zone), (ccpi_bucket)span, unix_s);
}

int64_t ccp_bucket_next(const ccp_zone *zone, ccp_span_of_time span, int64_t unix_s)
{
    return ccpi_bucket_next(inner_of(zone), (ccpi_bucket)span, unix_s);
}
