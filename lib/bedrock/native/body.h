#ifndef CCPI_BEDROCK_NATIVE_BODY_H
#define CCPI_BEDROCK_NATIVE_BODY_H

#include "anthropic/edits.h"
#include "anthropic/patch.h"
#include "base/headers.h"
#include "bedrock/betas.h"

/*
 * A request of the Messages API for a part of Bedrock that speaks it: the
 * client's own bytes, with what must be changed in them (BR-15). What is kept
 * for InvokeModel is what Claude Code itself sends there.
 */
typedef struct ccpi_native_options {
    ccpi_bedrock_api api;        /* INVOKE or MESSAGES */
    const char *model_id;        /* Bedrock's */
    const char *sent_model;      /* what MESSAGES calls it */
    const char *asked;           /* the model that the client asked for, or NULL */
    const ccpi_headers *headers; /* the client's, for anthropic-beta; or NULL */
    const ccpi_edits *edits;     /* or NULL */
    bool for_count;              /* the body is to be counted, and says no limit */
} ccpi_native_options;

/*
 * Made by zeroed memory; the patch is finished, and the body must outlive it.
 * CCP_INVALID: content of the user's would be lost (BR-4); the message names the
 * block, and holds no content of it.
 */
ccp_status ccpi_native_request(ccpi_span body, const ccpi_native_options *options,
                               ccpi_patch *out, ccp_error *error);

/* The betas that go with such a request, or with one of Converse. */
void ccpi_native_betas(const ccpi_native_options *options, ccpi_betas *out);

/*
 * How bedrock-mantle calls a model: without geography, date and version. Other
 * hosts take the id as it is.
 */
typedef struct ccpi_mantle_id {
    char text[128 + 1];
} ccpi_mantle_id;

ccpi_mantle_id ccpi_mantle_id_of(const char *model_id);

#endif
