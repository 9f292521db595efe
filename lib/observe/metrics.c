#include "observe/metrics.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ccproxy/mask.h"
#include "observe/metric_table.h"

#define OTHER "other"
#define MODEL_SIZE 65
#define LONGEST_TEXT 256
#define MOST_MODELS 400
#define US_PER_S 1000000.0
/* Series that "other" may have when a group is full. */
#define SPARE 64

struct ccpi_metrics {
    ccpi_metrics_options options;
    int64_t started_us;
    pthread_mutex_t lock;
    ccpi_series_table groups[CCPI_METRIC_GROUPS];
    ccpi_series_table models; /* by what clients call them: the name as it is told */
};

_Static_assert((int)CCPI_TOKEN_TYPES == CCPI_TOKEN_KINDS, "as many as the table says");

static const char *const token_types[CCPI_TOKEN_TYPES] = {
    [CCPI_TOKENS_INPUT] = "input",
    [CCPI_TOKENS_OUTPUT] = "output",
    [CCPI_TOKENS_CACHE_READ] = "cache_read",
    [CCPI_TOKENS_CACHE_WRITE] = "cache_write",
};

ccp_status ccpi_metrics_new(const ccpi_metrics_options *options, ccpi_metrics **out)
{
    ccpi_metrics *metrics = calloc(1, sizeof(*metrics));
    bool has_all =
        metrics != NULL && ccpi_series_init(&metrics->models, MODEL_SIZE, MOST_MODELS);

    *out = NULL;
    for (size_t i = 0; i < CCPI_METRIC_GROUPS && has_all; i++)
        has_all = ccpi_series_init(&metrics->groups[i], ccpi_metric_groups[i].value_size,
                                   ccpi_metric_groups[i].limit + SPARE);
    if (metrics)
        pthread_mutex_init(&metrics->lock, NULL);
    if (!has_all) {
        ccpi_metrics_free(metrics);
        return CCP_NO_MEMORY;
    }
    metrics->options = *options;
    metrics->started_us = options->clock->unix_us(options->clock->self);
    *out = metrics;
    return CCP_OK;
}

void ccpi_metrics_free(ccpi_metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < CCPI_METRIC_GROUPS; i++)
        ccpi_series_clear(&metrics->groups[i]);
    ccpi_series_clear(&metrics->models);
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

/* ---- counting ---- */

/* other: the label in whose place "other" stands, or none of them. */
static void write_key(const ccpi_metric_group_row *row,
                      const char *const labels[CCPI_SERIES_LABELS], size_t other,
                      ccpi_series_key *key)
{
    key->len = 0;
    for (size_t i = 0; i < row->label_count; i++)
        ccpi_series_key_add(key, i == other ? OTHER : labels[i]);
}

/*
 * The values of these labels, or, when there are too many, of those where
 * "other" stands in the place of the label that clients choose.
 */
static void *values_of(ccpi_metrics *metrics, ccpi_metric_group group,
                       const char *const labels[CCPI_SERIES_LABELS], size_t chosen)
{
    ccpi_series_table *table = &metrics->groups[group];
    const ccpi_metric_group_row *row = &ccpi_metric_groups[group];
    ccpi_series_key key;
    ccpi_series *series;

    write_key(row, labels, row->label_count, &key);
    if (table->count < row->limit)
        series = ccpi_series_get(table, &key);
    else
        series = ccpi_series_find(table, &key);
    if (!series) {
        write_key(row, labels, chosen, &key);
        series = ccpi_series_get(table, &key);
    }
    return series ? series->values : NULL;
}

static void add(ccpi_metrics *metrics, ccpi_metric_group group,
                const char *const labels[CCPI_SERIES_LABELS], size_t chosen)
{
    ccpi_count_values *values = values_of(metrics, group, labels, chosen);

    if (values)
        values->count++;
}

/* A model's name is a client's text: masked, short, and of plain characters. */
static void clean_model(const char *model, char out[MODEL_SIZE])
{
    char masked[LONGEST_TEXT];
    size_t len = strnlen(model, sizeof(masked));

    memcpy(masked, model, len);
    len = ccp_mask(masked, len);
    if (len > MODEL_SIZE - 1)
        len = MODEL_SIZE - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = isalnum((unsigned char)masked[i]) || strchr(".:/@_-*[]", masked[i])
                     ? masked[i]
                     : '_';
    out[len] = '\0';
}

/* The name is cleaned once, since that takes longer than all of the counting. */
static const char *model_of(ccpi_metrics *metrics, const ccpi_request_facts *facts,
                            char room[MODEL_SIZE])
{
    ccpi_series_key key = {.len = 0};
    ccpi_series *series;

    if (!facts->has_model || !*facts->model)
        return OTHER;
    ccpi_series_key_add(&key, facts->model);
    series = ccpi_series_get(&metrics->models, &key);
    if (!series) {
        clean_model(facts->model, room);
        return room;
    }
    if (!series->values[0])
        clean_model(facts->model, (char *)series->values);
    return (const char *)series->values;
}

