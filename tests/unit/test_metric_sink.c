/* An embedder's own sink of metrics. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdatomic.h>

#include "ccproxy/metrics.h"
#include "support/stage.h"

static atomic_int times;
static _Atomic double requests;

static void take(void *self, const ccp_metrics *metrics)
{
    double sum = 0;

    (void)self;
    for (size_t i = 0; i < metrics->count; i++)
        if (strcmp(metrics->items[i].name, "proxy.requests") == 0)
            sum += metrics->items[i].value;
    atomic_store(&requests, sum);
    atomic_fetch_add(&times, 1);
}

Test(metric_sink, it_is_told_at_the_end_what_it_was_not_told_before)
{
    const ccp_metric_sink sink = {.take = take, .interval_ms = 3600000};
    const stage_options options = {.has_bedrock_key = false};
    ccp_proxy_options own;
    exchange e = stage_messages(CLIENT_HAS_FUNCTIONS, false);
    stage stage;

    stage_open(&stage, &options);
    ccp_proxy_free(stage.proxy);
    own = stage_proxy_options(&stage);
    own.metrics = &sink;
    cr_assert(eq(int, ccp_proxy_new(&own, &stage.proxy, NULL), CCP_OK));
    stage_run(&stage, &e);
    exchange_clear(&e);
    cr_expect(eq(int, atomic_load(&times), 0));
    ccp_proxy_free(stage.proxy);
    stage.proxy = NULL;
    cr_expect(eq(int, atomic_load(&times), 1));
    cr_expect(eq(dbl, atomic_load(&requests), 1));
    stage_close(&stage);
}
