#ifndef CCPI_BEDROCK_REPAIR_H
#define CCPI_BEDROCK_REPAIR_H

#include "anthropic/edits.h"
#include "bedrock/betas.h"

/*
 * What a refused request may do without, read off the text of the refusal
 * (BR-16): a field or a beta that it names, each with its counterpart, or the
 * thinking of the history. Where it speaks of a beta without naming it, halves
 * of the likeliest ones are left out in turn, and then all.
 * Only a refusal of a thing's presence counts, and of values that of a message's
 * role, which newer models alone know as the system's.
 */
#define CCPI_REPAIR_MAX_TRIES 3

/* The field whose edit means that no message may be of the system's role. */
#define CCPI_REPAIR_ROLE "messages.*.role"

/* The betas that would go without any guess. */
typedef struct ccpi_repair_betas {
    ccpi_betas sent;
    size_t suspects; /* so many of the first ones are the likeliest to be refused */
} ccpi_repair_betas;

/* Adds to edits; false: nothing can be done, or too much was tried. */
bool ccpi_repair_find(ccpi_span text, const ccpi_repair_betas *betas, ccpi_edits *edits);

#endif
