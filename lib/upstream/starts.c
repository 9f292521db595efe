#include "upstream/starts.h"

/* A turn with so many events is one of a busy loop, */
#define BUSY_EVENTS 16

/* in which few start: some always do, since events of streams may never end. */
#define STARTS_WHEN_BUSY 2
#define STARTS_WHEN_CALM 16

static ccpi_seat *seat_of(ccpi_relay *relay)
{
    return (ccpi_seat *)relay;
}

void ccpi_starts_put(ccpi_starts *starts, ccpi_relay *relay)
{
    seat_of(relay)->next = NULL;
    if (starts->last)
        seat_of(starts->last)->next = relay;
    else
        starts->first = relay;
    starts->last = relay;
}

ccpi_relay *ccpi_starts_take(ccpi_starts *starts)
{
    ccpi_relay *relay = starts->first;

    if (!relay)
        return NULL;
    starts->first = seat_of(relay)->next;
    if (!starts->first)
        starts->last = NULL;
    seat_of(relay)->next = NULL;
    return relay;
}

int ccpi_starts_allowed(int events)
{
    return events < BUSY_EVENTS ? STARTS_WHEN_CALM : STARTS_WHEN_BUSY;
}
