#ifndef CCPI_UPSTREAM_INBOX_H
#define CCPI_UPSTREAM_INBOX_H

#include <pthread.h>
#include <stdbool.h>

#include "ccproxy/error.h"

/*
 * How other threads reach a loop: a list of what they hand in, first in, first
 * out, and a bell (an eventfd) for the loop's epoll.
 */
typedef struct ccpi_inbox_entry {
    struct ccpi_inbox_entry *next;
    bool is_in;
} ccpi_inbox_entry;

typedef struct ccpi_inbox {
    int bell; /* rung for the first entry and for the end; edge-triggered, never read */
    pthread_mutex_t lock; /* guards all below, and what is in entries */
    ccpi_inbox_entry *first;
    ccpi_inbox_entry *last;
    bool is_shut;
} ccpi_inbox;

/* CCP_UNAVAILABLE: the system gives no eventfd. */
ccp_status ccpi_inbox_open(ccpi_inbox *inbox);
/* After opening, even a failed one. Forgets what is in it. */
void ccpi_inbox_close(ccpi_inbox *inbox);

/* CCP_CONFLICT: the entry is in it already. CCP_UNAVAILABLE: it is shut. */
ccp_status ccpi_inbox_put(ccpi_inbox *inbox, ccpi_inbox_entry *entry);

/* NULL: nothing is in it. */
ccpi_inbox_entry *ccpi_inbox_take(ccpi_inbox *inbox);

/* From now on nothing is put in. Rings. */
void ccpi_inbox_shut(ccpi_inbox *inbox);
bool ccpi_inbox_is_shut(ccpi_inbox *inbox);

#endif
