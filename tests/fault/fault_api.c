/* Calls of the admin API while each allocation fails, Jansson's among them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxy.h"
#include "security/admin_token.h"
#include "support/failing_malloc.h"
#include "support/stage.h"

typedef struct api_call {
    const char *method;
    const char *path; /* "%s": the user's or the key's id */
    const char *query;
    const char *body;
    int status; /* when nothing fails */
} api_call;

static const stage_options plain = {.has_bedrock_key = true};

static stage the_stage;
static char authorization[sizeof("Bearer ") + CCPI_ADMIN_TOKEN_LEN];

static void make_token(const stage *stage)
{
    const ccpi_span secret =
        ccpi_span_of(ccpi_config_settings(stage->config)->key_hasher_secret);
    const ccp_token_store *tokens = &stage->store->tokens;
    ccp_admin_token token = {.name = "faults", .may_write = true};
    ccpi_admin_token text;
    ccpi_admin_token_hasher hasher;
    ccp_key_hash hash;

    cr_assert(
        eq(int, ccpi_admin_token_generate(ccp_system_random(), &text, NULL), CCP_OK));
    cr_assert(eq(int, ccpi_admin_token_hasher_init(secret, &hasher, NULL), CCP_OK));
    cr_assert(eq(int,
                 ccpi_admin_token_hash(&hasher, ccpi_span_of(text.text), &hash, NULL),
                 CCP_OK));
    cr_assert(eq(int, tokens->create(tokens->self, &token, &hash, NULL), CCP_OK));
    snprintf(authorization, sizeof(authorization), "Bearer %s", text.text);
}

static void open_stage(void)
{
    exchange asked = stage_messages(CLIENT_HAS_FUNCTIONS, false);

    json_set_alloc_funcs(malloc, free);
    stage_open(&the_stage, &plain);
    make_token(&the_stage);
    stage_run(&the_stage, &asked); /* so that there is something to tell of */
    exchange_clear(&asked);
}

static void close_stage(void)
{
    fail_no_allocation();
    stage_close(&the_stage);
}

TestSuite(fault_api, .init = open_stage, .fini = close_stage);

static int run(const api_call *call, const char *path)
{
    exchange e = {.method = call->method,
                  .path = path,
                  .query = call->query,
                  .body = call->body ? call->body : "",
                  .headers = {{"authorization", authorization}},
                  .header_count = 1,
                  .kind = CLIENT_HAS_FUNCTIONS};
    int status;

    stage_run(&the_stage, &e);
    status = e.client.must_be_closed ? 0 : exchange_status(&e);
    exchange_clear(&e);
    return status;
}

/* Jansson can't always tell a lack of memory from a text that is no JSON. */
static bool reads_json(const api_call *call)
{
    return call->body || strcmp(call->path, "/admin/pricing/reload") == 0;
}

/* An answer while something failed: none, or one that says so. */
static bool is_honest(int status, const api_call *call)
{
    return status == 0 || status == 500 || status == 503 || status == call->status ||
           (status == 400 && reads_json(call));
}

static void fail_each(const api_call *call, const char *id)
{
    bool has_failed = true;
    char path[256];

    snprintf(path, sizeof(path), call->path, id);
    for (int nth = 0; has_failed; nth++) {
        int status;

        fail_allocation(nth);
        status = run(call, path);
        has_failed = allocation_failed();
        fail_no_allocation();
        if (has_failed)
            cr_assert(is_honest(status, call), "%s %s, allocation %d: %d", call->method,
                      path, nth, status);
        else
            cr_assert(eq(int, status, call->status), "%s %s", call->method, path);
    }
}

Test(fault_api, what_reads_lists_never_tells_half_of_them)
{
    static const api_call calls[] = {
        {"GET", "/admin/users", "limit=5", NULL, 200},
        {"GET", "/admin/audit", NULL, NULL, 200},
        {"GET", "/admin/tokens", NULL, NULL, 200},
        {"GET", "/admin/sessions", NULL, NULL, 200},
        {"GET", "/admin/models/mappings", "limit=2", NULL, 200},
        {"GET", "/admin/plan-windows", NULL, NULL, 200},
        {"GET", "/admin/capabilities", NULL, NULL, 200},
        {"GET", "/admin/circuits", NULL, NULL, 200},
        {"GET", "/admin/usage/requests", "limit=2", NULL, 200},
        {"GET", "/admin/usage/sessions", NULL, NULL, 200},
        {"GET", "/admin/usage/top-users", NULL, NULL, 200},
        {"GET", "/admin/pricing", "region=global&provider=plan", NULL, 200},
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
        fail_each(&calls[i], "");
}

Test(fault_api, sums_and_tables_are_whole_or_not_there)
{
    static const api_call calls[] = {
        {"GET", "/admin/usage", "period=day&bucket_type=day", NULL, 200},
        {"GET", "/admin/usage/top-users/series", "period=day&bucket_type=day", NULL, 200},
        {"GET", "/admin/usage/export.csv", NULL, NULL, 200},
        {"GET", "/admin/usage/export.csv", "kind=buckets", NULL, 200},
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
        fail_each(&calls[i], "");
}

Test(fault_api, one_thing_is_told_whole_or_not_at_all)
{
    const api_call of_user[] = {
        {"GET", "/admin/users/%s", NULL, NULL, 200},
        {"GET", "/admin/users/%s/budget", NULL, NULL, 200},
        {"GET", "/admin/users/%s/access-keys", NULL, NULL, 200},
    };
    const api_call of_key[] = {
        {"GET", "/admin/access-keys/%s", NULL, NULL, 200},
        {"POST", "/admin/access-keys/%s/bedrock-key/test", NULL, "{}", 200},
        {"POST", "/admin/circuits/%s/reset", NULL, NULL, 204},
    };

    for (size_t i = 0; i < sizeof(of_user) / sizeof(*of_user); i++)
        fail_each(&of_user[i], the_stage.user.id.text);
    for (size_t i = 0; i < sizeof(of_key) / sizeof(*of_key); i++)
        fail_each(&of_key[i], the_stage.key.id.text);
}

Test(fault_api, prices_stay_when_there_is_no_memory_to_read_them)
{
    static const api_call reload = {"POST", "/admin/pricing/reload", NULL, NULL, 204};

    fail_each(&reload, "");
}
