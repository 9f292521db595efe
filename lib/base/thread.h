#ifndef CCPI_BASE_THREAD_H
#define CCPI_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Starts a thread of the library's own. It takes no signal: those are the
 * program's business. The name shows in ps and gdb; at most 15 characters.
 */
bool ccpi_thread_start(pthread_t *thread, const char *name, void *(*run)(void *),
                       void *self);

#endif
