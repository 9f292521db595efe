/**
 * @file ccproxy/queue.h
 *
 * Work on its way from threads that must not wait to threads that do it: a queue
 * of pointers in order, with a bound. A full queue takes nothing more and says so
 * at once, so that whoever offers can refuse, drop or do the work itself. Any
 * thread. What the pointers point to is the callers' own.
 */
#ifndef CCPROXY_QUEUE_H
#define CCPROXY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"

CCP_BEGIN_DECLS

typedef struct ccp_queue ccp_queue;

/**
 * All memory is taken here. CCP_INVALID: max_items is 0; CCP_NO_MEMORY.
 *
 * @param out  given; free it with ccp_queue_free()
 */
ccp_status ccp_queue_new(size_t max_items, ccp_queue **out);

/** Only when no other call runs; items that are left are not touched. NULL is allowed. */
void ccp_queue_free(ccp_queue *queue);

/**
 * Never waits for a place. CCP_LIMIT: the queue is full; CCP_CONFLICT: it is closed.
 * With both the item stays with the caller.
 *
 * @param item  not NULL; taken by whoever takes it
 */
ccp_status ccp_queue_offer(ccp_queue *queue, void *item);

/**
 * Waits for the oldest item, on a clock that nobody can set.
 *
 * @param timeout_ms  0: does not wait; negative: without end
 * @return NULL: none came in time, or the queue is closed and empty
 */
void *ccp_queue_take(ccp_queue *queue, int64_t timeout_ms);

/** Takes nothing more, and wakes who waits; what is there can still be taken. */
void ccp_queue_close(ccp_queue *queue);

/** How many wait at this moment. */
size_t ccp_queue_count(ccp_queue *queue);

CCP_END_DECLS

#endif
