#ifndef CCPI_BEDROCK_CONVERSE_CACHE_POINTS_H
#define CCPI_BEDROCK_CONVERSE_CACHE_POINTS_H

#include "bedrock/converse/conversation.h"

/*
 * Decides which of the client's cache marks become cache points: at most four,
 * none where Bedrock refuses one, long-lived ones before short-lived ones. The
 * marks of the lists and of the conversation are changed to that.
 */

/* Of tools only node and mark count. traits: of traits.h. */
void ccpi_cache_points_plan(ccpi_conversation *conversation, ccpi_parts *tools,
                            ccpi_mark whole_request, unsigned traits);

#endif
