/* Values that stand in a source of secrets, which is a table of the test's own. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "ccproxy/config.h"
#include "ccproxy/password.h"
#include "config/settings.h"

#define HASHER_SECRET "0123456789abcdef0123456789abcdef"

typedef struct shelf {
    const char *name;
    const char *text;
    ccp_status status;
    int reads;
} shelf;

static shelf shelves[8];
static int opened, closed;
static char region[64]; /* that the source was opened with */
static ccp_config *config;
static char told[4096];
static int mistakes, warnings;

static ccp_status open_shelves(const ccp_config *from, void **self, ccp_error *error)
{
    const char *text = ccp_config_text(from, "aws_region");

    (void)error;
    opened++;
    snprintf(region, sizeof(region), "%s", text ? text : "");
    *self = shelves;
    return CCP_OK;
}

static ccp_status fail(ccp_error *error, ccp_status status)
{
    *error = (ccp_error){.status = status};
    snprintf(error->message, sizeof(error->message), "the reason");
    return status;
}

static ccp_status read_shelf(void *self, const char *name, ccp_room *out,
                             ccp_error *error)
{
    for (shelf *at = self; at < shelves + 8; at++) {
        if (!at->name || strcmp(at->name, name) != 0)
            continue;
        at->reads++;
        if (at->status != CCP_OK)
            return fail(error, at->status);
        out->len = strlen(at->text);
        memcpy(out->data, at->text, out->len);
        return CCP_OK;
    }
    return fail(error, CCP_NOT_FOUND);
}

static void close_shelves(void *self)
{
    (void)self;
    closed++;
}

static const ccp_secret_source source = {open_shelves, read_shelf, close_shelves};

static void set_up(void)
{
    cr_assert(eq(int, ccp_config_new(&config, NULL), CCP_OK));
    ccp_config_set_secret_source(config, &source);
}

static void tear_down(void)
{
    ccp_config_free(config);
    cr_expect(eq(int, opened, closed));
}

TestSuite(config_secrets, .init = set_up, .fini = tear_down);

static void collect(void *context, bool is_warning, const char *message)
{
    const size_t len = strlen(told);

    (void)context;
    *(is_warning ? &warnings : &mistakes) += 1;
    snprintf(told + len, sizeof(told) - len, "%s\n", message);
}

static ccp_status check(void)
{
    mistakes = warnings = 0;
    told[0] = '\0';
    return ccp_config_check(config, collect, NULL, NULL);
}

static void put(const char *name, const char *text)
{
    shelf *at = shelves;

    while (at->name && strcmp(at->name, name) != 0)
        at++;
    *at = (shelf){.name = name, .text = text};
}

static void set(const char *name, const char *value)
{
    cr_assert(eq(int, ccp_config_set(config, name, value, NULL), CCP_OK));
}

static void expect_text(const char *name, const char *text)
{
    const char *found = ccp_config_text(config, name);

    cr_assert(not(zero(ptr, (void *)found)), "%s: %s", name, told);
    cr_expect(eq(str, (char *)found, (char *)text));
}

Test(config_secrets, none_is_opened_when_no_secret_is_named)
{
    cr_expect(eq(int, check(), CCP_OK));
    cr_expect(eq(int, opened, 0));
}

Test(config_secrets, the_source_is_opened_once_with_the_other_settings)
{
    put("hasher", HASHER_SECRET);
    put("plan", "sk-ant-1");
    set("key_hasher_secret_secret", "hasher");
    set("plan_api_key_secret", "plan");
    set("aws_region", "eu-west-1");
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    cr_expect(eq(int, opened, 1));
    cr_expect(eq(str, region, (char *)"eu-west-1"));
    expect_text("key_hasher_secret", HASHER_SECRET);
    expect_text("plan_api_key", "sk-ant-1");
}

Test(config_secrets, an_objects_member_of_the_settings_name_counts)
{
    put("all", "{\"x\":\"y\",\"plan_api_key\":\"sk-\\u0061nt\",\"key_hasher_secret\":"
               "\"" HASHER_SECRET "\"}");
    set("key_hasher_secret_secret", "all");
    set("plan_api_key_secret", "all");
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    expect_text("key_hasher_secret", HASHER_SECRET);
    expect_text("plan_api_key", "sk-ant");
}

Test(config_secrets, the_only_member_counts_whatever_its_name)
{
    put("plan", "{\"ANTHROPIC_API_KEY\":\"sk-ant\"}");
    set("plan_api_key_secret", "plan");
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    expect_text("plan_api_key", "sk-ant");
}

Test(config_secrets, an_object_without_such_a_member_is_a_mistake)
{
    put("plan", "{\"a\":\"hidden\",\"b\":\"hidden\"}");
    set("plan_api_key_secret", "plan");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(str, told,
                 (char *)"plan_api_key: the secret is a JSON object without a text of "
                         "that name (flag)\n"));
}

