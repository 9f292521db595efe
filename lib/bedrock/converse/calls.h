#ifndef CCPI_BEDROCK_CONVERSE_CALLS_H
#define CCPI_BEDROCK_CONVERSE_CALLS_H

#include "bedrock/converse/conversation.h"

/*
 * The calls of tools in a conversation: which result answers which call, and
 * under which id it is sent. Ids are the client's where they are legal and not
 * used twice; equal requests always give equal ids.
 */

/* Says that the part added last calls a tool under this id. CCP_NO_MEMORY only. */
ccp_status ccpi_calls_add(ccpi_conversation *conversation, ccpi_span id);

/* Once all parts are there. CCP_NO_MEMORY only. */
ccp_status ccpi_calls_settle(ccpi_conversation *conversation);

#endif
