#ifndef CCPI_USAGE_PRICE_KEY_H
#define CCPI_USAGE_PRICE_KEY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Under which name a model's price stands (CO-3): every way to write one model
 * gives one key, "claude-<family>-<version>".
 *   us.anthropic.claude-sonnet-4-5-20250929-v1:0, claude-sonnet-4.5[1m]
 *     -> claude-sonnet-4-5
 *   claude-3-5-haiku-20241022 -> claude-haiku-3-5
 */
#define CCPI_PRICE_KEY_SIZE 129

typedef struct ccpi_price_key {
    char text[CCPI_PRICE_KEY_SIZE];
    char family[32];    /* "sonnet"; empty when the model is no Claude */
    int version[4];     /* 4, 5, 0, 0 */
    bool is_global;     /* the id had the prefix global. */
    char geography[12]; /* "us", "eu", ...; empty when there was no prefix */
} ccpi_price_key;

/* Longer names are cut. */
void ccpi_price_key_of(const char *model, ccpi_price_key *out);

/* Below 0, 0 or above 0, as the first version is older, the same or newer. */
int ccpi_price_key_compare_versions(const ccpi_price_key *a, const ccpi_price_key *b);

#endif
