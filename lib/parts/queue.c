#include "ccproxy/queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/wait.h"

struct ccp_queue {
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    bool is_closed;
    size_t max;
    size_t first; /* of the oldest item */
    size_t count;
    void *items[];
};

ccp_status ccp_queue_new(size_t max_items, ccp_queue **out)
{
    ccp_queue *queue;

    *out = NULL;
    if (max_items == 0)
        return CCP_INVALID;
    if (max_items > (SIZE_MAX - sizeof(*queue)) / sizeof(*queue->items))
        return CCP_NO_MEMORY;
    queue = calloc(1, sizeof(*queue) + max_items * sizeof(*queue->items));
    if (!queue)
        return CCP_NO_MEMORY;
    if (!ccpi_condition_init(&queue->changed)) {
        free(queue);
        return CCP_NO_MEMORY;
    }
    pthread_mutex_init(&queue->lock, NULL);
    queue->max = max_items;
    *out = queue;
    return CCP_OK;
}

void ccp_queue_free(ccp_queue *queue)
{
    if (!queue)
        return;
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

/* With the lock held and a place free. */
static void put(ccp_queue *queue, void *item)
{
    const size_t to_end = queue->max - queue->first;

    queue->items[queue->count < to_end ? queue->first + queue->count
                                       : queue->count - to_end] = item;
    queue->count++;
    pthread_cond_signal(&queue->changed);
}

ccp_status ccp_queue_offer(ccp_queue *queue, void *item)
{
    ccp_status status = CCP_OK;

    pthread_mutex_lock(&queue->lock);
    if (queue->is_closed)
        status = CCP_CONFLICT;
    else if (queue->count == queue->max)
        status = CCP_LIMIT;
    else
        put(queue, item);
    pthread_mutex_unlock(&queue->lock);
    return status;
}

/* With the lock held: until there is an item, the end of the queue, or of the time. */
static void wait_for_item(ccp_queue *queue, int64_t timeout_ms)
{
    const struct timespec deadline = ccpi_deadline_in(timeout_ms > 0 ? timeout_ms : 0);
    bool has_time = timeout_ms != 0;

    while (queue->count == 0 && !queue->is_closed && has_time) {
        if (timeout_ms < 0)
            pthread_cond_wait(&queue->changed, &queue->lock);
        else
            has_time = ccpi_wait_until(&queue->changed, &queue->lock, &deadline);
    }
}

void *ccp_queue_take(ccp_queue *queue, int64_t timeout_ms)
{
    void *item = NULL;

    pthread_mutex_lock(&queue->lock);
    wait_for_item(queue, timeout_ms);
    if (queue->count > 0) {
        item = queue->items[queue->first];
        queue->first = queue->first + 1 == queue->max ? 0 : queue->first + 1;
        queue->count--;
    }
    pthread_mutex_unlock(&queue->lock);
    return item;
}

void ccp_queue_close(ccp_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

size_t ccp_queue_count(ccp_queue *queue)
{
    size_t count;

    pthread_mutex_lock(&queue->lock);
    count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}
