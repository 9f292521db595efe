#ifndef CCPI_BEDROCK_CONVERSE_MESSAGES_H
#define CCPI_BEDROCK_CONVERSE_MESSAGES_H

#include "bedrock/converse/conversation.h"

/* Writes a conversation as Converse's messages and system. */

typedef struct ccpi_messages_writer {
    const ccpi_conversation *conversation;
    const ccpi_names *tool_names; /* those that go with the request */
    bool is_foreign;              /* no Claude: some members are not for it */
    ccpi_buf *out;
    /* The rest is the writer's own. */
    unsigned documents;
    bool has_messages;
    bool is_first; /* of the blocks in the list under way */
    bool has_text, has_document;
} ccpi_messages_writer;

/* Appends the array of messages. CCP_NO_MEMORY or CCP_LIMIT only. */
ccp_status ccpi_messages_write(ccpi_messages_writer *writer);

/* Appends the array of system blocks. */
ccp_status ccpi_messages_write_system(ccpi_messages_writer *writer);

/* Appends {"cachePoint":...}; a mark of NONE appends nothing. */
void ccpi_mark_write(ccpi_mark mark, bool after_comma, ccpi_buf *out);

/* The legal form of a tool's name, from the request's tools or made anew. */
ccp_status ccpi_tool_name_write(const ccpi_names *names, ccpi_span client, ccpi_buf *out);

#endif
