#ifndef CCPI_OBSERVE_HISTOGRAM_H
#define CCPI_OBSERVE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * How long things took, in buckets that are each at most an eighth wider than
 * the one below, from 0.1 ms to 600 s: fine enough for a 95th percentile, and
 * few enough to be sent.
 */
#define CCPI_HISTOGRAM_BOUNDS 137
#define CCPI_HISTOGRAM_BUCKETS (CCPI_HISTOGRAM_BOUNDS + 1)

typedef struct ccpi_histogram {
    uint64_t count;
    uint64_t sum_us;
    uint64_t buckets[CCPI_HISTOGRAM_BUCKETS];
} ccpi_histogram;

/* Below 0 nothing is added. */
void ccpi_histogram_add(ccpi_histogram *histogram, int64_t us);

/* The upper bounds in seconds; CCPI_HISTOGRAM_BOUNDS of them. */
const double *ccpi_histogram_bounds(void);

#endif
