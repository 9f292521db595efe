/*
 * The whole library between a client and two upstreams: every row of RT-15,
 * for streams and for whole answers, over the client's socket and over the
 * sink's functions.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "support/stage.h"

#define DOLLAR INT64_C(1000000)
#define SECOND INT64_C(1000000)

typedef enum prior { NOTHING = 0, THREE_FAILURES, SHORT_LIMIT, HALF_OPEN } prior;

typedef struct scenario {
    const char *row; /* of RT-15 */
    stage_options options;
    prior prior; /* what the access key has been through */
    stage_answer plan;
    stage_answer bedrock;
    /* What must come of it. */
    int status;
    const char *provider;       /* x-ccproxy-provider */
    const char *fallback;       /* x-ccproxy-fallback, NULL: none */
    const char *fallback_error; /* x-ccproxy-fallback-error, NULL: none */
    const char *body;           /* a part of the answer */
    int plan_requests;
    int bedrock_requests;
    const char *row_provider; /* of the usage row; NULL: no row */
    ccp_usage_status row_status;
    const char *row_reason; /* NULL: no fallback */
} scenario;

#define PLAN_ONLY .options = {.has_bedrock_key = false}
#define BOTH .options = {.has_bedrock_key = true}
#define SPENT                                                                            \
    .options = {                                                                         \
        .has_bedrock_key = true, .budget_micro = DOLLAR, .spent_micro = 2 * DOLLAR}
#define BEDROCK_ONLY                                                                     \
    .options = {.has_bedrock_key = true, .routing = CCP_ROUTING_BEDROCK_ONLY}

/* Claude Code decides by these words, so they must arrive as they were (PX-6). */
#define OVERLOADED "{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}"

