#ifndef CCPI_BEDROCK_ADVICE_H
#define CCPI_BEDROCK_ADVICE_H

#include "bedrock/errors.h"

/*
 * What an administrator can do about a refusal by Bedrock, in words. Pure: known
 * by status and wording, since one exception stands for many causes.
 */
typedef struct ccpi_advice_facts {
    ccpi_bedrock_fault fault;
    int status;           /* of the answer; 0: none came */
    const char *text;     /* Bedrock's own, or why none came; may be empty */
    const char *model_id; /* that was asked for; may be empty */
    const char *region;
} ccpi_advice_facts;

#define CCPI_ADVICE_SIZE 512

/* Writes a sentence or two. */
void ccpi_bedrock_advise(const ccpi_advice_facts *facts, char out[CCPI_ADVICE_SIZE]);

#endif
