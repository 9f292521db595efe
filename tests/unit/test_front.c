#include "routing/front.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

typedef struct scenario {
    const char *method;
    const char *path;
    ccpi_target target;
    bool allows_method;
    const char *key;  /* NULL: the plain form */
    const char *rest; /* from /v1/ on */
} scenario;

#define NO_PATH(path)                                                                    \
    {                                                                                    \
        "POST", path, CCPI_TARGET_NONE, false, NULL, NULL                                \
    }

/* The table of section 1. */
static const scenario scenarios[] = {
    {"POST", "/ak/K/v1/messages", CCPI_TARGET_MESSAGES, true, "K", "/v1/messages"},
    {"POST", "/v1/messages", CCPI_TARGET_MESSAGES, true, NULL, "/v1/messages"},
    {"GET", "/v1/messages", CCPI_TARGET_MESSAGES, false, NULL, "/v1/messages"},
    {"post", "/v1/messages", CCPI_TARGET_MESSAGES, false, NULL, "/v1/messages"},
    {"POST", "/ak/K/v1/messages/count_tokens", CCPI_TARGET_COUNT_TOKENS, true, "K",
     "/v1/messages/count_tokens"},
    {"POST", "/v1/messages/count_tokens", CCPI_TARGET_COUNT_TOKENS, true, NULL,
     "/v1/messages/count_tokens"},
    {"GET", "/ak/K/v1/models", CCPI_TARGET_MODELS, true, "K", "/v1/models"},
    {"GET", "/ak/K/v1/models/claude-opus-5-5", CCPI_TARGET_MODELS, true, "K",
     "/v1/models/claude-opus-5-5"},
    {"GET", "/v1/models/claude-opus-5-5%5B1m%5D", CCPI_TARGET_MODELS, true, NULL,
     "/v1/models/claude-opus-5-5%5B1m%5D"},
    {"POST", "/v1/models", CCPI_TARGET_MODELS, false, NULL, "/v1/models"},
    {"HEAD", "/", CCPI_TARGET_HOME, true, NULL, "/"},
    {"GET", "/", CCPI_TARGET_HOME, true, NULL, "/"},
    {"DELETE", "/", CCPI_TARGET_HOME, false, NULL, "/"},
    {"HEAD", "/api/hello", CCPI_TARGET_PROBE, true, NULL, "/api/hello"},
    {"GET", "/ak/K/usage", CCPI_TARGET_USAGE, true, "K", "/usage"},
    {"POST", "/ak/K/usage", CCPI_TARGET_USAGE, false, "K", "/usage"},
    NO_PATH("/usage"),
    {"HEAD", "/ak/K", CCPI_TARGET_PROBE, true, "K", ""},
    {"HEAD", "/ak/K/api/hello", CCPI_TARGET_PROBE, true, "K", "/api/hello"},
    {"GET", "/ak/K", CCPI_TARGET_PROBE, false, "K", ""},
    {"GET", "/health", CCPI_TARGET_HEALTH, true, NULL, "/health"},
    {"POST", "/health", CCPI_TARGET_HEALTH, false, NULL, "/health"},
    {"GET", "/ready", CCPI_TARGET_READY, true, NULL, "/ready"},
    {"GET", "/metrics", CCPI_TARGET_METRICS, true, NULL, "/metrics"},
    {"GET", "/admin/users", CCPI_TARGET_ADMIN, false, NULL, "/admin/users"},
    {"PUT", "/admin/users/a/budget", CCPI_TARGET_ADMIN, false, NULL,
     "/admin/users/a/budget"},
    {"GET", "/admin/", CCPI_TARGET_ADMIN, false, NULL, "/admin/"},
    NO_PATH("/admin"),
    NO_PATH("/administrator/"),
    NO_PATH("/ak/K/admin/users"),
    NO_PATH("/ak/K/health"),
    NO_PATH("/ak/K/"),
    NO_PATH("/ak/"),
    NO_PATH("/ak"),
    NO_PATH("/ak//v1/messages"),
    NO_PATH("/v1/messages/"),
    NO_PATH("/v1//messages"),
    NO_PATH("//v1/messages"),
    NO_PATH("/V1/messages"),
    NO_PATH("/v1/message%73"),
    NO_PATH("/ak/K/../v1/messages"),
    NO_PATH("/./v1/messages"),
    NO_PATH("/v1/models/"),
    NO_PATH("/v1/models/."),
    NO_PATH("/v1/models/.."),
    NO_PATH("/v1/models/%2e%2e"),
    NO_PATH("/v1/models/a/b"),
    NO_PATH("/v1/models/a?b"),
    NO_PATH(""),
    NO_PATH("*"),
    NO_PATH("http://elsewhere/v1/messages"),
};

Test(front, paths_are_matched_as_they_were_sent_px_1)
{
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
        const scenario *s = &scenarios[i];
        ccpi_front front = ccpi_front_match(s->method, s->path);

        cr_expect(eq(int, front.target, s->target), "%s %s", s->method, s->path);
        cr_expect(eq(int, front.allows_method, s->allows_method), "%s %s", s->method,
                  s->path);
        if (s->target == CCPI_TARGET_NONE)
            continue;
        cr_expect(eq(int, front.has_key, s->key != NULL), "%s", s->path);
        cr_expect(ccpi_span_is(front.key, s->key ? s->key : ""), "%s", s->path);
        cr_expect(eq(str, (char *)front.path, (char *)s->rest));
    }
}

Test(front, a_wrong_method_learns_the_right_ones_px_3)
{
    cr_expect(eq(str, (char *)ccpi_front_match("PUT", "/v1/messages").methods, "POST"));
    cr_expect(eq(str, (char *)ccpi_front_match("PUT", "/").methods, "GET, HEAD"));
}
