#ifndef CCPI_BASE_HEADERS_H
#define CCPI_BASE_HEADERS_H

#include "base/span.h"
#include "ccproxy/error.h"

/*
 * A list of header fields, in order, names compared without case. It copies
 * what is added. Made by zeroed memory. Bounded: at most
 * CCPI_HEADERS_MAX_COUNT fields and CCPI_HEADERS_MAX_BYTES bytes.
 */
#define CCPI_HEADERS_MAX_COUNT 256
#define CCPI_HEADERS_MAX_BYTES ((size_t)256 * 1024)

typedef struct ccpi_header {
    const char *name;  /* as it was written */
    const char *value; /* without blanks around it */
} ccpi_header;

typedef struct ccpi_headers {
    ccpi_header *fields;
    size_t count;
    size_t capacity;
    size_t bytes;
} ccpi_headers;

void ccpi_headers_clear(ccpi_headers *headers);

/* Overwrites the values, then clears. For what holds credentials. */
void ccpi_headers_wipe(ccpi_headers *headers);

/* CCP_INVALID: a name or value that HTTP does not allow (control characters). */
ccp_status ccpi_headers_add(ccpi_headers *headers, ccpi_span name, ccpi_span value);

/* Replaces all of that name by one. */
ccp_status ccpi_headers_set(ccpi_headers *headers, const char *name, const char *value);

void ccpi_headers_remove(ccpi_headers *headers, const char *name);

/* The first value of that name, or NULL. */
const char *ccpi_headers_get(const ccpi_headers *headers, const char *name);

/* Whether a name starts with a prefix, without case. */
bool ccpi_header_name_starts(const char *name, const char *prefix);
bool ccpi_header_name_is(const char *name, const char *other);

#endif
