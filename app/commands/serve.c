/* The command that serves: from the settings to the last signal. */
#include "serve.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "backlog.h"
#include "ccproxy/log.h"
#include "clock.h"
#include "commands/run.h"
#include "first_run.h"
#include "futex_table.h"
#include "output.h"
#include "setup.h"
#include "socket_of.h"

/* How long running streams may take to finish: less than the 120 s that ECS gives. */
#define DRAIN_US ((int64_t)110 * 1000 * 1000)
#define DRAIN_STEP_NS (20 * 1000 * 1000)

/* Descriptors for each stream: client, upstream, and some for all else. */
#define DESCRIPTORS_PER_STREAM 3
#define DESCRIPTORS_BESIDE 256

/* From this size on, memory goes back to the system when it is freed. */
#define LARGE_BLOCK (256 * 1024)
#define LARGE_TABLE (64 * 1024)

/* One line, one system call, so that lines of several threads never mix. */
static void write_line(void *self, ccp_log_level level, const char *line, size_t len)
{
    char newline = '\n';
    const struct iovec parts[] = {{.iov_base = (void *)line, .iov_len = len},
                                  {.iov_base = &newline, .iov_len = 1}};

    (void)self, (void)level;
    while (writev(STDOUT_FILENO, parts, 2) < 0 && errno == EINTR)
        continue;
}

static const ccp_log_sink standard_output = {.write = write_line};

static void log_at(ccp_log_level level, const char *name, const char *field,
                   const char *value)
{
    const ccp_log_field one = {.name = field, .value = value};

    ccp_log_write(
        &standard_output, NULL,
        &(ccp_log_event){
            .level = level, .name = name, .fields = &one, .field_count = field ? 1 : 0});
}

static void log_event(const char *name, const char *field, const char *value)
{
    log_at(CCP_LOG_INFO, name, field, value);
}

/* Secrets must not lie about in core files, also not in those that a pipe takes. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = {0};

    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* whose leak check traces its own process */
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* The tables of the caches cost memory as they fill, when they are in pages of their own.
 */
static void spare_empty_tables(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, LARGE_TABLE);
#endif
}

/*
 * Bodies come in megabytes and are gone at once. glibc raises its threshold with
 * each such block that is freed, and from then on keeps them in the arena of
 * each thread: set by hand, it stays.
 */
static void give_memory_back(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    /* Else what is just below it, such as curl's buffers, goes back at every turn. */
    mallopt(M_TRIM_THRESHOLD, 4 * LARGE_BLOCK);
#endif
}

/*
 * Our threads wake each other for every request: each does more in a turn when the
 * one that was woken waits until the other waits (sched(7)). Best effort.
 */
static void wake_without_haste(void)
{
    const struct sched_param none = {0};

    sched_setscheduler(0, SCHED_BATCH, &none);
}

static void raise_descriptor_limit(int64_t max_streams)
{
    const rlim_t needed =
        (rlim_t)max_streams * DESCRIPTORS_PER_STREAM + DESCRIPTORS_BESIDE;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return;
    limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < needed)
        app_say("warning: %lu descriptors are too few for max_streams: raise the limit "
                "(ulimit -n) to %lu",
                (unsigned long)limit.rlim_cur, (unsigned long)needed);
}

/* The signals are taken by sigtimedwait() in this thread, and blocked in all. */
static sigset_t block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signals;
}

static ccp_status show_password(ccp_config *config, ccp_error *error)
{
    ccp_secret_text password;
    bool was_made;
    ccp_status status = app_first_run_password(config, &was_made, &password, error);

    if (status != CCP_OK || !was_made)
        return status;
    app_say("the admin password, shown this once: %s (user %s)", password.text,
            ccp_config_text(config, "admin_username"));
    ccp_secret_text_wipe(&password);
    return CCP_OK;
}

/* Waits for running requests; a second signal ends the process on the spot. */
static void drain(app_server *server, ccp_proxy *proxy, const sigset_t *signals)
{
    const int64_t until_us = app_monotonic_us() + DRAIN_US;
    const struct timespec step = {.tv_nsec = DRAIN_STEP_NS};

    ccp_proxy_drain(proxy);
    app_server_drain(server);
    while ((app_server_busy(server) > 0 || ccp_proxy_active(proxy) > 0) &&
           app_monotonic_us() < until_us) {
        const int number = sigtimedwait(signals, NULL, &step);

        if (number == SIGTERM || number == SIGINT)
            _exit(APP_FAILED);
    }
}

