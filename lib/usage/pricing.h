#ifndef CCPI_USAGE_PRICING_H
#define CCPI_USAGE_PRICING_H

#include "ccproxy/error.h"
#include "ccproxy/usage.h"
#include "usage/price_table.h"

/*
 * What tokens cost (CO-1 to CO-6): a table of list prices that ships with the
 * program, overrides over it, and the arithmetic, in whole millionths of a
 * dollar. Any thread; a reload takes the place of the table as a whole.
 */
typedef struct ccpi_pricing ccpi_pricing;

/* Borrowed until ccpi_pricing_free() or until others take their place. */
typedef struct ccpi_pricing_options {
    const char *overrides_json; /* of model_pricing; NULL: none */
    const char *plan_json;      /* of plan_pricing; NULL: none */
    const char *file;           /* of pricing_file; NULL: none */
} ccpi_pricing_options;

/* CCP_INVALID: the message names the entry. @param out  given; ccpi_pricing_free() */
ccp_status ccpi_pricing_new(const ccpi_pricing_options *options, ccpi_pricing **out,
                            ccp_error *error);
void ccpi_pricing_free(ccpi_pricing *pricing);

/*
 * Reads all of it again (CO-5). options: NULL for those that it has. On failure
 * the prices stay as they were; CCP_INVALID names the entry.
 */
ccp_status ccpi_pricing_reload(ccpi_pricing *pricing, const ccpi_pricing_options *options,
                               ccp_error *error);

/* The same, but only when the file of prices is another one than when it was read. */
ccp_status ccpi_pricing_follow(ccpi_pricing *pricing, ccp_error *error);

/*
 * Writes the costs and the price snapshot into the record, from its provider,
 * models, tokens and pricing_region ("" for the default). Never leaves tokens
 * without a price: see price_is_estimated.
 */
void ccpi_pricing_apply(ccpi_pricing *pricing, ccp_usage_record *record);

/* Calls with each row, in no order; false ends the listing. No reload meanwhile. */
void ccpi_pricing_each(ccpi_pricing *pricing,
                       bool (*visit)(void *context, const ccpi_price *price),
                       void *context);

#endif
