#include "usage/pricing.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/folder.h"

/* 2026-11-01 00:00:00 UTC */
#define NOVEMBER_US 1793491200000000LL
/* 2026-09-01 00:00:00 UTC */
#define SEPTEMBER_US 1788220800000000LL

static ccpi_pricing *pricing_with(const char *overrides)
{
    const ccpi_pricing_options options = {.overrides_json = overrides};
    ccpi_pricing *pricing;
    ccp_error error = {0};

    cr_assert(eq(int, ccpi_pricing_new(&options, &pricing, &error), CCP_OK), "%s",
              error.message);
    return pricing;
}

static ccp_usage_record record_of(const char *provider, const char *model,
                                  const char *served, ccp_tokens tokens)
{
    ccp_usage_record record = {.created_at_us = NOVEMBER_US, .tokens = tokens};

    snprintf(record.provider, sizeof(record.provider), "%s", provider);
    snprintf(record.model, sizeof(record.model), "%s", model);
    snprintf(record.served_model, sizeof(record.served_model), "%s", served);
    return record;
}

typedef struct golden {
    const char *provider;
    const char *model;
    const char *served;
    ccp_tokens tokens; /* input, output, cache read, 5m write, 1h write */
    int64_t input, output, write, read; /* millionths, worked by hand */
    bool is_estimated;
} golden;

/* Prices: the list prices of November 2026, in USD per million tokens. */
static const golden goldens[] = {
    /* 1 M x 5 + 500 k x 25 + 100 k x 6.25 + 200 k x 0.50 = 18.225 */
    {"plan",
     "claude-opus-4-8",
     "claude-opus-4-8",
     {1000000, 500000, 200000, 100000, 0},
     5000000,
     12500000,
     625000,
     100000,
     false},
    /* global. has no premium: 1 M x 4, 1 M x 20 */
    {"bedrock",
     "claude-opus-5-5",
     "global.anthropic.claude-opus-5-5",
     {1000000, 1000000, 0, 0, 0},
     4000000,
     20000000,
     0,
     0,
     false},
    /* us.: +10 %: 4.40, 22, 1h write 8.80, read 0.22 */
    {"bedrock",
     "claude-opus-5-5",
     "us.anthropic.claude-opus-5-5",
     {1000000, 1000000, 1000000, 0, 1000000},
     4400000,
     22000000,
     8800000,
     220000,
     false},
    /* Opus 4.1 has no split by geography */
    {"bedrock",
     "claude-opus-4-1",
     "us.anthropic.claude-opus-4-1-20250805-v1:0",
     {1000000, 0, 0, 0, 0},
     15000000,
     0,
     0,
     0,
     false},
    /* Haiku 5.5, a prompt of exactly 100 k: the lower tier */
    {"plan",
     "claude-haiku-5-5",
     "claude-haiku-5-5",
     {100000, 1000000, 0, 0, 0},
     10000,
     500000,
     0,
     0,
     false},
    /* one token more, counting cache reads: the whole request is dearer */
    {"plan",
     "claude-haiku-5-5",
     "claude-haiku-5-5",
     {100000, 1000000, 1, 0, 0},
     50000,
     2500000,
     0,
     0,
     false},
    /* us. in the dearer tier, both kinds of writes counting: 100,001 of a prompt. 99,999
       x 0.55 = 54,999.45; 1 M x 2.75; 1 x 0.6875 and 1 x 1.10 */
    {"bedrock",
     "claude-haiku-5-5",
     "us.anthropic.claude-haiku-5-5",
     {99999, 1000000, 0, 1, 1},
     54999,
     2750000,
     2,
     0,
     false},
    /* one token less: 99,998 x 0.11 = 10,999.78; 1 M x 0.55; 0.1375 and 0.22 */
    {"bedrock",
     "claude-haiku-5-5",
     "us.anthropic.claude-haiku-5-5",
     {99998, 1000000, 0, 1, 1},
     11000,
     550000,
     0,
     0,
     false},
    /* eu. beyond 200 k by its 1h writes: 200 k x 6.60, 1000 x 24.75, 1000 x 13.20 */
    {"bedrock",
     "claude-sonnet-4-5",
     "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
     {200000, 1000, 0, 0, 1000},
     1320000,
     24750,
     13200,
     0,
     false},
    /* both kinds of writes: 1000 x 3.75 + 1000 x 6 per million */
    {"plan", "claude-sonnet-4-6", "", {0, 0, 0, 1000, 1000}, 0, 0, 9750, 0, false},
    /* Bedrock is priced by what served: the client's name says Opus */
    {"bedrock",
     "claude-opus-5-5",
     "global.anthropic.claude-haiku-4-5-20251001-v1:0",
     {1000000, 0, 0, 0, 0},
     1000000,
     0,
     0,
     0,
     false},
    /* an unknown version: the family's newest */
    {"plan", "claude-sonnet-9-9", "", {1000000, 0, 0, 0, 0}, 2000000, 0, 0, 0, true},
    /* an unknown family: the dearest price, Opus 4.1's */
    {"plan",
     "claude-unheard-1",
     "",
     {1000000, 1000000, 0, 0, 0},
     15000000,
     75000000,
     0,
     0,
     true},
};

