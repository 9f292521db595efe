#ifndef CCPI_AWS_CREDENTIALS_H
#define CCPI_AWS_CREDENTIALS_H

#include "aws/sources/source.h"

/*
 * The credentials that AWS requests are signed with, from the first source that
 * has some: environment, web identity token, profile files, container endpoint,
 * instance metadata. They are kept and renewed long before they expire: by
 * whoever keeps house (ccpi_aws_credentials_renew()), and if that fails, when
 * half of the time until their end is over, by the first who needs them, while
 * all others go on with the old ones. Only one load runs at a time. Any thread.
 */
typedef struct ccpi_aws_credentials ccpi_aws_credentials;

/* The texts and tables of place must outlive it. @param out  given */
ccp_status ccpi_aws_credentials_new(const ccpi_aws_place *place,
                                    ccpi_aws_credentials **out, ccp_error *error);

/* Wipes and frees. NULL is allowed. */
void ccpi_aws_credentials_free(ccpi_aws_credentials *credentials);

/*
 * Copies the keys out; the caller wipes them. Waits only while there are none.
 * CCP_NOT_FOUND: no source is set up. CCP_TIMEOUT, and what the source said
 * otherwise: there are none now. After a failure the same answer comes at once
 * for a while.
 */
ccp_status ccpi_aws_credentials_get(ccpi_aws_credentials *credentials, ccpi_aws_keys *out,
                                    ccp_error *error);

/* Loads what is not there or is to be renewed soon; else does nothing. */
void ccpi_aws_credentials_renew(ccpi_aws_credentials *credentials);

/* AWS did not accept these keys: unless they are new, the next call loads others. */
void ccpi_aws_credentials_doubt(ccpi_aws_credentials *credentials,
                                const ccpi_aws_keys *keys);

#endif
