#ifndef CCPI_ROUTING_SLOTS_H
#define CCPI_ROUTING_SLOTS_H

#include "ccproxy/store.h"

/*
 * How many requests may be under way: all together, where one too many is
 * refused at once, and for each access key, where it waits a little, so that
 * one key can't starve the others. Any thread.
 */
typedef struct ccpi_slots ccpi_slots;

typedef struct ccpi_slots_options {
    size_t most;
    size_t most_per_key; /* 0: any number; as many may wait */
    int64_t key_wait_us; /* at most */
} ccpi_slots_options;

/* CCP_NO_MEMORY only. @param out  given; ccpi_slots_free() */
ccp_status ccpi_slots_new(const ccpi_slots_options *options, ccpi_slots **out);
void ccpi_slots_free(ccpi_slots *slots);

/* false: all are taken. */
bool ccpi_slots_take(ccpi_slots *slots);
void ccpi_slots_give(ccpi_slots *slots);
size_t ccpi_slots_taken(const ccpi_slots *slots);

/*
 * Waits for one of the key's own. CCP_LIMIT: too many wait already; CCP_TIMEOUT:
 * none came free; CCP_UNAVAILABLE: the slots are closed; CCP_NO_MEMORY.
 */
ccp_status ccpi_slots_take_of_key(ccpi_slots *slots, const ccp_id *access_key_id);
void ccpi_slots_give_of_key(ccpi_slots *slots, const ccp_id *access_key_id);

/* Nobody waits from now on. */
void ccpi_slots_close(ccpi_slots *slots);

#endif
