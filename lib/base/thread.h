#ifndef CCPI_BASE_THREAD_H
#define CCPI_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Starts a thread of the library's own. It takes no signal: those are the
 * program's business. The name shows in ps and gdb; at most 15 characters.
 */
bool ccpi_thread_start(pthread_t *thread, const char *name, void *(*run)(void *),
                       void *self);

/* The same, of a thread that nobody joins; it may give itself a name. */
bool ccpi_thread_start_alone(size_t stack_bytes, void *(*run)(void *), void *self);

/*
 * Runs a function in a thread of its own and waits for its end: for what needs more
 * stack than a caller may have. CivetWeb's workers have 100 KiB, of which TLS and
 * the resolver would use up what we leave. False: no thread could be started.
 */
bool ccpi_thread_call(const char *name, void *(*run)(void *), void *self);

#endif
