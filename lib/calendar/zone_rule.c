#include "calendar/zone_rule.h"

#include <string.h>

#include "calendar/civil.h"

#define HOUR ((int64_t)3600)
#define DEFAULT_TIME (2 * HOUR)
#define MOST_HOURS 167 /* RFC 8536, section 3.3.1 widens POSIX's 24 */

/* A name is letters, or anything within <>. */
static bool skip_name(const char **at)
{
    const char *start = *at;

    if (**at == '<') {
        *at = strchr(*at, '>');
        if (!*at)
            return false;
        ++*at;
        return true;
    }
    while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z'))
        ++*at;
    return *at - start >= 3;
}

static bool read_number(const char **at, int most, int *out)
{
    const char *start = *at;

    *out = 0;
    while (**at >= '0' && **at <= '9' && *out <= most) {
        *out = *out * 10 + (**at - '0');
        ++*at;
    }
    return *at > start && *out <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **at, int64_t *out)
{
    int64_t unit = HOUR;
    int sign = 1, number;

    if (**at == '+' || **at == '-')
        sign = *(*at)++ == '-' ? -1 : 1;
    if (!read_number(at, MOST_HOURS, &number))
        return false;
    *out = number * unit;
    while (**at == ':' && unit > 1) {
        ++*at;
        unit /= 60;
        if (!read_number(at, 59, &number))
            return false;
        *out += number * unit;
    }
    *out *= sign;
    return true;
}

static bool read_month_week(const char **at, ccpi_zone_change *out)
{
    ++*at;
    out->kind = CCPI_CHANGE_MONTH_WEEK;
    if (!read_number(at, 12, &out->month) || out->month < 1 || *(*at)++ != '.')
        return false;
    if (!read_number(at, 5, &out->week) || out->week < 1 || *(*at)++ != '.')
        return false;
    return read_number(at, 6, &out->weekday);
}

static bool read_day(const char **at, ccpi_zone_change *out)
{
    out->kind = **at == 'J' ? CCPI_CHANGE_JULIAN : CCPI_CHANGE_DAY;
    if (**at == 'J')
        ++*at;
    return read_number(at, 365, &out->day) &&
           (out->kind == CCPI_CHANGE_DAY || out->day >= 1);
}

static bool read_change(const char **at, ccpi_zone_change *out)
{
    if (*(*at)++ != ',')
        return false;
    if (!(**at == 'M' ? read_month_week(at, out) : read_day(at, out)))
        return false;
    out->time_s = DEFAULT_TIME;
    if (**at != '/')
        return true;
    ++*at;
    return read_time(at, &out->time_s);
}

bool ccpi_zone_rule_parse(const char *text, ccpi_zone_rule *out)
{
    int64_t west;

    memset(out, 0, sizeof(*out));
    if (!skip_name(&text) || !read_time(&text, &west))
        return false;
    out->standard_offset = -west;
    if (!*text)
        return true;

    out->has_summer = true;
    out->summer_offset = out->standard_offset + HOUR;
    if (!skip_name(&text))
        return false;
    if (*text != ',') {
        if (!read_time(&text, &west))
            return false;
        out->summer_offset = -west;
    }
    return read_change(&text, &out->begins) && read_change(&text, &out->ends) && !*text;
}

/* The day of a year on which a change falls, in days since 1970. */
static int64_t day_of_change(const ccpi_zone_change *change, int64_t year)
{
    int64_t first = ccpi_civil_days(year, 1, 1);
    int64_t day;

    if (change->kind == CCPI_CHANGE_DAY)
        return first + change->day;
    if (change->kind == CCPI_CHANGE_JULIAN)
        return first + change->day - 1 +
               (change->day >= 60 && ccpi_civil_is_leap_year(year));

    first = ccpi_civil_days(year, change->month, 1);
    day = first + (change->weekday - ccpi_civil_weekday(first) + 7) % 7 +
          (change->week - 1) * (int64_t)7;
    while (day >= first + ccpi_civil_days_in_month(year, change->month))
        day -= 7;
    return day;
}

/* Each change's time of day is told by the clock that it ends. */
int64_t ccpi_zone_rule_offset(const ccpi_zone_rule *rule, int64_t unix_s)
{
    int64_t begins, ends;
    ccpi_civil date;

    if (!rule->has_summer)
        return rule->standard_offset;
    date = ccpi_civil_of(unix_s + rule->standard_offset);
    begins = day_of_change(&rule->begins, date.year) * CCPI_DAY_S + rule->begins.time_s -
             rule->standard_offset;
    ends = day_of_change(&rule->ends, date.year) * CCPI_DAY_S + rule->ends.time_s -
           rule->summer_offset;
    if (begins < ends)
        return unix_s >= begins && unix_s < ends ? rule->summer_offset
                                                 : rule->standard_offset;
    return unix_s >= begins || unix_s < ends ? rule->summer_offset
                                             : rule->standard_offset;
}
