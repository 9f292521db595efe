/* BR-1, BR-14 to BR-16: each way to ask Bedrock, through a whole proxy. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "support/stage.h"

#define SECOND INT64_C(1000000)
#define NEW_MEMBER                                                                       \
    "{\"model\":\"claude-opus-5-5\",\"max_tokens\":100,\"brand_new\":1,"                 \
    "\"messages\":[{\"role\":\"user\",\"content\":\"Hi there\"}]}"

static const char *const ways[] = {"converse", "invoke", "messages"};
#define WAYS (sizeof(ways) / sizeof(*ways))

static stage_options by(const char *way)
{
    return (stage_options){.routing = CCP_ROUTING_BEDROCK_ONLY,
                           .has_bedrock_key = true,
                           .settings = {{"bedrock_api", way}}};
}

static void expect_in_body(stage *stage, const char *text, bool is_there)
{
    pthread_mutex_lock(&stage->bedrock.lock);
    cr_expect(eq(int, strstr(stage->bedrock.body.data, text) != NULL, is_there), "%s: %s",
              text, stage->bedrock.body.data);
    pthread_mutex_unlock(&stage->bedrock.lock);
}

static void expect_in_head(stage *stage, const char *text, bool is_there)
{
    pthread_mutex_lock(&stage->bedrock.lock);
    cr_expect(eq(int, strcasestr(stage->bedrock.head.data, text) != NULL, is_there),
              "%s: %s", text, stage->bedrock.head.data);
    pthread_mutex_unlock(&stage->bedrock.lock);
}

static void expect_served(stage *stage, bool is_stream, int64_t more)
{
    exchange e = stage_messages(CLIENT_LENDS_SOCKET, is_stream);
    ccp_usage_record row;

    stage_run(stage, &e);
    cr_expect(eq(int, exchange_status(&e), 200));
    cr_expect(e.is_whole);
    cr_expect(ne(ptr, strstr(e.answer.data, STAGE_TEXT_OF_BEDROCK), NULL), "%s",
              e.answer.data);
    cr_expect(zero(ptr, strstr(e.answer.data, "amazon-bedrock")));
    cr_assert(eq(sz, stage_rows(stage, &row, 1), 1));
    cr_expect(eq(i64, row.tokens.input, STAGE_INPUT_TOKENS + more));
    cr_expect(eq(i64, row.tokens.output, STAGE_OUTPUT_TOKENS + more));
    cr_expect(eq(int, row.status, CCP_USAGE_COMPLETE));
    cr_expect(eq(str, row.served_model, "global.anthropic.claude-opus-5-5"));
    cr_expect(not(row.is_estimated));
    cr_expect(gt(i64, row.total_cost_micro, 0));
    exchange_clear(&e);
}

Test(proxy_modes, each_way_serves_streams_and_whole_answers_and_counts_them)
{
    for (size_t i = 0; i < WAYS; i++) {
        const stage_options options = by(ways[i]);
        stage stage;

        stage_open(&stage, &options);
        expect_served(&stage, false, 0);
        /* Only invoke says beside the message what was counted. */
        expect_served(&stage, true,
                      strcmp(ways[i], "invoke") == 0 ? STAGE_METRICS_MORE : 0);
        expect_in_head(&stage, "authorization: Bearer bedrock-credential", true);
        stage_close(&stage);
    }
}

Test(proxy_modes, a_stream_that_breaks_ends_with_an_error_event_in_each_way)
{
    for (size_t i = 0; i < WAYS; i++) {
        const stage_options options = by(ways[i]);
        exchange e = stage_messages(CLIENT_LENDS_SOCKET, true);
        ccp_usage_record row;
        stage stage;

        stage_open(&stage, &options);
        atomic_store(&stage.bedrock.answer, STAGE_CUT_LATE);
        stage_run(&stage, &e);
        cr_expect(ne(ptr, strstr(e.answer.data, "event: error\n"), NULL), "%s", ways[i]);
        cr_expect(zero(ptr, strstr(e.answer.data, "message_stop")));
        cr_assert(eq(sz, stage_rows(&stage, &row, 1), 1));
        cr_expect(eq(int, row.status, CCP_USAGE_INCOMPLETE));
        exchange_clear(&e);
        stage_close(&stage);
    }
}

