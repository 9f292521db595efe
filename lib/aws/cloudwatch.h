#ifndef CCPI_AWS_CLOUDWATCH_H
#define CCPI_AWS_CLOUDWATCH_H

#include "aws/aws.h"

/*
 * PutMetricData of CloudWatch, with a body in its JSON form, which is sent
 * compressed. Tried again for a few seconds, or, in a hurry, hardly at all.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
#define CCPI_CLOUDWATCH_MAX_DATA 1000
/* The limit is 1 MB; it does not say whether before or after compression. */
#define CCPI_CLOUDWATCH_MAX_BYTES ((size_t)1000 * 1000)

/* As ccpi_aws_call_run(). */
ccp_status ccpi_cloudwatch_put(ccp_aws *aws, ccpi_span json, bool hurries,
                               ccp_error *error);

#endif
