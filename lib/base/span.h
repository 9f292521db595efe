#ifndef CCPI_BASE_SPAN_H
#define CCPI_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes with a length, borrowed from whoever owns them. May hold NULs. */
typedef struct ccpi_span {
    const char *data;
    size_t len;
} ccpi_span;

/* The span of a string literal. */
#define CCPI_SPAN(literal) ((ccpi_span){"" literal, sizeof(literal) - 1})

/* The span of a C string; NULL gives the empty span. */
static inline ccpi_span ccpi_span_of(const char *text)
{
    return (ccpi_span){text, text ? strlen(text) : 0};
}

static inline bool ccpi_span_equals(ccpi_span a, ccpi_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool ccpi_span_is(ccpi_span span, const char *text)
{
    return ccpi_span_equals(span, ccpi_span_of(text));
}

static inline bool ccpi_span_starts(ccpi_span span, const char *text)
{
    size_t len = strlen(text);

    return span.len >= len && memcmp(span.data, text, len) == 0;
}

#endif
