#ifndef CCPI_BEDROCK_MODELS_H
#define CCPI_BEDROCK_MODELS_H

#include <stdbool.h>
#include <stddef.h>

#include "ccproxy/error.h"

/*
 * Which model on Bedrock serves a name of the Anthropic API (BR-2). Pure: the
 * mappings are the caller's.
 */
#define CCPI_MODEL_ID_MAX 128

typedef struct ccpi_model_pair {
    const char *claude;
    const char *bedrock;
} ccpi_model_pair;

typedef struct ccpi_model_map {
    const ccpi_model_pair *pairs;
    size_t count;
} ccpi_model_map;

/* All borrowed; NULL and the empty text both stand for "none". */
typedef struct ccpi_model_rules {
    const char *chosen;         /* the access key's own model: wins over everything */
    ccpi_model_map environment; /* bedrock_model_mapping */
    ccpi_model_map table;       /* the store's active mappings */
    bool allows_direct_ids;     /* allow_direct_model_ids */
    const char *geo_prefix;     /* "us" ..., or "auto": by the region; none: "global" */
    const char *region;
    const char *fallback; /* bedrock_default_model */
} ccpi_model_rules;

typedef struct ccpi_model_choice {
    char id[CCPI_MODEL_ID_MAX + 1];
    bool is_substituted; /* not by a mapping of this very name: tell the client */
} ccpi_model_choice;

/*
 * CCP_NOT_FOUND: no rule finds one; the message may be shown to the client.
 * CCP_INVALID: what a mapping gives is no model id.
 */
ccp_status ccpi_model_choose(const char *name, const ccpi_model_rules *rules,
                             ccpi_model_choice *out, ccp_error *error);

/* The mappings that a new store begins with (BR-3). */
ccpi_model_map ccpi_model_initial_map(void);

/* The id without its geography prefix; a part of the same text. */
const char *ccpi_model_without_geography(const char *id);

/* The geography whose profiles serve a region: "us", "eu" ...; else "global". */
const char *ccpi_region_geography(const char *region);

/*
 * The name of the Anthropic API that an inference profile serves:
 * "claude-opus-4-5-20251101" of "us.anthropic.claude-opus-4-5-20251101-v1:0".
 * False: it is no Claude's, or has another form.
 */
bool ccpi_model_name_of_profile(const char *id, char name[CCPI_MODEL_ID_MAX + 1]);

/* The same name without its date. False: it has none. */
bool ccpi_model_name_without_date(const char *name, char out[CCPI_MODEL_ID_MAX + 1]);

/* ^[A-Za-z0-9][A-Za-z0-9.:/_-]{0,127}$ */
bool ccpi_model_id_is_valid(const char *id);

/* ^[a-z]{2}(-[a-z]+)+-\d$ */
bool ccpi_region_is_valid(const char *region);

#endif
