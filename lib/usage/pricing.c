#include "usage/pricing.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/fail.h"
#include "usage/money.h"
#include "usage/price_key.h"
#include "usage/price_table.h"

/* By what a file is known to be another one than before. */
typedef struct file_stamp {
    dev_t device;
    ino_t number;
    off_t size;
    struct timespec changed;
} file_stamp;

struct ccpi_pricing {
    pthread_mutex_t loading; /* held while options are read from: others replace them */
    ccpi_pricing_options options;
    pthread_rwlock_t lock;
    ccpi_price_table table;
    file_stamp stamp;
};

static file_stamp stamp_of(const char *path)
{
    struct stat found;

    if (!path || stat(path, &found) != 0)
        return (file_stamp){.size = -1};
    return (file_stamp){found.st_dev, found.st_ino, found.st_size, found.st_mtim};
}

static bool is_same_stamp(const file_stamp *one, const file_stamp *other)
{
    return one->device == other->device && one->number == other->number &&
           one->size == other->size && one->changed.tv_sec == other->changed.tv_sec &&
           one->changed.tv_nsec == other->changed.tv_nsec;
}

static ccp_status load(const ccpi_pricing_options *options, ccpi_price_table *out,
                       ccp_error *error)
{
    ccp_status status = ccpi_price_table_load_defaults(out, error);

    if (status == CCP_OK && options->file)
        status = ccpi_price_table_load_file(out, options->file, error);
    if (status == CCP_OK && options->overrides_json)
        status =
            ccpi_price_table_load(out, options->overrides_json, "model_pricing", error);
    if (status == CCP_OK && options->plan_json)
        status = ccpi_price_table_load_plan(out, options->plan_json, error);
    return status;
}

ccp_status ccpi_pricing_new(const ccpi_pricing_options *options, ccpi_pricing **out,
                            ccp_error *error)
{
    ccpi_pricing *pricing;
    ccp_status status;

    *out = NULL;
    pricing = calloc(1, sizeof(*pricing));
    if (!pricing)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for prices");
    pthread_rwlock_init(&pricing->lock, NULL);
    pthread_mutex_init(&pricing->loading, NULL);
    if (options)
        pricing->options = *options;
    pricing->stamp = stamp_of(pricing->options.file);
    status = load(&pricing->options, &pricing->table, error);
    if (status != CCP_OK) {
        ccpi_pricing_free(pricing);
        return status;
    }
    *out = pricing;
    return CCP_OK;
}

void ccpi_pricing_free(ccpi_pricing *pricing)
{
    if (!pricing)
        return;
    ccpi_price_table_clear(&pricing->table);
    pthread_mutex_destroy(&pricing->loading);
    pthread_rwlock_destroy(&pricing->lock);
    free(pricing);
}

/* While loading is held. */
static ccp_status load_anew(ccpi_pricing *pricing, const ccpi_pricing_options *options,
                            ccp_error *error)
{
    const ccpi_pricing_options chosen = options ? *options : pricing->options;
    CCPI_CLEANUP(ccpi_price_table_clear) ccpi_price_table table = {NULL, 0};
    const file_stamp stamp = stamp_of(chosen.file);
    ccpi_price_table former;
    ccp_status status = load(&chosen, &table, error);

    if (status != CCP_OK)
        return status;
    pthread_rwlock_wrlock(&pricing->lock);
    pricing->stamp = stamp;
    former = pricing->table;
    pricing->table = table;
    pricing->options = chosen;
    pthread_rwlock_unlock(&pricing->lock);
    table = former;
    return CCP_OK;
}

ccp_status ccpi_pricing_reload(ccpi_pricing *pricing, const ccpi_pricing_options *options,
                               ccp_error *error)
{
    ccp_status status;

    pthread_mutex_lock(&pricing->loading);
    status = load_anew(pricing, options, error);
    pthread_mutex_unlock(&pricing->loading);
    return status;
}

