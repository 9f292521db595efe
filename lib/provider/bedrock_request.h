#ifndef CCPI_PROVIDER_BEDROCK_REQUEST_H
#define CCPI_PROVIDER_BEDROCK_REQUEST_H

#include "bedrock/betas.h"
#include "bedrock/errors.h"
#include "provider/bedrock.h"

/* What bedrock.c and its neighbours share: a client's request as one to Bedrock. */
struct ccpi_bedrock {
    char *region;
    char *endpoint; /* without a slash at its end; empty: AWS's own */
    ccpi_bedrock_api api;
    bool asks_mantle;
    bool sends_metadata;
    ccpi_capabilities *capabilities;
};

ccpi_class ccpi_bedrock_class_of(ccpi_bedrock_fault fault);

/* In which way the request is asked: of its key, else as set (BR-15). */
ccpi_bedrock_api ccpi_bedrock_api_of(const ccpi_bedrock *bedrock,
                                     const ccpi_provider_request *request);

const char *ccpi_bedrock_region_of(const ccpi_bedrock *bedrock,
                                   const ccpi_provider_request *request);

/* The betas that go with it, of these edits. */
void ccpi_bedrock_betas_of(const ccpi_bedrock *bedrock,
                           const ccpi_provider_request *request, const ccpi_edits *edits,
                           ccpi_betas *out);

/* As ccpi_provider's prepare. */
ccp_status ccpi_bedrock_prepare(const void *self, const ccpi_provider_request *request,
                                ccpi_outgoing *out, ccp_error *error);

/* The headers and the body, without place and signature. */
ccp_status ccpi_bedrock_write(const ccpi_bedrock *bedrock,
                              const ccpi_provider_request *request, ccpi_outgoing *out,
                              ccp_error *error);

/* As ccpi_provider's recall, repair and accepted (BR-16). */
void ccpi_bedrock_recall(const void *self, const ccpi_provider_request *request,
                         ccpi_edits *edits);
bool ccpi_bedrock_repair(const void *self, const ccpi_provider_request *request,
                         int status, ccpi_span body, ccpi_edits *edits);
void ccpi_bedrock_accepted(const void *self, const ccpi_provider_request *request);

#endif
