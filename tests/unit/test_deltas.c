#include "observe/deltas.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "observe/metrics.h"

#define MS INT64_C(1000)
#define ALL ((size_t)10000)

static ccpi_metrics *metrics;
static ccpi_deltas *deltas;

static void make(void)
{
    const ccpi_metrics_options options = {.clock = ccp_system_clock()};

    cr_assert(eq(int, ccpi_metrics_new(&options, &metrics), CCP_OK));
    deltas = ccpi_deltas_new();
    cr_assert(ne(ptr, deltas, NULL));
}

static void drop(void)
{
    ccpi_deltas_free(deltas);
    ccpi_metrics_free(metrics);
}

TestSuite(deltas, .init = make, .fini = drop);

static void count(const char *provider, const char *model, int64_t overhead_us)
{
    ccpi_metrics_request(metrics, &(ccpi_request_facts){.provider = provider,
                                                        .model = model,
                                                        .status = "complete",
                                                        .has_model = true,
                                                        .overhead_us = overhead_us});
}

static void gather(void)
{
    ccpi_metrics_copy *copy;

    cr_assert(eq(int, ccpi_metrics_read(metrics, &copy), CCP_OK));
    ccpi_deltas_gather(deltas, ccpi_metrics_view(copy));
    ccpi_metrics_copy_free(copy);
}

/* false: nothing to tell of it. */
static bool find(const char *name, const char *dimension, ccpi_datum *out)
{
    size_t at = 0;

    while (ccpi_deltas_next(deltas, &at, out)) {
        if (strcmp(out->name, name) != 0)
            continue;
        if (!dimension && out->dimension_count == 0)
            return true;
        if (dimension && out->dimension_count == 1 &&
            strcmp(out->dimensions[0].value, dimension) == 0)
            return true;
    }
    return false;
}

Test(deltas, series_are_summed_up_over_labels_that_are_no_dimensions)
{
    ccpi_datum datum;

    count("plan", "a", MS);
    count("plan", "b", MS);
    count("bedrock", "a", MS);
    gather();
    cr_assert(find("RequestCount", "plan", &datum));
    cr_expect(eq(dbl, datum.value, 2));
    cr_expect(eq(str, (char *)datum.dimensions[0].name, "Provider"));
    cr_assert(find("RequestCount", "bedrock", &datum));
    cr_expect(eq(dbl, datum.value, 1));
}

Test(deltas, what_has_arrived_is_not_told_again)
{
    ccpi_datum datum;

    count("plan", "a", MS);
    gather();
    ccpi_deltas_arrived(deltas, 0, ALL);
    count("plan", "a", MS);
    count("plan", "a", MS);
    gather();
    cr_assert(find("RequestCount", "plan", &datum));
    cr_expect(eq(dbl, datum.value, 2));
}

Test(deltas, what_has_not_arrived_is_part_of_the_next_sending)
{
    ccpi_datum datum;

    count("plan", "a", MS);
    gather();
    count("plan", "a", MS);
    gather();
    cr_assert(find("RequestCount", "plan", &datum));
    cr_expect(eq(dbl, datum.value, 2));
}

Test(deltas, without_news_only_levels_are_told)
{
    ccpi_datum datum;

    count("plan", "a", MS);
    gather();
    ccpi_deltas_arrived(deltas, 0, ALL);
    gather();
    cr_expect(not(find("RequestCount", "plan", &datum)));
    cr_expect(not(find("ProxyOverhead", "plan", &datum)));
    cr_expect(find("UsageQueueDepth", NULL, &datum));
}

Test(deltas, a_histograms_values_are_near_those_that_were_counted)
{
    ccpi_datum datum;

    count("plan", "a", 700 * MS);
    count("plan", "b", 700 * MS);
    count("plan", "a", 3 * MS);
    gather();
    cr_assert(find("ProxyOverhead", "plan", &datum));
    cr_assert(eq(sz, datum.value_count, 2));
    cr_expect(lt(dbl, fabs(datum.values[0] - 3), 0.4), "%g", datum.values[0]);
    cr_expect(lt(dbl, fabs(datum.values[1] - 700), 90), "%g", datum.values[1]);
    cr_expect(eq(u64, datum.counts[1], 2));
    cr_expect(eq(str, (char *)datum.unit, "Milliseconds"));
}

Test(deltas, some_metrics_are_told_with_and_without_dimensions)
{
    ccpi_datum datum;

    ccpi_metrics_circuit_opened(metrics, "plan");
    gather();
    cr_expect(find("CircuitOpened", NULL, &datum));
    cr_expect(find("CircuitOpened", "plan", &datum));
}