Test(pricing, costs_are_those_worked_by_hand)
{
    ccpi_pricing *pricing = pricing_with(NULL);

    for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
        const golden *g = &goldens[i];
        ccp_usage_record record = record_of(g->provider, g->model, g->served, g->tokens);

        ccpi_pricing_apply(pricing, &record);
        cr_expect(eq(i64, record.input_cost_micro, g->input), "case %zu", i);
        cr_expect(eq(i64, record.output_cost_micro, g->output), "case %zu", i);
        cr_expect(eq(i64, record.cache_write_cost_micro, g->write), "case %zu", i);
        cr_expect(eq(i64, record.cache_read_cost_micro, g->read), "case %zu", i);
        cr_expect(
            eq(i64, record.total_cost_micro, g->input + g->output + g->write + g->read),
            "case %zu", i);
        cr_expect(eq(int, record.price_is_estimated, g->is_estimated), "case %zu", i);
    }
    ccpi_pricing_free(pricing);
}

Test(pricing, the_price_of_the_day_counts)
{
    ccpi_pricing *pricing = pricing_with(NULL);
    ccp_usage_record record =
        record_of("plan", "claude-sonnet-5-5", "", (ccp_tokens){.cache_read = 1000000});

    ccpi_pricing_apply(pricing, &record);
    cr_expect(eq(i64, record.cache_read_cost_micro, 100000));
    record.created_at_us = SEPTEMBER_US;
    ccpi_pricing_apply(pricing, &record);
    cr_expect(eq(i64, record.cache_read_cost_micro, 200000));
    cr_expect(eq(str, record.pricing_effective_date, "2026-08-01"));
    record.created_at_us = 0;
    ccpi_pricing_apply(pricing, &record);
    cr_expect(eq(i64, record.cache_read_cost_micro, 200000));
    cr_expect(not(record.price_is_estimated));
    ccpi_pricing_free(pricing);
}

Test(pricing, an_exact_region_wins_and_gets_no_premium)
{
    ccpi_pricing *pricing = pricing_with("{\"eu-west-1\":{\"claude-opus-5-5\":{\"input_"
                                         "price\":7,\"output_price\":\"9.5\"}}}");
    ccp_usage_record record = record_of("bedrock", "x", "eu.anthropic.claude-opus-5-5",
                                        (ccp_tokens){1000000, 1000000, 1000000, 0, 0});

    snprintf(record.pricing_region, sizeof(record.pricing_region), "eu-west-1");
    ccpi_pricing_apply(pricing, &record);
    cr_expect(eq(i64, record.input_cost_micro, 7000000));
    cr_expect(eq(i64, record.output_cost_micro, 9500000));
    cr_expect(eq(i64, record.cache_read_cost_micro, 700000), "a tenth of the input");
    cr_expect(eq(str, record.pricing_region, "eu-west-1"));

    snprintf(record.pricing_region, sizeof(record.pricing_region), "us-east-1");
    ccpi_pricing_apply(pricing, &record);
    cr_expect(eq(i64, record.input_cost_micro, 4400000));
    ccpi_pricing_free(pricing);
}

