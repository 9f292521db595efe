#include "aws/sources/source.h"
#include "base/fail.h"

static ccp_status load(const ccpi_aws_place *place, ccpi_aws_keys *out, ccp_error *error)
{
    const ccpi_aws_environment *environment = place->environment;
    const ccpi_aws_key_texts texts = {
        .access_key_id = ccpi_span_of(environment->access_key_id),
        .secret_access_key = ccpi_span_of(environment->secret_access_key),
        .session_token = ccpi_span_of(environment->session_token),
    };

    if (!environment->access_key_id)
        return ccpi_fail(error, CCP_NOT_FOUND, "AWS_ACCESS_KEY_ID is not set");
    return ccpi_aws_keys_set(out, &texts, error);
}

const ccpi_aws_source ccpi_aws_from_environment = {"environment", load};
