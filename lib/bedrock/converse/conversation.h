#ifndef CCPI_BEDROCK_CONVERSE_CONVERSATION_H
#define CCPI_BEDROCK_CONVERSE_CONVERSATION_H

#include "base/json.h"
#include "bedrock/names.h"

/*
 * The client's messages as Bedrock allows them: turns of user and assistant in
 * alternation, each a row of parts that Converse has a block for, with every
 * result of a tool in the turn after its call. Parts refer to the client's
 * JSON; nothing is copied. What is said in the system's role is set apart.
 */

/* Where the client wants the prompt cached up to here. */
typedef enum ccpi_mark {
    CCPI_MARK_NONE = 0,
    CCPI_MARK_PLAIN, /* without a time to live */
    CCPI_MARK_5M,
    CCPI_MARK_1H
} ccpi_mark;

typedef enum ccpi_part_kind {
    CCPI_PART_TEXT = 0,   /* node: the string itself */
    CCPI_PART_CITED_TEXT, /* all others: the client's block */
    CCPI_PART_IMAGE,
    CCPI_PART_DOCUMENT,
    CCPI_PART_SEARCH_RESULT,
    CCPI_PART_TOOL_USE,
    CCPI_PART_TOOL_RESULT,
    CCPI_PART_STRAY_RESULT, /* answers no call of the turn before */
    CCPI_PART_THINKING,
    CCPI_PART_REDACTED
} ccpi_part_kind;

typedef struct ccpi_part {
    const ccpi_json_node *node;
    uint32_t call; /* of TOOL_USE and TOOL_RESULT: index into calls */
    uint8_t kind;  /* ccpi_part_kind */
    uint8_t mark;  /* ccpi_mark */
} ccpi_part;

typedef struct ccpi_parts {
    ccpi_part *items;
    size_t count;
    size_t capacity;
} ccpi_parts;

typedef struct ccpi_turn {
    size_t first; /* part */
    size_t count;
    bool is_assistant;
} ccpi_turn;

/* One call of a tool; sorted by the client's id, then by turn. */
typedef struct ccpi_tool_call {
    ccpi_span id;   /* the client's, escaped */
    ccpi_span sent; /* unique in the request, and legal */
    size_t turn;
    size_t part;
    bool is_answered;
    uint32_t answers; /* of the first of equal ids in a turn: how many came */
} ccpi_tool_call;

typedef struct ccpi_conversation {
    const ccpi_json_tree *tree; /* borrowed */
    bool leaves_out_thinking;   /* set by the caller */
    ccpi_parts parts;
    ccpi_parts system; /* TEXT only */
    ccpi_turn *turns;
    size_t turn_count, turn_capacity;
    ccpi_tool_call *calls;
    size_t call_count, call_capacity;
    ccpi_legal_name *made_ids;
    /* Names of tools that the history calls or refers to, settled. */
    ccpi_names tools_met;
} ccpi_conversation;

/*
 * Reads system and messages of a request. Made by zeroed memory and a tree.
 * CCP_INVALID: something of the user's can't be carried to Bedrock (BR-4).
 */
ccp_status ccpi_conversation_read(ccpi_conversation *conversation,
                                  const ccpi_json_node *root, ccp_error *error);
void ccpi_conversation_clear(ccpi_conversation *conversation);

/* What the cache_control of a block, tool or request asks for. */
ccpi_mark ccpi_mark_of(const ccpi_json_tree *tree, const ccpi_json_node *node);

/* Whether a part shows what the model thought. */
bool ccpi_part_is_reasoning(const ccpi_part *part);

/*
 * Whether the last thing that the assistant did was to call a tool in a turn
 * that does not begin with its thinking. Thinking with a budget is refused then.
 */
bool ccpi_conversation_is_unthinking_loop(const ccpi_conversation *conversation);

#endif
