/* 1 M x 5 + 500 k x 25 + 100 k x 6.25 + 200 k x 0.50 dollars a million: 18.225. */
#include <ccproxy/pricing.h>
#include <string.h>

#include "check.h"

int main(void)
{
    ccp_usage_record record = {
        .provider = "plan",
        .model = "claude-opus-4-5-20251101",
        .tokens = {.input = 1000000,
                   .output = 500000,
                   .cache_write_5m = 100000,
                   .cache_read = 200000},
    };
    char text[CCP_MONEY_TEXT_SIZE];
    ccp_pricing *pricing;
    ccp_error error;

    CHECK(ccp_pricing_new(NULL, &pricing, &error) == CCP_OK);
    ccp_pricing_apply(pricing, &record);
    CHECK(record.total_cost_micro == 18225000 && !record.price_is_estimated);
    ccp_money_write(record.total_cost_micro, text);
    CHECK(strcmp(text, "18.225000") == 0);

    strcpy(record.model, "claude-opus-99");
    ccp_pricing_apply(pricing, &record);
    CHECK(record.total_cost_micro > 0 && record.price_is_estimated);
    ccp_pricing_free(pricing);

    CHECK(ccp_pricing_new(&(ccp_pricing_options){.plan_json = "{\"m\":1}"}, &pricing,
                          &error) == CCP_INVALID);
    CHECK(!pricing && strlen(error.message) > 0);
    return 0;
}
