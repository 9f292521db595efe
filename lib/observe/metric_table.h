#ifndef CCPI_OBSERVE_METRIC_TABLE_H
#define CCPI_OBSERVE_METRIC_TABLE_H

#include <stdint.h>

#include "ccproxy/metrics.h"
#include "observe/histogram.h"
#include "observe/series.h"

/*
 * What is measured, and under which names it is told (OB-3, OB-4): one row a
 * metric. Metrics with the same labels are kept together, in one group.
 */
typedef enum ccpi_metric_group {
    CCPI_GROUP_CALLS = 0,
    CCPI_GROUP_TOKENS,
    CCPI_GROUP_COSTS,
    CCPI_GROUP_ERRORS,
    CCPI_GROUP_FALLBACKS,
    CCPI_GROUP_CIRCUITS,
    CCPI_GROUP_USAGE,
    CCPI_GROUP_REFUSALS,
    CCPI_GROUP_USERS,
    CCPI_METRIC_GROUPS
} ccpi_metric_group;

/* What each group keeps for one series. */
typedef struct ccpi_count_values {
    int64_t count;
} ccpi_count_values;

#define CCPI_TOKEN_KINDS 4

typedef struct ccpi_call_values {
    int64_t requests;
    ccpi_histogram latency, first_token, overhead;
    /* Of the same provider and model, so that they are looked up once; or NULL. */
    ccpi_count_values *tokens[CCPI_TOKEN_KINDS];
    ccpi_count_values *cost;
} ccpi_call_values;

typedef struct ccpi_circuit_values {
    int64_t opened, open;
} ccpi_circuit_values;

typedef struct ccpi_usage_values {
    int64_t depth, dropped;
} ccpi_usage_values;

typedef struct ccpi_user_values {
    int64_t requests, tokens, cost_micro;
} ccpi_user_values;

typedef struct ccpi_metric_group_row {
    const char *labels[CCPI_SERIES_LABELS];
    size_t label_count;
    size_t value_size;
    size_t limit; /* of series; further ones are counted as "other" */
} ccpi_metric_group_row;

extern const ccpi_metric_group_row ccpi_metric_groups[CCPI_METRIC_GROUPS];

#define CCPI_CLOUDWATCH_SETS 2

/* How CloudWatch knows a metric. */
typedef struct ccpi_cloudwatch_row {
    const char *name; /* NULL: it is not sent there */
    const char *unit;
    double per_unit; /* of CloudWatch's unit in one of ours */
    /* Each set of dimensions, as labels with a comma between; NULL: no more sets. */
    const char *sets[CCPI_CLOUDWATCH_SETS];
} ccpi_cloudwatch_row;

typedef struct ccpi_metric_row {
    const char *name; /* of OTLP; Prometheus's is made of it */
    const char *help;
    const char *unit;
    ccp_metric_kind kind;
    ccpi_metric_group group;
    size_t offset; /* in the group's values: an int64_t or a ccpi_histogram */
    double scale;  /* from what is kept to the unit */
    ccpi_cloudwatch_row cloudwatch;
} ccpi_metric_row;

#define CCPI_METRICS 16

extern const ccpi_metric_row ccpi_metric_rows[CCPI_METRICS];

/* By the metric's name; NULL: there is none. */
const ccpi_metric_row *ccpi_metric_row_of(const char *name);

/* "Provider": what CloudWatch calls a label. */
const char *ccpi_metric_dimension_of(const char *label);

#endif
