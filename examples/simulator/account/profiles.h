#ifndef SIM_AWS_PROFILES_H
#define SIM_AWS_PROFILES_H

#include <jansson.h>
#include <stdbool.h>

#include "io/buffer.h"

/*
 * ListInferenceProfiles of Bedrock's control plane.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html
 */
typedef struct sim_profile_page {
    const char *type;  /* SYSTEM_DEFINED, APPLICATION; NULL: both */
    const char *token; /* of the page before; NULL: the first one */
    size_t most;       /* maxResults; 0: not given */
} sim_profile_page;

/* False: there is no page with that token. */
bool sim_profiles_list(const sim_profile_page *page, sim_buffer *out);

/* The list's ids, and how many come at once; NULL, 0: as they were at the start. */
void sim_profiles_set(json_t *ids, size_t page_size);

#endif
