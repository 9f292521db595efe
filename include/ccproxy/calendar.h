/**
 * @file ccproxy/calendar.h
 *
 * Buckets of time in a zone, for sums and budgets: each begins where the zone's
 * clock shows a round minute, hour, day, Sunday or first of a month, and goes to
 * where the next one begins, whatever daylight saving does between.
 *
 * Zones are read from the system's zoneinfo files (RFC 8536), not from the
 * process's TZ. They never change after they are made; any thread. Times are
 * Unix seconds.
 */
#ifndef CCPROXY_CALENDAR_H
#define CCPROXY_CALENDAR_H

#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"

CCP_BEGIN_DECLS

typedef struct ccp_zone ccp_zone;

/**
 * By IANA name ("Asia/Seoul"); "UTC" needs no file. CCP_INVALID: no such zone.
 *
 * @param out  given to the caller; free it with ccp_zone_free()
 */
ccp_status ccp_zone_new(const char *name, ccp_zone **out, ccp_error *error);

/** NULL is allowed. */
void ccp_zone_free(ccp_zone *zone);

/** Seconds east of UTC at this moment. */
int64_t ccp_zone_offset(const ccp_zone *zone, int64_t unix_s);

typedef enum ccp_span_of_time {
    CCP_MINUTE = 0,
    CCP_HOUR,
    CCP_DAY,
    CCP_WEEK, /**< from Sunday */
    CCP_MONTH
} ccp_span_of_time;

/** The beginning of the bucket that holds this moment. */
int64_t ccp_bucket_start(const ccp_zone *zone, ccp_span_of_time span, int64_t unix_s);

/** The beginning of the bucket after that. */
int64_t ccp_bucket_next(const ccp_zone *zone, ccp_span_of_time span, int64_t unix_s);

CCP_END_DECLS

#endif