Test(proxy_modes, bedrocks_words_reach_the_client_in_each_way)
{
    for (size_t i = 0; i < WAYS; i++) {
        const stage_options options = by(ways[i]);
        exchange e = stage_messages(CLIENT_LENDS_SOCKET, true);
        stage stage;

        stage_open(&stage, &options);
        atomic_store(&stage.bedrock.answer, STAGE_CLIENT_ERROR);
        stage_run(&stage, &e);
        cr_expect(eq(int, exchange_status(&e), 400));
        cr_expect(ne(ptr,
                     strstr(e.answer.data,
                            "\"message\":\"Input is too long for requested model.\""),
                     NULL));
        exchange_clear(&e);
        stage_close(&stage);
    }
}

/* BR-11, BR-12: before anything else it is a failure like others. */
Test(proxy_modes, an_exception_that_comes_first_has_its_own_status)
{
    for (size_t i = 0; i < 2; i++) {
        const stage_options options = by(ways[i]);
        exchange e = stage_messages(CLIENT_LENDS_SOCKET, true);
        stage stage;

        stage_open(&stage, &options);
        atomic_store(&stage.bedrock.answer, STAGE_EARLY_ERROR);
        stage_run(&stage, &e);
        cr_expect(eq(int, exchange_status(&e), 502), "%s", ways[i]);
        cr_expect(ne(ptr,
                     strstr(e.answer.data,
                            "\"message\":\"bedrock_model_error: The model broke.\""),
                     NULL),
                  "%s", e.answer.data);
        exchange_clear(&e);
        stage_close(&stage);
    }
}

static void run(stage *stage, const char *body, int status)
{
    exchange e = stage_messages(CLIENT_LENDS_SOCKET, false);

    e.body = body;
    stage_run(stage, &e);
    cr_expect(eq(int, exchange_status(&e), status), "%s", e.answer.data);
    exchange_clear(&e);
}

Test(proxy_modes, a_refused_field_costs_one_try_and_is_remembered_for_its_time)
{
    for (size_t i = 0; i < WAYS; i++) {
        const stage_options options = by(ways[i]);
        stage stage;

        stage_open(&stage, &options);
        atomic_store(&stage.bedrock.refusal, "brand_new: Extra inputs are not permitted");
        atomic_store(&stage.bedrock.refuses, "brand_new");
        run(&stage, NEW_MEMBER, 200);
        cr_expect(eq(int, atomic_load(&stage.bedrock.requests), 2), "%s", ways[i]);
        expect_in_body(&stage, "brand_new", false);
        run(&stage, NEW_MEMBER, 200);
        cr_expect(eq(int, atomic_load(&stage.bedrock.requests), 3), "%s", ways[i]);
        stage_move_clock(&stage, 3601 * SECOND);
        run(&stage, NEW_MEMBER, 200);
        cr_expect(eq(int, atomic_load(&stage.bedrock.requests), 5), "%s", ways[i]);
        stage_close(&stage);
    }
}

/* One client's bad request must not change another's. */
Test(proxy_modes, what_is_refused_all_the_same_is_not_remembered)
{
    const stage_options options = by("invoke");
    stage stage;

    stage_open(&stage, &options);
    atomic_store(&stage.bedrock.refusal, "brand_new: Extra inputs are not permitted");
    atomic_store(&stage.bedrock.refuses, "Hi there");
    run(&stage, NEW_MEMBER, 400);
    cr_expect(eq(int, atomic_load(&stage.bedrock.requests), 2));
    atomic_store(&stage.bedrock.refuses, NULL);
    run(&stage, NEW_MEMBER, 200);
    expect_in_body(&stage, "brand_new", true);
    stage_close(&stage);
}

Test(proxy_modes, a_beta_without_a_name_is_found_within_two_tries)
{
    for (size_t i = 0; i < WAYS; i++) {
        const stage_options options = by(ways[i]);
        exchange e = stage_messages(CLIENT_LENDS_SOCKET, false);
        stage stage;

        stage_open(&stage, &options);
        e.headers[e.header_count++] =
            (ccp_header){"anthropic-beta", "good-2026-01-01,bad-2026-01-01"};
        atomic_store(&stage.bedrock.refusal, "invalid beta flag");
        atomic_store(&stage.bedrock.refuses, "bad-2026-01-01");
        stage_run(&stage, &e);
        cr_expect(eq(int, exchange_status(&e), 200), "%s", ways[i]);
        cr_expect(le(int, atomic_load(&stage.bedrock.requests), 3), "%s", ways[i]);
        if (strcmp(ways[i], "messages") == 0)
            expect_in_head(&stage, "good-2026-01-01", true);
        else
            expect_in_body(&stage, "good-2026-01-01", true);
        exchange_clear(&e);
        stage_close(&stage);
    }
}

