#include "upstream/crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/thread.h"
#include "upstream/parking.h"

typedef struct member member;

struct member {
    ccpi_crew *crew;
    member *older; /* in the list of the idle ones */
    member *newer;
    atomic_bool is_idle; /* changed under the crew's lock */
    ccpi_parking parking;
    void (*task)(void *self);
    void *self;
};

struct ccpi_crew {
    ccpi_crew_options options;
    pthread_mutex_t lock;
    pthread_cond_t empty;
    size_t size;
    member *newest; /* of the idle ones: its stack is the warmest */
    bool must_end;
};

/* ---- the idle ones, under the lock ---- */

static void link_idle(ccpi_crew *crew, member *one)
{
    one->older = crew->newest;
    one->newer = NULL;
    if (crew->newest)
        crew->newest->newer = one;
    crew->newest = one;
    atomic_store(&one->is_idle, true);
}

static void unlink_idle(ccpi_crew *crew, member *one)
{
    if (one->newer)
        one->newer->older = one->older;
    else
        crew->newest = one->older;
    if (one->older)
        one->older->newer = one->newer;
    atomic_store(&one->is_idle, false);
}

/* ---- a thread ---- */

/* Waits for a task. false: none came, and the thread ends. */
static bool next_task(ccpi_crew *crew, member *one)
{
    bool is_leaving = false;

    pthread_mutex_lock(&crew->lock);
    if (!crew->must_end)
        link_idle(crew, one);
    else
        is_leaving = true;
    pthread_mutex_unlock(&crew->lock);

    while (!is_leaving && atomic_load(&one->is_idle)) {
        const bool was_woken = ccpi_parking_wait(&one->parking, crew->options.idle_ms);

        if (was_woken && !atomic_load(&one->is_idle))
            break;
        pthread_mutex_lock(&crew->lock);
        is_leaving = atomic_load(&one->is_idle) && (!was_woken || crew->must_end);
        if (is_leaving)
            unlink_idle(crew, one);
        pthread_mutex_unlock(&crew->lock);
    }
    return !is_leaving;
}

static void leave(ccpi_crew *crew, member *one)
{
    free(one);
    pthread_mutex_lock(&crew->lock);
    if (--crew->size == 0)
        pthread_cond_broadcast(&crew->empty);
    pthread_mutex_unlock(&crew->lock);
}

static void *work(void *self)
{
    member *one = self;
    ccpi_crew *crew = one->crew;

    pthread_setname_np(pthread_self(), crew->options.name);
    do {
        one->task(one->self);
    } while (next_task(crew, one));
    leave(crew, one);
    return NULL;
}

/* ---- the crew ---- */

ccp_status ccpi_crew_new(const ccpi_crew_options *options, ccpi_crew **out)
{
    ccpi_crew *crew = calloc(1, sizeof(*crew));

    *out = crew;
    if (!crew)
        return CCP_NO_MEMORY;
    crew->options = *options;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->empty, NULL);
    return CCP_OK;
}

void ccpi_crew_free(ccpi_crew *crew)
{
    if (!crew)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->must_end = true;
    for (member *one = crew->newest; one; one = one->older)
        ccpi_parking_wake(&one->parking);
    while (crew->size > 0)
        pthread_cond_wait(&crew->empty, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    pthread_cond_destroy(&crew->empty);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

static bool give_to_idle(ccpi_crew *crew, void (*task)(void *self), void *self)
{
    member *one;

    pthread_mutex_lock(&crew->lock);
    one = crew->newest;
    if (one) {
        one->task = task;
        one->self = self;
        unlink_idle(crew, one);
        /* Under the lock: without it the thread can't have ended meanwhile. */
        ccpi_parking_wake(&one->parking);
    }
    pthread_mutex_unlock(&crew->lock);
    return one != NULL;
}

static void count(ccpi_crew *crew, bool is_more)
{
    pthread_mutex_lock(&crew->lock);
    crew->size = is_more ? crew->size + 1 : crew->size - 1;
    pthread_mutex_unlock(&crew->lock);
}

static bool give_to_new(ccpi_crew *crew, void (*task)(void *self), void *self)
{
    member *one = malloc(sizeof(*one));

    if (!one)
        return false;
    *one = (member){.crew = crew, .task = task, .self = self};
    count(crew, true);
    if (ccpi_thread_start_alone(crew->options.stack_bytes, work, one))
        return true;
    count(crew, false);
    free(one);
    return false;
}

bool ccpi_crew_run(ccpi_crew *crew, void (*task)(void *self), void *self)
{
    return give_to_idle(crew, task, self) || give_to_new(crew, task, self);
}

size_t ccpi_crew_size(ccpi_crew *crew)
{
    size_t size;

    pthread_mutex_lock(&crew->lock);
    size = crew->size;
    pthread_mutex_unlock(&crew->lock);
    return size;
}
