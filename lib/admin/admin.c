#include "admin/admin.h"

#include <stdlib.h>
#include <string.h>

#include "aws/envelope.h"
#include "base/cleanup.h"
#include "base/fail.h"

CCPI_DEFINE_FREEP(ccp_admin)

static ccp_status open_envelope(ccp_admin *admin, ccp_error *error)
{
    const ccp_aws_options options = {
        .config = admin->config, .clock = admin->clock, .random = admin->random};
    ccp_status status = CCP_OK;

    if (ccpi_aws_seals(admin->config))
        status = ccp_aws_new(&options, &admin->aws, error);
    if (status != CCP_OK)
        return status;
    return ccpi_aws_envelope_new(admin->config, admin->aws, admin->random,
                                 &admin->envelope, error);
}

static ccp_status open_secrets(ccp_admin *admin, ccp_error *error)
{
    const ccpi_settings *settings = admin->settings;
    ccp_status status;

    if (!settings->key_hasher_secret)
        return ccpi_fail(error, CCP_INVALID, "key_hasher_secret is not set");
    status =
        ccp_key_hasher_new(settings->key_hasher_secret,
                           strlen(settings->key_hasher_secret), &admin->hasher, error);
    return status == CCP_OK ? open_envelope(admin, error) : status;
}

ccp_status ccp_admin_new(const ccp_admin_options *options, ccp_admin **out,
                         ccp_error *error)
{
    CCPI_CLEANUP(ccp_admin_freep) ccp_admin *admin = calloc(1, sizeof(*admin));
    ccp_status status;

    *out = NULL;
    if (!admin)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for the administration");
    admin->actor = (ccpi_actor){options->actor ? options->actor : "local", "", ""};
    admin->store = options->store;
    admin->clock = options->clock ? options->clock : ccp_system_clock();
    admin->random = options->random ? options->random : ccp_system_random();
    status = ccpi_config_copy(options->config, &admin->config, error);
    if (status != CCP_OK)
        return status;
    admin->settings = ccpi_config_settings(admin->config);
    status = ccpi_zone_new(admin->settings->report_timezone, &admin->zone, error);
    if (status == CCP_OK)
        status = open_secrets(admin, error);
    if (status != CCP_OK)
        return status;
    *out = admin;
    admin = NULL;
    return CCP_OK;
}

void ccp_admin_free(ccp_admin *admin)
{
    if (!admin)
        return;
    ccp_key_hasher_free(admin->hasher);
    ccp_envelope_free(admin->envelope);
    ccp_aws_free(admin->aws);
    ccpi_zone_free(admin->zone);
    ccp_config_free(admin->config);
    free(admin);
}

int64_t ccpi_admin_now(const ccp_admin *admin)
{
    return admin->clock->unix_us(admin->clock->self);
}

bool ccpi_admin_is_live(const ccp_admin *admin, const ccp_access_key *key)
{
    return key->status == CCP_ACCESS_KEY_ACTIVE ||
           (key->status == CCP_ACCESS_KEY_ROTATING &&
            key->rotation_expires_at_us > ccpi_admin_now(admin));
}

bool ccpi_admin_has_credential(const ccp_admin *admin, const ccp_access_key *key)
{
    return key->has_bedrock_key || admin->settings->bedrock_use_service_credentials;
}
