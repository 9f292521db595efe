#include "aws/aws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "config/settings.h"
#include "config/shape.h"

#define CHINA "cn-"

static const struct {
    const char *name; /* in the scope of a signature */
    const char *host; /* before the region */
    size_t endpoint;  /* the setting with an endpoint of its own, in ccpi_settings */
} services[CCPI_AWS_SERVICES] = {
    [CCPI_AWS_KMS] = {"kms", "kms", offsetof(ccpi_settings, aws_endpoint_url_kms)},
    [CCPI_AWS_SECRETS_MANAGER] = {"secretsmanager", "secretsmanager",
                                  offsetof(ccpi_settings,
                                           aws_endpoint_url_secrets_manager)},
    [CCPI_AWS_CLOUDWATCH] = {"monitoring", "monitoring",
                             offsetof(ccpi_settings, aws_endpoint_url_cloudwatch)},
    [CCPI_AWS_STS] = {"sts", "sts", offsetof(ccpi_settings, aws_endpoint_url_sts)},
    [CCPI_AWS_BEDROCK] = {"bedrock", "bedrock",
                          offsetof(ccpi_settings, aws_endpoint_url_bedrock)},
};

static const ccpi_retry_policy usual_patience = {
    .attempts = 4, .attempt_ms = 5000, .total_ms = 10000, .wait_ms = 100};

const char *ccpi_aws_service_name(ccpi_aws_service service)
{
    return services[service].name;
}

const char *ccpi_aws_region_of(const ccp_aws *aws, ccpi_aws_service service)
{
    return service == CCPI_AWS_BEDROCK ? aws->bedrock_region : aws->region;
}

/* What a setting says, for one service or for all, else AWS's own host. */
static bool write_endpoint(const ccp_aws *aws, const ccpi_settings *settings,
                           ccpi_aws_service service, char out[CCPI_AWS_MAX_ENDPOINT])
{
    const char *const *own =
        (const char *const *)(const void *)((const char *)settings +
                                            services[service].endpoint);
    const char *url = *own ? *own : settings->aws_endpoint_url;
    const char *region = ccpi_aws_region_of(aws, service);
    int len;

    if (url)
        len = snprintf(out, CCPI_AWS_MAX_ENDPOINT, "%s", url);
    else
        len = snprintf(out, CCPI_AWS_MAX_ENDPOINT, "https://%s.%s.amazonaws.com%s",
                       services[service].host, region,
                       strncmp(region, CHINA, strlen(CHINA)) == 0 ? ".cn" : "");
    if (len >= CCPI_AWS_MAX_ENDPOINT)
        return false;
    while (len > 0 && out[len - 1] == '/')
        out[--len] = '\0';
    return true;
}

static ccp_status set_places(ccp_aws *aws, const ccpi_settings *settings,
                             ccp_error *error)
{
    const char *region = settings->aws_region;

    if (!region)
        region = aws->environment.default_region;
    if (!region)
        region = settings->bedrock_region;
    if (!ccpi_shape_region.fits(region))
        return ccpi_fail(error, CCP_INVALID, "AWS_DEFAULT_REGION is no %s",
                         ccpi_shape_region.is_no);
    snprintf(aws->region, sizeof(aws->region), "%s", region);
    snprintf(aws->bedrock_region, sizeof(aws->bedrock_region), "%s",
             settings->bedrock_region);
    for (ccpi_aws_service i = 0; i < CCPI_AWS_SERVICES; i++)
        if (!write_endpoint(aws, settings, i, aws->endpoints[i]))
            return ccpi_fail(error, CCP_INVALID, "the endpoint of %s is too long",
                             services[i].name);
    return CCP_OK;
}

static ccp_status set_transport(ccp_aws *aws, const ccpi_settings *settings,
                                ccp_error *error)
{
    if (settings->aws_ca_file) {
        aws->ca_file = strdup(settings->aws_ca_file);
        if (!aws->ca_file)
            return ccpi_fail(error, CCP_NO_MEMORY, "no memory for the services of AWS");
    }
    aws->curl.ca_file = aws->ca_file;
    aws->http = ccpi_http_over_curl(&aws->curl);
    return CCP_OK;
}

static ccp_status build(ccp_aws *aws, const ccp_config *config, ccp_error *error)
{
    const ccpi_settings *settings = ccpi_config_settings(config);
    const ccpi_aws_place place = {
        .environment = &aws->environment,
        .http = &aws->http,
        .clock = aws->clock,
        .random = aws->random,
        .sts_endpoint = aws->endpoints[CCPI_AWS_STS],
    };
    ccp_status status = ccpi_aws_environment_copy(ccpi_config_aws_environment(config),
                                                  &aws->environment, error);

    if (status == CCP_OK)
        status = set_places(aws, settings, error);
    if (status == CCP_OK)
        status = set_transport(aws, settings, error);
    return status == CCP_OK ? ccpi_aws_credentials_new(&place, &aws->credentials, error)
                            : status;
}

ccp_status ccp_aws_new(const ccp_aws_options *options, ccp_aws **out, ccp_error *error)
{
    ccp_aws *aws = calloc(1, sizeof(*aws));
    ccp_status status;

    *out = NULL;
    if (!aws)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for the services of AWS");
    aws->clock = options->clock ? options->clock : ccp_system_clock();
    aws->random = options->random ? options->random : ccp_system_random();
    aws->patience = usual_patience;
    status = build(aws, options->config, error);
    if (status != CCP_OK) {
        ccp_aws_free(aws);
        return status;
    }
    *out = aws;
    return CCP_OK;
}

void ccp_aws_free(ccp_aws *aws)
{
    if (!aws)
        return;
    ccpi_aws_credentials_free(aws->credentials);
    ccpi_aws_environment_wipe(&aws->environment);
    free(aws->ca_file);
    free(aws);
}

void ccp_aws_renew(ccp_aws *aws)
{
    ccpi_aws_credentials_renew(aws->credentials);
}
