#ifndef CCPI_BEDROCK_CONVERSE_TEXT_H
#define CCPI_BEDROCK_CONVERSE_TEXT_H

#include "base/span.h"

/*
 * White space in JSON strings, still escaped: Bedrock refuses a blank text, and
 * a last turn of the assistant that ends in white space.
 */
bool ccpi_text_is_blank(ccpi_span escaped);

/* The same text without the white space at its end. */
ccpi_span ccpi_text_trim_end(ccpi_span escaped);

#endif
