#include "observe/metrics.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "observe/coarse.h"
#include "observe/histogram.h"
#include "observe/metric_table.h"

#define MS INT64_C(1000)

static ccpi_metrics *metrics;
static ccpi_metrics_copy *copy;

static void read_levels(void *self, ccpi_metric_levels *out)
{
    (void)self;
    *out = (ccpi_metric_levels){
        .circuits_open = 2, .usage_depth = 7, .usage_dropped = 1, .refusals_known = 3};
}

static void make(void)
{
    const ccpi_metrics_options options = {
        .clock = ccp_system_clock(), .counts_users = true, .read_levels = read_levels};

    cr_assert(eq(int, ccpi_metrics_new(&options, &metrics), CCP_OK));
}

static void drop(void)
{
    ccpi_metrics_copy_free(copy);
    ccpi_metrics_free(metrics);
}

TestSuite(metrics, .init = make, .fini = drop);

static ccpi_request_facts answered(const char *model)
{
    return (ccpi_request_facts){
        .provider = "plan",
        .model = model,
        .status = "complete",
        .has_model = true,
        .user_id = "user-1",
        .latency_us = 1500 * MS,
        .first_token_us = 300 * MS,
        .overhead_us = 2 * MS,
        .tokens = {100, 20, 5, 3},
        .cost_micro = 1250000,
    };
}

static void count(ccpi_request_facts facts)
{
    ccpi_metrics_request(metrics, &facts);
}

static const ccp_metrics *read_all(void)
{
    ccpi_metrics_copy_free(copy);
    cr_assert(eq(int, ccpi_metrics_read(metrics, &copy), CCP_OK));
    return ccpi_metrics_view(copy);
}

static const char *label_of(const ccp_metric *metric, const char *name)
{
    for (size_t i = 0; i < metric->label_count; i++)
        if (strcmp(metric->labels[i].name, name) == 0)
            return metric->labels[i].value;
    return "";
}

/* The first series of this name whose label has this value; NULL name: any. */
static const ccp_metric *find(const char *name, const char *label, const char *value)
{
    const ccp_metrics *all = read_all();

    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].name, name) == 0 &&
            (!label || strcmp(label_of(&all->items[i], label), value) == 0))
            return &all->items[i];
    cr_fatal("no series %s", name);
    return NULL;
}

static size_t series_of(const char *name)
{
    const ccp_metrics *all = read_all();
    size_t found = 0;

    for (size_t i = 0; i < all->count; i++)
        found += strcmp(all->items[i].name, name) == 0;
    return found;
}

Test(metrics, a_request_is_counted_once_under_its_labels)
{
    const ccp_metric *requests;

    count(answered("claude-opus-5-5"));
    count(answered("claude-opus-5-5"));
    requests = find("proxy.requests", "model", "claude-opus-5-5");
    cr_expect(eq(dbl, requests->value, 2));
    cr_expect(eq(str, (char *)label_of(requests, "provider"), "plan"));
    cr_expect(eq(str, (char *)label_of(requests, "status"), "complete"));
    cr_expect(eq(str, (char *)label_of(requests, "stream"), "false"));
}

Test(metrics, tokens_and_cost_are_summed_up_by_kind)
{
    count(answered("m"));
    count(answered("m"));
    cr_expect(eq(dbl, find("proxy.tokens", "token_type", "input")->value, 200));
    cr_expect(eq(dbl, find("proxy.tokens", "token_type", "cache_write")->value, 6));
    cr_expect(epsilon_eq(dbl, find("proxy.cost", "model", "m")->value, 2.5, 1e-9));
    cr_expect(eq(dbl, find("proxy.user.tokens", "user_id", "user-1")->value, 256));
}

Test(metrics, durations_are_kept_in_seconds)
{
    const ccp_metric *latency;

    count(answered("m"));
    latency = find("proxy.latency", NULL, NULL);
    cr_expect(eq(u64, latency->histogram.count, 1));
    cr_expect(epsilon_eq(dbl, latency->histogram.sum, 1.5, 1e-9));
}

Test(metrics, a_request_without_a_first_byte_has_no_time_to_it)
{
    ccpi_request_facts facts = answered("m");

    facts.first_token_us = -1;
    count(facts);
    cr_expect(eq(u64, find("proxy.ttft", NULL, NULL)->histogram.count, 0));
}

