/*
 * record FOLDER LOG [COUNT]: what the end of a request costs the thread that answers it:
 * its usage row (priced, in the spool), its metrics and its line in the log. Prints
 * microseconds of the thread's processor time and of the clock, for each request. The
 * settings come from the environment, the rows go to a database in FOLDER.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proxy.h"
#include "routing/account.h"

#define COUNT 20000
#define NS_PER_US 1000.0

static int log_descriptor;

static void write_line(void *self, ccp_log_level level, const char *line, size_t len)
{
    (void)self, (void)level;
    if (write(log_descriptor, line, len) != (ssize_t)len)
        abort();
}

static const ccp_log_sink log_sink = {.write = write_line};

static void must(ccp_status status, const ccp_error *error)
{
    if (status == CCP_OK)
        return;
    fprintf(stderr, "record: %s\n", error->message);
    exit(1);
}

static void set(ccp_config *config, const char *name, const char *value)
{
    ccp_error error = {0};

    must(ccp_config_set(config, name, value, &error), &error);
}

static ccp_config *make_config(const char *folder)
{
    ccp_config *config = NULL;
    ccp_error error = {0};

    must(ccp_config_new(&config, &error), &error);
    set(config, "data_dir", folder);
    set(config, "key_hasher_secret", "a-secret-of-the-benchmark-32-bytes-long");
    must(ccp_config_check(config, NULL, NULL, &error), &error);
    return config;
}

static ccp_store *make_store(const char *folder)
{
    ccp_store *store = NULL;
    ccp_error error = {0};
    char url[512];

    snprintf(url, sizeof(url), "sqlite:///%s/record.db", folder);
    must(ccp_store_open(&(ccp_store_options){.url = url}, &store, &error), &error);
    must(store->migrate(store->self, &error), &error);
    return store;
}

/* A stream of the Plan's that went well, as its exchange knows it at its end. */
static void end_one(ccpi_router *router, int number)
{
    static ccpi_exchange x;

    memset(&x, 0, sizeof(x));
    x.router = router;
    x.front = ccpi_front_match("POST", "/v1/messages");
    snprintf(x.request_id, sizeof(x.request_id), "req_%024d", number);
    x.started_us = x.received_us = x.first_byte_us = ccpi_router_now(router);
    x.created_us = router->clock->unix_us(router->clock->self);
    x.is_known = true;
    strcpy(x.who.key.id.text, "00000000-0000-4000-8000-000000000001");
    strcpy(x.who.key.user_id.text, "00000000-0000-4000-8000-000000000002");
    strcpy(x.who.key.prefix.text, "ak_bench1");
    strcpy(x.look.model, "claude-opus-4-5-20251101");
    x.look.is_stream = true;
    x.provider = router->plan.name;
    x.http_status = 200;
    x.attempts[CCPI_UPSTREAM_PLAN] = (ccpi_attempt){
        .exchange = &x,
        .provider = &router->plan,
        .was_sent = true,
        .meter = {.tokens = {.input = 1200, .output = 340, .cache_read = 56000},
                  .saw_start = true,
                  .saw_delta = true},
    };
    ccpi_account_record(&x, CCP_USAGE_COMPLETE);
    ccpi_account_close(&x);
}

static double now_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / NS_PER_US;
}

int main(int argc, char **argv)
{
    const int count = argc > 3 ? atoi(argv[3]) : COUNT;
    const ccp_error none = {.message = "usage: record FOLDER LOG [COUNT]"};
    ccp_proxy *proxy = NULL;
    ccp_error error = none;
    ccp_config *config;
    ccp_store *store;
    double cpu_us;
    double clock_us;

    must(argc > 2 && count > 0 ? CCP_OK : CCP_INVALID, &error);
    log_descriptor = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    config = make_config(argv[1]);
    store = make_store(argv[1]);
    must(ccp_proxy_new(
             &(ccp_proxy_options){.config = config, .store = store, .log = &log_sink},
             &proxy, &error),
         &error);

    for (int i = 0; i < count / 10; i++)
        end_one(&proxy->router, i);
    cpu_us = now_us(CLOCK_THREAD_CPUTIME_ID);
    clock_us = now_us(CLOCK_MONOTONIC);
    for (int i = 0; i < count; i++)
        end_one(&proxy->router, count + i);
    cpu_us = now_us(CLOCK_THREAD_CPUTIME_ID) - cpu_us;
    clock_us = now_us(CLOCK_MONOTONIC) - clock_us;
    printf("{\"cpu_us\": %.2f, \"clock_us\": %.2f}\n", cpu_us / count, clock_us / count);

    ccp_proxy_free(proxy);
    ccp_store_close(store);
    ccp_config_free(config);
    return 0;
}
