/**
 * @file ccproxy/envelope.h
 *
 * Envelope encryption of small secrets such as Bedrock credentials: each blob
 * is sealed with AES-256-GCM under a data key of its own, which is wrapped by
 * a master key. What a blob belongs to (its context, for example an access
 * key's id) is authenticated: a blob copied elsewhere does not open.
 *
 * Blob: version (1 byte), mode (1), key id (8), length of the wrapped data key
 * (2, big endian), wrapped data key, nonce (12), ciphertext, tag (16).
 *
 * An envelope may be used from any thread.
 */
#ifndef CCPROXY_ENVELOPE_H
#define CCPROXY_ENVELOPE_H

#include <stddef.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/seams.h"

CCP_BEGIN_DECLS

#define CCP_MASTER_KEY_LEN 32

/** The longest secret that can be sealed, and the most bytes that sealing adds. */
#define CCP_SECRET_MAX 8192
#define CCP_SEALED_OVERHEAD 1024
#define CCP_SEALED_MAX (CCP_SECRET_MAX + CCP_SEALED_OVERHEAD)

typedef struct ccp_envelope ccp_envelope;

/**
 * An envelope whose master key is local. Data keys are wrapped under a key
 * derived from it by HKDF-SHA256.
 *
 * @param previous  an older master key whose blobs stay readable, or NULL
 * @param random  NULL: the system's
 * @param out  given to the caller; free it with ccp_envelope_free()
 */
ccp_status ccp_envelope_new_local(const unsigned char master[CCP_MASTER_KEY_LEN],
                                  const unsigned char *previous, const ccp_random *random,
                                  ccp_envelope **out, ccp_error *error);

/** Wipes the keys and frees. NULL is allowed. */
void ccp_envelope_free(ccp_envelope *envelope);

/** Bytes to be read. Borrowed. */
typedef struct ccp_bytes {
    const void *data;
    size_t len;
} ccp_bytes;

/** Room to be written into, and how many bytes have been. */
typedef struct ccp_room {
    void *data;
    size_t size;
    size_t len; /**< 0 after a failure */
} ccp_room;

/** CCP_LIMIT: the secret is too long, or the room too small for the blob. */
ccp_status ccp_envelope_seal(const ccp_envelope *envelope, const char *context,
                             ccp_bytes secret, ccp_room *sealed, ccp_error *error);

/**
 * CCP_DENIED: not this context's blob, another master key's, or changed.
 * CCP_INVALID: no blob. CCP_LIMIT: the room is too small for the secret.
 */
ccp_status ccp_envelope_open(const ccp_envelope *envelope, const char *context,
                             ccp_bytes sealed, ccp_room *secret, ccp_error *error);

CCP_END_DECLS

#endif
