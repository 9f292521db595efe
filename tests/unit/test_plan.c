#include "provider/plan.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#define ACCESS_KEY "ak_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const char body_text[] = "{\"model\":\"claude-opus-5-5\",\"x\":[1.10,\"\\u0000\"],"
                                "\"messages\":[]}";

/* Everything that one request to the Plan consists of. */
typedef struct made {
    ccpi_plan *plan;
    ccpi_headers client;
    ccpi_look look;
    ccpi_outgoing out;
    ccp_status status;
} made;

static made make(const ccpi_plan_options *options)
{
    made m = {.look = {.body = CCPI_SPAN("")}};

    m.look.body = ccpi_span_of(body_text);
    cr_assert(eq(int, ccpi_plan_new(options, &m.plan, NULL), CCP_OK));
    return m;
}

static void add(made *m, const char *name, const char *value)
{
    cr_assert(eq(int,
                 ccpi_headers_add(&m->client, ccpi_span_of(name), ccpi_span_of(value)),
                 CCP_OK));
}

static void prepare(made *m, const char *query)
{
    const ccpi_provider provider = ccpi_plan_provider(m->plan);
    const ccpi_provider_request request = {.call = CCPI_CALL_MESSAGES,
                                           .method = "POST",
                                           .path = "/v1/messages",
                                           .query = query,
                                           .headers = &m->client,
                                           .look = &m->look,
                                           .request_id = "req_0"};

    m->status = provider.prepare(provider.self, &request, &m->out, NULL);
}

static void clear(made *m)
{
    ccpi_outgoing_clear(&m->out);
    ccpi_headers_clear(&m->client);
    ccpi_plan_free(m->plan);
}

static const char *sent(const made *m, const char *name)
{
    const char *value = ccpi_headers_get(&m->out.headers, name);

    return value ? value : "-";
}

#define EXPECT_SENT(m, name, expected)                                                   \
    cr_expect(eq(str, (char *)sent((m), (name)), (char *)(expected)), "%s", (name))

static const char *const placeholders[] = {"other", "placeholder"};
static const char *const limit_messages[] = {"usage limit", "credit balance is too low"};

static const ccpi_plan_options plain = {.base_url = "https://plan.example/"};

Test(plan, the_body_is_the_clients_bytes_px_2)
{
    made m = make(&plain);

    prepare(&m, NULL);
    cr_assert(eq(int, m.status, CCP_OK));
    cr_assert(eq(sz, m.out.piece_count, 1));
    cr_expect(eq(ptr, (void *)m.out.pieces[0].data, (void *)body_text));
    cr_expect(eq(sz, m.out.pieces[0].len, sizeof(body_text) - 1));
    clear(&m);
}

Test(plan, path_and_query_are_the_clients_pl_1)
{
    made m = make(&plain);

    prepare(&m, "beta=true&x=%2e");
    cr_expect(eq(str, m.out.url, "https://plan.example/v1/messages?beta=true&x=%2e"));
    clear(&m);
}

Test(plan, open_lists_of_headers_pass_and_nothing_else_pl_2)
{
    static const char *const passing[] = {
        "Anthropic-Beta",
        "anthropic-dangerous-direct-browser-access",
        "anthropic-tomorrow",
        "X-Claude-Code-Session-Id",
        "x-stainless-timeout",
        "content-type",
        "Accept",
        "User-Agent",
        "x-app",
        "idempotency-key",
    };
    static const char *const stopped[] = {
        "cookie", "x-forwarded-for",   "forwarded",
        "host",   "x-ccproxy-key",     "connection",
        "via",    "x-real-ip",         "proxy-authorization",
        "origin", "x-anthropic-thing", "te",
    };
    made m = make(&plain);

    for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++)
        add(&m, passing[i], "v");
    for (size_t i = 0; i < sizeof(stopped) / sizeof(*stopped); i++)
        add(&m, stopped[i], "v");
    prepare(&m, NULL);
    for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++)
        EXPECT_SENT(&m, passing[i], "v");
    for (size_t i = 0; i < sizeof(stopped) / sizeof(*stopped); i++)
        EXPECT_SENT(&m, stopped[i], "-");
    clear(&m);
}

