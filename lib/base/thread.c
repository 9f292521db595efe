#include "base/thread.h"

#include <signal.h>

static int create(pthread_t *thread, const pthread_attr_t *attributes,
                  void *(*run)(void *), void *self)
{
    sigset_t all;
    sigset_t former;
    int result;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    result = pthread_create(thread, attributes, run, self);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    return result;
}

bool ccpi_thread_start(pthread_t *thread, const char *name, void *(*run)(void *),
                       void *self)
{
    if (create(thread, NULL, run, self) != 0)
        return false;
    pthread_setname_np(*thread, name);
    return true;
}

bool ccpi_thread_start_alone(size_t stack_bytes, void *(*run)(void *), void *self)
{
    pthread_attr_t attributes;
    pthread_t thread;
    bool was_started;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    was_started = pthread_attr_setstacksize(&attributes, stack_bytes) == 0 &&
                  create(&thread, &attributes, run, self) == 0;
    pthread_attr_destroy(&attributes);
    return was_started;
}

bool ccpi_thread_call(const char *name, void *(*run)(void *), void *self)
{
    pthread_t thread;

    return ccpi_thread_start(&thread, name, run, self) && pthread_join(thread, NULL) == 0;
}
