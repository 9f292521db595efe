/* What tokens cost (CO-5). */
#include "usage/pricing.h"

#include <stdio.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/fields.h"
#include "base/cleanup.h"
#include "base/fail.h"

#define NAME_SIZE (sizeof(((ccpi_price *)NULL)->key.text) + sizeof("bedrock "))

typedef struct listing {
    json_t *models;
    json_t *own; /* names of those with a price of the region's own */
    char provider[16];
    char region[64];
    bool has_failed; /* memory ran out */
} listing;

static const char *provider_of(const ccpi_price *price)
{
    return price->is_bedrock ? "bedrock" : "plan";
}

static json_t *rates_object(const ccpi_price_rates *rates)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "input_price",
                     ccpi_object_money(rates->input_micro), "output_price",
                     ccpi_object_money(rates->output_micro), "cache_write_price",
                     ccpi_object_money(rates->cache_write_micro), "cache_write_1h_price",
                     ccpi_object_money(rates->cache_write_1h_micro), "cache_read_price",
                     ccpi_object_money(rates->cache_read_micro));
}

/* What a long prompt costs instead; null when that is the same. */
static json_t *tier_object(const ccpi_price *price)
{
    json_t *tier;

    if (price->tier_above_tokens == 0)
        return json_null();
    tier = rates_object(&price->tier_rates);
    if (json_object_set_new(tier, "prompt_tokens",
                            json_integer(price->tier_above_tokens)) == 0)
        return tier;
    json_decref(tier);
    return NULL;
}

static json_t *price_object(const ccpi_price *price)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:o, s:i, s:o}", "model_id", price->key.text, "provider",
        provider_of(price), "region", price->region, "effective_date",
        ccpi_object_text(price->effective_date), "geographic_premium_percent",
        price->geographic_premium_percent, "above_prompt_tokens", tier_object(price));

    return ccpi_object_join(object, rates_object(&price->rates));
}

static void name_price(const ccpi_price *price, char *out, size_t size)
{
    snprintf(out, size, "%s %s", provider_of(price), price->key.text);
}

static bool note_own(void *context, const ccpi_price *price)
{
    listing *to = context;
    char name[NAME_SIZE];

    if (strcmp(to->region, price->region) != 0)
        return true;
    name_price(price, name, sizeof(name));
    to->has_failed = json_object_set_new(to->own, name, json_true()) != 0;
    return !to->has_failed;
}

/* CO-4: the region's own price, else the model's default. */
static bool holds_in_region(const listing *to, const ccpi_price *price)
{
    char name[NAME_SIZE];

    if (!to->region[0] || strcmp(to->region, price->region) == 0)
        return true;
    name_price(price, name, sizeof(name));
    return strcmp(price->region, CCPI_PRICE_DEFAULT_REGION) == 0 &&
           !json_object_get(to->own, name);
}

static bool take_price(void *context, const ccpi_price *price)
{
    listing *to = context;

    if (to->provider[0] && strcmp(to->provider, provider_of(price)) != 0)
        return true;
    if (!holds_in_region(to, price))
        return true;
    to->has_failed = json_array_append_new(to->models, price_object(price)) != 0;
    return !to->has_failed;
}

static ccp_status read_filters(ccpi_api_call *call, listing *out)
{
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("provider", out->provider)},
        {CCPI_TEXT_FIELD("region", out->region)},
    };
    ccp_status status = ccpi_query_read(call, fields, 2);

    if (status == CCP_OK && out->provider[0] && strcmp(out->provider, "plan") != 0 &&
        strcmp(out->provider, "bedrock") != 0)
        return ccpi_fail(&call->error, CCP_INVALID, "provider is plan or bedrock");
    return status;
}

ccp_status ccpi_pricing_list(ccpi_api_call *call)
{
    ccpi_pricing *pricing = call->api->router->pricing;
    json_auto_t *models = json_array();
    json_auto_t *own = json_object();
    listing to = {.models = models, .own = own};
    ccp_status status = models && own ? read_filters(call, &to) : CCP_NO_MEMORY;

    if (status != CCP_OK)
        return status;
    ccpi_pricing_each(pricing, note_own, &to);
    if (!to.has_failed)
        ccpi_pricing_each(pricing, take_price, &to);
    if (to.has_failed)
        return CCP_NO_MEMORY;
    return ccpi_api_call_answer(call, 200, json_pack("{s:O}", "models", models));
}

/* The other processes read theirs when they see that something has changed. */
static ccp_status announce(const ccp_store *within, void *context, ccp_error *error)
{
    (void)context;
    return within->changes.announce
               ? within->changes.announce(within->changes.self, error)
               : CCP_OK;
}

ccp_status ccpi_pricing_renew(ccpi_api_call *call)
{
    const ccpi_deed deed = {"pricing.reload", "pricing", NULL};
    ccp_status status =
        ccpi_pricing_reload(call->api->router->pricing, NULL, &call->error);

    if (status == CCP_LIMIT)
        call->refusal = CCPI_CODE_VALIDATION_ERROR;
    if (status == CCP_OK)
        status = ccpi_admin_do(&call->admin, &deed, announce, NULL, &call->error);
    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}
