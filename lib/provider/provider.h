#ifndef CCPI_PROVIDER_PROVIDER_H
#define CCPI_PROVIDER_PROVIDER_H

#include "anthropic/edits.h"
#include "anthropic/error_body.h"
#include "anthropic/request.h"
#include "base/headers.h"
#include "ccproxy/store.h"
#include "upstream/outgoing.h"
#include "upstream/reader.h"
#include "wire/sigv4.h"

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
    const ccpi_sigv4_credentials *signer; /* signs in place of a credential, or NULL */
    int64_t unix_seconds;                 /* when it signs */
    const char *model_id;                 /* Bedrock's, chosen before; NULL for plan */
    const ccpi_edits *edits; /* what refusals of earlier tries took out; NULL: none */
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

/* What the client is told in place of an upstream's error answer (PX-5, BR-12). */
typedef struct ccpi_told {
    int status;
    ccpi_error_type type;
    bool forbids_retry; /* send x-should-retry: false */
    ccpi_buf message;   /* owned; set its limit before use */
} ccpi_told;

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

    /*
     * Says what the client shall be told of a failure of this kind. body is the
     * upstream's error answer, or the data of its error event; empty when no
     * answer came. CCP_NO_MEMORY or CCP_LIMIT only. NULL: the upstream speaks
     * to the client in its own words.
     */
    ccp_status (*explain)(const void *self, const ccpi_provider_request *request,
                          ccpi_class kind, ccpi_span body, ccpi_told *out);

    /*
     * Adds to edits what earlier requests were refused for, as CCPI_EDIT_KNOWN.
     * NULL: nothing is remembered.
     */
    void (*recall)(const void *self, const ccpi_provider_request *request,
                   ccpi_edits *edits);

    /*
     * Whether a refused request is worth another try without something that the
     * refusal speaks of: then it is added to edits (which start as a copy of
     * request->edits), and the caller prepares again with them. Ends by itself
     * after a few tries. NULL: this upstream's refusals are final.
     */
    bool (*repair)(const void *self, const ccpi_provider_request *request, int status,
                   ccpi_span body, ccpi_edits *edits);

    /* The request was accepted as prepared with its edits. NULL: of no interest. */
    void (*accepted)(const void *self, const ccpi_provider_request *request);

    const void *self;
} ccpi_provider;

#endif
