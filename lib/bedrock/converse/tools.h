#ifndef CCPI_BEDROCK_CONVERSE_TOOLS_H
#define CCPI_BEDROCK_CONVERSE_TOOLS_H

#include "bedrock/converse/conversation.h"

typedef enum ccpi_tool_kind {
    CCPI_TOOL_CUSTOM = 0,
    CCPI_TOOL_NATIVE,   /* defined by Anthropic, run by the client */
    CCPI_TOOL_SEARCH,   /* of other tools, by the model's server */
    CCPI_TOOL_OF_SERVER /* all else that Anthropic runs */
} ccpi_tool_kind;

ccpi_tool_kind ccpi_tool_kind_of(const ccpi_json_tree *tree, const ccpi_json_node *tool);

/*
 * The tools of a request as Converse's toolConfig. Left out are tools that run
 * on Anthropic's servers, and deferred ones that the history has not loaded.
 */
typedef struct ccpi_tools {
    ccpi_parts specs;   /* the client's tools that are sent, in their order */
    ccpi_parts natives; /* those that Anthropic defines and the client runs */
    ccpi_names names;   /* of all tools; of the history's where there are none */
} ccpi_tools;

/* Made by zeroed memory. CCP_NO_MEMORY only. */
ccp_status ccpi_tools_read(ccpi_tools *tools, const ccpi_conversation *conversation,
                           const ccpi_json_node *root);
void ccpi_tools_clear(ccpi_tools *tools);

/* The same names alone, for reading the answer. */
ccp_status ccpi_tools_read_names(ccpi_span body, ccpi_names *names, ccp_error *error);

/*
 * Appends "toolConfig":{...}, after a comma, if there is anything to say.
 * may_force: whether tool_choice may demand a call.
 */
ccp_status ccpi_tools_write(const ccpi_tools *tools,
                            const ccpi_conversation *conversation,
                            const ccpi_json_node *root, bool may_force, ccpi_buf *out);

/* Appends the array of native tools, as the client wrote them but for cache_control. */
ccp_status ccpi_tools_write_natives(const ccpi_tools *tools, const ccpi_json_tree *tree,
                                    ccpi_buf *out);

#endif
