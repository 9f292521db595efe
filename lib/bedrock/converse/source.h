#ifndef CCPI_BEDROCK_CONVERSE_SOURCE_H
#define CCPI_BEDROCK_CONVERSE_SOURCE_H

#include "base/json.h"

/*
 * Images, documents and search results: what Converse has for their media
 * types, and whether it has anything at all.
 */

/* Why an image or document block can't be carried, or NULL: it can. */
const char *ccpi_source_refusal(const ccpi_json_tree *tree, const ccpi_json_node *block);

/* Whether a search_result block has all that Converse wants of one. */
bool ccpi_source_is_search_result(const ccpi_json_tree *tree,
                                  const ccpi_json_node *block);

/* These append one whole block each, {"image":...} and so on. */
void ccpi_source_write_image(const ccpi_json_tree *tree, const ccpi_json_node *block,
                             ccpi_buf *out);
/* nth: the how many of the request's documents this is; their names differ by it. */
void ccpi_source_write_document(const ccpi_json_tree *tree, const ccpi_json_node *block,
                                unsigned nth, ccpi_buf *out);
void ccpi_source_write_search_result(const ccpi_json_tree *tree,
                                     const ccpi_json_node *block, ccpi_buf *out);

/* Whether the document is a PDF: behind others no cache point may stand. */
bool ccpi_source_is_pdf(const ccpi_json_tree *tree, const ccpi_json_node *block);

#endif
