#include "routing/slots.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/wait.h"

#define BUCKETS 256 /* a power of two */
#define US_PER_MS 1000

/* A key with requests under way; there are never more of them than requests. */
typedef struct key_slots {
    struct key_slots *next; /* in its bucket */
    ccp_id key;
    size_t taken;
    size_t waiting;
    pthread_cond_t freed;
} key_slots;

struct ccpi_slots {
    ccpi_slots_options options;
    atomic_size_t taken;

    pthread_mutex_t lock;
    bool is_closed;
    key_slots *buckets[BUCKETS];
};

ccp_status ccpi_slots_new(const ccpi_slots_options *options, ccpi_slots **out)
{
    ccpi_slots *slots = calloc(1, sizeof(*slots));

    *out = slots;
    if (!slots)
        return CCP_NO_MEMORY;
    slots->options = *options;
    pthread_mutex_init(&slots->lock, NULL);
    return CCP_OK;
}

void ccpi_slots_free(ccpi_slots *slots)
{
    if (!slots)
        return;
    pthread_mutex_destroy(&slots->lock);
    free(slots);
}

bool ccpi_slots_take(ccpi_slots *slots)
{
    if (atomic_fetch_add(&slots->taken, 1) < slots->options.most)
        return true;
    atomic_fetch_sub(&slots->taken, 1);
    return false;
}

void ccpi_slots_give(ccpi_slots *slots)
{
    atomic_fetch_sub(&slots->taken, 1);
}

size_t ccpi_slots_taken(const ccpi_slots *slots)
{
    return atomic_load(&slots->taken);
}

static key_slots **slot_of(ccpi_slots *slots, const ccp_id *key)
{
    uint32_t hash = 2166136261u; /* FNV-1a; ids are ours, so nobody aims them */
    key_slots **slot;

    for (const char *at = key->text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    slot = &slots->buckets[hash & (BUCKETS - 1)];
    while (*slot && strcmp((*slot)->key.text, key->text) != 0)
        slot = &(*slot)->next;
    return slot;
}

static key_slots *find_or_make(ccpi_slots *slots, const ccp_id *key)
{
    key_slots **slot = slot_of(slots, key);
    key_slots *made;

    if (*slot)
        return *slot;
    made = calloc(1, sizeof(*made));
    if (!made)
        return NULL;
    if (!ccpi_condition_init(&made->freed)) {
        free(made);
        return NULL;
    }
    made->key = *key;
    *slot = made;
    return made;
}

static void drop_if_unused(ccpi_slots *slots, const ccp_id *key)
{
    key_slots **slot = slot_of(slots, key);
    key_slots *unused = *slot;

    if (!unused || unused->taken > 0 || unused->waiting > 0)
        return;
    *slot = unused->next;
    pthread_cond_destroy(&unused->freed);
    free(unused);
}

static ccp_status wait_for_one(ccpi_slots *slots, key_slots *own)
{
    const struct timespec deadline =
        ccpi_deadline_in(slots->options.key_wait_us / US_PER_MS);
    bool has_time = true;

    if (own->waiting >= slots->options.most_per_key)
        return CCP_LIMIT;
    own->waiting++;
    while (own->taken >= slots->options.most_per_key && !slots->is_closed && has_time)
        has_time = ccpi_wait_until(&own->freed, &slots->lock, &deadline);
    own->waiting--;
    if (slots->is_closed)
        return CCP_UNAVAILABLE;
    return own->taken < slots->options.most_per_key ? CCP_OK : CCP_TIMEOUT;
}

ccp_status ccpi_slots_take_of_key(ccpi_slots *slots, const ccp_id *access_key_id)
{
    ccp_status status = CCP_OK;
    key_slots *own;

    if (slots->options.most_per_key == 0)
        return CCP_OK;
    pthread_mutex_lock(&slots->lock);
    own = find_or_make(slots, access_key_id);
    if (!own)
        status = CCP_NO_MEMORY;
    else if (own->taken >= slots->options.most_per_key)
        status = wait_for_one(slots, own);
    if (status == CCP_OK)
        own->taken++;
    else
        drop_if_unused(slots, access_key_id);
    pthread_mutex_unlock(&slots->lock);
    return status;
}

void ccpi_slots_give_of_key(ccpi_slots *slots, const ccp_id *access_key_id)
{
    key_slots *own;

    if (slots->options.most_per_key == 0)
        return;
    pthread_mutex_lock(&slots->lock);
    own = *slot_of(slots, access_key_id);
    if (own) {
        own->taken--;
        pthread_cond_signal(&own->freed);
        drop_if_unused(slots, access_key_id);
    }
    pthread_mutex_unlock(&slots->lock);
}

void ccpi_slots_close(ccpi_slots *slots)
{
    pthread_mutex_lock(&slots->lock);
    slots->is_closed = true;
    for (size_t i = 0; i < BUCKETS; i++)
        for (key_slots *own = slots->buckets[i]; own; own = own->next)
            pthread_cond_broadcast(&own->freed);
    pthread_mutex_unlock(&slots->lock);
}