ccp_status ccpi_pricing_follow(ccpi_pricing *pricing, ccp_error *error)
{
    ccp_status status = CCP_OK;
    file_stamp stamp;

    pthread_mutex_lock(&pricing->loading);
    stamp = stamp_of(pricing->options.file);
    if (!is_same_stamp(&stamp, &pricing->stamp)) {
        pricing->stamp = stamp; /* what is refused once is not read again */
        status = load_anew(pricing, NULL, error);
    }
    pthread_mutex_unlock(&pricing->loading);
    return status;
}

void ccpi_pricing_each(ccpi_pricing *pricing,
                       bool (*visit)(void *context, const ccpi_price *price),
                       void *context)
{
    bool goes_on = true;

    pthread_rwlock_rdlock(&pricing->lock);
    for (size_t i = 0; i < pricing->table.count && goes_on; i++)
        goes_on = visit(context, &pricing->table.prices[i]);
    pthread_rwlock_unlock(&pricing->lock);
}

/* What is looked up, and the best row that was met so far. */
typedef struct search {
    bool is_bedrock;
    const char *region; /* one exact region, or the default one */
    ccpi_price_key key;
    char date[11];
    const ccpi_price *best;
} search;

static bool is_same_place(const search *wanted, const ccpi_price *price)
{
    return price->is_bedrock == wanted->is_bedrock &&
           strcmp(price->region, wanted->region) == 0;
}

static bool is_same_model(const search *wanted, const ccpi_price *price)
{
    /* One name has one version, and most models another: that is seen at once. */
    return price->key.version[0] == wanted->key.version[0] &&
           price->key.version[1] == wanted->key.version[1] &&
           strcmp(price->key.text, wanted->key.text) == 0;
}

/* The price of the day: the newest of those that are in force. */
static void find_exact(const ccpi_price_table *table, search *wanted)
{
    for (size_t i = 0; i < table->count; i++) {
        const ccpi_price *price = &table->prices[i];

        if (!is_same_model(wanted, price) || !is_same_place(wanted, price) ||
            strcmp(price->effective_date, wanted->date) > 0)
            continue;
        if (!wanted->best ||
            strcmp(price->effective_date, wanted->best->effective_date) > 0)
            wanted->best = price;
    }
}

/* A day before every date of the model: its oldest price is the nearest truth. */
static void find_oldest(const ccpi_price_table *table, search *wanted)
{
    for (size_t i = 0; i < table->count; i++) {
        const ccpi_price *price = &table->prices[i];

        if (!is_same_model(wanted, price) || !is_same_place(wanted, price))
            continue;
        if (!wanted->best ||
            strcmp(price->effective_date, wanted->best->effective_date) < 0)
            wanted->best = price;
    }
}

static bool is_newer(const ccpi_price *price, const ccpi_price *than)
{
    int order = ccpi_price_key_compare_versions(&price->key, &than->key);

    return order > 0 ||
           (order == 0 && strcmp(price->effective_date, than->effective_date) > 0);
}

static void find_family(const ccpi_price_table *table, search *wanted)
{
    for (size_t i = 0; i < table->count; i++) {
        const ccpi_price *price = &table->prices[i];

        if (is_same_place(wanted, price) && wanted->key.family[0] &&
            strcmp(price->key.family, wanted->key.family) == 0 &&
            (!wanted->best || is_newer(price, wanted->best)))
            wanted->best = price;
    }
}

static void find_dearest(const ccpi_price_table *table, search *wanted)
{
    for (size_t i = 0; i < table->count; i++) {
        const ccpi_price *price = &table->prices[i];

        if (is_same_place(wanted, price) &&
            (!wanted->best ||
             price->rates.output_micro > wanted->best->rates.output_micro))
            wanted->best = price;
    }
}

/* NULL only for a table without any default price of the provider. */
static const ccpi_price *find(const ccpi_price_table *table, search *wanted,
                              const char *region, bool *is_estimated)
{
    *is_estimated = false;
    wanted->region = region;
    find_exact(table, wanted);
    if (wanted->best)
        return wanted->best;
    wanted->region = CCPI_PRICE_DEFAULT_REGION;
    find_exact(table, wanted);
    if (!wanted->best)
        find_oldest(table, wanted);
    if (wanted->best)
        return wanted->best;
    *is_estimated = true;
    find_family(table, wanted);
    if (!wanted->best)
        find_dearest(table, wanted);
    return wanted->best;
}

