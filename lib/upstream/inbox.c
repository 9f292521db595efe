#include "upstream/inbox.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

ccp_status ccpi_inbox_open(ccpi_inbox *inbox)
{
    *inbox = (ccpi_inbox){.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    pthread_mutex_init(&inbox->lock, NULL);
    return inbox->bell >= 0 ? CCP_OK : CCP_UNAVAILABLE;
}

void ccpi_inbox_close(ccpi_inbox *inbox)
{
    if (inbox->bell >= 0)
        close(inbox->bell);
    pthread_mutex_destroy(&inbox->lock);
}

static void ring(const ccpi_inbox *inbox)
{
    const uint64_t one = 1;

    /* It can only fail when the counter is full, after 2^64 rings. */
    while (write(inbox->bell, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

/* Returns whether the bell must be rung. */
static bool append(ccpi_inbox *inbox, ccpi_inbox_entry *entry)
{
    const bool was_empty = !inbox->first;

    entry->is_in = true;
    entry->next = NULL;
    if (was_empty)
        inbox->first = entry;
    else
        inbox->last->next = entry;
    inbox->last = entry;
    return was_empty;
}

ccp_status ccpi_inbox_put(ccpi_inbox *inbox, ccpi_inbox_entry *entry)
{
    ccp_status status = CCP_OK;
    bool must_ring = false;

    pthread_mutex_lock(&inbox->lock);
    if (inbox->is_shut)
        status = CCP_UNAVAILABLE;
    else if (entry->is_in)
        status = CCP_CONFLICT;
    else
        must_ring = append(inbox, entry);
    pthread_mutex_unlock(&inbox->lock);

    if (must_ring)
        ring(inbox);
    return status;
}

ccpi_inbox_entry *ccpi_inbox_take(ccpi_inbox *inbox)
{
    ccpi_inbox_entry *entry;

    pthread_mutex_lock(&inbox->lock);
    entry = inbox->first;
    if (entry) {
        inbox->first = entry->next;
        entry->is_in = false;
    }
    pthread_mutex_unlock(&inbox->lock);
    return entry;
}

void ccpi_inbox_shut(ccpi_inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->is_shut = true;
    pthread_mutex_unlock(&inbox->lock);
    ring(inbox);
}

bool ccpi_inbox_is_shut(ccpi_inbox *inbox)
{
    bool is_shut;

    pthread_mutex_lock(&inbox->lock);
    is_shut = inbox->is_shut;
    pthread_mutex_unlock(&inbox->lock);
    return is_shut;
}
