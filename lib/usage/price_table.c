#include "usage/price_table.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/span.h"
#include "usage/money.h"

#define MOST_PRICE_MICRO 10000000000LL /* 10,000 USD per million tokens */
#define MOST_PREMIUM_PERCENT 100
#define MOST_TIER_TOKENS 1000000000

extern const unsigned char ccpi_default_prices[];
extern const size_t ccpi_default_prices_len;

/* Where in the JSON the reader is, for messages; and what it has read. */
typedef struct loading {
    const char *source;
    const char *provider;
    const char *region;
    const char *model;
    ccpi_price_table fresh;
    ccp_error *error;
} loading;

void ccpi_price_table_clear(ccpi_price_table *table)
{
    free(table->prices);
    *table = (ccpi_price_table){0};
}

static ccp_status refuse(const loading *at, const char *field, const char *what)
{
    return ccpi_fail(at->error, CCP_INVALID, "%.40s: %s %.32s %.60s: %s %s", at->source,
                     at->provider, at->region, at->model, field, what);
}

static bool read_price(const json_t *value, int64_t *micro)
{
    if (json_is_string(value)) {
        ccpi_span text = {json_string_value(value), json_string_length(value)};

        return ccpi_money_parse(text, micro) && *micro <= MOST_PRICE_MICRO;
    }
    if (!json_is_number(value))
        return false;
    if (!(json_number_value(value) >= 0 &&
          json_number_value(value) <= (double)MOST_PRICE_MICRO / 1e6))
        return false;
    *micro = llround(json_number_value(value) * 1e6);
    return true;
}

typedef struct price_field {
    const char *name;
    size_t offset;        /* in ccpi_price_rates */
    int percent_of_input; /* when it is left out; 0: it must not be */
} price_field;

static const price_field price_fields[] = {
    {"input_price", offsetof(ccpi_price_rates, input_micro), 0},
    {"output_price", offsetof(ccpi_price_rates, output_micro), 0},
    {"cache_write_price", offsetof(ccpi_price_rates, cache_write_micro), 125},
    {"cache_write_1h_price", offsetof(ccpi_price_rates, cache_write_1h_micro), 200},
    {"cache_read_price", offsetof(ccpi_price_rates, cache_read_micro), 10},
};
#define PRICE_FIELDS (sizeof(price_fields) / sizeof(price_fields[0]))

static ccp_status read_rates(const loading *at, const json_t *entry,
                             ccpi_price_rates *out)
{
    for (size_t i = 0; i < PRICE_FIELDS; i++) {
        const price_field *field = &price_fields[i];
        const json_t *value = json_object_get(entry, field->name);
        int64_t *micro = (int64_t *)(void *)((char *)out + field->offset);

        if (!value && field->percent_of_input == 0)
            return refuse(at, field->name, "is missing");
        if (!value)
            *micro = (out->input_micro * field->percent_of_input + 50) / 100;
        else if (!read_price(value, micro))
            return refuse(at, field->name, "is no price");
    }
    return CCP_OK;
}

static bool is_price_field(const char *name)
{
    for (size_t i = 0; i < PRICE_FIELDS; i++) {
        if (strcmp(name, price_fields[i].name) == 0)
            return true;
    }
    return false;
}

static ccp_status check_names(const loading *at, json_t *entry, const char *const *others)
{
    const char *name;
    json_t *value;

    json_object_foreach(entry, name, value)
    {
        const char *const *other = others;

        while (*other && strcmp(name, *other) != 0)
            other++;
        if (!*other && !is_price_field(name))
            return refuse(at, "an entry", "has a field that is not known");
    }
    return CCP_OK;
}

static bool is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";

    for (size_t i = 0; i < sizeof(form); i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';

        if (form[i] == 'd' ? !is_digit : text[i] != form[i])
            return false;
    }
    return true;
}

static ccp_status read_date(const loading *at, const json_t *entry, ccpi_price *price)
{
    const json_t *value = json_object_get(entry, "effective_date");

    if (!value)
        return CCP_OK;
    if (!json_is_string(value) || !is_date(json_string_value(value)))
        return refuse(at, "effective_date", "is no YYYY-MM-DD");
    memcpy(price->effective_date, json_string_value(value),
           sizeof(price->effective_date));
    return CCP_OK;
}

