#ifndef CCPI_CONFIG_AWS_ENVIRONMENT_H
#define CCPI_CONFIG_AWS_ENVIRONMENT_H

#include "base/span.h"
#include "ccproxy/config.h"

/*
 * What AWS's own tools read of the environment to find credentials, as it
 * stood there. These are no settings: they have no other source and are not
 * shown. A field is NULL where the variable is not set, or empty.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
typedef struct ccpi_aws_environment {
    const char *access_key_id;
    const char *secret_access_key;
    const char *session_token;
    const char *default_region;
    const char *bedrock_bearer_token; /* a Bedrock API key, in place of a signature */

    const char *profile;
    const char *shared_credentials_file;
    const char *config_file;
    const char *home;

    const char *role_arn;
    const char *role_session_name;
    const char *web_identity_token_file;

    const char *container_relative_uri;
    const char *container_full_uri;
    const char *container_authorization_token;
    const char *container_authorization_token_file;

    const char *metadata_disabled;
    const char *metadata_endpoint;
    const char *metadata_endpoint_mode;
} ccpi_aws_environment;

/* Copies the value in if a field is for this variable. CCP_NO_MEMORY only. */
ccp_status ccpi_aws_environment_put(ccpi_aws_environment *environment, ccpi_span name,
                                    ccpi_span value, ccp_error *error);

ccp_status ccpi_aws_environment_copy(const ccpi_aws_environment *from,
                                     ccpi_aws_environment *into, ccp_error *error);

/* Overwrites all that was put in, and frees it. */
void ccpi_aws_environment_wipe(ccpi_aws_environment *environment);

/* What the configuration was given. It belongs to the configuration. */
const ccpi_aws_environment *ccpi_config_aws_environment(const ccp_config *config);

#endif
