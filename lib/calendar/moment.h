#ifndef CCPI_CALENDAR_MOMENT_H
#define CCPI_CALENDAR_MOMENT_H

#include "base/span.h"
#include "calendar/zone.h"

/* Moments as text: RFC 3339, and whole days of a zone. Times are Unix microseconds. */

#define CCPI_MOMENT_TEXT_SIZE sizeof("2026-01-31T12:34:56.789Z")

/* In UTC, with milliseconds. Only of the years 0 to 9999. */
void ccpi_moment_write(int64_t unix_us, char out[CCPI_MOMENT_TEXT_SIZE]);

/*
 * "2026-01-31T12:34:56.789Z", with any offset and number of places; further ones
 * than six are cut. False: it is none, or names a day or hour that there is not.
 */
bool ccpi_moment_parse(ccpi_span text, int64_t *unix_us);

/* When the day "2026-01-31" begins in the zone, and when the one after it does. */
bool ccpi_moment_parse_day(ccpi_span text, const ccpi_zone *zone, int64_t *start_us,
                           int64_t *end_us);

#endif
