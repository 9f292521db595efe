#include "progress.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "terminal.h"

struct app_progress {
    const char *what;
    pthread_t thread;
    pthread_mutex_t lock; /* of has_ended */
    pthread_cond_t ended;
    bool has_ended;
};

static bool init(app_progress *progress)
{
    pthread_condattr_t clock;

    if (pthread_condattr_init(&clock) != 0)
        return false;
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    if (pthread_cond_init(&progress->ended, &clock) != 0) {
        pthread_condattr_destroy(&clock);
        return false;
    }
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&progress->lock, NULL);
    return true;
}

/* Waits for a second, or the end. */
static bool goes_on(app_progress *progress, const struct timespec *until)
{
    int waited = 0;

    while (!progress->has_ended && waited == 0)
        waited = pthread_cond_timedwait(&progress->ended, &progress->lock, until);
    return !progress->has_ended;
}

static void *show(void *argument)
{
    app_progress *progress = argument;
    struct timespec until;
    long seconds = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    pthread_mutex_lock(&progress->lock);
    for (until.tv_sec++; goes_on(progress, &until); until.tv_sec++) {
        fprintf(stderr, APP_CLEAR_LINE "ccproxy: %s: %ld s", progress->what, ++seconds);
        fflush(stderr);
    }
    pthread_mutex_unlock(&progress->lock);
    if (seconds > 0) {
        fputs(APP_CLEAR_LINE, stderr);
        fflush(stderr);
    }
    return NULL;
}

static void clear(app_progress *progress)
{
    pthread_cond_destroy(&progress->ended);
    pthread_mutex_destroy(&progress->lock);
    free(progress);
}

app_progress *app_progress_begin(const char *what)
{
    app_progress *progress;

    if (!isatty(STDERR_FILENO))
        return NULL;
    progress = calloc(1, sizeof(*progress));
    if (!progress)
        return NULL;
    if (!init(progress)) {
        free(progress);
        return NULL;
    }
    progress->what = what;
    if (pthread_create(&progress->thread, NULL, show, progress) != 0) {
        clear(progress);
        return NULL;
    }
    return progress;
}

void app_progress_end(app_progress *progress)
{
    if (!progress)
        return;
    pthread_mutex_lock(&progress->lock);
    progress->has_ended = true;
    pthread_cond_signal(&progress->ended);
    pthread_mutex_unlock(&progress->lock);
    pthread_join(progress->thread, NULL);
    clear(progress);
}