static const scenario scenarios[] = {
    {"1", BOTH, .plan = STAGE_SUCCESS, .status = 200, .provider = "plan",
     .body = STAGE_TEXT_OF_PLAN, .plan_requests = 1, .row_provider = "plan"},
    {"2", BOTH, .plan = STAGE_CLIENT_ERROR, .status = 400, .provider = "plan",
     .body = "prompt is too long", .plan_requests = 1, .row_provider = "plan",
     .row_status = CCP_USAGE_ERROR},
    {"2, refused", BOTH, .plan = STAGE_REFUSED, .status = 401, .provider = "plan",
     .body = "invalid x-api-key", .plan_requests = 1, .row_provider = "plan",
     .row_status = CCP_USAGE_ERROR},
    {"3, 429", PLAN_ONLY, .plan = STAGE_RATE_LIMIT, .status = 429, .provider = "plan",
     .fallback = "not-configured", .body = "slow down", .plan_requests = 1,
     .row_provider = "plan", .row_status = CCP_USAGE_ERROR},
    {"3, 529", PLAN_ONLY, .plan = STAGE_OVERLOADED, .status = 529, .provider = "plan",
     .fallback = "not-configured", .body = OVERLOADED, .plan_requests = 1,
     .row_provider = "plan", .row_status = CCP_USAGE_ERROR},
    {"4, 429", BOTH, .plan = STAGE_RATE_LIMIT, .status = 200, .provider = "bedrock",
     .fallback = "rate_limit", .body = STAGE_TEXT_OF_BEDROCK, .plan_requests = 1,
     .bedrock_requests = 1, .row_provider = "bedrock", .row_reason = "rate_limit"},
    {"4, 500", BOTH, .plan = STAGE_SERVER_ERROR, .status = 200, .provider = "bedrock",
     .fallback = "server_error", .body = STAGE_TEXT_OF_BEDROCK, .plan_requests = 1,
     .bedrock_requests = 1, .row_provider = "bedrock", .row_reason = "server_error"},
    {"4, usage limit", BOTH, .plan = STAGE_USAGE_LIMIT, .status = 200,
     .provider = "bedrock", .fallback = "usage_limit", .body = STAGE_TEXT_OF_BEDROCK,
     .plan_requests = 1, .bedrock_requests = 1, .row_provider = "bedrock",
     .row_reason = "usage_limit"},
    {"4, HTML", BOTH, .plan = STAGE_HTML, .status = 200, .provider = "bedrock",
     .fallback = "server_error", .body = STAGE_TEXT_OF_BEDROCK, .plan_requests = 1,
     .bedrock_requests = 1, .row_provider = "bedrock", .row_reason = "server_error"},
    {"5", SPENT, .plan = STAGE_USAGE_LIMIT, .status = 429, .provider = "plan",
     .fallback = "budget-exceeded", .body = "your account's rate limit",
     .plan_requests = 1, .row_provider = "plan", .row_status = CCP_USAGE_ERROR},
    {"5, no answer", SPENT, .plan = STAGE_RESET, .status = 429, .provider = "none",
     .body = "Monthly budget exceeded. Current usage: $2.00, Budget limit: $1.00.",
     .plan_requests = 1, .row_provider = "plan", .row_status = CCP_USAGE_ERROR},
    {"6", BOTH, .plan = STAGE_OVERLOADED, .bedrock = STAGE_RATE_LIMIT, .status = 529,
     .provider = "plan", .fallback_error = "bedrock_quota_exceeded", .body = OVERLOADED,
     .plan_requests = 1, .bedrock_requests = 1, .row_provider = "plan",
     .row_status = CCP_USAGE_ERROR},
    {"7", PLAN_ONLY, .plan = STAGE_RESET, .status = 503, .provider = "plan",
     .fallback = "not-configured", .body = "Bedrock fallback is not configured",
     .plan_requests = 1, .row_provider = "plan", .row_status = CCP_USAGE_ERROR},
    {"7, timeout", .options = {.settings = {{"read_timeout", "0.2"}}},
     .plan = STAGE_SILENCE, .status = 504, .provider = "plan",
     .fallback = "not-configured", .body = "\"type\":\"timeout_error\"",
     .plan_requests = 1, .row_provider = "plan", .row_status = CCP_USAGE_ERROR},
    {"8", BOTH, .plan = STAGE_RESET, .status = 200, .provider = "bedrock",
     .fallback = "network_error", .body = STAGE_TEXT_OF_BEDROCK, .plan_requests = 1,
     .bedrock_requests = 1, .row_provider = "bedrock", .row_reason = "network_error"},
    {"8, and Bedrock fails", BOTH, .plan = STAGE_RESET, .bedrock = STAGE_CLIENT_ERROR,
     .status = 400, .provider = "bedrock", .fallback = "network_error",
     .body = "Input is too long for requested model.", .plan_requests = 1,
     .bedrock_requests = 1, .row_provider = "bedrock", .row_status = CCP_USAGE_ERROR,
     .row_reason = "network_error"},
    {"9, open", BOTH, THREE_FAILURES, .plan = STAGE_SUCCESS, .status = 200,
     .provider = "bedrock", .fallback = "circuit_open", .body = STAGE_TEXT_OF_BEDROCK,
     .bedrock_requests = 1, .row_provider = "bedrock", .row_reason = "circuit_open"},
    {"9, cool-down", BOTH, SHORT_LIMIT, .plan = STAGE_SUCCESS, .status = 200,
     .provider = "bedrock", .fallback = "usage_limit", .body = STAGE_TEXT_OF_BEDROCK,
     .bedrock_requests = 1, .row_provider = "bedrock", .row_reason = "usage_limit"},
    {"10, no credential", PLAN_ONLY, THREE_FAILURES, .plan = STAGE_SUCCESS, .status = 200,
     .provider = "plan", .body = STAGE_TEXT_OF_PLAN, .plan_requests = 1,
     .row_provider = "plan"},
    {"10, budget", SPENT, THREE_FAILURES, .plan = STAGE_SUCCESS, .status = 200,
     .provider = "plan", .body = STAGE_TEXT_OF_PLAN, .plan_requests = 1,
     .row_provider = "plan"},
    {"10, budget, failure", SPENT, THREE_FAILURES, .plan = STAGE_OVERLOADED,
     .status = 529, .provider = "plan", .fallback = "budget-exceeded", .body = OVERLOADED,
     .plan_requests = 1, .row_provider = "plan", .row_status = CCP_USAGE_ERROR},
    {"10, blocked", .options = {.settings = {{"circuit_block_without_fallback", "true"}}},
     THREE_FAILURES, .plan = STAGE_SUCCESS, .status = 503, .provider = "none",
     .body = "\"type\":\"overloaded_error\""},
    {"11, success", BOTH, HALF_OPEN, .plan = STAGE_SUCCESS, .status = 200,
     .provider = "plan", .body = STAGE_TEXT_OF_PLAN, .plan_requests = 1,
     .row_provider = "plan"},
    {"11, failure", BOTH, HALF_OPEN, .plan = STAGE_SERVER_ERROR, .status = 200,
     .provider = "bedrock", .fallback = "server_error", .body = STAGE_TEXT_OF_BEDROCK,
     .plan_requests = 1, .bedrock_requests = 1, .row_provider = "bedrock",
     .row_reason = "server_error"},
    {"12", .options = {.routing = CCP_ROUTING_BEDROCK_ONLY}, .status = 503,
     .provider = "none",
     .body = "Bedrock credential is not registered for this access key"},
    {"13",
     .options = {.has_bedrock_key = true,
                 .routing = CCP_ROUTING_BEDROCK_ONLY,
                 .budget_micro = DOLLAR,
                 .spent_micro = DOLLAR},
     .status = 429, .provider = "none", .body = "Monthly budget exceeded."},
    {"14", BEDROCK_ONLY, .status = 200, .provider = "bedrock",
     .body = STAGE_TEXT_OF_BEDROCK, .bedrock_requests = 1, .row_provider = "bedrock"},
    {"14, error", BEDROCK_ONLY, .bedrock = STAGE_REFUSED, .status = 503,
     .provider = "bedrock", .body = "Bedrock credential was refused",
     .bedrock_requests = 1, .row_provider = "bedrock", .row_status = CCP_USAGE_ERROR},
    {"18", PLAN_ONLY, SHORT_LIMIT, .plan = STAGE_USAGE_LIMIT, .status = 429,
     .provider = "plan", .fallback = "not-configured",
     .body = "your account's rate limit", .plan_requests = 1, .row_provider = "plan",
     .row_status = CCP_USAGE_ERROR},
};

