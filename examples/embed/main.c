/*
 * The whole proxy behind another HTTP server than the program's own:
 *
 *     embed PORT
 *
 * Settings come from CCPROXY_... in the environment, as the server's do. It serves
 * until its standard input ends.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "answer.h"

extern char **environ;

static void complain(void *context, bool is_warning, const char *message)
{
    (void)context;
    fprintf(stderr, "%s%s\n", is_warning ? "warning: " : "", message);
}

static void print_line(void *self, ccp_log_level level, const char *line, size_t len)
{
    (void)self, (void)level;
    fprintf(stderr, "%.*s\n", (int)len, line);
}

static ccp_status load(ccp_config *config, ccp_error *error)
{
    ccp_status status =
        ccp_config_load_environment(config, (const char *const *)environ, error);

    return status == CCP_OK ? ccp_config_check(config, complain, NULL, error) : status;
}

static ccp_status open_store(const ccp_config *config, ccp_store **store,
                             ccp_error *error)
{
    const ccp_store_options options = {.url = ccp_config_text(config, "database_url")};
    ccp_status status = ccp_store_open(&options, store, error);

    return status == CCP_OK ? (*store)->migrate((*store)->self, error) : status;
}

static int serve(ccp_proxy *proxy, unsigned short port)
{
    struct MHD_Daemon *daemon = http_start(proxy, port);
    char byte;

    if (!daemon)
        return EXIT_FAILURE;
    printf("listening on port %u\n", port);
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    MHD_stop_daemon(daemon);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const ccp_log_sink log = {.write = print_line};
    ccp_config *config = NULL;
    ccp_store *store = NULL;
    ccp_proxy *proxy = NULL;
    ccp_error error = {.message = "usage: embed PORT"};
    ccp_status status = argc == 2 ? ccp_config_new(&config, &error) : CCP_INVALID;
    int code = EXIT_FAILURE;

    signal(SIGPIPE, SIG_IGN);
    if (status == CCP_OK)
        status = load(config, &error);
    if (status == CCP_OK)
        status = open_store(config, &store, &error);
    if (status == CCP_OK)
        status = ccp_proxy_new(
            &(ccp_proxy_options){.config = config, .store = store, .log = &log}, &proxy,
            &error);
    if (status == CCP_OK)
        code = serve(proxy, (unsigned short)strtoul(argv[1], NULL, 10));
    else
        fprintf(stderr, "%s\n", error.message);
    ccp_proxy_free(proxy);
    ccp_store_close(store);
    ccp_config_free(config);
    return code;
}
