#include "calendar/calendar.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static ccpi_zone *zone_of(const char *name)
{
    ccpi_zone *zone;
    ccp_error error = {0};

    cr_assert(eq(int, ccpi_zone_new(name, &zone, &error), CCP_OK), "%s", error.message);
    return zone;
}

static ccpi_bucket bucket_of(const char *name)
{
    for (int i = 0; i < CCPI_BUCKET_COUNT; i++) {
        if (strcmp(name, ccpi_bucket_name((ccpi_bucket)i)) == 0)
            return (ccpi_bucket)i;
    }
    cr_fatal("no bucket %s", name);
    return CCPI_BUCKET_MINUTE; /* where cr_fatal() is not known to end the test */
}

/* buckets.txt comes from Python's zoneinfo; see generate.py beside it. */
Test(calendar, days_weeks_and_months_are_those_of_python)
{
    FILE *file = fopen(CCPT_DATA_DIR "/calendar/buckets.txt", "r");
    char zone_name[64], bucket_name[16];
    long long at, start, next;
    int lines = 0;

    cr_assert(not(zero(ptr, file)));
    while (fscanf(file, "%63s %15s %lld %lld %lld", zone_name, bucket_name, &at, &start,
                  &next) == 5) {
        ccpi_zone *zone = zone_of(zone_name);
        ccpi_bucket bucket = bucket_of(bucket_name);

        cr_expect(eq(i64, ccpi_bucket_start(zone, bucket, at), start), "%s %s %lld",
                  zone_name, bucket_name, at);
        cr_expect(eq(i64, ccpi_bucket_next(zone, bucket, at), next), "%s %s %lld",
                  zone_name, bucket_name, at);
        ccpi_zone_free(zone);
        lines++;
    }
    fclose(file);
    cr_expect(gt(int, lines, 2000));
}

/* 2025-01-06 12:00 UTC+9 belongs to the week of Sunday, 2025-01-05 00:00 UTC+9. */
Test(calendar, a_week_begins_on_sunday_in_the_zone)
{
    ccpi_zone *zone = zone_of("Asia/Seoul");

    cr_expect(eq(i64, ccpi_bucket_start(zone, CCPI_BUCKET_WEEK, 1736132400), 1736002800));
    ccpi_zone_free(zone);
}

static void expect_tiles(ccpi_zone *zone, ccpi_bucket bucket, int64_t from, int64_t to)
{
    int64_t at = ccpi_bucket_start(zone, bucket, from);

    while (at < to) {
        int64_t next = ccpi_bucket_next(zone, bucket, at);

        cr_assert(gt(i64, next, at));
        cr_expect(eq(i64, ccpi_bucket_start(zone, bucket, at), at));
        cr_expect(eq(i64, ccpi_bucket_start(zone, bucket, next - 1), at));
        at = next;
    }
}

/* The hours around which these zones change their clocks, by half an hour at Lord Howe.
 */
Test(calendar, buckets_tile_time_across_daylight_saving)
{
    static const char *const names[] = {"Europe/Berlin", "Australia/Lord_Howe",
                                        "America/Sao_Paulo", "Africa/Cairo"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ccpi_zone *zone = zone_of(names[i]);

        for (int bucket = CCPI_BUCKET_HOUR; bucket < CCPI_BUCKET_COUNT; bucket++)
            expect_tiles(zone, (ccpi_bucket)bucket, 1735689600, 1767225600);
        /* Lord Howe goes back at 2025-04-05 15:00 UTC. */
        expect_tiles(zone, CCPI_BUCKET_MINUTE, 1743864000, 1743865000);
        ccpi_zone_free(zone);
    }
}

Test(calendar, an_offset_far_ahead_follows_the_zones_rule)
{
    ccpi_zone *zone = zone_of("Europe/Berlin");

    /* date -d @4086979200 in TZ=Europe/Berlin: 2099-07-06, CEST */
    cr_expect(eq(i64, ccpi_zone_offset(zone, 4086979200), 7200));
    /* 2099-01-06, CET */
    cr_expect(eq(i64, ccpi_zone_offset(zone, 4071340800), 3600));
    ccpi_zone_free(zone);
}

Test(calendar, what_is_no_zone_is_refused)
{
    static const char *const names[] = {
        "",       "/etc/passwd", "../etc/passwd", "Mars/Base",
        "Europe", "tzdata.zi",   "Europe/../UTC"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ccpi_zone *zone;

        cr_expect(eq(int, ccpi_zone_new(names[i], &zone, NULL), CCP_INVALID), "%s",
                  names[i]);
        cr_expect(zero(ptr, zone));
    }
}

Test(calendar, a_zone_file_cut_anywhere_is_refused)
{
    unsigned char bytes[8192];
    FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "rb");
    ccpi_zone *zone;
    size_t len;

    cr_assert(not(zero(ptr, file)));
    len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    for (size_t cut = 0; cut < len; cut++)
        cr_assert(eq(int, ccpi_zone_parse("x", bytes, cut, &zone, NULL), CCP_INVALID),
                  "%zu", cut);
    cr_expect(eq(int, ccpi_zone_parse("x", bytes, len, &zone, NULL), CCP_OK));
    ccpi_zone_free(zone);
}
