#ifndef CCPI_BEDROCK_NATIVE_NATIVE_H
#define CCPI_BEDROCK_NATIVE_NATIVE_H

#include "anthropic/patch.h"
#include "bedrock/betas.h"

/*
 * A request under way to a part of Bedrock that speaks the Messages API itself:
 * what body.c, blocks.c and tools.c share.
 */
typedef struct ccpi_native {
    ccpi_patch *patch;
    const ccpi_json_tree *tree; /* the patch's */
    const ccpi_json_node *root;
    ccpi_bedrock_api api; /* INVOKE or MESSAGES */
    unsigned traits;
    const ccpi_edits *edits;
    const ccpi_betas *betas;
    bool has_tool_search; /* tools may be deferred, and referred to */
} ccpi_native;

/* Takes out of cache_control what is not known there. */
void ccpi_native_trim_cache(const ccpi_native *n, const ccpi_json_node *holder);

/*
 * Messages and system. CCP_INVALID: something of the user's can't be carried
 * there (BR-4).
 */
ccp_status ccpi_native_edit_messages(const ccpi_native *n, ccp_error *error);

/*
 * Whether the assistant's last message calls a tool without having begun with
 * what it thought: then thinking with a budget is refused.
 */
bool ccpi_native_is_unthinking_loop(const ccpi_native *n);

/* Tools and tool_choice. may_force: whether a call may be demanded. */
void ccpi_native_edit_tools(const ccpi_native *n, bool may_force);

#endif
