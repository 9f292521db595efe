#include "config/aws_environment.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/fail.h"

#define VARIABLE(name_, field_)                                                          \
    {                                                                                    \
        .name = (name_), .field = offsetof(ccpi_aws_environment, field_)                 \
    }

static const struct {
    const char *name;
    size_t field;
} variables[] = {
    VARIABLE("AWS_ACCESS_KEY_ID", access_key_id),
    VARIABLE("AWS_SECRET_ACCESS_KEY", secret_access_key),
    VARIABLE("AWS_SESSION_TOKEN", session_token),
    VARIABLE("AWS_DEFAULT_REGION", default_region),
    VARIABLE("AWS_BEARER_TOKEN_BEDROCK", bedrock_bearer_token),
    VARIABLE("AWS_PROFILE", profile),
    VARIABLE("AWS_SHARED_CREDENTIALS_FILE", shared_credentials_file),
    VARIABLE("AWS_CONFIG_FILE", config_file),
    VARIABLE("HOME", home),
    VARIABLE("AWS_ROLE_ARN", role_arn),
    VARIABLE("AWS_ROLE_SESSION_NAME", role_session_name),
    VARIABLE("AWS_WEB_IDENTITY_TOKEN_FILE", web_identity_token_file),
    VARIABLE("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", container_relative_uri),
    VARIABLE("AWS_CONTAINER_CREDENTIALS_FULL_URI", container_full_uri),
    VARIABLE("AWS_CONTAINER_AUTHORIZATION_TOKEN", container_authorization_token),
    VARIABLE("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
             container_authorization_token_file),
    VARIABLE("AWS_EC2_METADATA_DISABLED", metadata_disabled),
    VARIABLE("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata_endpoint),
    VARIABLE("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", metadata_endpoint_mode),
};

#define VARIABLE_COUNT (sizeof(variables) / sizeof(variables[0]))

static const char **field_of(ccpi_aws_environment *environment, size_t index)
{
    return (const char **)(void *)((char *)environment + variables[index].field);
}

/* The texts are const for their readers; here they are owned. */
static void wipe_text(const char *text)
{
    if (text)
        OPENSSL_cleanse((char *)text, strlen(text));
    free((char *)text);
}

static ccp_status put_text(const char **field, ccpi_span text, ccp_error *error)
{
    char *copy = strndup(text.data, text.len);

    if (!copy)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for the environment of AWS");
    wipe_text(*field);
    *field = copy;
    return CCP_OK;
}

ccp_status ccpi_aws_environment_put(ccpi_aws_environment *environment, ccpi_span name,
                                    ccpi_span value, ccp_error *error)
{
    for (size_t i = 0; i < VARIABLE_COUNT; i++)
        if (ccpi_span_is(name, variables[i].name))
            return put_text(field_of(environment, i), value, error);
    return CCP_OK;
}

ccp_status ccpi_aws_environment_copy(const ccpi_aws_environment *from,
                                     ccpi_aws_environment *into, ccp_error *error)
{
    ccpi_aws_environment source = *from;
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < VARIABLE_COUNT && status == CCP_OK; i++) {
        const char *text = *field_of(&source, i);

        if (text)
            status = put_text(field_of(into, i), ccpi_span_of(text), error);
    }
    return status;
}

void ccpi_aws_environment_wipe(ccpi_aws_environment *environment)
{
    for (size_t i = 0; i < VARIABLE_COUNT; i++)
        wipe_text(*field_of(environment, i));
    *environment = (ccpi_aws_environment){0};
}
