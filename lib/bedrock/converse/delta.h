#ifndef CCPI_BEDROCK_CONVERSE_DELTA_H
#define CCPI_BEDROCK_CONVERSE_DELTA_H

#include "base/json.h"

/*
 * The members that a contentBlockDelta and the objects in it have. There are
 * many of them in a stream, so they are found by a walk, without a tree.
 */
typedef struct ccpi_delta {
    int64_t index;
    ccpi_span delta, tool_use, reasoning, citation; /* objects */
    ccpi_span text, input, signature, redacted;     /* strings with quotes */
} ccpi_delta;

/* Adds what one object has. CCP_INVALID: it is none. */
ccp_status ccpi_delta_read(ccpi_span object, ccpi_delta *found);

#endif
