/* Items come out once and in order, a full queue takes nothing, a closed one ends. */
#include <ccproxy/queue.h>
#include <pthread.h>

#include "check.h"

#define WORKERS 4
#define ITEMS 20000

typedef struct work {
    ccp_queue *queue;
    int done[ITEMS]; /* how often; each by one worker */
} work;

static void *do_work(void *argument)
{
    work *all = argument;

    for (int *item; (item = ccp_queue_take(all->queue, -1));)
        ++*item;
    return NULL;
}

static void keep_order_and_bound(void)
{
    int items[5];
    ccp_queue *queue;

    CHECK(ccp_queue_new(0, &queue) == CCP_INVALID && !queue);
    CHECK(ccp_queue_new((size_t)-1 / 2, &queue) == CCP_NO_MEMORY && !queue);
    CHECK(ccp_queue_new(3, &queue) == CCP_OK);
    CHECK(!ccp_queue_take(queue, 0) && !ccp_queue_take(queue, 20));
    /* Twice around the ring. */
    for (int round = 0; round < 6; round++) {
        CHECK(ccp_queue_offer(queue, &items[0]) == CCP_OK);
        CHECK(ccp_queue_offer(queue, &items[1]) == CCP_OK);
        CHECK(ccp_queue_take(queue, 0) == &items[0]);
        CHECK(ccp_queue_take(queue, 0) == &items[1]);
    }
    for (int i = 0; i < 3; i++)
        CHECK(ccp_queue_offer(queue, &items[i]) == CCP_OK);
    CHECK(ccp_queue_offer(queue, &items[3]) == CCP_LIMIT && ccp_queue_count(queue) == 3);
    ccp_queue_close(queue);
    CHECK(ccp_queue_offer(queue, &items[4]) == CCP_CONFLICT);
    for (int i = 0; i < 3; i++)
        CHECK(ccp_queue_take(queue, -1) == &items[i]);
    CHECK(!ccp_queue_take(queue, -1) && ccp_queue_count(queue) == 0);
    ccp_queue_free(queue);
}

static void lose_nothing_between_threads(void)
{
    static work all;
    pthread_t workers[WORKERS];
    ccp_status status;

    CHECK(ccp_queue_new(16, &all.queue) == CCP_OK);
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&workers[i], NULL, do_work, &all) == 0);
    for (int i = 0; i < ITEMS; i++) {
        do
            status = ccp_queue_offer(all.queue, &all.done[i]);
        while (status == CCP_LIMIT);
        CHECK(status == CCP_OK);
    }
    ccp_queue_close(all.queue);
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_join(workers[i], NULL) == 0);
    for (int i = 0; i < ITEMS; i++)
        CHECK(all.done[i] == 1);
    ccp_queue_free(all.queue);
}

int main(void)
{
    keep_order_and_bound();
    lose_nothing_between_threads();
    return 0;
}