Test(plan, a_header_that_came_twice_goes_twice)
{
    made m = make(&plain);
    size_t betas = 0;

    add(&m, "anthropic-beta", "a");
    add(&m, "anthropic-beta", "b");
    prepare(&m, NULL);
    for (size_t i = 0; i < m.out.headers.count; i++)
        betas += ccpi_header_name_is(m.out.headers.fields[i].name, "anthropic-beta");
    cr_expect(eq(sz, betas, 2));
    clear(&m);
}

Test(plan, version_and_type_are_added_only_when_absent_pl_3)
{
    made m = make(&plain);
    made own = make(&plain);

    add(&m, "accept-encoding", "gzip, br");
    prepare(&m, NULL);
    EXPECT_SENT(&m, "anthropic-version", "2023-06-01");
    EXPECT_SENT(&m, "content-type", "application/json");
    EXPECT_SENT(&m, "accept-encoding", "identity");

    add(&own, "anthropic-version", "2026-10-21");
    add(&own, "content-type", "application/json; charset=utf-8");
    prepare(&own, NULL);
    EXPECT_SENT(&own, "anthropic-version", "2026-10-21");
    EXPECT_SENT(&own, "content-type", "application/json; charset=utf-8");
    clear(&m);
    clear(&own);
}

typedef struct credentials {
    const char *authorization;
    const char *x_api_key;
    const char *shared;
    const char *sent_authorization;
    const char *sent_x_api_key;
    ccpi_plan_credential whose;
} credentials;

#define NONE CCPI_PLAN_CREDENTIAL_NONE
#define CLIENT CCPI_PLAN_CREDENTIAL_CLIENT
#define SHARED CCPI_PLAN_CREDENTIAL_SHARED

/* PL-4, PL-5 and AK-9. "placeholder" is a configured placeholder token. */
static const credentials cases[] = {
    {NULL, NULL, NULL, "-", "-", NONE},
    {NULL, NULL, "shared", "-", "shared", SHARED},
    {"Bearer t", NULL, "shared", "Bearer t", "-", CLIENT},
    {NULL, "k", "shared", "-", "k", CLIENT},
    {"Bearer t", "k", NULL, "Bearer t", "k", CLIENT},
    {"Bearer " ACCESS_KEY, NULL, NULL, "-", "-", NONE},
    {"Bearer " ACCESS_KEY, NULL, "shared", "-", "shared", SHARED},
    {"bEaReR  " ACCESS_KEY, NULL, NULL, "-", "-", NONE},
    {ACCESS_KEY, NULL, NULL, "-", "-", NONE},
    {NULL, ACCESS_KEY, NULL, "-", "-", NONE},
    {NULL, "Bearer " ACCESS_KEY, NULL, "-", "-", NONE},
    {NULL, "ak_short", NULL, "-", "-", NONE},
    {"Bearer t", ACCESS_KEY, "shared", "Bearer t", "-", CLIENT},
    {"Bearer " ACCESS_KEY, "k", "shared", "-", "k", CLIENT},
    {"Bearer placeholder", NULL, NULL, "-", "-", NONE},
    {"Bearer placeholder", NULL, "shared", "-", "shared", SHARED},
    {NULL, "placeholder", "shared", "-", "shared", SHARED},
    {"Bearer placeholder", "k", "shared", "-", "k", CLIENT},
    {"Bearer ", NULL, "shared", "-", "shared", SHARED},
    {"Basic dTpw", NULL, "shared", "Basic dTpw", "-", CLIENT},
};

Test(plan, the_right_credential_goes_and_an_access_key_never_does)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const credentials *c = &cases[i];
        const ccpi_plan_options options = {.base_url = "https://plan.example",
                                           .shared_key = c->shared,
                                           .placeholders = {placeholders, 2}};
        made m = make(&options);

        if (c->authorization)
            add(&m, "Authorization", c->authorization);
        if (c->x_api_key)
            add(&m, "X-Api-Key", c->x_api_key);
        prepare(&m, NULL);
        cr_expect(
            eq(str, (char *)sent(&m, "authorization"), (char *)c->sent_authorization),
            "case %zu", i);
        cr_expect(eq(str, (char *)sent(&m, "x-api-key"), (char *)c->sent_x_api_key),
                  "case %zu", i);
        cr_expect(eq(int, ccpi_plan_credential_of(m.plan, &m.client), c->whose),
                  "case %zu", i);
        clear(&m);
    }
}

typedef struct answer {
    int status;
    const char *unified; /* anthropic-ratelimit-unified-status */
    const char *body;
    ccpi_class expected;
} answer;

