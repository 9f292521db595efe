#ifndef CCPI_ROUTING_TRIAL_H
#define CCPI_ROUTING_TRIAL_H

#include "ccproxy/bedrock_test.h"
#include "routing/router.h"

/*
 * One request of our own to Bedrock with an access key's credential: whether it
 * would be served. No breaker, no budget and no usage row knows of it.
 */
/* The model of the Anthropic API that is asked when nobody names another one. */
#define CCPI_TRIAL_MODEL "claude-haiku-4-5"

/*
 * Asks for one token and waits, at most 20 s. model: NULL for the one above. That
 * no credential is stored, or no model found, is a result like others. CCP_NO_MEMORY,
 * or CCP_UNAVAILABLE: the proxy stops, or the store can't be read.
 */
ccp_status ccpi_trial_run(const ccpi_router *router, const ccp_access_key *key,
                          const char *model, ccp_bedrock_test *out, ccp_error *error);

#endif
