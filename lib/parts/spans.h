#ifndef CCPI_PARTS_SPANS_H
#define CCPI_PARTS_SPANS_H

#include "base/span.h"
#include "ccproxy/room.h"

/* Borrowed bytes, in the library's own form and in the public one. */

static inline ccpi_span ccpi_span_from(const void *data, size_t len)
{
    return (ccpi_span){data, len};
}

static inline ccp_bytes ccpi_bytes_of(ccpi_span span)
{
    return (ccp_bytes){span.data, span.len};
}

#endif
