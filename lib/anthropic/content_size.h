#ifndef CCPI_ANTHROPIC_CONTENT_SIZE_H
#define CCPI_ANTHROPIC_CONTENT_SIZE_H

#include <stdint.h>

#include "base/span.h"

/*
 * How much a Messages request gives a model to read, for estimates of its
 * tokens (BR-14): the texts of system and messages, the inputs of calls and the
 * tools as JSON; data in base64 counts as an image, whatever its size.
 */
typedef struct ccpi_content_size {
    int64_t text_bytes;
    int64_t images;
} ccpi_content_size;

/* One pass, no memory. What is no JSON counts up to where it breaks. */
ccpi_content_size ccpi_content_size_of(ccpi_span body);

#endif
