#ifndef CCPI_BEDROCK_BETAS_H
#define CCPI_BEDROCK_BETAS_H

#include "anthropic/edits.h"
#include "base/headers.h"
#include "bedrock/api.h"

/*
 * The values of anthropic-beta that go to Bedrock: all that the client sent but
 * those known to be refused, those that an edit takes out, and oauth-..., which
 * never leave (BR-16).
 */
#define CCPI_BETAS_MAX 48

typedef struct ccpi_betas {
    ccpi_span items[CCPI_BETAS_MAX]; /* of the client's headers, or of constants */
    size_t count;
} ccpi_betas;

/* traits: of traits.h; model: the name that the client asked for. */
typedef struct ccpi_betas_options {
    ccpi_bedrock_api api;
    unsigned traits;
    const char *model;
    const ccpi_edits *edits;
} ccpi_betas_options;

void ccpi_betas_collect(const ccpi_headers *headers, const ccpi_betas_options *options,
                        ccpi_betas *out);

/*
 * Of the first so many: those that nothing is known of come before those that
 * AWS says it takes, or that Claude Code sends to Bedrock itself. Returns how
 * many are unknown.
 */
size_t ccpi_betas_sort_unknown(ccpi_betas *betas, size_t count);

bool ccpi_betas_have(const ccpi_betas *betas, const char *name);

#endif
