#ifndef CCPI_BEDROCK_CONVERSE_CITATIONS_H
#define CCPI_BEDROCK_CONVERSE_CITATIONS_H

#include "base/json.h"

/* Citations of the Messages API and of Converse, each written as the other. */

/*
 * Appends {"citationsContent":...} for a text block that has citations. Those
 * that Converse has no place for are left out.
 */
void ccpi_citations_write_converse(const ccpi_json_tree *tree,
                                   const ccpi_json_node *text_block, ccpi_buf *out);

/*
 * Appends one citation of Converse as the Messages API has it; false, and
 * nothing appended: it is of a kind that API does not know.
 */
bool ccpi_citations_write_anthropic(const ccpi_json_tree *tree,
                                    const ccpi_json_node *citation, ccpi_buf *out);

#endif
