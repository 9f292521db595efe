#include "observe/exporter.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/thread.h"
#include "base/wait.h"

struct ccpi_exporter {
    ccpi_exporter_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t end;
    bool is_ending;
    bool is_failing; /* of the thread alone */
};

static void tell(ccpi_exporter *exporter, ccp_status status, const ccp_error *error)
{
    const bool fails = status != CCP_OK;
    ccpi_log_line line;

    if (fails == exporter->is_failing)
        return;
    exporter->is_failing = fails;
    ccpi_log_start(&line, exporter->options.log, fails ? CCP_LOG_WARNING : CCP_LOG_INFO,
                   fails ? "metrics_failed" : "metrics_recovered", NULL);
    ccpi_log_text(&line, "sink", exporter->options.name);
    if (fails)
        ccpi_log_text(&line, "message", error->message);
    ccpi_log_end(&line);
}

static void send(ccpi_exporter *exporter, bool is_last)
{
    const ccpi_exporter_options *options = &exporter->options;
    ccpi_metrics_copy *copy;
    ccp_error error = {0};
    ccp_status status = ccpi_metrics_read(options->metrics, &copy);

    if (status == CCP_OK)
        status = options->send(options->self, ccpi_metrics_view(copy), is_last, &error);
    ccpi_metrics_copy_free(copy);
    tell(exporter, status, &error);
}

/* true: it is time to end. */
static bool wait_for_turn(ccpi_exporter *exporter)
{
    const struct timespec turn = ccpi_deadline_in(exporter->options.interval_ms);
    bool is_ending;
    bool has_time = true;

    pthread_mutex_lock(&exporter->lock);
    while (!exporter->is_ending && has_time)
        has_time = ccpi_wait_until(&exporter->end, &exporter->lock, &turn);
    is_ending = exporter->is_ending;
    pthread_mutex_unlock(&exporter->lock);
    return is_ending;
}

static void *run(void *self)
{
    ccpi_exporter *exporter = self;

    while (!wait_for_turn(exporter))
        send(exporter, false);
    send(exporter, true);
    return NULL;
}

static void free_exporter(ccpi_exporter *exporter)
{
    pthread_cond_destroy(&exporter->end);
    pthread_mutex_destroy(&exporter->lock);
    free(exporter);
}

ccp_status ccpi_exporter_new(const ccpi_exporter_options *options, ccpi_exporter **out,
                             ccp_error *error)
{
    ccpi_exporter *exporter = calloc(1, sizeof(*exporter));

    *out = NULL;
    if (!exporter || !ccpi_condition_init(&exporter->end)) {
        free(exporter);
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory to send metrics");
    }
    exporter->options = *options;
    pthread_mutex_init(&exporter->lock, NULL);
    if (!ccpi_thread_start(&exporter->thread, "ccp-metrics", run, exporter)) {
        free_exporter(exporter);
        return ccpi_fail(error, CCP_NO_MEMORY, "no thread to send metrics");
    }
    *out = exporter;
    return CCP_OK;
}

void ccpi_exporter_end(ccpi_exporter *exporter)
{
    if (!exporter)
        return;
    pthread_mutex_lock(&exporter->lock);
    exporter->is_ending = true;
    pthread_cond_broadcast(&exporter->end);
    pthread_mutex_unlock(&exporter->lock);
}

void ccpi_exporter_free(ccpi_exporter *exporter)
{
    if (!exporter)
        return;
    ccpi_exporter_end(exporter);
    pthread_join(exporter->thread, NULL);
    free_exporter(exporter);
}