static ccp_status read_premium(const loading *at, const json_t *entry, ccpi_price *price)
{
    const json_t *value = json_object_get(entry, "geographic_premium_percent");
    json_int_t percent = json_integer_value(value);

    if (!value)
        return CCP_OK;
    if (!json_is_integer(value) || percent < 0 || percent > MOST_PREMIUM_PERCENT)
        return refuse(at, "geographic_premium_percent", "is no number from 0 to 100");
    price->geographic_premium_percent = (int)percent;
    return CCP_OK;
}

static ccp_status read_tier(const loading *at, const json_t *entry, ccpi_price *price)
{
    static const char *const names[] = {"prompt_tokens", NULL};
    json_t *tier = json_object_get(entry, "above_prompt_tokens");
    json_int_t tokens = json_integer_value(json_object_get(tier, "prompt_tokens"));
    ccp_status status;

    if (!tier)
        return CCP_OK;
    if (tokens < 1 || tokens > MOST_TIER_TOKENS)
        return refuse(at, "above_prompt_tokens", "has no prompt_tokens");
    status = check_names(at, tier, names);
    if (status != CCP_OK)
        return status;
    price->tier_above_tokens = tokens;
    return read_rates(at, tier, &price->tier_rates);
}

static ccp_status append(loading *at, const ccpi_price *price)
{
    ccpi_price_table *table = &at->fresh;
    ccpi_price *grown;

    if (table->count == CCPI_PRICE_MAX_ROWS)
        return ccpi_fail(at->error, CCP_LIMIT, "more than %d prices",
                         CCPI_PRICE_MAX_ROWS);
    grown = realloc(table->prices, (table->count + 1) * sizeof(*grown));
    if (!grown)
        return ccpi_fail(at->error, CCP_NO_MEMORY, "no memory for prices");
    table->prices = grown;
    grown[table->count++] = *price;
    return CCP_OK;
}

static ccp_status read_entry(loading *at, json_t *entry)
{
    static const char *const names[] = {"effective_date", "geographic_premium_percent",
                                        "above_prompt_tokens", NULL};
    ccpi_price price = {.is_bedrock = strcmp(at->provider, "bedrock") == 0};
    ccp_status status;

    if (!json_is_object(entry))
        return refuse(at, "an entry", "is no object");
    if (strlen(at->region) >= sizeof(price.region) || !*at->region)
        return refuse(at, "the region", "is too long or empty");
    snprintf(price.region, sizeof(price.region), "%s", at->region);
    ccpi_price_key_of(at->model, &price.key);

    status = check_names(at, entry, names);
    if (status == CCP_OK)
        status = read_rates(at, entry, &price.rates);
    if (status == CCP_OK)
        status = read_date(at, entry, &price);
    if (status == CCP_OK)
        status = read_premium(at, entry, &price);
    if (status == CCP_OK)
        status = read_tier(at, entry, &price);
    return status == CCP_OK ? append(at, &price) : status;
}

static ccp_status read_model(loading *at, json_t *value)
{
    ccp_status status = CCP_OK;
    json_t *entry;
    size_t i;

    if (!json_is_array(value))
        return read_entry(at, value);
    json_array_foreach(value, i, entry)
    {
        status = read_entry(at, entry);
        if (status != CCP_OK)
            break;
    }
    return status;
}

static ccp_status read_region(loading *at, json_t *models)
{
    ccp_status status = CCP_OK;
    json_t *value;

    at->model = "";
    if (!json_is_object(models))
        return refuse(at, "a region", "is no object");
    json_object_foreach(models, at->model, value)
    {
        status = read_model(at, value);
        if (status != CCP_OK)
            break;
    }
    return status;
}

static ccp_status read_provider(loading *at, json_t *regions)
{
    ccp_status status = CCP_OK;
    json_t *models;

    at->region = at->model = "";
    if (!json_is_object(regions))
        return refuse(at, "a provider", "is no object");
    json_object_foreach(regions, at->region, models)
    {
        status = read_region(at, models);
        if (status != CCP_OK)
            break;
    }
    return status;
}

static bool is_provider(const char *name)
{
    return strcmp(name, "plan") == 0 || strcmp(name, "bedrock") == 0;
}

