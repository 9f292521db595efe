#include "store/reports/tiling.h"

#define US_PER_S INT64_C(1000000)

/* A range at one level: to be made of buckets of this kind, and finer ones at its ends.
 */
typedef struct stretch {
    ccpi_bucket bucket;
    int64_t start_us, end_us;
    int64_t shown_us;
    bool is_top; /* of the kind that is shown */
} stretch;

static int64_t floor_second(int64_t unix_us)
{
    const int64_t rest = unix_us % US_PER_S;

    return unix_us / US_PER_S - (rest < 0);
}

int64_t ccpi_shown_start(const ccpi_zone *zone, ccpi_bucket bucket, int64_t unix_us)
{
    return ccpi_bucket_start(zone, bucket, floor_second(unix_us)) * US_PER_S;
}

int64_t ccpi_shown_next(const ccpi_zone *zone, ccpi_bucket bucket, int64_t unix_us)
{
    return ccpi_bucket_next(zone, bucket, floor_second(unix_us)) * US_PER_S;
}

/* The first beginning of a bucket that is not before this moment. */
static int64_t first_start(const ccpi_zone *zone, ccpi_bucket bucket, int64_t unix_us)
{
    const int64_t start = ccpi_shown_start(zone, bucket, unix_us);

    return start == unix_us ? start : ccpi_shown_next(zone, bucket, unix_us);
}

static void add(ccpi_tiling *out, const ccpi_tile *tile)
{
    if (tile->start_us < tile->end_us && out->count < CCPI_TILES_MOST)
        out->tiles[out->count++] = *tile;
}

static void add_rows(const stretch *of, ccpi_tiling *out)
{
    add(out, &(ccpi_tile){.is_rows = true,
                          .bucket = CCPI_BUCKET_MINUTE,
                          .start_us = of->start_us,
                          .end_us = of->end_us,
                          .is_whole = of->is_top,
                          .shown_us = of->shown_us});
}

static void add_buckets(const stretch *of, ccpi_tiling *out)
{
    add(out, &(ccpi_tile){.bucket = of->bucket,
                          .start_us = of->start_us,
                          .end_us = of->end_us,
                          .is_whole = of->is_top,
                          .shown_us = of->shown_us});
}

/* Whole minutes: rows as far as their sums are not kept. */
static void add_minutes(const ccpi_tiling_rule *rule, const stretch *of, ccpi_tiling *out)
{
    stretch rows = *of, kept = *of;
    const int64_t from =
        first_start(rule->zone, CCPI_BUCKET_MINUTE, rule->minutes_from_us);

    if (from > of->start_us)
        kept.start_us = rows.end_us = from < of->end_us ? from : of->end_us;
    else
        rows.end_us = rows.start_us;
    add_rows(&rows, out);
    add_buckets(&kept, out);
}

/* The next finer kind. Weeks do not tile months, nor months years of weeks. */
static ccpi_bucket finer(ccpi_bucket bucket)
{
    return bucket == CCPI_BUCKET_MONTH ? CCPI_BUCKET_DAY : bucket - 1;
}

static void tile(const ccpi_tiling_rule *rule, stretch of, ccpi_tiling *out);

/* An end that is shorter than one bucket of this kind. */
static void tile_end(const ccpi_tiling_rule *rule, const stretch *whole,
                     const ccp_period *part, ccpi_tiling *out)
{
    stretch end = {.start_us = part->start_us,
                   .end_us = part->end_us,
                   .shown_us = whole->is_top ? part->start_us : whole->shown_us};

    if (end.start_us >= end.end_us)
        return;
    if (whole->bucket == CCPI_BUCKET_MINUTE) {
        add_rows(&end, out);
        return;
    }
    end.bucket = finer(whole->bucket);
    tile(rule, end, out);
}

/* NOLINTNEXTLINE(misc-no-recursion): it ends at minutes */
static void tile(const ccpi_tiling_rule *rule, stretch of, ccpi_tiling *out)
{
    const int64_t first = first_start(rule->zone, of.bucket, of.start_us);
    const int64_t last = ccpi_shown_start(rule->zone, of.bucket, of.end_us);
    stretch inside = of;

    if (first > last) { /* all of it lies in one bucket */
        tile_end(rule, &of, &(ccp_period){of.start_us, of.end_us}, out);
        return;
    }
    inside.start_us = first;
    inside.end_us = last;
    tile_end(rule, &of, &(ccp_period){of.start_us, first}, out);
    if (of.bucket == CCPI_BUCKET_MINUTE)
        add_minutes(rule, &inside, out);
    else
        add_buckets(&inside, out);
    tile_end(rule, &of, &(ccp_period){last, of.end_us}, out);
}

void ccpi_tile_range(const ccpi_tiling_rule *rule, const ccp_period *period,
                     ccpi_tiling *out)
{
    out->count = 0;
    if (period->start_us < period->end_us)
        tile(rule,
             (stretch){.bucket = rule->coarsest,
                       .start_us = period->start_us,
                       .end_us = period->end_us,
                       .shown_us = period->start_us,
                       .is_top = true},
             out);
}
