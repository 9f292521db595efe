#ifndef CCPI_UPSTREAM_EVENT_TAG_H
#define CCPI_UPSTREAM_EVENT_TAG_H

#include "upstream/loop.h"

/*
 * What an epoll event is about stands in its 64 bits: 0 the bell, an even
 * number the address of a relay whose client it is, an odd one curl's socket.
 */
#define CCPI_BELL_TAG 0u

static inline uint64_t ccpi_tag_of_client(ccpi_relay *relay)
{
    return (uint64_t)(uintptr_t)relay;
}

static inline uint64_t ccpi_tag_of_socket(curl_socket_t socket)
{
    return ((uint64_t)socket << 1) | 1;
}

static inline bool ccpi_tag_is_socket(uint64_t tag)
{
    return (tag & 1) != 0;
}

#endif