static void find_amounts(ccpi_metrics *metrics, const char *provider, const char *model,
                         ccpi_call_values *values)
{
    for (size_t i = 0; i < CCPI_TOKEN_TYPES; i++)
        values->tokens[i] = values_of(
            metrics, CCPI_GROUP_TOKENS,
            (const char *[CCPI_SERIES_LABELS]){provider, model, token_types[i]}, 1);
    values->cost = values_of(metrics, CCPI_GROUP_COSTS,
                             (const char *[CCPI_SERIES_LABELS]){provider, model}, 1);
}

static void count_amounts(const ccpi_request_facts *facts, ccpi_call_values *values)
{
    for (size_t i = 0; i < CCPI_TOKEN_TYPES; i++)
        if (values->tokens[i])
            values->tokens[i]->count += facts->tokens[i];
    if (values->cost)
        values->cost->count += facts->cost_micro;
}

static void count_call(ccpi_metrics *metrics, const ccpi_request_facts *facts,
                       const char *model)
{
    const char *const labels[CCPI_SERIES_LABELS] = {facts->provider, model, facts->status,
                                                    facts->is_stream ? "true" : "false"};
    ccpi_call_values *values = values_of(metrics, CCPI_GROUP_CALLS, labels, 1);

    if (!values)
        return;
    if (!values->cost)
        find_amounts(metrics, facts->provider, model, values);
    count_amounts(facts, values);
    values->requests++;
    ccpi_histogram_add(&values->latency, facts->latency_us);
    ccpi_histogram_add(&values->first_token, facts->first_token_us);
    ccpi_histogram_add(&values->overhead, facts->overhead_us);
}

static void count_user(ccpi_metrics *metrics, const ccpi_request_facts *facts)
{
    const char *const labels[CCPI_SERIES_LABELS] = {facts->user_id};
    ccpi_user_values *values = values_of(metrics, CCPI_GROUP_USERS, labels, 0);

    if (!values)
        return;
    values->requests++;
    for (size_t i = 0; i < CCPI_TOKEN_TYPES; i++)
        values->tokens += facts->tokens[i];
    values->cost_micro += facts->cost_micro;
}

static void count(ccpi_metrics *metrics, const ccpi_request_facts *facts,
                  const char *model)
{
    count_call(metrics, facts, model);
    if (facts->error_type)
        add(metrics, CCPI_GROUP_ERRORS,
            (const char *[CCPI_SERIES_LABELS]){facts->provider, facts->error_type}, 1);
    if (facts->from_provider && facts->fallback_reason)
        add(metrics, CCPI_GROUP_FALLBACKS,
            (const char *[CCPI_SERIES_LABELS]){facts->from_provider, facts->provider,
                                               facts->fallback_reason},
            2);
    if (metrics->options.counts_users && facts->user_id)
        count_user(metrics, facts);
}

void ccpi_metrics_request(ccpi_metrics *metrics, const ccpi_request_facts *facts)
{
    char room[MODEL_SIZE];

    pthread_mutex_lock(&metrics->lock);
    count(metrics, facts, model_of(metrics, facts, room));
    pthread_mutex_unlock(&metrics->lock);
}

void ccpi_metrics_circuit_opened(ccpi_metrics *metrics, const char *provider)
{
    const char *const labels[CCPI_SERIES_LABELS] = {provider};
    ccpi_circuit_values *values;

    pthread_mutex_lock(&metrics->lock);
    values = values_of(metrics, CCPI_GROUP_CIRCUITS, labels, 0);
    if (values)
        values->opened++;
    pthread_mutex_unlock(&metrics->lock);
}

/* ---- reading ---- */

/* The series of one group, as they were. */
typedef struct group_copy {
    unsigned char *bytes; /* count times stride */
    size_t stride;
    size_t count;
    ccp_metric_label *labels; /* label_count for each */
} group_copy;

struct ccpi_metrics_copy {
    ccp_metrics view;
    ccp_metric *items;
    group_copy groups[CCPI_METRIC_GROUPS];
};

static const ccpi_series *series_at(const group_copy *copy, size_t i)
{
    return (const ccpi_series *)(const void *)(copy->bytes + i * copy->stride);
}

static bool copy_group(const ccpi_series_table *table, group_copy *out)
{
    const size_t alignment = _Alignof(max_align_t);

    out->stride =
        (sizeof(ccpi_series) + table->value_size + alignment - 1) / alignment * alignment;
    if (table->count == 0)
        return true;
    out->bytes = malloc(table->count * out->stride);
    if (!out->bytes)
        return false;
    out->count = table->count;
    for (size_t i = 0; i < table->count; i++)
        memcpy(out->bytes + i * out->stride, table->all[i],
               sizeof(ccpi_series) + table->value_size);
    return true;
}

