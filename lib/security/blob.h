#ifndef CCPI_SECURITY_BLOB_H
#define CCPI_SECURITY_BLOB_H

#include <string.h>

#include "ccproxy/envelope.h"
#include "security/gcm.h"

/* Where the parts of a sealed blob stand (ccproxy/envelope.h). */

#define CCPI_BLOB_VERSION 1

typedef enum ccpi_blob_mode { CCPI_BLOB_LOCAL = 1, CCPI_BLOB_SERVICE = 2 } ccpi_blob_mode;

enum {
    CCPI_BLOB_AT_VERSION = 0,
    CCPI_BLOB_AT_MODE = 1,
    CCPI_BLOB_AT_KEY_ID = 2,
    CCPI_BLOB_AT_WRAPPED_LEN = CCPI_BLOB_AT_KEY_ID + CCP_MASTER_KEY_ID_LEN,
    CCPI_BLOB_HEAD_LEN = CCPI_BLOB_AT_WRAPPED_LEN + 2
};

static inline void ccpi_blob_write_head(unsigned char *blob, ccpi_blob_mode mode,
                                        const unsigned char *key_id, size_t wrapped_len)
{
    blob[CCPI_BLOB_AT_VERSION] = CCPI_BLOB_VERSION;
    blob[CCPI_BLOB_AT_MODE] = (unsigned char)mode;
    memcpy(blob + CCPI_BLOB_AT_KEY_ID, key_id, CCP_MASTER_KEY_ID_LEN);
    blob[CCPI_BLOB_AT_WRAPPED_LEN] = (unsigned char)(wrapped_len >> 8);
    blob[CCPI_BLOB_AT_WRAPPED_LEN + 1] = (unsigned char)wrapped_len;
}

static inline size_t ccpi_blob_wrapped_len(const unsigned char *blob)
{
    return (size_t)blob[CCPI_BLOB_AT_WRAPPED_LEN] << 8 |
           blob[CCPI_BLOB_AT_WRAPPED_LEN + 1];
}

#endif