static void write_date(int64_t unix_us, char out[11])
{
    time_t seconds = (time_t)(unix_us / 1000000);
    struct tm day;

    if (!gmtime_r(&seconds, &day) || strftime(out, 11, "%Y-%m-%d", &day) != 10)
        out[0] = '\0';
}

static void apply_premium(ccpi_price_rates *rates, int percent)
{
    int64_t *const each[] = {&rates->input_micro, &rates->output_micro,
                             &rates->cache_write_micro, &rates->cache_write_1h_micro,
                             &rates->cache_read_micro};

    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
        *each[i] = (*each[i] * (100 + percent) + 50) / 100;
}

static int64_t prompt_tokens(const ccp_tokens *tokens)
{
    return tokens->input + tokens->cache_read + tokens->cache_write_5m +
           tokens->cache_write_1h;
}

static ccpi_price_rates rates_for(const ccpi_price *price, const search *wanted,
                                  const ccp_tokens *tokens)
{
    ccpi_price_rates rates = price->rates;

    if (price->tier_above_tokens > 0 && prompt_tokens(tokens) > price->tier_above_tokens)
        rates = price->tier_rates;
    if (price->geographic_premium_percent > 0 && !wanted->key.is_global)
        apply_premium(&rates, price->geographic_premium_percent);
    return rates;
}

static void write_costs(const ccpi_price_rates *rates, ccp_usage_record *record)
{
    const ccp_tokens *tokens = &record->tokens;

    record->input_cost_micro = ccpi_money_of_tokens(tokens->input, rates->input_micro);
    record->output_cost_micro = ccpi_money_of_tokens(tokens->output, rates->output_micro);
    record->cache_write_cost_micro =
        ccpi_money_of_tokens(tokens->cache_write_5m, rates->cache_write_micro) +
        ccpi_money_of_tokens(tokens->cache_write_1h, rates->cache_write_1h_micro);
    record->cache_read_cost_micro =
        ccpi_money_of_tokens(tokens->cache_read, rates->cache_read_micro);
    record->total_cost_micro = record->input_cost_micro + record->output_cost_micro +
                               record->cache_write_cost_micro +
                               record->cache_read_cost_micro;
    record->price_input_micro = rates->input_micro;
    record->price_output_micro = rates->output_micro;
    record->price_cache_write_micro = rates->cache_write_micro;
    record->price_cache_write_1h_micro = rates->cache_write_1h_micro;
    record->price_cache_read_micro = rates->cache_read_micro;
}

static void apply(const ccpi_price *price, const search *wanted, ccp_usage_record *record)
{
    const ccpi_price_rates rates = rates_for(price, wanted, &record->tokens);

    write_costs(&rates, record);
    snprintf(record->pricing_region, sizeof(record->pricing_region), "%s", price->region);
    snprintf(record->pricing_model_id, sizeof(record->pricing_model_id), "%s",
             price->key.text);
    snprintf(record->pricing_effective_date, sizeof(record->pricing_effective_date), "%s",
             price->effective_date);
}

void ccpi_pricing_apply(ccpi_pricing *pricing, ccp_usage_record *record)
{
    search wanted = {.is_bedrock = strcmp(record->provider, "bedrock") == 0};
    const bool is_priced_as_served = wanted.is_bedrock && record->served_model[0];
    const char *region = wanted.is_bedrock && record->pricing_region[0]
                             ? record->pricing_region
                             : CCPI_PRICE_DEFAULT_REGION;
    const ccpi_price *price;

    ccpi_price_key_of(is_priced_as_served ? record->served_model : record->model,
                      &wanted.key);
    write_date(record->created_at_us, wanted.date);
    pthread_rwlock_rdlock(&pricing->lock);
    price = find(&pricing->table, &wanted, region, &record->price_is_estimated);
    if (price)
        apply(price, &wanted, record);
    pthread_rwlock_unlock(&pricing->lock);
}
