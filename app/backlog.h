#ifndef CCP_APP_BACKLOG_H
#define CCP_APP_BACKLOG_H

#include <stdbool.h>

#include "ccproxy/metrics.h"

/*
 * Shows on a terminal how many usage rows wait for the database, while they are
 * many: a former process left them, or the database was away. The line stands on
 * standard error; where the log goes to a terminal, too, its lines tell it.
 */
typedef struct app_backlog {
    ccp_metric_sink sink;
    bool is_shown;
} app_backlog;

/* What the proxy is to give its metrics to; NULL: there is no terminal. Lives as long
 * as the backlog. */
const ccp_metric_sink *app_backlog_sink(app_backlog *backlog);

/* Clears what is shown, once the proxy is gone. */
void app_backlog_end(app_backlog *backlog);

#endif
