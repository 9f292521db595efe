#ifndef CCPI_STORE_REPORTS_TILING_H
#define CCPI_STORE_REPORTS_TILING_H

#include <stdbool.h>
#include <stddef.h>

#include "calendar/calendar.h"
#include "ccproxy/store_reports.h"

/*
 * Which stored sums make up a range exactly: coarse buckets inside, finer ones
 * towards its edges, single rows for what is shorter than a minute or whose
 * minutes are not kept any more. Plain arithmetic; reads nothing.
 */
typedef struct ccpi_tile {
    bool is_rows;       /* else sums of this bucket */
    ccpi_bucket bucket; /* of rows that are shown on their own: the minute */
    int64_t start_us, end_us;
    bool is_whole;    /* each of its buckets is shown as one */
    int64_t shown_us; /* else all of it in the bucket that begins here */
} ccpi_tile;

/* The inside; two ends of days, hours, minutes and rows; two of rows for minutes. */
#define CCPI_TILES_MOST 11

typedef struct ccpi_tiling {
    ccpi_tile tiles[CCPI_TILES_MOST];
    size_t count;
} ccpi_tiling;

typedef struct ccpi_tiling_rule {
    const ccpi_zone *zone;
    ccpi_bucket coarsest;    /* that may be used; buckets are shown as these */
    int64_t minutes_from_us; /* sums of minutes are there from here on */
} ccpi_tiling_rule;

void ccpi_tile_range(const ccpi_tiling_rule *rule, const ccp_period *period,
                     ccpi_tiling *out);

/* The bucket's beginning at or before a moment, and the one after it. */
int64_t ccpi_shown_start(const ccpi_zone *zone, ccpi_bucket bucket, int64_t unix_us);
int64_t ccpi_shown_next(const ccpi_zone *zone, ccpi_bucket bucket, int64_t unix_us);

#endif
