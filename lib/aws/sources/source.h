#ifndef CCPI_AWS_SOURCES_SOURCE_H
#define CCPI_AWS_SOURCES_SOURCE_H

#include "aws/http.h"
#include "aws/keys.h"
#include "ccproxy/seams.h"
#include "config/aws_environment.h"

/*
 * The places where credentials may be found, one by one, in the order in which
 * AWS's own tools look. Each file of this folder is one of them.
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */

/* What a source looks at. Borrowed. */
typedef struct ccpi_aws_place {
    const ccpi_aws_environment *environment;
    const ccpi_http *http;
    const ccp_clock *clock;
    const ccp_random *random;
    const char *sts_endpoint; /* "https://host", no slash at its end */
} ccpi_aws_place;

typedef struct ccpi_aws_source {
    const char *name;
    /*
     * CCP_NOT_FOUND: this source is not set up, the next one may be. Any other
     * failure ends the search: somebody meant this source.
     */
    ccp_status (*load)(const ccpi_aws_place *place, ccpi_aws_keys *out, ccp_error *error);
} ccpi_aws_source;

extern const ccpi_aws_source ccpi_aws_from_environment;
extern const ccpi_aws_source ccpi_aws_from_web_identity;
extern const ccpi_aws_source ccpi_aws_from_profile;
extern const ccpi_aws_source ccpi_aws_from_container;
extern const ccpi_aws_source ccpi_aws_from_instance;

/* A role that is taken on with a token of another identity provider. */
typedef struct ccpi_web_identity {
    const char *role_arn;
    const char *token_file;
    const char *session_name; /* NULL: made from the time */
} ccpi_web_identity;

/* By STS's AssumeRoleWithWebIdentity; the token is read anew each time. */
ccp_status ccpi_web_identity_load(const ccpi_aws_place *place,
                                  const ccpi_web_identity *identity, ccpi_aws_keys *out,
                                  ccp_error *error);

#endif
