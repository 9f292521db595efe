#ifndef CCPI_SECURITY_GCM_H
#define CCPI_SECURITY_GCM_H

#include "base/span.h"
#include "ccproxy/error.h"

/*
 * AES-256-GCM (NIST SP 800-38D) of small texts in one call. A nonce must never
 * be used twice under one key.
 */
#define CCPI_GCM_KEY_LEN 32
#define CCPI_GCM_NONCE_LEN 12
#define CCPI_GCM_TAG_LEN 16

typedef struct ccpi_gcm_key {
    unsigned char bytes[CCPI_GCM_KEY_LEN];
} ccpi_gcm_key;

/* Under what, and beside what: `beside` is authenticated, not encrypted. */
typedef struct ccpi_gcm_terms {
    const ccpi_gcm_key *key;
    const unsigned char *nonce;
    ccpi_span beside;
} ccpi_gcm_terms;

/* Writes plain.len + CCPI_GCM_TAG_LEN bytes. CCP_NO_MEMORY, CCP_INTERNAL. */
ccp_status ccpi_gcm_seal(const ccpi_gcm_terms *terms, ccpi_span plain, unsigned char *out,
                         ccp_error *error);

/*
 * Writes sealed.len - CCPI_GCM_TAG_LEN bytes, or zeros on failure.
 * CCP_DENIED: other terms, or a changed text.
 */
ccp_status ccpi_gcm_open(const ccpi_gcm_terms *terms, ccpi_span sealed,
                         unsigned char *out, ccp_error *error);

#endif
