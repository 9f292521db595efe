#ifndef CCPI_CALENDAR_CIVIL_H
#define CCPI_CALENDAR_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

/* Dates of the proleptic Gregorian calendar, without time zones. */
#define CCPI_DAY_S 86400

typedef struct ccpi_civil {
    int64_t year;
    int month;      /* 1 to 12 */
    int day;        /* 1 to 31 */
    int64_t second; /* of the day */
} ccpi_civil;

/* Days since 1970-01-01. */
int64_t ccpi_civil_days(int64_t year, int month, int day);

/* Of seconds since 1970-01-01 00:00:00. */
ccpi_civil ccpi_civil_of(int64_t seconds);

/* 0 is Sunday. */
int ccpi_civil_weekday(int64_t days);

bool ccpi_civil_is_leap_year(int64_t year);
int ccpi_civil_days_in_month(int64_t year, int month);

#endif
