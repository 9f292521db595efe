#include "backlog.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"

#define EVERY_MS 1000

/* More than come together while all is well, at hundreds of requests in a second. */
#define MANY 1000

static double rows_waiting(const ccp_metrics *metrics)
{
    for (size_t i = 0; i < metrics->count; i++)
        if (strcmp(metrics->items[i].name, "proxy.usage_queue_depth") == 0)
            return metrics->items[i].value;
    return 0;
}

static void clear(app_backlog *backlog)
{
    if (!backlog->is_shown)
        return;
    backlog->is_shown = false;
    fputs(APP_CLEAR_LINE, stderr);
    fflush(stderr);
}

static void show(void *self, const ccp_metrics *metrics)
{
    app_backlog *backlog = self;
    const double rows = rows_waiting(metrics);

    if (rows < (backlog->is_shown ? 1 : MANY)) {
        clear(backlog);
        return;
    }
    backlog->is_shown = true;
    fprintf(stderr, APP_CLEAR_LINE "ccproxy: usage rows that wait for the database: %.0f",
            rows);
    fflush(stderr);
}

const ccp_metric_sink *app_backlog_sink(app_backlog *backlog)
{
    if (!isatty(STDERR_FILENO) || isatty(STDOUT_FILENO))
        return NULL;
    *backlog =
        (app_backlog){.sink = {.take = show, .self = backlog, .interval_ms = EVERY_MS}};
    return &backlog->sink;
}

void app_backlog_end(app_backlog *backlog)
{
    clear(backlog);
}
