/* The command that tries Bedrock. */
#include <inttypes.h>

#include "ccproxy/bedrock_test.h"
#include "commands/run.h"
#include "output.h"
#include "setup.h"

#define US_PER_MS 1000

static void print_text(const ccp_bedrock_test *test)
{
    const char *model = test->model[0] ? test->model : "-";

    if (test->is_ok) {
        app_print("ok  %s  %s  %" PRId64 " ms", model, test->region,
                  test->latency_us / US_PER_MS);
        return;
    }
    app_print("%s  %s  %s", test->kind, model, test->region);
    if (test->message[0])
        app_say("%s%s", test->http_status ? "Bedrock says: " : "", test->message);
    if (test->advice[0])
        app_say("%s", test->advice);
}

static ccp_status print(const app_call *call, const ccp_bedrock_test *test,
                        ccp_error *error)
{
    ccp_status status;
    char *text;

    if (!call->wants_json) {
        print_text(test);
        return CCP_OK;
    }
    status = ccp_bedrock_test_json(test, &text, error);
    if (status == CCP_OK)
        app_print_json(text);
    return status;
}

static ccp_status find_key(const app_setup *setup, const char *id_or_prefix,
                           ccp_access_key *key, ccp_error *error)
{
    const ccp_access_key_store *keys = &setup->store->keys;

    return keys->find(keys->self, id_or_prefix, key, error);
}

static int test(const app_call *call, const app_setup *setup)
{
    const ccp_proxy_options options = {.config = setup->config, .store = setup->store};
    const char *id_or_prefix = app_option_value(call, "key");
    ccp_bedrock_test result;
    ccp_access_key key;
    ccp_error error = {0};
    ccp_status status;

    if (!id_or_prefix) {
        app_say("say with --key which access key is to be tried");
        return APP_WRONG_USAGE;
    }
    status = find_key(setup, id_or_prefix, &key, &error);
    if (status == CCP_OK)
        status = ccp_bedrock_test_run(&options, &key, app_option_value(call, "model"),
                                      &result, &error);
    if (status == CCP_OK)
        status = print(call, &result, &error);
    if (status != CCP_OK)
        return app_failure(status, &error);
    return result.is_ok ? APP_DONE : APP_FAILED;
}

int app_run_bedrock_test(const app_call *call)
{
    return app_setup_run(call, test);
}
