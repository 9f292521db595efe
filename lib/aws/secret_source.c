#include "aws/secrets.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "ccproxy/aws.h"

/* Secrets Manager as the place where settings' values stand. */

static ccp_status open_source(const ccp_config *config, void **self, ccp_error *error)
{
    const ccp_aws_options options = {.config = config};
    ccp_aws *aws;
    ccp_status status = ccp_aws_new(&options, &aws, error);

    *self = aws;
    return status;
}

static ccp_status read_secret(void *self, const char *name, ccp_room *out,
                              ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_wipe) ccpi_buf value = {.limit = out->size};
    ccp_status status = ccpi_secret_read(self, name, &value, error);

    out->len = 0;
    if (status != CCP_OK)
        return status;
    if (value.len > 0)
        memcpy(out->data, value.data, value.len);
    out->len = value.len;
    return CCP_OK;
}

static void close_source(void *self)
{
    ccp_aws_free(self);
}

const ccp_secret_source *ccp_aws_secret_source(void)
{
    static const ccp_secret_source source = {open_source, read_secret, close_source};

    return &source;
}
