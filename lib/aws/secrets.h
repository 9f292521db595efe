#ifndef CCPI_AWS_SECRETS_H
#define CCPI_AWS_SECRETS_H

#include "aws/aws.h"
#include "base/buf.h"

/*
 * Appends the current value of a secret of AWS Secrets Manager, which the caller
 * wipes. It is named as containers of ECS name one: by its name or its ARN,
 * which may be followed by ":KEY:STAGE:VERSION", each of which may be empty:
 * the member of a JSON value, and which version is meant.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 *
 * CCP_NOT_FOUND: there is no such secret, or it has no value. CCP_INVALID: the
 * name, or no such member. And what ccpi_aws_call_run() says.
 */
ccp_status ccpi_secret_read(ccp_aws *aws, const char *name, ccpi_buf *out,
                            ccp_error *error);

#endif