#define ERROR(type, message)                                                             \
    "{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"" message "\"}}"

/* RT-3 and RT-4. */
static const answer answers[] = {
    {429, NULL, ERROR("rate_limit_error", "slow down"), CCPI_CLASS_RATE_LIMIT},
    {429, "allowed", ERROR("rate_limit_error", "slow down"), CCPI_CLASS_RATE_LIMIT},
    {429, "allowed_warning", "", CCPI_CLASS_RATE_LIMIT},
    {429, "rejected", ERROR("rate_limit_error", "slow down"), CCPI_CLASS_USAGE_LIMIT},
    {429, "rejected", "<html>", CCPI_CLASS_USAGE_LIMIT},
    {429, NULL, ERROR("rate_limit_error", "You hit your Usage Limit."),
     CCPI_CLASS_USAGE_LIMIT},
    {429, NULL, "a usage limit, but no error body", CCPI_CLASS_RATE_LIMIT},
    {429, NULL, "{\"error\":{\"type\":\"x\",\"message\":\"x\"},\"note\":\"usage limit\"}",
     CCPI_CLASS_RATE_LIMIT},
    {400, NULL, ERROR("invalid_request_error", "Your credit balance is too low to ..."),
     CCPI_CLASS_USAGE_LIMIT},
    {400, NULL, ERROR("invalid_request_error", "prompt is too long"),
     CCPI_CLASS_CLIENT_ERROR},
    {402, NULL, ERROR("billing_error", "pay"), CCPI_CLASS_USAGE_LIMIT},
    {402, NULL, "", CCPI_CLASS_CLIENT_ERROR},
    {403, NULL, ERROR("billing_error", "pay"), CCPI_CLASS_USAGE_LIMIT},
    {403, NULL, ERROR("permission_error", "no"), CCPI_CLASS_CLIENT_ERROR},
    {401, NULL, ERROR("authentication_error", "usage limit"), CCPI_CLASS_CLIENT_ERROR},
    {404, NULL, ERROR("not_found_error", "usage limit"), CCPI_CLASS_CLIENT_ERROR},
    {413, NULL, ERROR("request_too_large", "large"), CCPI_CLASS_CLIENT_ERROR},
    {500, NULL, ERROR("api_error", "x"), CCPI_CLASS_SERVER_ERROR},
    {502, NULL, "<html>", CCPI_CLASS_SERVER_ERROR},
    {529, NULL, ERROR("overloaded_error", "x"), CCPI_CLASS_SERVER_ERROR},
    {599, NULL, "", CCPI_CLASS_SERVER_ERROR},
};

Test(plan, answers_fall_into_their_classes_rt_4)
{
    const ccpi_plan_options options = {.base_url = "https://plan.example",
                                       .limit_messages = {limit_messages, 2}};
    made m = make(&options);
    const ccpi_provider provider = ccpi_plan_provider(m.plan);

    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        const answer *a = &answers[i];
        ccpi_headers headers = {0};

        if (a->unified)
            ccpi_headers_set(&headers, "Anthropic-RateLimit-Unified-Status", a->unified);
        cr_expect(eq(int,
                     provider.classify(provider.self, a->status, &headers,
                                       ccpi_span_of(a->body)),
                     a->expected),
                  "%d %s", a->status, a->body);
        ccpi_headers_clear(&headers);
    }
    clear(&m);
}

Test(plan, the_end_of_a_limit_is_read_from_its_headers_rt_9)
{
    static const struct {
        const char *retry_after;
        const char *reset;
        int64_t expected;
    } limits[] = {
        {NULL, NULL, -1},          {"17", NULL, 17},     {"0", NULL, 0},
        {"2.5", NULL, 2},          {NULL, "1060", 60},   {NULL, "900", 0},
        {"17", "1060", 17},        {"soon", "1060", 60}, {"-3", NULL, -1},
        {"Wed, 21 Oct", NULL, -1},
    };

    for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
        ccpi_headers headers = {0};

        if (limits[i].retry_after)
            ccpi_headers_set(&headers, "retry-after", limits[i].retry_after);
        if (limits[i].reset)
            ccpi_headers_set(&headers, "anthropic-ratelimit-unified-reset",
                             limits[i].reset);
        cr_expect(eq(i64, ccpi_plan_limit_seconds(&headers, 1000), limits[i].expected),
                  "case %zu", i);
        ccpi_headers_clear(&headers);
    }
}
