#ifndef CCPI_ANTHROPIC_PATCH_H
#define CCPI_ANTHROPIC_PATCH_H

#include "base/json.h"

/*
 * Changes to a JSON document that leave every other byte of it as it is: values
 * are marked in its tree, and what comes out is a row of pieces, of the
 * document's own bytes and of the few that are new (BR-15).
 */
typedef struct ccpi_cut {
    const char *from, *to; /* of the document: left out */
    size_t text, len;      /* of the new texts: put in their place */
    size_t nth;            /* the order of those at one place */
} ccpi_cut;

typedef struct ccpi_patch_text {
    uint32_t node;
    size_t text, len;
} ccpi_patch_text;

/* Made by zeroed memory. */
typedef struct ccpi_patch {
    ccpi_span document; /* borrowed */
    ccpi_json_tree tree;
    unsigned char *fates; /* of each node; NULL: none was marked */
    ccpi_patch_text *replaced, *appended;
    size_t replaced_count, replaced_capacity;
    size_t appended_count, appended_capacity;
    ccpi_buf texts;
    ccpi_cut *cuts;
    size_t cut_count, cut_capacity;
    ccp_status status; /* the first failure: CCP_NO_MEMORY or CCP_LIMIT */
} ccpi_patch;

/* What ccpi_json_parse() returns. */
ccp_status ccpi_patch_open(ccpi_patch *patch, ccpi_span document, ccp_error *error);
void ccpi_patch_clear(ccpi_patch *patch);

/* Nodes are of the patch's tree. A mark on NULL does nothing; the first one counts. */

/* Takes a member or an item out of what it stands in. */
void ccpi_patch_drop(ccpi_patch *patch, const ccpi_json_node *node);

/* Puts a text in the place of a value; of an item, also several with their commas. */
void ccpi_patch_replace(ccpi_patch *patch, const ccpi_json_node *node, ccpi_span text);

/* Adds a member or item behind all that an object or array keeps. */
void ccpi_patch_append(ccpi_patch *patch, const ccpi_json_node *container,
                       ccpi_span text);

bool ccpi_patch_is_dropped(const ccpi_patch *patch, const ccpi_json_node *node);

/* Whether an object or array keeps any of its children. */
bool ccpi_patch_keeps_any(const ccpi_patch *patch, const ccpi_json_node *container);

/* Ends the marking. CCP_NO_MEMORY or CCP_LIMIT, also of an earlier call. */
ccp_status ccpi_patch_finish(ccpi_patch *patch);

/*
 * After the finish: the pieces, at most so many; returns how many there are. They
 * live as long as the patch and the document.
 */
size_t ccpi_patch_pieces(const ccpi_patch *patch, ccpi_span *out, size_t most);

/* Appends all of them. */
ccp_status ccpi_patch_write(const ccpi_patch *patch, ccpi_buf *out);

#endif
