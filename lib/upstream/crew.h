#ifndef CCPI_UPSTREAM_CREW_H
#define CCPI_UPSTREAM_CREW_H

#include <stdbool.h>
#include <stddef.h>

#include "ccproxy/error.h"

/*
 * Threads for what waits long and does little: each task has one of its own at
 * once, an idle one or else a new one, and none waits for another. Who hands
 * tasks in bounds their number. An idle thread ends after a while. Any thread.
 */
typedef struct ccpi_crew ccpi_crew;

typedef struct ccpi_crew_options {
    const char *name; /* of the threads; borrowed; at most 15 characters */
    size_t stack_bytes;
    int idle_ms; /* that a thread lives without a task */
} ccpi_crew_options;

/* CCP_NO_MEMORY only. @param out  given; ccpi_crew_free() */
ccp_status ccpi_crew_new(const ccpi_crew_options *options, ccpi_crew **out);

/* Waits for all tasks to end. NULL is allowed. */
void ccpi_crew_free(ccpi_crew *crew);

/* false: the system has no thread to give, and the task was not run. */
bool ccpi_crew_run(ccpi_crew *crew, void (*task)(void *self), void *self);

/* How many threads there are, idle ones included. */
size_t ccpi_crew_size(ccpi_crew *crew);

#endif
