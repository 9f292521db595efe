/* Metrics without memory: less is counted or told, and nothing else goes wrong. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "observe/deltas.h"
#include "observe/metrics.h"
#include "observe/otlp.h"
#include "observe/prometheus.h"
#include "support/failing_malloc.h"

#define MANY 10000

static ccpi_metrics *metrics;

static ccp_status make(void)
{
    const ccpi_metrics_options options = {.clock = ccp_system_clock(),
                                          .counts_users = true};

    return ccpi_metrics_new(&options, &metrics);
}

static void count(void)
{
    ccpi_metrics_request(metrics, &(ccpi_request_facts){.provider = "plan",
                                                        .model = "m",
                                                        .status = "complete",
                                                        .has_model = true,
                                                        .error_type = "api_error",
                                                        .from_provider = "plan",
                                                        .fallback_reason = "timeout",
                                                        .user_id = "u",
                                                        .tokens = {1, 1, 1, 1},
                                                        .cost_micro = 1});
    ccpi_metrics_circuit_opened(metrics, "plan");
}

Test(fault_metrics, they_are_made_whole_or_not_at_all)
{
    for (int nth = 0; nth < MANY; nth++) {
        ccp_status status;

        fail_allocation(nth);
        status = make();
        if (!allocation_failed())
            break;
        cr_expect(eq(int, status, CCP_NO_MEMORY));
        cr_expect(zero(ptr, metrics));
    }
    fail_no_allocation();
    ccpi_metrics_free(metrics);
}

Test(fault_metrics, a_series_without_memory_is_counted_the_next_time)
{
    for (int nth = 0; nth < MANY; nth++) {
        ccpi_metrics_copy *copy;
        bool did_fail;

        cr_assert(eq(int, make(), CCP_OK));
        fail_allocation(nth);
        count();
        did_fail = allocation_failed();
        fail_no_allocation();
        count();
        cr_assert(eq(int, ccpi_metrics_read(metrics, &copy), CCP_OK));
        cr_expect(gt(sz, ccpi_metrics_view(copy)->count, (size_t)12));
        ccpi_metrics_copy_free(copy);
        ccpi_metrics_free(metrics);
        if (!did_fail)
            break;
    }
}

static ccp_status tell(void)
{
    ccpi_metrics_copy *copy;
    ccpi_buf text = {.limit = 1000000};
    ccpi_deltas *deltas = ccpi_deltas_new();
    ccp_status status = ccpi_metrics_read(metrics, &copy);

    if (status == CCP_OK) {
        ccpi_prometheus_write(ccpi_metrics_view(copy), &text);
        ccpi_otlp_write(ccpi_metrics_view(copy), "one", &text);
        if (deltas)
            ccpi_deltas_gather(deltas, ccpi_metrics_view(copy));
        status = deltas ? text.status : CCP_NO_MEMORY;
    }
    ccpi_buf_clear(&text);
    ccpi_metrics_copy_free(copy);
    ccpi_deltas_free(deltas);
    return status;
}

Test(fault_metrics, what_can_not_be_told_for_lack_of_memory_stays_counted)
{
    cr_assert(eq(int, make(), CCP_OK));
    count();
    for (int nth = 0; nth < MANY; nth++) {
        fail_allocation(nth);
        tell();
        if (!allocation_failed())
            break;
    }
    fail_no_allocation();
    cr_expect(eq(int, tell(), CCP_OK));
    ccpi_metrics_free(metrics);
}
