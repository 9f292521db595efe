#ifndef CCPI_CALENDAR_ZONE_H
#define CCPI_CALENDAR_ZONE_H

#include "ccproxy/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A time zone, read from the system's zoneinfo files (RFC 8536) and not from
 * the process's TZ, since a library shares its process. Never changes after it
 * is made.
 */
typedef struct ccpi_zone ccpi_zone;

/*
 * By IANA name ("Asia/Seoul"). "UTC" needs no file. CCP_INVALID: no such zone,
 * or its file is broken. @param out  given; ccpi_zone_free()
 */
ccp_status ccpi_zone_new(const char *name, ccpi_zone **out, ccp_error *error);
void ccpi_zone_free(ccpi_zone *zone);

const char *ccpi_zone_name(const ccpi_zone *zone);

/* Seconds east of UTC at this moment (Unix seconds). */
int64_t ccpi_zone_offset(const ccpi_zone *zone, int64_t unix_s);

/* Reads the bytes of a zoneinfo file; for tests and fuzzers. */
ccp_status ccpi_zone_parse(const char *name, const unsigned char *bytes, size_t len,
                           ccpi_zone **out, ccp_error *error);

#endif
