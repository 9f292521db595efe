#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/scene.h"

TestSuite(usage, .init = scene_open, .fini = scene_close);

#define CALL(function, ...)                                                              \
    on.store->usage.function(on.store->usage.self, __VA_ARGS__, NULL)

#define ADA "a0000000-0000-4000-8000-000000000000"
#define BOB "b0000000-0000-4000-8000-000000000000"
#define KEY "c0000000-0000-4000-8000-000000000000"

static ccp_usage_record record_of(const char *request_id, const char *user_id,
                                  const char *provider, int64_t cost_micro)
{
    ccp_usage_record record = {.created_at_us = on.now_us,
                               .access_key_id = KEY,
                               .model = "claude-opus-5",
                               .served_model = "claude-opus-5",
                               .tokens = {.input = 10, .output = 20},
                               .http_status = 200,
                               .total_cost_micro = cost_micro};

    strcpy(record.request_id, request_id);
    strcpy(record.user_id, user_id);
    strcpy(record.provider, provider);
    return record;
}

static size_t add(const ccp_usage_record *records, size_t count)
{
    size_t inserted = 999;

    cr_assert(eq(int, CALL(add, records, count, &inserted), CCP_OK));
    return inserted;
}

static int64_t cost(const char *user_id, int64_t start_us, int64_t end_us)
{
    const ccp_period period = {start_us, end_us};
    ccp_id id;
    int64_t micro = -1;

    strcpy(id.text, user_id);
    cr_assert(eq(int, CALL(bedrock_cost, &id, &period, &micro), CCP_OK));
    return micro;
}

typedef struct pile {
    ccp_usage_record records[4];
    size_t count;
} pile;

static bool pile_up(void *context, const ccp_usage_record *record)
{
    pile *of = context;

    of->records[of->count++] = *record;
    return of->count < 4;
}

static ccp_usage_record only_one(void)
{
    pile of = {.count = 0};

    cr_assert(eq(int, CALL(recent, 10, pile_up, &of), CCP_OK));
    cr_assert(eq(sz, of.count, 1));
    return of.records[0];
}

Test(usage, a_record_comes_back_field_for_field)
{
    const ccp_usage_record full = {
        .request_id = "req_0123456789abcdef01234567",
        .created_at_us = SCENE_START_US + 123456,
        .user_id = ADA,
        .access_key_id = KEY,
        .provider = "bedrock",
        .model = "claude-opus-5[1m]",
        .served_model = "global.anthropic.claude-opus-5",
        .tokens = {1, 2, 3, 4, INT64_C(5000000000)},
        .is_fallback = true,
        .is_stream = true,
        .is_estimated = true,
        .fallback_reason = "usage_limit",
        .status = CCP_USAGE_ABORTED,
        .http_status = 200,
        .error_type = "overloaded_error",
        .latency_ms = 1234,
        .ttft_ms = 0,
        .overhead_ms = 3,
        .session_id = "session",
        .agent_id = "agent",
        .parent_agent_id = "parent",
        .input_cost_micro = 11,
        .output_cost_micro = 12,
        .cache_write_cost_micro = 13,
        .cache_read_cost_micro = 14,
        .total_cost_micro = 50,
        .price_is_estimated = true,
        .pricing_region = "us-east-1",
        .pricing_model_id = "claude-opus-5",
        .pricing_effective_date = "2026-02-28",
        .price_input_micro = 21,
        .price_output_micro = 22,
        .price_cache_write_micro = 23,
        .price_cache_write_1h_micro = 24,
        .price_cache_read_micro = 25,
    };
    ccp_usage_record found;

    cr_assert(eq(sz, add(&full, 1), 1));
    found = only_one();

    cr_expect(eq(str, found.request_id, "req_0123456789abcdef01234567"));
    cr_expect(eq(i64, found.created_at_us, SCENE_START_US + 123456));
    cr_expect(eq(str, found.user_id, ADA));
    cr_expect(eq(str, found.access_key_id, KEY));
    cr_expect(eq(str, found.provider, "bedrock"));
    cr_expect(eq(str, found.model, "claude-opus-5[1m]"));
    cr_expect(eq(str, found.served_model, "global.anthropic.claude-opus-5"));
    cr_expect(zero(int, memcmp(&found.tokens, &full.tokens, sizeof(full.tokens))));
    cr_expect(found.is_fallback && found.is_stream && found.is_estimated);
    cr_expect(eq(str, found.fallback_reason, "usage_limit"));
    cr_expect(eq(int, found.status, CCP_USAGE_ABORTED));
    cr_expect(eq(int, found.http_status, 200));
    cr_expect(eq(str, found.error_type, "overloaded_error"));
    cr_expect(eq(i64, found.latency_ms, 1234));
    cr_expect(eq(i64, found.ttft_ms, 0));
    cr_expect(eq(i64, found.overhead_ms, 3));
    cr_expect(eq(str, found.session_id, "session"));
    cr_expect(eq(str, found.agent_id, "agent"));
    cr_expect(eq(str, found.parent_agent_id, "parent"));
    cr_expect(eq(i64, found.input_cost_micro, 11));
    cr_expect(eq(i64, found.output_cost_micro, 12));
    cr_expect(eq(i64, found.cache_write_cost_micro, 13));
    cr_expect(eq(i64, found.cache_read_cost_micro, 14));
    cr_expect(eq(i64, found.total_cost_micro, 50));
    cr_expect(found.price_is_estimated);
    cr_expect(eq(str, found.pricing_region, "us-east-1"));
    cr_expect(eq(str, found.pricing_model_id, "claude-opus-5"));
    cr_expect(eq(str, found.pricing_effective_date, "2026-02-28"));
    cr_expect(eq(i64, found.price_input_micro, 21));
    cr_expect(eq(i64, found.price_output_micro, 22));
    cr_expect(eq(i64, found.price_cache_write_micro, 23));
    cr_expect(eq(i64, found.price_cache_write_1h_micro, 24));
    cr_expect(eq(i64, found.price_cache_read_micro, 25));
}

