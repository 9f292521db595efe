#ifndef CCPI_PROVIDER_PROVIDER_H
#define CCPI_PROVIDER_PROVIDER_H

#include "anthropic/request.h"
#include "base/headers.h"
#include "ccproxy/store.h"
#include "upstream/outgoing.h"
#include "upstream/reader.h"

/*
 * One upstream service, as pure translation: it opens no connection and reads
 * no clock. The tables of them are in providers.c.
 */

typedef enum ccpi_call {
    CCPI_CALL_MESSAGES = 0,
    CCPI_CALL_COUNT_TOKENS,
    CCPI_CALL_MODELS
} ccpi_call;

/* What a provider sees of a client's request. All borrowed. */
typedef struct ccpi_provider_request {
    ccpi_call call;
    const char *method;
    const char *path;            /* from /v1/ on, as the client sent it */
    const char *query;           /* or NULL */
    const ccpi_headers *headers; /* the client's, access key removed */
    const ccpi_look *look;       /* NULL for CCPI_CALL_MODELS */
    const ccp_identity *identity;
    const char *request_id;
    ccpi_span credential; /* the upstream's, unsealed; empty: none of ours */
    const char *model_id; /* Bedrock's, chosen before; NULL for plan */
} ccpi_provider_request;

/* What an error answer means (RT-4, BR-12). */
typedef enum ccpi_class {
    CCPI_CLASS_NONE = 0, /* a success */
    CCPI_CLASS_RATE_LIMIT,
    CCPI_CLASS_USAGE_LIMIT,
    CCPI_CLASS_SERVER_ERROR,
    CCPI_CLASS_CLIENT_ERROR,
    CCPI_CLASS_TIMEOUT,
    CCPI_CLASS_NETWORK_ERROR,
    /* Bedrock's own */
    CCPI_CLASS_BEDROCK_AUTH,
    CCPI_CLASS_BEDROCK_QUOTA,
    CCPI_CLASS_BEDROCK_VALIDATION,
    CCPI_CLASS_BEDROCK_MODEL_UNKNOWN,
    CCPI_CLASS_BEDROCK_MODEL_ERROR,
    CCPI_CLASS_BEDROCK_UNAVAILABLE,
    CCPI_CLASS_BEDROCK_TIMEOUT
} ccpi_class;

/* "rate_limit", "bedrock_auth_error"; as in headers, logs and rows. */
const char *ccpi_class_name(ccpi_class kind);

typedef struct ccpi_provider {
    const char *name; /* as stored in usage rows and sent in x-ccproxy-provider */

    /*
     * Writes the upstream request; may be called again for the same request.
     * CCP_INVALID: it can't be said in this upstream's terms without losing
     * content (BR-4); the message names the block and may be shown to the client.
     */
    ccp_status (*prepare)(const void *self, const ccpi_provider_request *request,
                          ccpi_outgoing *out, ccp_error *error);

    /* Says what a status and error body mean. Never looks at a success. */
    ccpi_class (*classify)(const void *self, int status, const ccpi_headers *headers,
                           ccpi_span body);

    /* Gives a machine from upstream bytes to client bytes; *out NULL: none is needed. */
    ccp_status (*open_reader)(const void *self, const ccpi_provider_request *request,
                              ccpi_reader **out, ccp_error *error);

    const void *self;
} ccpi_provider;

#endif
