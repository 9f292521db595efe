#include "aws/envelope.h"

#include "base/fail.h"
#include "config/settings.h"

bool ccpi_aws_seals(const ccp_config *config)
{
    const ccpi_settings *settings = ccpi_config_settings(config);

    return settings->kms_key_id || settings->kms_key_id_previous;
}

static const unsigned char *bytes_of(const ccpi_master_key *key)
{
    return key->is_set ? key->bytes : NULL;
}

ccp_status ccpi_aws_envelope_new(const ccp_config *config, ccp_aws *aws,
                                 const ccp_random *random, ccp_envelope **out,
                                 ccp_error *error)
{
    const ccpi_settings *settings = ccpi_config_settings(config);
    ccp_key_service service, previous_service;
    ccp_envelope_options options = {
        .master = bytes_of(&settings->encryption_key),
        .previous = bytes_of(&settings->encryption_key_previous),
        .random = random,
    };
    ccp_status status = CCP_OK;

    *out = NULL;
    if (!settings->kms_key_id && !settings->encryption_key.is_set)
        return ccpi_fail(error, CCP_INVALID, "encryption_key is not set");
    if (settings->kms_key_id) {
        status = ccp_aws_key_service(aws, settings->kms_key_id, &service, error);
        if (status != CCP_OK)
            return status;
        options.service = &service;
    }
    if (settings->kms_key_id_previous) {
        status = ccp_aws_key_service(aws, settings->kms_key_id_previous,
                                     &previous_service, error);
        if (status == CCP_OK)
            options.previous_service = &previous_service;
    }
    if (status != CCP_OK) {
        if (options.service)
            service.close(service.self);
        return status;
    }
    return ccp_envelope_new_take(&options, out, error);
}
