#ifndef CCPI_AWS_PROFILES_H
#define CCPI_AWS_PROFILES_H

#include "aws/aws.h"
#include "base/span.h"

/*
 * Names the active profiles that AWS itself defines for Bedrock's region, page by
 * page: visit gets each id, and false ends the search. As ccpi_aws_call_run();
 * CCP_PROTOCOL: an answer has another form; CCP_LIMIT: there is no end to them.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html
 */
ccp_status ccpi_aws_list_profiles(ccp_aws *aws,
                                  bool (*visit)(void *context, ccpi_span id),
                                  void *context, ccp_error *error);

#endif
