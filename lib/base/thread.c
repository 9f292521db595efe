#include "base/thread.h"

#include <signal.h>

bool ccpi_thread_start(pthread_t *thread, const char *name, void *(*run)(void *),
                       void *self)
{
    sigset_t all;
    sigset_t former;
    int result;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    result = pthread_create(thread, NULL, run, self);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    if (result != 0)
        return false;
    pthread_setname_np(*thread, name);
    return true;
}

bool ccpi_thread_call(const char *name, void *(*run)(void *), void *self)
{
    pthread_t thread;

    return ccpi_thread_start(&thread, name, run, self) && pthread_join(thread, NULL) == 0;
}
