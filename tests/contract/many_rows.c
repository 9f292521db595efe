#include "contract/many_rows.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

ccp_id id_of(const char *text)
{
    ccp_id id;

    strcpy(id.text, text);
    return id;
}

ccp_usage_record usage_of(int number, const char *user_id, int64_t at_us)
{
    ccp_usage_record record = {
        .created_at_us = at_us,
        .access_key_id = KEY,
        .provider = "bedrock",
        .model = "asked",
        .served_model = "served",
        .pricing_model_id = "priced",
        .http_status = 200,
        .tokens = {1, 2, 3, 4, 5},
        .input_cost_micro = 10,
        .output_cost_micro = 20,
        .cache_write_cost_micro = 30,
        .cache_read_cost_micro = 40,
        .total_cost_micro = 100,
    };

    snprintf(record.request_id, sizeof(record.request_id), "req_%06d", number);
    strcpy(record.user_id, user_id);
    return record;
}

void add_usage(const ccp_usage_record *records, size_t count)
{
    ccp_error error = {0};

    cr_assert(eq(int,
                 on.store->usage.add(on.store->usage.self, records, count, NULL, &error),
                 CCP_OK),
              "%s", error.message);
}

ccp_usage_record many[MANY];

/* Of 32 bits: Knuth, The Art of Computer Programming, 3.3.4 (MMIX). */
static uint64_t next_number(void)
{
    static uint64_t state = 42;

    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return state >> 32;
}

int64_t number_below(int64_t end)
{
    const uint64_t high = next_number() << 32;

    return (int64_t)((high | next_number()) % (uint64_t)end);
}

void add_many(int64_t from_us, int64_t to_us)
{
    static const char *const users[] = {ADA, BOB, EVE};
    static const char *const models[] = {"priced", "dearer", ""};

    for (int i = 0; i < MANY; i++) {
        ccp_usage_record *record = &many[i];
        const char *user = users[number_below(3)];
        const double part = (double)number_below(1000000) / 1e6;

        *record =
            usage_of(i, user, from_us + (int64_t)((double)(to_us - from_us) * part));
        if (i % 5 == 0) /* on the second, where buckets begin */
            record->created_at_us -= record->created_at_us % MINUTE;
        if (i % 4 == 0)
            strcpy(record->provider, "plan");
        if (i % 3 == 0)
            strcpy(record->access_key_id, OTHER_KEY);
        if (i % 7 == 0)
            record->status = CCP_USAGE_ERROR;
        record->is_fallback = i % 2 == 0;
        if (record->is_fallback)
            strcpy(record->fallback_reason, i % 3 == 0 ? "timeout" : "rate_limit");
        record->tokens.input = number_below(1000);
        record->total_cost_micro = number_below(1000);
        strcpy(record->pricing_model_id, models[number_below(3)]);
    }
    add_usage(many, MANY);
}

static const char *model_of(const ccp_usage_record *record)
{
    return record->pricing_model_id[0] ? record->pricing_model_id : record->served_model;
}

bool is_in_range(const ccp_usage_range *range, const ccp_usage_record *record)
{
    return record->created_at_us >= range->period.start_us &&
           record->created_at_us < range->period.end_us &&
           (!range->user_id || strcmp(range->user_id->text, record->user_id) == 0) &&
           (!range->access_key_id ||
            strcmp(range->access_key_id->text, record->access_key_id) == 0) &&
           (!range->provider || strcmp(range->provider, record->provider) == 0) &&
           (!range->model || strcmp(range->model, model_of(record)) == 0);
}

ccp_usage_sums sums_by_loop(const ccp_usage_range *range)
{
    ccp_usage_sums sums = {0};

    for (int i = 0; i < MANY; i++) {
        const ccp_usage_record *record = &many[i];
        const bool failed = record->status == CCP_USAGE_ERROR;

        if (!is_in_range(range, record))
            continue;
        sums.requests += !failed;
        sums.errors += failed;
        sums.fallbacks += !failed && record->is_fallback;
        sums.input_tokens += record->tokens.input;
        sums.output_tokens += record->tokens.output;
        sums.total_tokens += record->tokens.input + record->tokens.output;
        sums.cache_write_tokens +=
            record->tokens.cache_write_5m + record->tokens.cache_write_1h;
        sums.cache_read_tokens += record->tokens.cache_read;
        sums.input_cost_micro += record->input_cost_micro;
        sums.output_cost_micro += record->output_cost_micro;
        sums.cache_write_cost_micro += record->cache_write_cost_micro;
        sums.cache_read_cost_micro += record->cache_read_cost_micro;
        sums.total_cost_micro += record->total_cost_micro;
    }
    return sums;
}

int64_t active_by_loop(const ccp_usage_range *range)
{
    static const char *const users[] = {ADA, BOB, EVE};
    int64_t active = 0;

    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        ccp_usage_range part = *range;
        const ccp_id id = id_of(users[i]);

        if (range->user_id && strcmp(range->user_id->text, users[i]) != 0)
            continue;
        part.user_id = &id;
        active += sums_by_loop(&part).requests > 0;
    }
    return active;
}
