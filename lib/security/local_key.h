#ifndef CCPI_SECURITY_LOCAL_KEY_H
#define CCPI_SECURITY_LOCAL_KEY_H

#include "ccproxy/envelope.h"

/*
 * The key service of a master key that is here: data keys are random, and
 * wrapped with AES-256-GCM under a key derived from it by HKDF-SHA256. They are
 * bound to the head of a blob of mode 1 and to no context; the blob is.
 *
 * @param out  given; its close() wipes the key
 */
ccp_status ccpi_local_key_open(const unsigned char master[CCP_MASTER_KEY_LEN],
                               const ccp_random *random, ccp_key_service *out,
                               ccp_error *error);

#endif