/* {provider: ...} and {region: ...} may even be mixed. */
static ccp_status read_root(loading *at, json_t *root)
{
    ccp_status status = CCP_OK;
    const char *name;
    json_t *value;

    json_object_foreach(root, name, value)
    {
        at->provider = is_provider(name) ? name : "bedrock";
        at->region = name;
        status = is_provider(name) ? read_provider(at, value) : read_region(at, value);
        if (status != CCP_OK)
            break;
    }
    return status;
}

static ccp_status read_plan_root(loading *at, json_t *root)
{
    at->provider = "plan";
    at->region = CCPI_PRICE_DEFAULT_REGION;
    return read_region(at, root);
}

static bool is_replaced(const ccpi_price_table *fresh, const ccpi_price *old)
{
    for (size_t i = 0; i < fresh->count; i++) {
        const ccpi_price *price = &fresh->prices[i];

        if (price->is_bedrock == old->is_bedrock &&
            strcmp(price->region, old->region) == 0 &&
            strcmp(price->key.text, old->key.text) == 0)
            return true;
    }
    return false;
}

/* Lays the fresh rows over the table's. */
static ccp_status merge(ccpi_price_table *table, loading *at)
{
    for (size_t i = 0; i < table->count; i++) {
        ccp_status status;

        if (is_replaced(&at->fresh, &table->prices[i]))
            continue;
        status = append(at, &table->prices[i]);
        if (status != CCP_OK)
            return status;
    }
    ccpi_price_table_clear(table);
    *table = at->fresh;
    at->fresh = (ccpi_price_table){0};
    return CCP_OK;
}

typedef ccp_status (*root_reader)(loading *at, json_t *root);

/* Takes the root; json_error says why there is none. */
/* Jansson tells of a lack of memory by its code, or by telling nothing. */
static ccp_status refuse_document(const loading *at, const json_error_t *mistake)
{
    char place[48];

    if (!mistake->text[0] || json_error_code(mistake) == json_error_out_of_memory)
        return ccpi_fail(at->error, CCP_NO_MEMORY, "no memory for prices");
    if (json_error_code(mistake) == json_error_cannot_open_file)
        return refuse(at, "the file", "can't be read");
    snprintf(place, sizeof(place), "is not valid JSON (line %d, column %d)",
             mistake->line, mistake->column);
    return refuse(at, "the document", place);
}

static ccp_status load_root(ccpi_price_table *table, loading *at, json_t *root,
                            root_reader read)
{
    ccp_status status = json_is_object(root)
                            ? read(at, root)
                            : refuse(at, "the document", "is no JSON object");

    if (status == CCP_OK)
        status = merge(table, at);
    ccpi_price_table_clear(&at->fresh);
    json_decref(root);
    return status;
}

static ccp_status load_text(ccpi_price_table *table, loading *at, ccpi_span text,
                            root_reader read)
{
    json_error_t mistake;
    json_t *root = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &mistake);

    return root ? load_root(table, at, root, read) : refuse_document(at, &mistake);
}

ccp_status ccpi_price_table_load(ccpi_price_table *table, const char *json,
                                 const char *source, ccp_error *error)
{
    loading at = {source, "", "", "", {0}, error};

    return load_text(table, &at, ccpi_span_of(json), read_root);
}

ccp_status ccpi_price_table_load_plan(ccpi_price_table *table, const char *json,
                                      ccp_error *error)
{
    loading at = {"plan_pricing", "", "", "", {0}, error};

    return load_text(table, &at, ccpi_span_of(json), read_plan_root);
}

ccp_status ccpi_price_table_load_file(ccpi_price_table *table, const char *path,
                                      ccp_error *error)
{
    loading at = {"pricing_file", "", "", "", {0}, error};
    json_error_t mistake;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &mistake);

    return root ? load_root(table, &at, root, read_root) : refuse_document(&at, &mistake);
}

ccp_status ccpi_price_table_load_defaults(ccpi_price_table *table, ccp_error *error)
{
    loading at = {"the built-in prices", "", "", "", {0}, error};

    return load_text(
        table, &at,
        (ccpi_span){(const char *)ccpi_default_prices, ccpi_default_prices_len},
        read_root);
}
