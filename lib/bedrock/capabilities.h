#ifndef CCPI_BEDROCK_CAPABILITIES_H
#define CCPI_BEDROCK_CAPABILITIES_H

#include <stdint.h>

#include "anthropic/edits.h"
#include "bedrock/api.h"
#include "bedrock/betas.h"
#include "bedrock/models.h"
#include "ccproxy/seams.h"

/*
 * What models on Bedrock have refused by its mere presence, kept for a while so
 * that it is left out beforehand (BR-16), and which betas they have taken. By
 * model, region and way of asking. In memory and bounded: losing it costs one
 * more try. Any thread.
 */
typedef struct ccpi_capabilities ccpi_capabilities;

/* Refusals that are kept; beyond that the one that ends first makes room. */
#define CCPI_CAPABILITIES_MAX 512

#define CCPI_CAPABILITY_REGION_MAX 32

/* Where something was refused. Borrowed. */
typedef struct ccpi_capability_place {
    const char *model_id;
    const char *region;
    ccpi_bedrock_api api;
} ccpi_capability_place;

/* One refusal: of a field, of a beta, or of both as a pair. */
typedef struct ccpi_capability {
    uint64_t id;
    char model_id[CCPI_MODEL_ID_MAX + 1];
    char region[CCPI_CAPABILITY_REGION_MAX + 1];
    ccpi_bedrock_api api;
    char field[CCPI_EDIT_NAME_MAX + 1]; /* "tools.*.custom.strict"; empty: none */
    char beta[CCPI_EDIT_NAME_MAX + 1];  /* empty: none */
    int64_t learned_at_us;              /* Unix time */
    int64_t expires_at_us;              /* Unix time */
} ccpi_capability;

/* The clock must outlive it. CCP_NO_MEMORY only. @param out  given */
ccp_status ccpi_capabilities_new(const ccp_clock *clock, int64_t ttl_us,
                                 ccpi_capabilities **out);
void ccpi_capabilities_free(ccpi_capabilities *memory);

/* For those who administer it. */

/* Copies at most so many that have not expired, the newest first; returns how many. */
size_t ccpi_capabilities_list(ccpi_capabilities *memory, ccpi_capability *out,
                              size_t most);

size_t ccpi_capabilities_count(ccpi_capabilities *memory);

/* false: there is none of that id, or it has expired. */
bool ccpi_capabilities_get(ccpi_capabilities *memory, uint64_t id, ccpi_capability *out);
bool ccpi_capabilities_set_expiry(ccpi_capabilities *memory, uint64_t id,
                                  int64_t expires_at_us);
bool ccpi_capabilities_remove(ccpi_capabilities *memory, uint64_t id);

/* For the requests. */

/* Adds what is known to be refused there, as CCPI_EDIT_KNOWN. */
void ccpi_capabilities_recall(ccpi_capabilities *memory,
                              const ccpi_capability_place *place, ccpi_edits *edits);

/*
 * A request was accepted there without what earlier tries had led to leave out,
 * and with these betas: keeps the named offenders, and of guesses a single one.
 */
void ccpi_capabilities_learn(ccpi_capabilities *memory,
                             const ccpi_capability_place *place, const ccpi_edits *edits,
                             const ccpi_betas *accepted);

/* Those that were not yet taken there come first; returns how many these are. */
size_t ccpi_capabilities_sort(ccpi_capabilities *memory,
                              const ccpi_capability_place *place, ccpi_betas *betas);

/* "converse", "invoke" or "messages". */
const char *ccpi_bedrock_api_name(ccpi_bedrock_api api);

#endif