/* What Claude Code itself sends to Bedrock is not suspected before what nobody knows. */
Test(proxy_modes, a_beta_that_nobody_knows_is_found_at_once_and_remembered)
{
    const stage_options options = by("invoke");
    stage stage;

    stage_open(&stage, &options);
    atomic_store(&stage.bedrock.refusal, "invalid beta flag");
    atomic_store(&stage.bedrock.refuses, "bad-2026-01-01");
    for (int i = 0; i < 2; i++) {
        exchange e = stage_messages(CLIENT_LENDS_SOCKET, false);

        e.headers[e.header_count++] = (ccp_header){
            "anthropic-beta", "claude-code-20250219,interleaved-thinking-2025-05-14,"
                              "bad-2026-01-01,thinking-token-count-2026-05-13,"
                              "advanced-tool-use-2025-11-20"};
        stage_run(&stage, &e);
        cr_expect(eq(int, exchange_status(&e), 200));
        expect_in_body(&stage,
                       "\"anthropic_beta\":[\"interleaved-thinking-2025-05-14\","
                       "\"thinking-token-count-2026-05-13\","
                       "\"tool-search-tool-2025-10-19\"]",
                       true);
        exchange_clear(&e);
    }
    cr_expect(eq(int, atomic_load(&stage.bedrock.requests), 3));
    stage_close(&stage);
}

/* Each request learns something: at the third none is refused. */
Test(proxy_modes, of_several_unknown_betas_the_refused_one_is_found_by_and_by)
{
    const stage_options options = by("messages");
    int before = 0;
    stage stage;

    stage_open(&stage, &options);
    atomic_store(&stage.bedrock.refusal, "invalid beta flag");
    atomic_store(&stage.bedrock.refuses, "c-2026-01-01");
    for (int i = 0; i < 3; i++) {
        exchange e = stage_messages(CLIENT_LENDS_SOCKET, false);

        before = atomic_load(&stage.bedrock.requests);
        e.headers[e.header_count++] = (ccp_header){
            "anthropic-beta", "a-2026-01-01,b-2026-01-01,c-2026-01-01,d-2026-01-01"};
        stage_run(&stage, &e);
        cr_expect(eq(int, exchange_status(&e), 200));
        cr_expect(le(int, atomic_load(&stage.bedrock.requests) - before, 3));
        exchange_clear(&e);
    }
    cr_expect(eq(int, atomic_load(&stage.bedrock.requests) - before, 1));
    expect_in_head(&stage, "anthropic-beta: a-2026-01-01,b-2026-01-01,d-2026-01-01",
                   true);
    stage_close(&stage);
}

Test(proxy_modes, tokens_are_counted_by_bedrock_in_each_way)
{
    for (size_t i = 0; i < WAYS; i++) {
        const stage_options options = by(ways[i]);
        exchange e = stage_messages(CLIENT_LENDS_SOCKET, false);
        stage stage;

        stage_open(&stage, &options);
        e.path = "/ak/%s/v1/messages/count_tokens";
        stage_run(&stage, &e);
        cr_expect(eq(int, exchange_status(&e), 200));
        cr_expect(
            eq(str, (char *)exchange_header(&e, "x-ccproxy-token-count"), "bedrock"));
        cr_expect(eq(str, e.answer.data, "{\"input_tokens\":25}"));
        expect_in_head(&stage, "POST /model/anthropic.claude-opus-5-5/count-tokens",
                       true);
        expect_in_body(&stage, i == 0 ? "\"converse\"" : "\"invokeModel\"", true);
        exchange_clear(&e);
        stage_close(&stage);
    }
}

#define BURST 25

typedef struct counter {
    pthread_t thread;
    stage *stage;
    exchange exchange;
} counter;

static void *count(void *self)
{
    counter *one = self;

    stage_run(one->stage, &one->exchange);
    return NULL;
}