/* Levels are asked for now, and stand in groups like everything else. */
static void set_levels(ccpi_metrics *metrics, const ccpi_metric_levels *levels)
{
    const char *const plan[CCPI_SERIES_LABELS] = {"plan"};
    const char *const none[CCPI_SERIES_LABELS] = {NULL};
    ccpi_circuit_values *circuits = values_of(metrics, CCPI_GROUP_CIRCUITS, plan, 1);
    ccpi_usage_values *usage = values_of(metrics, CCPI_GROUP_USAGE, none, 1);
    ccpi_count_values *refusals = values_of(metrics, CCPI_GROUP_REFUSALS, none, 1);

    if (circuits)
        circuits->open = levels->circuits_open;
    if (usage)
        *usage = (ccpi_usage_values){levels->usage_depth, levels->usage_dropped};
    if (refusals)
        refusals->count = levels->refusals_known;
}

static bool copy_groups(ccpi_metrics *metrics, ccpi_metrics_copy *copy)
{
    ccpi_metric_levels levels = {0};
    bool has_all = true;

    if (metrics->options.read_levels)
        metrics->options.read_levels(metrics->options.self, &levels);
    pthread_mutex_lock(&metrics->lock);
    set_levels(metrics, &levels);
    for (size_t i = 0; i < CCPI_METRIC_GROUPS && has_all; i++)
        has_all = copy_group(&metrics->groups[i], &copy->groups[i]);
    pthread_mutex_unlock(&metrics->lock);
    return has_all;
}

/* The labels of each series point into the copy of its key. */
static bool name_labels(group_copy *copy, const ccpi_metric_group_row *row)
{
    if (copy->count == 0 || row->label_count == 0)
        return true;
    copy->labels = calloc(copy->count * row->label_count, sizeof(*copy->labels));
    if (!copy->labels)
        return false;
    for (size_t i = 0; i < copy->count; i++) {
        const char *value = series_at(copy, i)->key;

        for (size_t l = 0; l < row->label_count; l++) {
            copy->labels[i * row->label_count + l] =
                (ccp_metric_label){row->labels[l], value};
            value += strlen(value) + 1;
        }
    }
    return true;
}

static void fill_value(const ccpi_metric_row *row, const unsigned char *at,
                       ccp_metric *out)
{
    const ccpi_histogram *histogram = (const ccpi_histogram *)(const void *)at;

    if (row->kind != CCP_METRIC_HISTOGRAM) {
        int64_t value;

        memcpy(&value, at, sizeof(value));
        out->value = (double)value * row->scale;
        return;
    }
    out->histogram = (ccp_metric_histogram){.count = histogram->count,
                                            .sum = (double)histogram->sum_us / US_PER_S,
                                            .bounds = ccpi_histogram_bounds(),
                                            .buckets = histogram->buckets,
                                            .bucket_count = CCPI_HISTOGRAM_BUCKETS};
}

static void fill_row(ccpi_metrics_copy *copy, const ccpi_metric_row *row)
{
    const group_copy *group = &copy->groups[row->group];
    const size_t label_count = ccpi_metric_groups[row->group].label_count;

    for (size_t i = 0; i < group->count; i++) {
        ccp_metric *out = &copy->items[copy->view.count++];

        *out = (ccp_metric){.name = row->name,
                            .unit = row->unit,
                            .kind = row->kind,
                            .label_count = label_count};
        if (label_count > 0)
            out->labels = group->labels + i * label_count;
        fill_value(row, series_at(group, i)->values + row->offset, out);
    }
}

static bool fill(ccpi_metrics_copy *copy)
{
    size_t count = 0;

    for (size_t i = 0; i < CCPI_METRIC_GROUPS; i++)
        if (!name_labels(&copy->groups[i], &ccpi_metric_groups[i]))
            return false;
    for (size_t i = 0; i < CCPI_METRICS; i++)
        count += copy->groups[ccpi_metric_rows[i].group].count;
    copy->items = calloc(count + 1, sizeof(*copy->items));
    if (!copy->items)
        return false;
    for (size_t i = 0; i < CCPI_METRICS; i++)
        fill_row(copy, &ccpi_metric_rows[i]);
    copy->view.items = copy->items;
    return true;
}

ccp_status ccpi_metrics_read(ccpi_metrics *metrics, ccpi_metrics_copy **out)
{
    const ccp_clock *clock = metrics->options.clock;
    ccpi_metrics_copy *copy = calloc(1, sizeof(*copy));

    *out = NULL;
    if (!copy || !copy_groups(metrics, copy) || !fill(copy)) {
        ccpi_metrics_copy_free(copy);
        return CCP_NO_MEMORY;
    }
    copy->view.started_us = metrics->started_us;
    copy->view.now_us = clock->unix_us(clock->self);
    *out = copy;
    return CCP_OK;
}

void ccpi_metrics_copy_free(ccpi_metrics_copy *copy)
{
    if (!copy)
        return;
    for (size_t i = 0; i < CCPI_METRIC_GROUPS; i++) {
        free(copy->groups[i].labels);
        free(copy->groups[i].bytes);
    }
    free(copy->items);
    free(copy);
}

const ccp_metrics *ccpi_metrics_view(const ccpi_metrics_copy *copy)
{
    return &copy->view;
}
