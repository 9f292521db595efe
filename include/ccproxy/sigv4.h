/**
 * @file ccproxy/sigv4.h
 *
 * AWS Signature Version 4 of a request that is sent as it stands here, with the
 * signature in its headers
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * The path is encoded once more for signing, as every service but S3 asks for.
 * Pure; any thread.
 */
#ifndef CCPROXY_SIGV4_H
#define CCPROXY_SIGV4_H

#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/room.h"

CCP_BEGIN_DECLS

/** What is signed. All borrowed for the call. */
typedef struct ccp_sigv4_request {
    const char *access_key_id;
    const char *secret_access_key;
    const char *session_token; /**< of temporary credentials; NULL: none */
    const char *region;
    const char *service; /**< of the credential's scope: "bedrock", "kms" */
    int64_t unix_seconds;
    const char *method;
    const char *url; /**< as it is sent: absolute, percent-encoded, no fragment */
    const char *content_type; /**< NULL: none is sent */
    ccp_bytes body;
} ccp_sigv4_request;

/** Bounds of what is made, with the NUL at its end. */
#define CCP_SIGV4_AUTHORIZATION_SIZE 1024

/**
 * The headers to send beside host, content-type and, with a session token,
 * x-amz-security-token.
 */
typedef struct ccp_sigv4_headers {
    char x_amz_date[sizeof("20260131T123456Z")];
    char x_amz_content_sha256[64 + 1];
    char authorization[CCP_SIGV4_AUTHORIZATION_SIZE];
} ccp_sigv4_headers;

/**
 * CCP_INVALID: no absolute URL. CCP_LIMIT: it has too many parameters, or names
 * are too long.
 */
ccp_status ccp_sigv4_sign(const ccp_sigv4_request *request, ccp_sigv4_headers *out,
                          ccp_error *error);

CCP_END_DECLS

#endif