Test(config_secrets, a_setting_that_is_an_object_takes_it_whole)
{
    put("prices", "{\"claude-x\":{\"input\":1}}");
    set("model_pricing_secret", "prices");
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    expect_text("model_pricing", "{\"claude-x\":{\"input\":1}}");
}

/* https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html */
#define RDS_SECRET "{\"username\":\"proxy_admin\",\"password\":\"p@ss\"}"

Test(config_secrets, the_databases_secret_has_user_and_password)
{
    put("rds!cluster", RDS_SECRET);
    set("db_host", "db.example.com");
    set("db_password_secret", "rds!cluster");
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    expect_text("database_url", "postgresql://proxy_admin:p%40ss@db.example.com:5432/"
                                "proxy?sslmode=verify-full");
}

Test(config_secrets, a_database_user_that_is_set_stays)
{
    put("rds!cluster", RDS_SECRET);
    set("db_password_secret", "rds!cluster");
    set("db_user", "mine");
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    expect_text("db_user", "mine");
    expect_text("db_password", "p@ss");
}

Test(config_secrets, a_password_that_is_the_secret_itself_has_no_user)
{
    put("password", "p@ss");
    set("db_password_secret", "password");
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    cr_expect(zero(ptr, (void *)ccp_config_text(config, "db_user")));
}

/* SE-3 */
Test(config_secrets, the_admins_secret_becomes_a_name_and_a_hash)
{
    put("admin", "{\"username\":\"root\",\"password\":\"correct horse\"}");
    set("environment", "prod");
    set("encryption_key", "000102030405060708090a0b0c0d0e0f"
                          "101112131415161718191a1b1c1d1e1f");
    set("key_hasher_secret", HASHER_SECRET);
    set("admin_credentials_secret", "admin");
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    expect_text("admin_username", "root");
    cr_expect(eq(int,
                 ccp_password_verify(ccp_config_text(config, "admin_password_hash"),
                                     "correct horse", 13, NULL),
                 CCP_OK));
}

Test(config_secrets, an_admins_secret_without_a_password_is_a_mistake)
{
    put("admin", "{\"username\":\"root\"}");
    set("admin_credentials_secret", "admin");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(str, told,
                 (char *)"admin_credentials_secret: the secret has no member "
                         "\"password\"\n"));
}

Test(config_secrets, a_secret_that_does_not_exist_is_a_mistake)
{
    set("key_hasher_secret_secret", "none");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(str, told, (char *)"key_hasher_secret: the reason (flag)\n"));
}

Test(config_secrets, only_the_plans_key_may_be_absent)
{
    set("plan_api_key_secret", "claude-code-proxy/plan-api-key");
    cr_expect(eq(int, check(), CCP_OK));
    cr_expect(eq(int, warnings, 1));
    cr_expect(zero(ptr, (void *)ccp_config_text(config, "plan_api_key")));
}

Test(config_secrets, what_may_be_absent_must_still_be_readable)
{
    put("plan", "");
    shelves[0].status = CCP_DENIED;
    set("plan_api_key_secret", "plan");
    cr_expect(eq(int, check(), CCP_INVALID));
}

Test(config_secrets, a_source_that_does_not_answer_is_waited_for_once)
{
    put("a", "");
    put("b", "");
    shelves[0].status = shelves[1].status = CCP_TIMEOUT;
    set("key_hasher_secret_secret", "a");
    set("plan_api_key_secret", "b");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(eq(int, mistakes, 2), "%s", told);
    cr_expect(eq(int, shelves[0].reads + shelves[1].reads, 1));
}

Test(config_secrets, no_secret_is_in_any_message)
{
    put("short", "hidden");
    set("key_hasher_secret_secret", "short");
    cr_expect(eq(int, check(), CCP_INVALID));
    cr_expect(zero(ptr, strstr(told, "hidden")));
}

Test(config_secrets, a_secret_is_read_again_when_asked)
{
    char password[64] = "";
    ccp_room room = {.data = password, .size = sizeof(password) - 1};

    put("rds!cluster", RDS_SECRET);
    set("db_password_secret", "rds!cluster");
    cr_assert(eq(int, check(), CCP_OK), "%s", told);
    put("rds!cluster", "{\"username\":\"proxy_admin\",\"password\":\"new one\"}");
    cr_assert(eq(int, ccp_config_read_again(config, "db_password", &room, NULL), CCP_OK));
    cr_expect(eq(str, password, (char *)"new one"));
    cr_expect(
        eq(int, ccp_config_read_again(config, "db_user", &room, NULL), CCP_NOT_FOUND));
    room.size = 3;
    cr_expect(
        eq(int, ccp_config_read_again(config, "db_password", &room, NULL), CCP_LIMIT));
}
