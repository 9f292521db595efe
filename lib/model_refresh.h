#ifndef CCPI_MODEL_REFRESH_H
#define CCPI_MODEL_REFRESH_H

#include "ccproxy/aws.h"
#include "routing/router.h"

/*
 * Lists the inference profiles of Bedrock's region, and makes mappings for the
 * models that have none; those that are there, also idle ones, stay as they are.
 * May take seconds. What came of it stands in the log.
 */
void ccpi_model_refresh_run(const ccpi_router *router, ccp_aws *aws);

#endif
