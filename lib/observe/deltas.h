#ifndef CCPI_OBSERVE_DELTAS_H
#define CCPI_OBSERVE_DELTAS_H

#include <stdbool.h>

#include "ccproxy/metrics.h"
#include "observe/histogram.h"

/*
 * Metrics as CloudWatch takes them (OB-3): summed up over the labels that are no
 * dimensions there, and what has come since the last sending that arrived. What
 * was not delivered is part of the next one, so that nothing is queued and
 * nothing lost. One thread.
 */
typedef struct ccpi_deltas ccpi_deltas;

#define CCPI_DATUM_DIMENSIONS 2
#define CCPI_DATUM_VALUES CCPI_HISTOGRAM_BUCKETS /* CloudWatch takes 150 */

/* One metric under one set of dimensions. Texts belong to the deltas. */
typedef struct ccpi_datum {
    const char *name;
    const char *unit;
    ccp_metric_label dimensions[CCPI_DATUM_DIMENSIONS];
    size_t dimension_count;
    double value;       /* when value_count is 0 */
    size_t value_count; /* of a histogram: each value, and how often it came */
    double values[CCPI_DATUM_VALUES];
    uint64_t counts[CCPI_DATUM_VALUES];
} ccpi_datum;

/* NULL: no memory. */
ccpi_deltas *ccpi_deltas_new(void);
void ccpi_deltas_free(ccpi_deltas *deltas);

/* How many series there are; that many data at most. */
size_t ccpi_deltas_count(const ccpi_deltas *deltas);

/* Takes in what is new. Series without memory are left to the next time. */
void ccpi_deltas_gather(ccpi_deltas *deltas, const ccp_metrics *metrics);

/* Writes the next datum from *at on (at first 0) that has something to tell. */
bool ccpi_deltas_next(const ccpi_deltas *deltas, size_t *at, ccpi_datum *out);

/* What ccpi_deltas_next() gave between the two places has arrived. */
void ccpi_deltas_arrived(ccpi_deltas *deltas, size_t from, size_t to);

#endif
