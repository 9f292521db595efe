/* ccproxy/pricing.h over the table of usage/. */
#include "ccproxy/pricing.h"

#include "usage/money.h"
#include "usage/pricing.h"

/* Not made: a public pricing is the table itself, under a name of its own. */
struct ccp_pricing;

static ccpi_pricing *table_of(const ccp_pricing *pricing)
{
    return (ccpi_pricing *)pricing;
}

ccp_status ccp_pricing_new(const ccp_pricing_options *options, ccp_pricing **out,
                           ccp_error *error)
{
    static const ccp_pricing_options defaults = {.file = NULL};
    ccpi_pricing *table;
    ccp_status status;

    if (!options)
        options = &defaults;
    status = ccpi_pricing_new(
        &(ccpi_pricing_options){
            .overrides_json = options->overrides_json,
            .plan_json = options->plan_json,
            .file = options->file,
        },
        &table, error);
    *out = status == CCP_OK ? (ccp_pricing *)table : NULL;
    return status;
}

void ccp_pricing_free(ccp_pricing *pricing)
{
    ccpi_pricing_free(table_of(pricing));
}

void ccp_pricing_apply(const ccp_pricing *pricing, ccp_usage_record *record)
{
    ccpi_pricing_apply(table_of(pricing), record);
}

void ccp_money_write(int64_t micro, char out[CCP_MONEY_TEXT_SIZE])
{
    ccpi_money_write(micro, out);
}
