#ifndef CCP_APP_PROGRESS_H
#define CCP_APP_PROGRESS_H

/*
 * Shows that long work goes on: when standard error is a terminal, a line with
 * the seconds so far stands there from the second one on, and goes away at the
 * end. A thread of its own writes it; whoever works stays silent meanwhile.
 */
typedef struct app_progress app_progress;

/* what: borrowed until the end. NULL: there is nothing to show, or no means. */
app_progress *app_progress_begin(const char *what);

/* NULL is allowed. */
void app_progress_end(app_progress *progress);

#endif
