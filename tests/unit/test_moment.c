#include "calendar/moment.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define US INT64_C(1000000)

typedef struct scenario {
    const char *text;
    int64_t unix_us;
} scenario;

/* Seconds by date(1): date -u -d TEXT +%s */
static const scenario moments[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-01-31T12:34:56Z", 1769862896 * US},
    {"2026-01-31T12:34:56.789Z", 1769862896 * US + 789000},
    {"2026-01-31T12:34:56.1234567Z", 1769862896 * US + 123456},
    {"2026-01-31t12:34:56z", 1769862896 * US},
    {"2026-01-31 12:34:56Z", 1769862896 * US},
    {"2026-01-31T21:34:56+09:00", 1769862896 * US},
    {"2026-01-31T21:34:56 09:00", 1769862896 * US},
    {"2026-01-31T09:04:56-03:30", 1769862896 * US},
    {"1985-04-12T23:20:50.52Z", 482196050 * US + 520000}, /* RFC 3339, section 5.8 */
    {"1990-12-31T23:59:60Z", 662688000 * US},             /* a leap second, there too */
    {"1969-12-31T23:59:59.5Z", -500000},
    {"2024-02-29T00:00:00Z", 1709164800 * US},
};

static const char *const no_moments[] = {
    "",
    "2026-01-31",
    "2026-01-31T12:34:56",
    "2026-01-31T12:34Z",
    "2026-01-31T12:34:56.Z",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T12:60:00Z",
    "2026-01-31T12:34:61Z",
    "2026-01-31T12:34:56+24:00",
    "2026-01-31T12:34:56+0900",
    "2026-01-31T12:34:56Z ",
    "26-01-31T12:34:56Z",
    "2026-1-31T12:34:56Z",
    "-026-01-31T12:34:56Z",
};

Test(moment, rfc_3339_is_read)
{
    for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
        int64_t unix_us = -1;

        cr_expect(ccpi_moment_parse(ccpi_span_of(moments[i].text), &unix_us), "%s",
                  moments[i].text);
        cr_expect(eq(i64, unix_us, moments[i].unix_us), "%s", moments[i].text);
    }
}

Test(moment, what_is_no_moment_is_refused)
{
    for (size_t i = 0; i < sizeof(no_moments) / sizeof(*no_moments); i++) {
        int64_t unix_us;

        cr_expect(not(ccpi_moment_parse(ccpi_span_of(no_moments[i]), &unix_us)), "%s",
                  no_moments[i]);
    }
}

Test(moment, it_is_written_in_utc_with_milliseconds)
{
    char text[CCPI_MOMENT_TEXT_SIZE];

    ccpi_moment_write(1769862896 * US + 789999, text);
    cr_expect(eq(str, text, "2026-01-31T12:34:56.789Z"));
    ccpi_moment_write(-500000, text);
    cr_expect(eq(str, text, "1969-12-31T23:59:59.500Z"));
}

typedef struct day {
    const char *zone;
    const char *text;
    int64_t start_s, end_s;
} day;

/* By date(1): TZ=ZONE date -d TEXT +%s */
static const day days[] = {
    {"UTC", "2026-03-01", 1772323200, 1772409600},
    {"Asia/Seoul", "2026-03-01", 1772290800, 1772377200},
    {"America/New_York", "2026-03-08", 1772946000, 1773028800}, /* 23 hours */
    {"America/New_York", "2026-11-01", 1793505600, 1793595600}, /* 25 hours */
    {"Pacific/Kiritimati", "2026-03-01", 1772272800, 1772359200},
    {"Pacific/Pago_Pago", "2026-03-01", 1772362800, 1772449200},
};

Test(moment, a_day_is_the_zone_s)
{
    for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
        const day *d = &days[i];
        ccpi_zone *zone;
        int64_t start_us, end_us;

        cr_assert(eq(int, ccpi_zone_new(d->zone, &zone, NULL), CCP_OK));
        cr_assert(ccpi_moment_parse_day(ccpi_span_of(d->text), zone, &start_us, &end_us));
        cr_expect(eq(i64, start_us, d->start_s * US), "%s %s", d->zone, d->text);
        cr_expect(eq(i64, end_us, d->end_s * US), "%s %s", d->zone, d->text);
        cr_expect(not(
            ccpi_moment_parse_day(CCPI_SPAN("2026-02-30"), zone, &start_us, &end_us)));
        cr_expect(not(ccpi_moment_parse_day(CCPI_SPAN("2026-02-01T00:00:00Z"), zone,
                                            &start_us, &end_us)));
        ccpi_zone_free(zone);
    }
}
