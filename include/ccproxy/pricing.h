/**
 * @file ccproxy/pricing.h
 *
 * What tokens cost: list prices of the Anthropic API and of Amazon Bedrock that
 * ship with the library, overrides over them, and the arithmetic in whole
 * millionths of a dollar. A table never changes after it is made; any thread.
 */
#ifndef CCPROXY_PRICING_H
#define CCPROXY_PRICING_H

#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/usage.h"

CCP_BEGIN_DECLS

typedef struct ccp_pricing ccp_pricing;

/** What stands over the list prices; JSON text in the forms of docs/configuration.md. */
typedef struct ccp_pricing_options {
    const char *file;           /**< as the setting pricing_file; NULL: none */
    const char *overrides_json; /**< as model_pricing; NULL: none */
    const char *plan_json;      /**< as plan_pricing; NULL: none */
} ccp_pricing_options;

/**
 * CCP_INVALID: the message names the entry that is wrong. CCP_NOT_FOUND: no file.
 *
 * @param options  NULL: the list prices alone
 * @param out      given to the caller; free it with ccp_pricing_free()
 */
ccp_status ccp_pricing_new(const ccp_pricing_options *options, ccp_pricing **out,
                           ccp_error *error);

/** NULL is allowed. */
void ccp_pricing_free(ccp_pricing *pricing);

/**
 * Writes costs and the prices used into the record, from its provider, model (of
 * "plan"), served_model (of "bedrock"), tokens and pricing_region. A model that
 * is not in the table gets the price of its family's newest one, or the dearest,
 * and price_is_estimated.
 */
void ccp_pricing_apply(const ccp_pricing *pricing, ccp_usage_record *record);

/** Room for any amount as text, with its NUL. */
#define CCP_MONEY_TEXT_SIZE 32

/** Dollars with six places: "18.225000". */
void ccp_money_write(int64_t micro, char out[CCP_MONEY_TEXT_SIZE]);

CCP_END_DECLS

#endif
