#include "reports.h"

#include "base/fail.h"

#define CLOUDWATCH_MS 60000 /* OB-3 */
#define OWN_MS 10000

static void read_levels(void *self, ccpi_metric_levels *out)
{
    const ccpi_router *router = self;
    ccpi_recorder_counters usage;

    ccpi_recorder_count(router->recorder, &usage);
    out->usage_depth = (int64_t)usage.depth;
    out->usage_dropped = (int64_t)usage.dropped;
    out->refusals_known = (int64_t)ccpi_capabilities_count(router->capabilities);
    out->circuits_open =
        (int64_t)ccpi_breaker_open(router->breaker, ccpi_router_now(router));
}

ccp_status ccpi_reports_init(ccpi_reports *reports, ccpi_router *router,
                             const ccpi_settings *settings, ccp_error *error)
{
    const ccpi_metrics_options options = {
        .clock = router->clock,
        .counts_users = settings->otel_user_metrics,
        .read_levels = read_levels,
        .self = router,
    };

    if (ccpi_metrics_new(&options, &reports->metrics) != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for metrics");
    router->metrics = reports->metrics;
    return CCP_OK;
}

static ccp_status start(ccpi_reports *reports, const ccpi_exporter_options *options,
                        ccp_error *error)
{
    ccp_status status =
        ccpi_exporter_new(options, &reports->exporters[reports->count], error);

    if (status == CCP_OK)
        reports->count++;
    return status;
}

static ccp_status start_cloudwatch(ccpi_reports *reports,
                                   const ccpi_reports_options *from, ccp_error *error)
{
    const ccpi_settings *settings = from->settings;
    const ccpi_router *router = from->router;
    const bool puts = settings->cloudwatch_mode == CCPI_CLOUDWATCH_PUT;
    const ccpi_cloudwatch_options options = {
        .aws = puts ? from->aws : NULL,
        .lines = !puts && router->log ? router->log->sink : NULL,
        .space = settings->cloudwatch_namespace,
    };
    ccpi_exporter_options exporter = {
        .metrics = reports->metrics,
        .name = "cloudwatch",
        .interval_ms = CLOUDWATCH_MS,
        .send = ccpi_cloudwatch_sink_send,
        .log = router->log,
    };

    if (ccpi_cloudwatch_sink_new(&options, &reports->cloudwatch) != CCP_OK)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a sink of metrics");
    exporter.self = reports->cloudwatch;
    return start(reports, &exporter, error);
}

static ccp_status start_otlp(ccpi_reports *reports, const ccpi_router *router,
                             const ccpi_settings *settings, ccp_error *error)
{
    const ccpi_otlp_options options = {
        .endpoint = settings->otel_endpoint,
        .timeout_ms = settings->otel_timeout_ms,
        .random = router->random,
    };
    ccpi_exporter_options exporter = {
        .metrics = reports->metrics,
        .name = "otlp",
        .interval_ms = settings->otel_interval_ms,
        .send = ccpi_otlp_sink_send,
        .log = router->log,
    };
    ccp_status status = ccpi_otlp_sink_new(&options, &reports->otlp, error);

    if (status != CCP_OK)
        return status;
    exporter.self = reports->otlp;
    return start(reports, &exporter, error);
}

static ccp_status give_to_own(void *self, const ccp_metrics *metrics, bool is_last,
                              ccp_error *error)
{
    const ccp_metric_sink *own = self;

    (void)is_last, (void)error;
    own->take(own->self, metrics);
    return CCP_OK;
}

static ccp_status start_own(ccpi_reports *reports, const ccpi_router *router,
                            ccp_error *error)
{
    const ccp_metric_sink *own = &reports->own;
    const ccpi_exporter_options exporter = {
        .metrics = reports->metrics,
        .name = "embedder",
        .interval_ms = own->interval_ms > 0 ? own->interval_ms : OWN_MS,
        .send = give_to_own,
        .self = &reports->own,
        .log = router->log,
    };

    return start(reports, &exporter, error);
}

ccp_status ccpi_reports_start(ccpi_reports *reports, const ccpi_reports_options *options,
                              ccp_error *error)
{
    ccp_status status = CCP_OK;

    if (options->settings->cloudwatch_mode != CCPI_CLOUDWATCH_OFF)
        status = start_cloudwatch(reports, options, error);
    if (status == CCP_OK && options->settings->otel_enabled)
        status = start_otlp(reports, options->router, options->settings, error);
    if (status == CCP_OK && reports->own.take)
        status = start_own(reports, options->router, error);
    return status;
}

void ccpi_reports_end(ccpi_reports *reports)
{
    for (size_t i = 0; i < reports->count; i++)
        ccpi_exporter_end(reports->exporters[i]);
}

void ccpi_reports_stop(ccpi_reports *reports)
{
    ccpi_reports_end(reports);
    for (size_t i = 0; i < reports->count; i++)
        ccpi_exporter_free(reports->exporters[i]);
    reports->count = 0;
    ccpi_cloudwatch_sink_free(reports->cloudwatch);
    reports->cloudwatch = NULL;
    ccpi_otlp_sink_free(reports->otlp);
    reports->otlp = NULL;
}

void ccpi_reports_clear(ccpi_reports *reports)
{
    ccpi_metrics_free(reports->metrics);
    reports->metrics = NULL;
}
