#include "calendar/calendar.h"

#include "calendar/civil.h"

#define MINUTE 60
#define HOUR 3600

const char *ccpi_bucket_name(ccpi_bucket bucket)
{
    static const char *const names[CCPI_BUCKET_COUNT] = {"minute", "hour", "day", "week",
                                                         "month"};

    return (unsigned)bucket < CCPI_BUCKET_COUNT ? names[bucket] : "";
}

/* The first moment in (before, at] at which the offset is the one at `at`. */
static int64_t find_change(const ccpi_zone *zone, int64_t before, int64_t at)
{
    int64_t offset = ccpi_zone_offset(zone, at);

    while (at - before > 1) {
        int64_t middle = before + (at - before) / 2;

        if (ccpi_zone_offset(zone, middle) == offset)
            at = middle;
        else
            before = middle;
    }
    return at;
}

/*
 * When the zone's clock first shows this local time. Where it skips that time,
 * the moment of the skip.
 */
static int64_t moment_of(const ccpi_zone *zone, int64_t local_s)
{
    int64_t before = ccpi_zone_offset(zone, local_s - CCPI_DAY_S);
    int64_t after = ccpi_zone_offset(zone, local_s + CCPI_DAY_S);
    int64_t early = local_s - (before > after ? before : after);
    int64_t late = local_s - (before > after ? after : before);

    if (early + ccpi_zone_offset(zone, early) == local_s)
        return early;
    if (late + ccpi_zone_offset(zone, late) == local_s)
        return late;
    return find_change(zone, early, late);
}

/* Within a day the clock may jump: a bucket never reaches over the jump. */
static int64_t start_of_part(const ccpi_zone *zone, int64_t unix_s, int64_t part_s)
{
    int64_t offset = ccpi_zone_offset(zone, unix_s);
    int64_t in_part = (unix_s + offset) % part_s;
    int64_t start = unix_s - (in_part < 0 ? in_part + part_s : in_part);

    if (ccpi_zone_offset(zone, start) == offset)
        return start;
    return find_change(zone, start, unix_s);
}

static int64_t next_part(const ccpi_zone *zone, int64_t unix_s, int64_t part_s)
{
    int64_t start = start_of_part(zone, unix_s, part_s);
    int64_t next = start_of_part(zone, start + part_s, part_s);

    return next > start ? next : start + part_s;
}

/* Days since 1970, of the local day on which the bucket of days begins. */
static int64_t first_day(ccpi_bucket bucket, int64_t local_s)
{
    ccpi_civil date = ccpi_civil_of(local_s);
    int64_t day = ccpi_civil_days(date.year, date.month, date.day);

    if (bucket == CCPI_BUCKET_WEEK)
        return day - ccpi_civil_weekday(day);
    if (bucket == CCPI_BUCKET_MONTH)
        return ccpi_civil_days(date.year, date.month, 1);
    return day;
}

static int64_t next_first_day(ccpi_bucket bucket, int64_t local_s)
{
    ccpi_civil date = ccpi_civil_of(local_s);

    if (bucket == CCPI_BUCKET_MONTH)
        return date.month == 12 ? ccpi_civil_days(date.year + 1, 1, 1)
                                : ccpi_civil_days(date.year, date.month + 1, 1);
    return first_day(bucket, local_s) + (bucket == CCPI_BUCKET_WEEK ? 7 : 1);
}

int64_t ccpi_bucket_start(const ccpi_zone *zone, ccpi_bucket bucket, int64_t unix_s)
{
    int64_t local_s = unix_s + ccpi_zone_offset(zone, unix_s);

    if (bucket == CCPI_BUCKET_MINUTE)
        return start_of_part(zone, unix_s, MINUTE);
    if (bucket == CCPI_BUCKET_HOUR)
        return start_of_part(zone, unix_s, HOUR);
    return moment_of(zone, first_day(bucket, local_s) * CCPI_DAY_S);
}

int64_t ccpi_bucket_next(const ccpi_zone *zone, ccpi_bucket bucket, int64_t unix_s)
{
    int64_t local_s = unix_s + ccpi_zone_offset(zone, unix_s);

    if (bucket == CCPI_BUCKET_MINUTE)
        return next_part(zone, unix_s, MINUTE);
    if (bucket == CCPI_BUCKET_HOUR)
        return next_part(zone, unix_s, HOUR);
    return moment_of(zone, next_first_day(bucket, local_s) * CCPI_DAY_S);
}
