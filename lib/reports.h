#ifndef CCPI_REPORTS_H
#define CCPI_REPORTS_H

#include "ccproxy/aws.h"
#include "config/settings.h"
#include "observe/cloudwatch_sink.h"
#include "observe/exporter.h"
#include "observe/otlp_sink.h"
#include "routing/router.h"

/*
 * The proxy's metrics, and everyone they are sent to: what the settings name,
 * and the embedder's own sink. Zeroed: none.
 */
#define CCPI_MOST_EXPORTERS 3

typedef struct ccpi_reports {
    ccpi_metrics *metrics;
    ccp_metric_sink own; /* the embedder's; set beforehand, or zeroed: none */
    ccpi_cloudwatch_sink *cloudwatch;
    ccpi_otlp_sink *otlp;
    ccpi_exporter *exporters[CCPI_MOST_EXPORTERS];
    size_t count;
} ccpi_reports;

/* The counting: before there are requests. */
ccp_status ccpi_reports_init(ccpi_reports *reports, ccpi_router *router,
                             const ccpi_settings *settings, ccp_error *error);

typedef struct ccpi_reports_options {
    const ccpi_router *router;
    const ccpi_settings *settings;
    ccp_aws *aws; /* for CloudWatch's mode "put" */
} ccpi_reports_options;

/* The sending: once all that is asked for levels is there. */
ccp_status ccpi_reports_start(ccpi_reports *reports, const ccpi_reports_options *options,
                              ccp_error *error);

/* Has all sinks send what they have not sent; waits for nothing. */
void ccpi_reports_end(ccpi_reports *reports);

/* Waits for the sinks, and frees what ccpi_reports_start() made. */
void ccpi_reports_stop(ccpi_reports *reports);

/* Frees the rest. */
void ccpi_reports_clear(ccpi_reports *reports);

#endif
