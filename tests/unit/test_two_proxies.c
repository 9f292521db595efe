/*
 * The library has no state of a process (P-4): two proxies with different settings,
 * stores and upstreams live side by side, and neither knows of the other.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <string.h>

#include "support/stage.h"

static stage first, second;

static void open_both(void)
{
    stage_open(&first, &(stage_options){.has_bedrock_key = true});
    stage_open(&second, &(stage_options){.has_bedrock_key = true,
                                         .routing = CCP_ROUTING_BEDROCK_ONLY,
                                         .settings = {{"max_body_bytes", "2048"}}});
}

static void close_both(void)
{
    stage_close(&second);
    stage_close(&first);
}

TestSuite(two_proxies, .init = open_both, .fini = close_both);

static void expect_answer(stage *on, const char *provider, const char *words)
{
    exchange ask = stage_messages(CLIENT_LENDS_SOCKET, true);

    stage_run(on, &ask);
    cr_expect(eq(int, exchange_status(&ask), 200));
    cr_expect(
        eq(str, (char *)exchange_header(&ask, "x-ccproxy-provider"), (char *)provider));
    cr_expect(not(zero(ptr, strstr(ask.answer.data, words))));
    exchange_clear(&ask);
}

Test(two_proxies, each_asks_its_own_upstreams)
{
    ccp_usage_record rows[4];

    expect_answer(&first, "plan", STAGE_TEXT_OF_PLAN);
    expect_answer(&second, "bedrock", STAGE_TEXT_OF_BEDROCK);
    cr_expect(eq(int, atomic_load(&first.bedrock.requests), 0));
    cr_expect(eq(int, atomic_load(&second.plan.requests), 0));
    cr_expect(eq(sz, stage_rows(&first, rows, 4), 1));
    cr_expect(eq(sz, stage_rows(&second, rows, 4), 1));
}

Test(two_proxies, a_key_of_one_means_nothing_to_the_other)
{
    const ccp_key own = second.text;
    exchange ask = stage_messages(CLIENT_LENDS_SOCKET, false);

    second.text = first.text;
    stage_run(&second, &ask);
    second.text = own;
    cr_expect(eq(int, exchange_status(&ask), 403));
    exchange_clear(&ask);
}

Test(two_proxies, the_end_of_one_leaves_the_other_at_work)
{
    ccp_proxy_free(first.proxy);
    first.proxy = NULL;
    expect_answer(&second, "bedrock", STAGE_TEXT_OF_BEDROCK);
}

static void *ask_often(void *on)
{
    for (int i = 0; i < 5; i++)
        expect_answer(on, on == &first ? "plan" : "bedrock", "Hello from");
    return NULL;
}

Test(two_proxies, both_work_at_the_same_time)
{
    pthread_t other;

    cr_assert(zero(int, pthread_create(&other, NULL, ask_often, &first)));
    ask_often(&second);
    pthread_join(other, NULL);
}
