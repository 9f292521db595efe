#ifndef CCPI_AWS_AWS_H
#define CCPI_AWS_AWS_H

#include "aws/credentials.h"
#include "aws/retry.h"
#include "ccproxy/aws.h"

/* The services that are asked here. */
typedef enum ccpi_aws_service {
    CCPI_AWS_KMS = 0,
    CCPI_AWS_SECRETS_MANAGER,
    CCPI_AWS_CLOUDWATCH,
    CCPI_AWS_STS,
    CCPI_AWS_BEDROCK, /* its control plane */
    CCPI_AWS_SERVICES
} ccpi_aws_service;

#define CCPI_AWS_MAX_ENDPOINT 512

/* Where AWS is and how it is spoken to. Never changes after it is made. */
struct ccp_aws {
    ccpi_http_curl curl;
    ccpi_http http;
    const ccp_clock *clock;
    const ccp_random *random;
    ccpi_retry_policy patience; /* with a call */
    char region[33];
    char bedrock_region[33]; /* of the service with that name */
    char endpoints[CCPI_AWS_SERVICES][CCPI_AWS_MAX_ENDPOINT]; /* no slash at the end */
    char *ca_file;
    ccpi_aws_environment environment;
    ccpi_aws_credentials *credentials;
};

/* The region that a service is asked in. */
const char *ccpi_aws_region_of(const ccp_aws *aws, ccpi_aws_service service);

/* The service's name in the scope of a signature. */
const char *ccpi_aws_service_name(ccpi_aws_service service);

#endif