/* Settings that are wrong are said, and change nothing. */
static void reload(const app_call *call, ccp_proxy *proxy)
{
    app_setup fresh = {0};
    ccp_error error = {0};
    ccp_status status;

    /* It says each mistake, on standard error. */
    if (app_setup_config(call, &fresh) != APP_DONE) {
        log_at(CCP_LOG_ERROR, "reload_rejected", "cause", "the settings are not valid");
        app_setup_clear(&fresh);
        return;
    }
    status = app_first_run_prepare(fresh.config, &error);
    if (status == CCP_OK)
        status = show_password(fresh.config, &error);
    if (status != CCP_OK)
        log_at(CCP_LOG_ERROR, "reload_rejected", "cause", error.message);
    else /* says itself in the log how it went */
        ccp_proxy_reload(proxy, fresh.config, NULL);
    app_setup_clear(&fresh);
}

static void wait_for_end(const app_call *call, app_server *server, ccp_proxy *proxy,
                         const sigset_t *signals)
{
    int number;

    do {
        number = sigwaitinfo(signals, NULL);
        if (number == SIGHUP)
            reload(call, proxy);
    } while (number == SIGHUP || (number < 0 && errno == EINTR));
    log_event("server_stopping", "signal", number == SIGINT ? "SIGINT" : "SIGTERM");
    drain(server, proxy, signals);
}

static ccp_status start(const app_setup *setup, app_backlog *backlog, ccp_proxy **proxy,
                        app_server **server, ccp_error *error)
{
    ccp_status status =
        ccp_proxy_new(&(ccp_proxy_options){.config = setup->config,
                                           .store = setup->store,
                                           .log = &standard_output,
                                           .metrics = app_backlog_sink(backlog)},
                      proxy, error);

    if (status != CCP_OK)
        return status;
    return app_server_start(
        &(app_server_options){
            .proxy = *proxy,
            .random = ccp_system_random(),
            .clock = ccp_system_clock(),
            .log = &standard_output,
            .listen = ccp_config_text(setup->config, "listen"),
            .max_streams = ccp_config_number(setup->config, "max_streams"),
            .keep_alive_timeout_ms =
                ccp_config_number(setup->config, "keep_alive_timeout"),
        },
        server, error);
}

static void announce(const app_setup *setup, const app_server *server)
{
    const char *listen = ccp_config_text(setup->config, "listen");
    char address[128];

    /* Port 0 stands for any free one: tell which it became. */
    snprintf(address, sizeof(address), "http://%.*s:%u", (int)strcspn(listen, ":"),
             listen, app_server_port(server));
    log_event("server_started", "address", address);
    app_say("listening on %s", address);
}

static int serve(const app_call *call, const app_setup *setup)
{
    const sigset_t signals = block_signals();
    app_server *server = NULL;
    ccp_proxy *proxy = NULL;
    app_backlog backlog = {.is_shown = false};
    ccp_error error = {0};
    ccp_status status;

    forbid_core_dumps();
    spare_empty_tables();
    wake_without_haste();
    app_futex_table_enlarge();
    raise_descriptor_limit(ccp_config_number(setup->config, "max_streams"));
    status = show_password(setup->config, &error);
    if (status == CCP_OK)
        status = start(setup, &backlog, &proxy, &server, &error);
    give_memory_back();
    if (status == CCP_OK) {
        announce(setup, server);
        wait_for_end(call, server, proxy, &signals);
    }
    app_server_stop(server);
    ccp_proxy_free(proxy);
    app_backlog_end(&backlog);
    app_server_free(server); /* whose sockets the proxy may have had */
    return status == CCP_OK ? APP_DONE : app_failure(status, &error);
}

int app_run_serve(const app_call *call)
{
    app_setup setup = {0};
    int code = app_setup_ready_store(call, &setup);

    if (code == APP_DONE)
        code = serve(call, &setup);
    app_setup_clear(&setup);
    return code;
}