Test(metrics, an_error_and_a_fallback_are_counted_with_their_reasons)
{
    ccpi_request_facts facts = answered("m");

    facts.provider = "bedrock";
    facts.error_type = "overloaded_error";
    facts.from_provider = "plan";
    facts.fallback_reason = "rate_limit";
    count(facts);
    cr_expect(eq(str, (char *)label_of(find("proxy.errors", NULL, NULL), "error_type"),
                 "overloaded_error"));
    cr_expect(eq(str,
                 (char *)label_of(find("proxy.fallbacks", NULL, NULL), "to_provider"),
                 "bedrock"));
}

Test(metrics, levels_are_what_they_are_when_they_are_read)
{
    ccpi_metrics_circuit_opened(metrics, "plan");
    cr_expect(eq(dbl, find("proxy.circuits_opened", NULL, NULL)->value, 1));
    cr_expect(eq(dbl, find("proxy.circuits_open", NULL, NULL)->value, 2));
    cr_expect(eq(dbl, find("proxy.usage_queue_depth", NULL, NULL)->value, 7));
    cr_expect(eq(dbl, find("proxy.refusals_known", NULL, NULL)->value, 3));
    cr_expect(eq(dbl, find("proxy.usage_dropped", NULL, NULL)->value, 1));
}

Test(metrics, a_client_that_invents_models_fills_no_memory)
{
    for (int i = 0; i < 5000; i++) {
        char model[32];

        snprintf(model, sizeof(model), "model-%d", i);
        count(answered(model));
    }
    cr_expect(lt(sz, series_of("proxy.requests"), (size_t)500));
    cr_expect(gt(dbl, find("proxy.requests", "model", "other")->value, 4000));
}

Test(metrics, a_model_that_no_provider_knew_is_not_named)
{
    ccpi_request_facts facts = answered("sk-ant-api03-not-a-model");

    facts.has_model = false;
    count(facts);
    find("proxy.requests", "model", "other");
}

Test(metrics, a_secret_in_a_models_place_is_masked)
{
    const ccp_metrics *all;

    count(answered("sk-ant-api03-0123456789abcdefghijklmnop"));
    all = read_all();
    for (size_t i = 0; i < all->count; i++)
        cr_expect(zero(ptr, strstr(label_of(&all->items[i], "model"), "0123456789")));
}

Test(metrics, series_of_one_name_stand_together)
{
    const ccp_metrics *all;
    size_t changes = 0;

    count(answered("a"));
    count(answered("b"));
    all = read_all();
    for (size_t i = 1; i < all->count; i++)
        changes += strcmp(all->items[i].name, all->items[i - 1].name) != 0;
    cr_expect(lt(sz, changes, (size_t)CCPI_METRICS));
}

Test(metrics, a_value_lies_in_the_first_bucket_that_is_not_below_it)
{
    ccpi_histogram histogram = {.count = 0};

    ccpi_histogram_add(&histogram, 100);       /* 0.1 ms: the first bound */
    ccpi_histogram_add(&histogram, 101);       /* just above it */
    ccpi_histogram_add(&histogram, 700000000); /* beyond the last */
    ccpi_histogram_add(&histogram, -1);        /* none */
    cr_expect(eq(u64, histogram.count, 3));
    cr_expect(eq(u64, histogram.buckets[0], 1));
    cr_expect(eq(u64, histogram.buckets[1], 1));
    cr_expect(eq(u64, histogram.buckets[CCPI_HISTOGRAM_BOUNDS], 1));
}

Test(metrics, each_coarse_bound_is_also_a_fine_one)
{
    for (size_t c = 0; c < CCPI_COARSE_BOUNDS; c++) {
        bool found = false;

        for (size_t f = 0; f < CCPI_HISTOGRAM_BOUNDS; f++)
            found = found || ccpi_histogram_bounds()[f] == ccpi_coarse_bounds()[c];
        cr_expect(found, "%g", ccpi_coarse_bounds()[c]);
    }
}

Test(metrics, coarse_buckets_hold_all_that_the_fine_ones_hold)
{
    ccpi_histogram fine = {.count = 0};
    ccpi_coarse coarse;

    for (int64_t us = 50; us < 900000000; us = us * 5 / 4)
        ccpi_histogram_add(&fine, us);
    ccpi_histogram_add(&fine, 1000); /* 1 ms belongs to the first */
    coarse =
        ccpi_coarse_of(&(ccp_metric_histogram){.bounds = ccpi_histogram_bounds(),
                                               .buckets = fine.buckets,
                                               .bucket_count = CCPI_HISTOGRAM_BUCKETS});
    for (size_t i = 0; i <= CCPI_COARSE_BOUNDS; i++)
        fine.count -= coarse.buckets[i];
    cr_expect(eq(u64, fine.count, 0));
}