Test(pricing, an_override_of_one_provider_leaves_the_other)
{
    ccpi_pricing *pricing =
        pricing_with("{\"bedrock\":{\"global\":{\"claude-sonnet-5\":"
                     "{\"input_price\":\"1\",\"output_price\":\"1\"}}}}");
    ccp_usage_record record = record_of("plan", "claude-sonnet-5", "claude-sonnet-5",
                                        (ccp_tokens){.input = 1000000});

    ccpi_pricing_apply(pricing, &record);
    cr_expect(eq(i64, record.input_cost_micro, 2000000));
    ccpi_pricing_free(pricing);
}

Test(pricing, a_wrong_entry_is_refused_by_name)
{
    static const char *const wrong[] = {
        "[]",
        "{\"us-east-1\":[]}",
        "{\"us-east-1\":{\"claude-odd-1\":{\"input_price\":1}}}",
        "{\"us-east-1\":{\"claude-odd-1\":{\"input_price\":-1,\"output_price\":1}}}",
        "{\"us-east-1\":{\"claude-odd-1\":{\"input_price\":1e9,\"output_price\":1}}}",
        "{\"us-east-1\":{\"claude-odd-1\":{\"input_price\":1,\"output_price\":1,\"x\":1}}"
        "}",
        "{\"us-east-1\":{\"claude-odd-1\":{\"input_price\":1,\"output_price\":1,"
        "\"effective_date\":\"soon\"}}}",
        "{\"us-east-1\":{\"claude-odd-1\":{\"input_price\":1,\"output_price\":1,"
        "\"above_prompt_tokens\":{}}}}",
        "not json",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const ccpi_pricing_options options = {.overrides_json = wrong[i]};
        ccpi_pricing *pricing;
        ccp_error error = {0};
        ccp_status status = ccpi_pricing_new(&options, &pricing, &error);

        cr_expect(eq(int, status, CCP_INVALID), "%s", wrong[i]);
        cr_expect(zero(ptr, pricing));
        if (strstr(wrong[i], "claude-odd-1"))
            cr_expect(not(zero(ptr, strstr(error.message, "claude-odd-1"))), "%s",
                      error.message);
    }
}

static void write_price(const char *path, const char *price)
{
    FILE *file = fopen(path, "w");

    cr_assert(not(zero(ptr, file)));
    fprintf(file,
            "{\"global\":{\"claude-odd-1\":{\"input_price\":%s,\"output_price\":1}}}",
            price);
    fclose(file);
}

static int64_t input_cost(ccpi_pricing *pricing)
{
    ccp_usage_record record =
        record_of("bedrock", "claude-odd-1", "", (ccp_tokens){.input = 1000000});

    ccpi_pricing_apply(pricing, &record);
    return record.input_cost_micro;
}

Test(pricing, a_reload_takes_new_prices_and_refuses_wrong_ones)
{
    char folder[FOLDER_MAX], path[FOLDER_MAX + 16];
    ccpi_pricing *pricing;
    ccp_error error = {0};

    folder_make(folder);
    snprintf(path, sizeof(path), "%s/prices", folder);
    write_price(path, "2");
    cr_assert(
        eq(int, ccpi_pricing_new(&(ccpi_pricing_options){.file = path}, &pricing, &error),
           CCP_OK));
    cr_expect(eq(i64, input_cost(pricing), 2000000));
    write_price(path, "3.25");
    cr_expect(eq(i64, input_cost(pricing), 2000000));
    cr_expect(eq(int, ccpi_pricing_follow(pricing, &error), CCP_OK));
    cr_expect(eq(i64, input_cost(pricing), 3250000));
    write_price(path, "-1");
    cr_expect(eq(int, ccpi_pricing_reload(pricing, NULL, &error), CCP_INVALID));
    cr_expect(not(zero(ptr, strstr(error.message, "claude-odd-1"))), "%s", error.message);
    cr_expect(eq(int, ccpi_pricing_follow(pricing, &error), CCP_INVALID));
    cr_expect(eq(int, ccpi_pricing_follow(pricing, &error), CCP_OK), "asked once more");
    cr_expect(eq(i64, input_cost(pricing), 3250000));
    unlink(path);
    cr_expect(eq(int, ccpi_pricing_reload(pricing, NULL, &error), CCP_INVALID));
    cr_expect(eq(i64, input_cost(pricing), 3250000));
    ccpi_pricing_free(pricing);
    folder_remove(folder);
}