Test(usage, what_there_was_none_of_stays_none)
{
    ccp_usage_record record = record_of("req_1", ADA, "plan", 0), found;

    record.ttft_ms = record.overhead_ms = -1;
    add(&record, 1);
    found = only_one();
    cr_expect(eq(i64, found.ttft_ms, -1));
    cr_expect(eq(i64, found.overhead_ms, -1));
    cr_expect(eq(str, found.session_id, ""));
    cr_expect(eq(str, found.fallback_reason, ""));
    cr_expect(eq(str, found.pricing_effective_date, ""));
}

/* US-5 */
Test(usage, a_replayed_batch_adds_only_what_is_new)
{
    ccp_usage_record records[3] = {record_of("req_1", ADA, "bedrock", 100),
                                   record_of("req_2", ADA, "bedrock", 10),
                                   record_of("req_3", ADA, "bedrock", 1)};

    cr_expect(eq(sz, add(records, 2), 2));
    cr_expect(eq(sz, add(records, 3), 1));
    cr_expect(eq(sz, add(records, 3), 0));
    cr_expect(eq(i64, cost(ADA, SCENE_START_US, SCENE_START_US + 1), 111));
}

Test(usage, a_record_that_stands_twice_in_a_batch_is_added_once)
{
    ccp_usage_record records[2] = {record_of("req_1", ADA, "bedrock", 100),
                                   record_of("req_1", ADA, "bedrock", 100)};

    cr_expect(eq(sz, add(records, 2), 1));
}

Test(usage, an_empty_batch_is_none)
{
    cr_expect(eq(sz, add(NULL, 0), 0));
}

Test(usage, a_large_batch_goes_in_whole)
{
    enum { COUNT = 500 };
    ccp_usage_record *records = calloc(COUNT, sizeof(*records));

    for (int i = 0; i < COUNT; i++) {
        char id[32];

        snprintf(id, sizeof(id), "req_%d", i);
        records[i] = record_of(id, ADA, "bedrock", 1);
    }
    cr_expect(eq(sz, add(records, COUNT), COUNT));
    cr_expect(eq(i64, cost(ADA, 0, SCENE_START_US + 1), COUNT));
    free(records);
}

Test(usage, a_record_without_ids_refuses_its_batch_whole)
{
    ccp_usage_record records[2] = {record_of("req_1", ADA, "bedrock", 100),
                                   record_of("req_2", "somebody", "bedrock", 100)};

    cr_expect(eq(int, CALL(add, records, 2, NULL), CCP_INVALID));
    cr_expect(eq(i64, cost(ADA, 0, SCENE_START_US + 1), 0));
}

/* US-6: the first bytes of U+20AC stand for a name that was cut within a character. */
Test(usage, text_that_was_cut_within_a_character_loses_no_row)
{
    ccp_usage_record record = record_of("req_1", ADA, "plan", 0);

    strcpy(record.model, "claude-\xE2\x82");
    strcpy(record.session_id, "\xFF");
    cr_expect(eq(sz, add(&record, 1), 1));
    cr_expect(eq(str, only_one().model, "claude-??"));
}

Test(usage, a_cost_is_bedrocks_alone_of_one_user_from_start_to_before_end)
{
    ccp_usage_record records[5] = {
        record_of("req_1", ADA, "bedrock", 1), record_of("req_2", ADA, "bedrock", 10),
        record_of("req_3", ADA, "bedrock", 100), record_of("req_4", ADA, "plan", 1000),
        record_of("req_5", BOB, "bedrock", 10000)};

    records[0].created_at_us = 2 * SCENE_SECOND;
    records[1].created_at_us = 3 * SCENE_SECOND;
    records[2].created_at_us = 4 * SCENE_SECOND;
    records[3].created_at_us = records[4].created_at_us = 3 * SCENE_SECOND;
    add(records, 5);

    cr_expect(eq(i64, cost(ADA, 2 * SCENE_SECOND, 4 * SCENE_SECOND), 11));
    cr_expect(eq(i64, cost(ADA, 1, 2 * SCENE_SECOND), 0));
    cr_expect(eq(i64, cost(BOB, 1, 9 * SCENE_SECOND), 10000));
}

Test(usage, recent_ones_come_newest_first_up_to_the_limit)
{
    ccp_usage_record records[3] = {record_of("req_1", ADA, "plan", 0),
                                   record_of("req_2", ADA, "plan", 0),
                                   record_of("req_3", ADA, "plan", 0)};
    pile of = {.count = 0};

    records[0].created_at_us += 3;
    records[1].created_at_us += 1;
    records[2].created_at_us += 2;
    add(records, 3);
    cr_assert(eq(int, CALL(recent, 2, pile_up, &of), CCP_OK));
    cr_expect(eq(sz, of.count, 2));
    cr_expect(eq(str, of.records[0].request_id, "req_1"));
    cr_expect(eq(str, of.records[1].request_id, "req_3"));
}
