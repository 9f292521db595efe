#ifndef CCPI_CALENDAR_ZONE_RULE_H
#define CCPI_CALENDAR_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The rule that goes on after a zoneinfo file's last moment, in the form of the
 * POSIX variable TZ: "CET-1CEST,M3.5.0,M10.5.0/3".
 * https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html
 */
typedef struct ccpi_zone_change {
    enum { CCPI_CHANGE_MONTH_WEEK, CCPI_CHANGE_JULIAN, CCPI_CHANGE_DAY } kind;
    int month, week, weekday; /* of CCPI_CHANGE_MONTH_WEEK: Mm.w.d */
    int day;                  /* Jn counts from 1 without leap days, n from 0 with them */
    int64_t time_s;           /* of the local day; may be negative or beyond it */
} ccpi_zone_change;

typedef struct ccpi_zone_rule {
    int64_t standard_offset; /* seconds east of UTC */
    bool has_summer;
    int64_t summer_offset;
    ccpi_zone_change begins, ends;
} ccpi_zone_rule;

bool ccpi_zone_rule_parse(const char *text, ccpi_zone_rule *out);

int64_t ccpi_zone_rule_offset(const ccpi_zone_rule *rule, int64_t unix_s);

#endif
