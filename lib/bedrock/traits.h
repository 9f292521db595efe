#ifndef CCPI_BEDROCK_TRAITS_H
#define CCPI_BEDROCK_TRAITS_H

#include <stdbool.h>

/*
 * What a model on Bedrock does not take, as far as it is known beforehand. What
 * is not known here is tried, and learned (BR-16).
 */
enum {
    CCPI_TRAIT_FOREIGN = 1 << 0, /* no Claude: only what Converse itself has */
    CCPI_TRAIT_NO_THINKING = 1 << 1,
    CCPI_TRAIT_NO_ADAPTIVE = 1 << 2,       /* thinking with a budget only */
    CCPI_TRAIT_ONLY_ADAPTIVE = 1 << 3,     /* thinking without a budget only */
    CCPI_TRAIT_ALWAYS_THINKS = 1 << 4,     /* refuses to be told not to */
    CCPI_TRAIT_NO_DISPLAY = 1 << 5,        /* thinking.display */
    CCPI_TRAIT_NO_SAMPLING = 1 << 6,       /* temperature, top_p, top_k */
    CCPI_TRAIT_NO_EFFORT = 1 << 7,         /* output_config.effort */
    CCPI_TRAIT_NEEDS_EFFORT_BETA = 1 << 8, /* takes effort behind its beta only */
    CCPI_TRAIT_NO_CACHE_TTL = 1 << 9,
    CCPI_TRAIT_NEEDS_1M_BETA = 1 << 10, /* for a context of a million tokens */
    CCPI_TRAIT_NO_SYSTEM_ROLE = 1 << 11 /* messages of the system's role */
};

/*
 * model_id is Bedrock's: an id, a profile's id or an ARN. Where it does not say
 * which model it is (an application's profile), the name that the client asked
 * for does; it may be NULL.
 */
unsigned ccpi_model_traits(const char *model_id, const char *asked);

#endif
