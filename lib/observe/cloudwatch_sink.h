#ifndef CCPI_OBSERVE_CLOUDWATCH_SINK_H
#define CCPI_OBSERVE_CLOUDWATCH_SINK_H

#include "ccproxy/aws.h"
#include "ccproxy/metrics.h"
#include "observe/log.h"

/*
 * Metrics to CloudWatch: by PutMetricData, or as log lines in its embedded
 * metric format, which CloudWatch Logs turns into metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
typedef struct ccpi_cloudwatch_sink ccpi_cloudwatch_sink;

typedef struct ccpi_cloudwatch_options {
    ccp_aws *aws;              /* for PutMetricData, or NULL */
    const ccp_log_sink *lines; /* for the log lines, or NULL */
    const char *space;         /* the namespace; copied */
} ccpi_cloudwatch_options;

/* CCP_NO_MEMORY only. @param out  given; ccpi_cloudwatch_sink_free() */
ccp_status ccpi_cloudwatch_sink_new(const ccpi_cloudwatch_options *options,
                                    ccpi_cloudwatch_sink **out);
void ccpi_cloudwatch_sink_free(ccpi_cloudwatch_sink *sink);

/* Of ccpi_exporter_options, with the sink as self. */
ccp_status ccpi_cloudwatch_sink_send(void *self, const ccp_metrics *metrics, bool is_last,
                                     ccp_error *error);

#endif
