/*
 * A store whose usage stays in memory, while all else is SQLite's:
 *
 *     custom_store ACCESS_KEY < messages-request.json
 *
 * sends one request through a whole proxy, prints the answer, and then the row that
 * it left. Settings come from CCPROXY_... in the environment, as the server's do.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ask.h"
#include "memory.h"

extern char **environ;

static void complain(void *context, bool is_warning, const char *message)
{
    (void)context;
    fprintf(stderr, "%s%s\n", is_warning ? "warning: " : "", message);
}

static ccp_status open_all(ccp_config *config, ccp_store **store, ccp_error *error)
{
    ccp_status status =
        ccp_config_load_environment(config, (const char *const *)environ, error);

    if (status == CCP_OK)
        status = ccp_config_check(config, complain, NULL, error);
    if (status == CCP_OK)
        status = ccp_store_open(
            &(ccp_store_options){.url = ccp_config_text(config, "database_url")}, store,
            error);
    return status == CCP_OK ? (*store)->migrate((*store)->self, error) : status;
}

static bool print_row(void *context, const ccp_usage_record *row)
{
    (void)context;
    printf("%s answered for %s: %lld in, %lld out\n", row->provider, row->model,
           (long long)row->tokens.input, (long long)row->tokens.output);
    return true;
}

int main(int argc, char **argv)
{
    static memory rows;
    ccp_config *config = NULL;
    ccp_store *store = NULL;
    ccp_proxy *proxy = NULL;
    ccp_error error = {.message = "usage: custom_store ACCESS_KEY < request.json"};
    ccp_status status = argc == 2 ? ccp_config_new(&config, &error) : CCP_INVALID;

    if (status == CCP_OK)
        status = open_all(config, &store, &error);
    if (status == CCP_OK) {
        store->usage = memory_table(&rows);
        status = ccp_proxy_new(&(ccp_proxy_options){.config = config, .store = store},
                               &proxy, &error);
    }
    if (status == CCP_OK)
        ask(proxy, argv[1]);
    else
        fprintf(stderr, "%s\n", error.message);
    ccp_proxy_free(proxy); /* drains what the recorder still has */
    if (status == CCP_OK)
        store->usage.recent(store->usage.self, MAX_ROWS, print_row, NULL, &error);
    ccp_store_close(store);
    ccp_config_free(config);
    return status == CCP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
