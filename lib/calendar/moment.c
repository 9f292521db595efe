#include "calendar/moment.h"

#include <ctype.h>

#include "calendar/calendar.h"
#include "calendar/civil.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_MS 1000
#define MINUTE_S 60
#define HOUR_S 3600
#define NOON_S (CCPI_DAY_S / 2)

/* The last so many digits of a number, and what stands behind them. */
static char *put_digits(char *to, int64_t number, size_t digits, char behind)
{
    for (size_t i = digits; i > 0; i--, number /= 10)
        to[i - 1] = (char)('0' + number % 10);
    to[digits] = behind;
    return to + digits + 1;
}

/* Without snprintf(), since every line of the log has one. */
void ccpi_moment_write(int64_t unix_us, char out[CCPI_MOMENT_TEXT_SIZE])
{
    const int64_t rest_us = (unix_us % US_PER_S + US_PER_S) % US_PER_S;
    const ccpi_civil date = ccpi_civil_of((unix_us - rest_us) / US_PER_S);

    out = put_digits(out, date.year < 0 ? 0 : date.year, 4, '-');
    out = put_digits(out, date.month, 2, '-');
    out = put_digits(out, date.day, 2, 'T');
    out = put_digits(out, date.second / HOUR_S, 2, ':');
    out = put_digits(out, date.second % HOUR_S / MINUTE_S, 2, ':');
    out = put_digits(out, date.second % MINUTE_S, 2, '.');
    out = put_digits(out, rest_us / US_PER_MS, 3, 'Z');
    *out = '\0';
}

/* Takes so many digits off the front. */
static bool take_number(ccpi_span *text, size_t digits, int *out)
{
    *out = 0;
    if (text->len < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)text->data[i]))
            return false;
        *out = *out * 10 + (text->data[i] - '0');
    }
    *text = (ccpi_span){text->data + digits, text->len - digits};
    return true;
}

static bool take_one_of(ccpi_span *text, const char *set, char *out)
{
    if (text->len == 0 || text->data[0] == '\0' || !strchr(set, text->data[0]))
        return false;
    *out = text->data[0];
    *text = (ccpi_span){text->data + 1, text->len - 1};
    return true;
}

static bool take_mark(ccpi_span *text, const char *set)
{
    char mark;

    return take_one_of(text, set, &mark);
}

/* Days since 1970-01-01. */
static bool take_date(ccpi_span *text, int64_t *days)
{
    int year, month, day;

    if (!take_number(text, 4, &year) || !take_mark(text, "-") ||
        !take_number(text, 2, &month) || !take_mark(text, "-") ||
        !take_number(text, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > ccpi_civil_days_in_month(year, month))
        return false;
    *days = ccpi_civil_days(year, month, day);
    return true;
}

/* Seconds of the day; a leap second is the next minute's first. */
static bool take_time(ccpi_span *text, int64_t *seconds)
{
    int hour, minute, second;

    if (!take_number(text, 2, &hour) || !take_mark(text, ":") ||
        !take_number(text, 2, &minute) || !take_mark(text, ":") ||
        !take_number(text, 2, &second))
        return false;
    *seconds = (int64_t)hour * HOUR_S + minute * MINUTE_S + second;
    return hour < 24 && minute < 60 && second <= 60;
}

static bool take_places(ccpi_span *text, int64_t *us)
{
    int64_t unit = US_PER_S / 10;
    int digit;

    *us = 0;
    if (!take_mark(text, "."))
        return true;
    if (!take_number(text, 1, &digit))
        return false;
    do {
        *us += digit * unit;
        unit /= 10;
    } while (take_number(text, 1, &digit));
    return true;
}

/* Seconds east of UTC. A "+" that was not encoded comes out of a query as a blank. */
static bool take_offset(ccpi_span *text, int64_t *seconds)
{
    char sign;
    int hours, minutes;

    *seconds = 0;
    if (take_mark(text, "Zz"))
        return true;
    if (!take_one_of(text, "+- ", &sign) || !take_number(text, 2, &hours) ||
        !take_mark(text, ":") || !take_number(text, 2, &minutes))
        return false;
    *seconds = (int64_t)hours * HOUR_S + minutes * MINUTE_S;
    if (sign == '-')
        *seconds = -*seconds;
    return hours < 24 && minutes < 60;
}

bool ccpi_moment_parse(ccpi_span text, int64_t *unix_us)
{
    int64_t days, seconds, us, offset;

    if (!take_date(&text, &days) || !take_mark(&text, "Tt ") ||
        !take_time(&text, &seconds) || !take_places(&text, &us) ||
        !take_offset(&text, &offset) || text.len > 0)
        return false;
    *unix_us = (days * CCPI_DAY_S + seconds - offset) * US_PER_S + us;
    return true;
}

/* Noon is far enough from any change of a zone's clock to name its day. */
static int64_t noon_of(const ccpi_zone *zone, int64_t days)
{
    const int64_t local_s = days * CCPI_DAY_S + NOON_S;

    return local_s - ccpi_zone_offset(zone, local_s);
}

bool ccpi_moment_parse_day(ccpi_span text, const ccpi_zone *zone, int64_t *start_us,
                           int64_t *end_us)
{
    int64_t days, noon_s;

    if (!take_date(&text, &days) || text.len > 0)
        return false;
    noon_s = noon_of(zone, days);
    *start_us = ccpi_bucket_start(zone, CCPI_BUCKET_DAY, noon_s) * US_PER_S;
    *end_us = ccpi_bucket_next(zone, CCPI_BUCKET_DAY, noon_s) * US_PER_S;
    return true;
}
