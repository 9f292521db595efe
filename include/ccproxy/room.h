/**
 * @file ccproxy/room.h
 *
 * Bytes with their lengths: to be read, and to be written into.
 */
#ifndef CCPROXY_ROOM_H
#define CCPROXY_ROOM_H

#include <stddef.h>

#include "ccproxy/decls.h"

CCP_BEGIN_DECLS

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

CCP_END_DECLS

#endif
