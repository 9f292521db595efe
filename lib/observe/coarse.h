#ifndef CCPI_OBSERVE_COARSE_H
#define CCPI_OBSERVE_COARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "ccproxy/metrics.h"

/*
 * A histogram in fewer buckets, for sinks where each bucket of each series is
 * paid for: 1 ms to 600 s, about three a decade. Every bound is also one of the
 * finer ones, so nothing is guessed.
 */
#define CCPI_COARSE_BOUNDS 18

typedef struct ccpi_coarse {
    uint64_t buckets[CCPI_COARSE_BOUNDS + 1]; /* of each bucket alone */
} ccpi_coarse;

const double *ccpi_coarse_bounds(void);

ccpi_coarse ccpi_coarse_of(const ccp_metric_histogram *histogram);

#endif
