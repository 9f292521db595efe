#ifndef CCPI_ROUTING_CREDENTIAL_H
#define CCPI_ROUTING_CREDENTIAL_H

#include "base/buf.h"
#include "ccproxy/envelope.h"
#include "ccproxy/store.h"

/*
 * The Bedrock credentials of access keys, unsealed and kept for a while
 * (BR-13), an hour longer while they can't be opened anew. They are wiped when
 * they leave. Any thread.
 */
typedef struct ccpi_credentials ccpi_credentials;

#define CCPI_CREDENTIALS_MAX 1000

typedef struct ccpi_credentials_options {
    const ccp_access_key_store *store;
    const ccp_envelope *envelope;
    const ccp_clock *clock;
    int64_t ttl_us;
} ccpi_credentials_options;

/* CCP_NO_MEMORY only. @param out  given; ccpi_credentials_free() */
ccp_status ccpi_credentials_new(const ccpi_credentials_options *options,
                                ccpi_credentials **out);
void ccpi_credentials_free(ccpi_credentials *credentials);

/*
 * Appends the key's credential; the caller wipes it. May read the store.
 * CCP_NOT_FOUND: none is stored; CCP_DENIED: the stored one does not open.
 */
ccp_status ccpi_credentials_get(ccpi_credentials *credentials,
                                const ccp_id *access_key_id, ccpi_buf *out,
                                ccp_error *error);

/* Opens with another one from now on; the former one is in no use any more. */
void ccpi_credentials_set_envelope(ccpi_credentials *credentials,
                                   const ccp_envelope *envelope);

/* The truth has changed: keeps none. */
void ccpi_credentials_forget(ccpi_credentials *credentials);

#endif
