/**
 * @file ccproxy/envelope.h
 *
 * Envelope encryption of small secrets such as Bedrock credentials: each blob
 * is sealed with AES-256-GCM under a data key of its own, which is wrapped by
 * a master key. What a blob belongs to (its context, for example an access
 * key's id) is authenticated: a blob copied elsewhere does not open.
 *
 * Blob: version (1 byte), mode (1), key id (8), length of the wrapped data key
 * (2, big endian), wrapped data key, nonce (12), ciphertext, tag (16). Mode 1:
 * the master key is local; mode 2: a key service has it.
 *
 * An envelope may be used from any thread.
 */
#ifndef CCPROXY_ENVELOPE_H
#define CCPROXY_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/room.h"
#include "ccproxy/seams.h"

CCP_BEGIN_DECLS

#define CCP_MASTER_KEY_LEN 32

/** The longest secret that can be sealed, and the most bytes that sealing adds. */
#define CCP_SECRET_MAX 8192
#define CCP_SEALED_OVERHEAD 1024
#define CCP_SEALED_MAX (CCP_SECRET_MAX + CCP_SEALED_OVERHEAD)

typedef struct ccp_envelope ccp_envelope;

#define CCP_DATA_KEY_LEN 32
#define CCP_MASTER_KEY_ID_LEN 8

/** The longest form that a key service may wrap a data key into. */
#define CCP_WRAPPED_KEY_MAX 984

/**
 * Who makes and unwraps data keys under a master key that stays there, such as
 * AWS KMS (ccp_aws_key_service()). Both functions may take seconds.
 */
typedef struct ccp_key_service {
    /** Tells this master key from others; stands in each blob. */
    unsigned char id[CCP_MASTER_KEY_ID_LEN];
    /** A new data key, and the form of it that is kept. */
    ccp_status (*make)(void *self, const char *context,
                       unsigned char key[CCP_DATA_KEY_LEN], ccp_room *wrapped,
                       ccp_error *error);
    /** CCP_DENIED: not wrapped so, or not for this context. */
    ccp_status (*unwrap)(void *self, const char *context, ccp_bytes wrapped,
                         unsigned char key[CCP_DATA_KEY_LEN], ccp_error *error);
    void (*close)(void *self); /**< may be NULL */
    void *self;
} ccp_key_service;

/** The keys of an envelope; what is NULL is not there. */
typedef struct ccp_envelope_options {
    const unsigned char *master;   /**< CCP_MASTER_KEY_LEN bytes */
    const unsigned char *previous; /**< an older one, whose blobs stay readable */
    /** Seals in place of the local master key, whose blobs stay readable. */
    const ccp_key_service *service;
    const ccp_key_service *previous_service; /**< its blobs stay readable */
    const ccp_random *random;                /**< NULL: the system's */
} ccp_envelope_options;

/**
 * An envelope that seals under the first of: service, master. The services are
 * taken: they are closed with the envelope, also when making it fails.
 *
 * CCP_INVALID: there is neither.
 *
 * @param out  given to the caller; free it with ccp_envelope_free()
 */
ccp_status ccp_envelope_new_take(const ccp_envelope_options *options, ccp_envelope **out,
                                 ccp_error *error);

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

/**
 * CCP_LIMIT: the secret is too long, or the room too small for the blob. With a
 * key service, what that says.
 */
ccp_status ccp_envelope_seal(const ccp_envelope *envelope, const char *context,
                             ccp_bytes secret, ccp_room *sealed, ccp_error *error);

/**
 * CCP_DENIED: not this context's blob, another master key's, or changed.
 * CCP_INVALID: no blob. CCP_LIMIT: the room is too small for the secret. With a
 * key service, what that says.
 */
ccp_status ccp_envelope_open(const ccp_envelope *envelope, const char *context,
                             ccp_bytes sealed, ccp_room *secret, ccp_error *error);

/**
 * Whether the blob is sealed under the key that seals now. One that is not
 * should be opened and sealed anew before its key goes.
 */
bool ccp_envelope_is_current(const ccp_envelope *envelope, ccp_bytes sealed);

CCP_END_DECLS

#endif
