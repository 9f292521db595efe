#ifndef CCPI_CALENDAR_CALENDAR_H
#define CCPI_CALENDAR_CALENDAR_H

#include "calendar/zone.h"

/*
 * Buckets of time in a zone (US-7): each begins where the zone's clock shows a
 * round minute, hour, day, Sunday or first of a month, and goes to where the
 * next one begins, whatever daylight saving does between. Unix seconds.
 */
typedef enum ccpi_bucket {
    CCPI_BUCKET_MINUTE = 0,
    CCPI_BUCKET_HOUR,
    CCPI_BUCKET_DAY,
    CCPI_BUCKET_WEEK,
    CCPI_BUCKET_MONTH
} ccpi_bucket;

#define CCPI_BUCKET_COUNT 5

/* "minute" ... "month". */
const char *ccpi_bucket_name(ccpi_bucket bucket);

/* The beginning of the bucket that holds this moment. */
int64_t ccpi_bucket_start(const ccpi_zone *zone, ccpi_bucket bucket, int64_t unix_s);

/* The beginning of the bucket after the one that holds this moment. */
int64_t ccpi_bucket_next(const ccpi_zone *zone, ccpi_bucket bucket, int64_t unix_s);

#endif
