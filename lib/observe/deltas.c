#include "observe/deltas.h"

#include <stdlib.h>
#include <string.h>

#include "observe/metric_table.h"

#define MOST_SERIES 1000

/* What one series was when it was last told, and is now. */
typedef struct level {
    double value;
    uint64_t buckets[CCPI_HISTOGRAM_BUCKETS];
} level;

typedef struct delta {
    const ccpi_metric_row *row;
    level told, now;
} delta;

struct ccpi_deltas {
    ccpi_series_table series; /* of delta, by name and dimensions */
};

ccpi_deltas *ccpi_deltas_new(void)
{
    ccpi_deltas *deltas = calloc(1, sizeof(*deltas));

    if (deltas && !ccpi_series_init(&deltas->series, sizeof(delta), MOST_SERIES)) {
        free(deltas);
        return NULL;
    }
    return deltas;
}

void ccpi_deltas_free(ccpi_deltas *deltas)
{
    if (!deltas)
        return;
    ccpi_series_clear(&deltas->series);
    free(deltas);
}

size_t ccpi_deltas_count(const ccpi_deltas *deltas)
{
    return deltas->series.count;
}

static delta *delta_at(const ccpi_deltas *deltas, size_t i)
{
    return (delta *)(void *)deltas->series.all[i]->values;
}

/* ---- gathering ---- */

static const char *label_of(const ccp_metric *metric, const char *name, size_t len)
{
    for (size_t i = 0; i < metric->label_count; i++)
        if (strlen(metric->labels[i].name) == len &&
            memcmp(metric->labels[i].name, name, len) == 0)
            return metric->labels[i].value;
    return "";
}

/* The metric's name, then each dimension's name and value. */
static ccpi_series_key key_of(const ccpi_metric_row *row, const ccp_metric *metric,
                              const char *set)
{
    ccpi_series_key key = {.len = 0};

    ccpi_series_key_add(&key, row->cloudwatch.name);
    while (*set) {
        const size_t len = strcspn(set, ",");
        char label[32] = "";

        if (len < sizeof(label))
            memcpy(label, set, len);
        ccpi_series_key_add(&key, ccpi_metric_dimension_of(label));
        ccpi_series_key_add(&key, label_of(metric, set, len));
        set += len;
        set += *set == ',';
    }
    return key;
}

static void add(delta *to, const ccp_metric *metric)
{
    to->now.value += metric->value;
    for (size_t i = 0; i < metric->histogram.bucket_count && i < CCPI_HISTOGRAM_BUCKETS;
         i++)
        to->now.buckets[i] += metric->histogram.buckets[i];
}

static void gather(ccpi_deltas *deltas, const ccpi_metric_row *row,
                   const ccp_metric *metric)
{
    for (size_t i = 0; i < CCPI_CLOUDWATCH_SETS && row->cloudwatch.sets[i]; i++) {
        const ccpi_series_key key = key_of(row, metric, row->cloudwatch.sets[i]);
        ccpi_series *series = ccpi_series_get(&deltas->series, &key);
        delta *found;

        if (!series)
            continue;
        found = (delta *)(void *)series->values;
        found->row = row;
        add(found, metric);
    }
}

void ccpi_deltas_gather(ccpi_deltas *deltas, const ccp_metrics *metrics)
{
    for (size_t i = 0; i < deltas->series.count; i++)
        delta_at(deltas, i)->now = (level){.value = 0};
    for (size_t i = 0; i < metrics->count; i++) {
        const ccpi_metric_row *row = ccpi_metric_row_of(metrics->items[i].name);

        if (row && row->cloudwatch.name)
            gather(deltas, row, &metrics->items[i]);
    }
}

/* ---- telling ---- */

/* What stands for all values of a bucket: its middle. */
static double value_of_bucket(size_t i)
{
    const double *bounds = ccpi_histogram_bounds();

    if (i == 0)
        return bounds[0] / 2;
    if (i == CCPI_HISTOGRAM_BOUNDS)
        return bounds[i - 1];
    return (bounds[i - 1] + bounds[i]) / 2;
}

static void write_values(const delta *of, ccpi_datum *out)
{
    for (size_t i = 0; i < CCPI_HISTOGRAM_BUCKETS; i++) {
        const uint64_t count = of->now.buckets[i] - of->told.buckets[i];

        if (count == 0)
            continue;
        out->values[out->value_count] = value_of_bucket(i) * of->row->cloudwatch.per_unit;
        out->counts[out->value_count++] = count;
    }
}

static void write_dimensions(const ccpi_series *series, ccpi_datum *out)
{
    const char *at = series->key;
    const char *const end = at + series->key_len;

    at += strlen(at) + 1; /* the metric's name */
    while (at < end && out->dimension_count < CCPI_DATUM_DIMENSIONS) {
        ccp_metric_label *dimension = &out->dimensions[out->dimension_count++];

        dimension->name = at;
        at += strlen(at) + 1;
        dimension->value = at;
        at += strlen(at) + 1;
    }
}

/* false: there is nothing new. */
static bool write_datum(const ccpi_series *series, ccpi_datum *out)
{
    const delta *of = (const delta *)(const void *)series->values;

    if (!of->row)
        return false;
    *out =
        (ccpi_datum){.name = of->row->cloudwatch.name, .unit = of->row->cloudwatch.unit};
    write_dimensions(series, out);
    if (of->row->kind == CCP_METRIC_HISTOGRAM) {
        write_values(of, out);
        return out->value_count > 0;
    }
    out->value = of->now.value * of->row->cloudwatch.per_unit;
    if (of->row->kind == CCP_METRIC_GAUGE)
        return true;
    out->value -= of->told.value * of->row->cloudwatch.per_unit;
    return out->value > 0;
}

bool ccpi_deltas_next(const ccpi_deltas *deltas, size_t *at, ccpi_datum *out)
{
    while (*at < deltas->series.count)
        if (write_datum(deltas->series.all[(*at)++], out))
            return true;
    return false;
}

void ccpi_deltas_arrived(ccpi_deltas *deltas, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < deltas->series.count; i++)
        delta_at(deltas, i)->told = delta_at(deltas, i)->now;
}
