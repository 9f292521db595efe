#ifndef CCPI_PROVIDER_BEDROCK_H
#define CCPI_PROVIDER_BEDROCK_H

#include "bedrock/capabilities.h"
#include "bedrock/errors.h"
#include "provider/provider.h"

/*
 * Claude on Amazon Bedrock (requirements, section 5): requests that Bedrock
 * takes, its answers and errors in the client's terms. Never changes after it
 * is made, but for what its memory learns.
 */
typedef struct ccpi_bedrock ccpi_bedrock;

typedef struct ccpi_bedrock_options {
    const char *region;              /* for access keys without one of their own */
    const char *endpoint;            /* in place of AWS's own hosts; NULL: those */
    ccpi_bedrock_api api;            /* for access keys without one of their own */
    bool asks_mantle;                /* for messages: bedrock-mantle, not the runtime */
    bool sends_metadata;             /* metadata's texts as requestMetadata */
    ccpi_capabilities *capabilities; /* must outlive it; NULL: it learns nothing */
} ccpi_bedrock_options;

/* Texts are copied. CCP_NO_MEMORY only. @param out  given; ccpi_bedrock_free() */
ccp_status ccpi_bedrock_new(const ccpi_bedrock_options *options, ccpi_bedrock **out,
                            ccp_error *error);
void ccpi_bedrock_free(ccpi_bedrock *bedrock);

/* What is behind a class of failures; CCPI_FAULT_UNAVAILABLE for those of others. */
ccpi_bedrock_fault ccpi_bedrock_fault_behind(ccpi_class kind);

/* The provider over it, which it must outlive. */
ccpi_provider ccpi_bedrock_provider(const ccpi_bedrock *bedrock);

#endif
