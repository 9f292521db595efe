#ifndef CCPI_BEDROCK_REFUSED_H
#define CCPI_BEDROCK_REFUSED_H

#include "anthropic/edits.h"
#include "anthropic/patch.h"

/*
 * Takes refused fields out of a Messages request (BR-16). Paths are those of the
 * refusals: "tools.*.custom.strict" names the kind of a thing between its place
 * and its member. What a conversation can't do without stays, whatever is said.
 */
void ccpi_refused_drop(ccpi_patch *patch, const ccpi_edits *edits);

/* Whether a refusal named the time to live of some cache mark: then none has one. */
bool ccpi_refused_ttl(const ccpi_edits *edits);

/* Whether there are any fields among the edits. */
bool ccpi_refused_any(const ccpi_edits *edits);

#endif