/* What only a stream can be. */
static const scenario stream_scenarios[] = {
    {"4, early error event", BOTH, .plan = STAGE_EARLY_ERROR, .status = 200,
     .provider = "bedrock", .fallback = "server_error", .body = STAGE_TEXT_OF_BEDROCK,
     .plan_requests = 1, .bedrock_requests = 1, .row_provider = "bedrock",
     .row_reason = "server_error"},
    {"3, early error event", PLAN_ONLY, .plan = STAGE_EARLY_ERROR, .status = 200,
     .provider = "plan", .fallback = "not-configured", .body = OVERLOADED,
     .plan_requests = 1, .row_provider = "plan", .row_status = CCP_USAGE_ERROR},
    {"8, cut before its content", BOTH, .plan = STAGE_CUT_EARLY, .status = 200,
     .provider = "bedrock", .fallback = "network_error", .body = STAGE_TEXT_OF_BEDROCK,
     .plan_requests = 1, .bedrock_requests = 1, .row_provider = "bedrock",
     .row_reason = "network_error"},
    {"15, error event", BOTH, .plan = STAGE_LATE_ERROR, .status = 200, .provider = "plan",
     .body = STAGE_TEXT_OF_PLAN, .plan_requests = 1, .row_provider = "plan",
     .row_status = CCP_USAGE_INCOMPLETE},
    {"15, cut", BOTH, .plan = STAGE_CUT_LATE, .status = 200, .provider = "plan",
     .body = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"",
     .plan_requests = 1, .row_provider = "plan", .row_status = CCP_USAGE_INCOMPLETE},
    {"15, Bedrock cut", BEDROCK_ONLY, .bedrock = STAGE_CUT_LATE, .status = 200,
     .provider = "bedrock", .body = "event: error\n", .bedrock_requests = 1,
     .row_provider = "bedrock", .row_status = CCP_USAGE_INCOMPLETE},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void run_some(stage *stage, stage_answer plan, int times)
{
    atomic_store(&stage->plan.answer, plan);
    for (int i = 0; i < times; i++) {
        exchange e = stage_messages(CLIENT_HAS_FUNCTIONS, false);

        stage_run(stage, &e);
        exchange_clear(&e);
    }
}

static void prepare(stage *stage, prior prior)
{
    if (prior == THREE_FAILURES || prior == HALF_OPEN)
        run_some(stage, STAGE_SERVER_ERROR, 3);
    if (prior == SHORT_LIMIT)
        run_some(stage, STAGE_SHORT_LIMIT, 1);
    if (prior == HALF_OPEN)
        stage_move_clock(stage, 1800 * SECOND);
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static void expect_answer(const scenario *s, const exchange *e)
{
    cr_expect(eq(int, exchange_status(e), s->status), "row %s", s->row);
    cr_expect(e->is_whole, "row %s", s->row);
    cr_expect(
        eq(str, (char *)exchange_header(e, "x-ccproxy-provider"), (char *)s->provider),
        "row %s", s->row);
    cr_expect(eq(str, (char *)exchange_header(e, "x-ccproxy-fallback"),
                 (char *)or_dash(s->fallback)),
              "row %s", s->row);
    cr_expect(eq(str, (char *)exchange_header(e, "x-ccproxy-fallback-error"),
                 (char *)or_dash(s->fallback_error)),
              "row %s", s->row);
    cr_expect(e->answer.data && strstr(e->answer.data, s->body), "row %s: %s", s->row,
              or_dash(e->answer.data));
}

static void expect_row(const scenario *s, const ccp_usage_record *row)
{
    const bool has_tokens = s->row_status != CCP_USAGE_ERROR;

    cr_expect(eq(str, (char *)row->provider, (char *)s->row_provider), "row %s", s->row);
    cr_expect(eq(int, row->status, s->row_status), "row %s", s->row);
    cr_expect(eq(int, row->http_status, s->status), "row %s", s->row);
    cr_expect(eq(int, row->is_fallback, s->row_reason != NULL), "row %s", s->row);
    cr_expect(eq(str, (char *)row->fallback_reason,
                 (char *)(s->row_reason ? s->row_reason : "")),
              "row %s", s->row);
    cr_expect(eq(str, (char *)row->session_id, "session-1"), "row %s", s->row);
    cr_expect(eq(str, (char *)row->model, "claude-opus-5-5"), "row %s", s->row);
    cr_expect(has_tokens ? row->total_cost_micro > 0 : row->total_cost_micro == 0,
              "row %s", s->row);
    if (s->row_status == CCP_USAGE_COMPLETE) {
        cr_expect(eq(i64, row->tokens.input, STAGE_INPUT_TOKENS), "row %s", s->row);
        cr_expect(eq(i64, row->tokens.output, STAGE_OUTPUT_TOKENS), "row %s", s->row);
        cr_expect(not(row->is_estimated), "row %s", s->row);
    }
    if (s->row_status == CCP_USAGE_ERROR)
        cr_expect(eq(i64, row->tokens.input + row->tokens.output, 0), "row %s", s->row);
}

static void play(const scenario *s, client_kind kind, bool is_stream)
{
    stage stage;
    ccp_usage_record rows[8];
    exchange e = stage_messages(kind, is_stream);
    size_t before;
    int plan_before;
    int bedrock_before;
    int lines_before;

    stage_open(&stage, &s->options);
    prepare(&stage, s->prior);
    before = stage_rows(&stage, rows, COUNT(rows));
    plan_before = atomic_load(&stage.plan.requests);
    bedrock_before = atomic_load(&stage.bedrock.requests);
    lines_before = stage_count_events(&stage, "request_completed");
    atomic_store(&stage.plan.answer, s->plan);
    atomic_store(&stage.bedrock.answer, s->bedrock);

    stage_run(&stage, &e);

    cr_expect(eq(int, e.client.gave, kind == CLIENT_GIVES_SOCKET), "row %s", s->row);
    expect_answer(s, &e);
    cr_expect(eq(int, atomic_load(&stage.plan.requests) - plan_before, s->plan_requests),
              "row %s", s->row);
    cr_expect(eq(int, atomic_load(&stage.bedrock.requests) - bedrock_before,
                 s->bedrock_requests),
              "row %s", s->row);
    cr_expect(eq(int, stage_count_events(&stage, "request_completed") - lines_before, 1),
              "row %s", s->row);
    cr_expect(
        eq(sz, stage_rows(&stage, rows, COUNT(rows)) - before, s->row_provider ? 1 : 0),
        "row %s", s->row);
    if (s->row_provider)
        expect_row(s, &rows[0]);
    cr_expect(eq(sz, ccp_proxy_active(stage.proxy), 0));
    exchange_clear(&e);
    stage_close(&stage);
}

static void play_all(client_kind kind, bool is_stream)
{
    for (size_t i = 0; i < COUNT(scenarios); i++)
        play(&scenarios[i], kind, is_stream);
    for (size_t i = 0; is_stream && i < COUNT(stream_scenarios); i++)
        play(&stream_scenarios[i], kind, is_stream);
}

Test(proxy, every_row_of_rt_15_for_streams_on_the_clients_socket)
{
    play_all(CLIENT_LENDS_SOCKET, true);
}

Test(proxy, every_row_of_rt_15_for_streams_through_the_sinks_functions)
{
    play_all(CLIENT_HAS_FUNCTIONS, true);
}

Test(proxy, every_row_of_rt_15_for_whole_answers_on_the_clients_socket)
{
    play_all(CLIENT_LENDS_SOCKET, false);
}

Test(proxy, every_row_of_rt_15_for_whole_answers_through_the_sinks_functions)
{
    play_all(CLIENT_HAS_FUNCTIONS, false);
}

Test(proxy, every_row_of_rt_15_for_streams_on_a_socket_that_is_given_away)
{
    play_all(CLIENT_GIVES_SOCKET, true);
}

Test(proxy, every_row_of_rt_15_for_whole_answers_on_a_socket_that_is_given_away)
{
    play_all(CLIENT_GIVES_SOCKET, false);
}
