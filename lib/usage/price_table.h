#ifndef CCPI_USAGE_PRICE_TABLE_H
#define CCPI_USAGE_PRICE_TABLE_H

#include "ccproxy/error.h"
#include "usage/price_key.h"

#include <stdint.h>

/*
 * Prices as rows, read from JSON (CO-5). Three forms are taken:
 *   {provider: {region: {model: price}}}   provider: plan or bedrock
 *   {region: {model: price}}               of bedrock
 *   {model: price}                         of the plan, by _load_plan()
 * where price is an object or a list of them (one for each effective date):
 *   input_price, output_price               USD per million tokens; required
 *   cache_write_price, cache_write_1h_price, cache_read_price
 *                                           else 1.25, 2 and 0.1 times the input
 *   effective_date                          YYYY-MM-DD
 *   geographic_premium_percent              unless the served id is global.
 *   above_prompt_tokens                     {prompt_tokens, prices as above}
 * A load replaces what stands under the same provider, region and model, and
 * changes nothing when any entry is wrong.
 */
#define CCPI_PRICE_DEFAULT_REGION "global"
#define CCPI_PRICE_MAX_ROWS 4096

typedef struct ccpi_price_rates {
    int64_t input_micro;
    int64_t output_micro;
    int64_t cache_write_micro;
    int64_t cache_write_1h_micro;
    int64_t cache_read_micro;
} ccpi_price_rates;

typedef struct ccpi_price {
    bool is_bedrock;
    char region[33];
    ccpi_price_key key;
    char effective_date[11]; /* or empty: always */
    ccpi_price_rates rates;
    int geographic_premium_percent;
    int64_t tier_above_tokens; /* of the whole prompt; 0: no tier */
    ccpi_price_rates tier_rates;
} ccpi_price;

typedef struct ccpi_price_table {
    ccpi_price *prices;
    size_t count;
} ccpi_price_table;

void ccpi_price_table_clear(ccpi_price_table *table);

ccp_status ccpi_price_table_load_defaults(ccpi_price_table *table, ccp_error *error);

/* source: what the message calls the JSON. CCP_INVALID names the entry. */
ccp_status ccpi_price_table_load(ccpi_price_table *table, const char *json,
                                 const char *source, ccp_error *error);
ccp_status ccpi_price_table_load_file(ccpi_price_table *table, const char *path,
                                      ccp_error *error);
ccp_status ccpi_price_table_load_plan(ccpi_price_table *table, const char *json,
                                      ccp_error *error);

#endif
