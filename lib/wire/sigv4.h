#ifndef CCPI_WIRE_SIGV4_H
#define CCPI_WIRE_SIGV4_H

#include <stdint.h>

#include "base/headers.h"
#include "base/span.h"

/*
 * AWS Signature Version 4 of a request that is sent as it stands here, with the
 * signature in its headers.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * The path is encoded once more for signing, which every service but S3 asks
 * for, and is not normalized: it must have no dot segments or empty ones.
 */

/* Borrowed texts. */
typedef struct ccpi_sigv4_credentials {
    const char *access_key_id;
    const char *secret_access_key;
    const char *session_token; /* of temporary credentials; NULL: none */
} ccpi_sigv4_credentials;

/* SHA-256 in lower-case hex. */
typedef struct ccpi_sigv4_hash {
    char hex[64 + 1];
} ccpi_sigv4_hash;

typedef struct ccpi_sigv4_request {
    const ccpi_sigv4_credentials *credentials;
    const char *region;
    const char *service; /* of the credential's scope: "bedrock", "kms" */
    int64_t unix_seconds;
    const char *method;
    const char *url; /* as it is sent: absolute, percent-encoded, no fragment */
    ccpi_sigv4_hash body;
} ccpi_sigv4_request;

/* Of a body that may lie in pieces. CCP_INTERNAL: the hash function failed. */
ccp_status ccpi_sigv4_hash_body(const ccpi_span *pieces, size_t count,
                                ccpi_sigv4_hash *out, ccp_error *error);

/*
 * Sets x-amz-date, x-amz-content-sha256, authorization and, with a session
 * token, x-amz-security-token. Signed are host (from the URL, without the
 * scheme's own port, as HTTP clients send it), content-type and all x-amz-*;
 * so set those before and leave them.
 *
 * CCP_INVALID: no absolute URL; CCP_LIMIT: over CCPI_SIGV4_MAX_SIGNED headers or
 * query parameters; CCP_NO_MEMORY.
 */
#define CCPI_SIGV4_MAX_SIGNED 64
ccp_status ccpi_sigv4_sign(const ccpi_sigv4_request *request, ccpi_headers *headers,
                           ccp_error *error);

#endif