/* As Claude Code does for /context. */
Test(proxy_modes, many_counts_of_one_client_at_once_are_all_answered)
{
    const stage_options options = by("invoke");
    counter counters[BURST];
    stage stage;

    stage_open(&stage, &options);
    for (int i = 0; i < BURST; i++) {
        counters[i] = (counter){.stage = &stage,
                                .exchange = stage_messages(CLIENT_LENDS_SOCKET, false)};
        counters[i].exchange.path = "/ak/%s/v1/messages/count_tokens";
        cr_assert(
            zero(int, pthread_create(&counters[i].thread, NULL, count, &counters[i])));
    }
    for (int i = 0; i < BURST; i++) {
        exchange *e = &counters[i].exchange;

        pthread_join(counters[i].thread, NULL);
        cr_expect(eq(int, exchange_status(e), 200));
        cr_expect(
            eq(str, (char *)exchange_header(e, "x-ccproxy-token-count"), "bedrock"));
        exchange_clear(e);
    }
    cr_expect(eq(int, atomic_load(&stage.bedrock.requests), BURST));
    stage_close(&stage);
}

static const char *const aws_environment[] = {"AWS_ACCESS_KEY_ID=AKIDEXAMPLE",
                                              "AWS_SECRET_ACCESS_KEY=secret",
                                              "AWS_SESSION_TOKEN=token", NULL};

static stage_options by_service(const char *way)
{
    stage_options options = by(way);

    options.has_bedrock_key = false;
    options.environment = aws_environment;
    options.settings[1][0] = "bedrock_use_service_credentials";
    options.settings[1][1] = "true";
    return options;
}

Test(proxy_modes, the_services_own_keys_sign_where_a_key_has_no_credential)
{
    for (size_t i = 0; i < WAYS; i++) {
        const stage_options options = by_service(ways[i]);
        stage stage;

        stage_open(&stage, &options);
        expect_served(&stage, false, 0);
        expect_in_head(&stage, "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
                       true);
        expect_in_head(&stage, "x-amz-security-token: token", true);
        stage_close(&stage);
    }
}

Test(proxy_modes, a_keys_own_credential_comes_before_the_services)
{
    stage_options options = by_service("converse");
    stage stage;

    options.has_bedrock_key = true;
    stage_open(&stage, &options);
    expect_served(&stage, false, 0);
    expect_in_head(&stage, "authorization: Bearer bedrock-credential", true);
    stage_close(&stage);
}

Test(proxy_modes, service_keys_that_are_nowhere_are_told_of)
{
    static const char *const nothing[] = {"AWS_EC2_METADATA_DISABLED=true", NULL};
    stage_options options = by_service("invoke");
    exchange e = stage_messages(CLIENT_LENDS_SOCKET, false);
    stage stage;

    options.environment = nothing;
    stage_open(&stage, &options);
    stage_run(&stage, &e);
    cr_expect(eq(int, exchange_status(&e), 503), "%s", e.answer.data);
    cr_expect(zero(int, atomic_load(&stage.bedrock.requests)));
    exchange_clear(&e);
    stage_close(&stage);
}

/* A body of so many bytes of text. */
static char *make_body(size_t len)
{
    static const char begin[] = "{\"model\":\"claude-opus-5-5\",\"max_tokens\":9,"
                                "\"messages\":[{\"role\":\"user\",\"content\":\"";
    char *body = malloc(len + sizeof(begin) + 8);

    memcpy(body, begin, sizeof(begin) - 1);
    memset(body + sizeof(begin) - 1, 'x', len);
    strcpy(body + sizeof(begin) - 1 + len, "\"}]}");
    return body;
}

/* PX-9: a converted body is memory too; a spliced one is the client's own. */
Test(proxy_modes, what_is_written_for_bedrock_counts_as_memory)
{
    static const int statuses[WAYS] = {503, 200, 200};
    char *body = make_body(700 * 1024);

    for (size_t i = 0; i < WAYS; i++) {
        stage_options options = by(ways[i]);
        stage stage;

        options.settings[1][0] = "memory_budget_bytes";
        options.settings[1][1] = "1MiB";
        options.settings[2][0] = "max_body_bytes";
        options.settings[2][1] = "1MiB";
        stage_open(&stage, &options);
        run(&stage, body, statuses[i]);
        /* All of it was given back. */
        run(&stage, body, statuses[i]);
        expect_served(&stage, true,
                      strcmp(ways[i], "invoke") == 0 ? STAGE_METRICS_MORE : 0);
        stage_close(&stage);
    }
    free(body);
}
