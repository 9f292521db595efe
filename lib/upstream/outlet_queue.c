/*
 * The outlet over a sink's own functions, which may wait for the client: the
 * engine's thread fills a queue, the parked worker empties it into the sink.
 */
#include <pthread.h>
#include <stdlib.h>

#include "upstream/outlet_kind.h"

typedef struct queue_outlet {
    ccpi_outlet outlet; /* first, see outlet_kind.h */

    pthread_mutex_t lock; /* guards up to the next blank line */
    ccpi_buf filling;
    size_t in_hand; /* bytes that the worker took and the sink has not yet */
    int64_t stalled_us;
    bool has_head_to_send;
    bool is_gone;

    /* The worker's alone. */
    ccpi_buf serving;
    /* Written before has_head_to_send is set, read after. */
    int status;
    ccpi_headers headers;
    int64_t content_length;
} queue_outlet;

static queue_outlet *of(ccpi_outlet *outlet)
{
    return (queue_outlet *)outlet;
}

static ccp_status copy_headers(const ccpi_headers *from, ccpi_headers *to)
{
    ccp_status status = CCP_OK;

    for (size_t i = 0; i < from->count && status == CCP_OK; i++)
        status = ccpi_headers_add(to, ccpi_span_of(from->fields[i].name),
                                  ccpi_span_of(from->fields[i].value));
    return status;
}

static ccp_status queue_head(ccpi_outlet *outlet, int status, const ccpi_headers *headers,
                             int64_t content_length)
{
    queue_outlet *to = of(outlet);
    const ccp_status copied = copy_headers(headers, &to->headers);

    if (copied != CCP_OK) {
        ccpi_headers_clear(&to->headers);
        return copied;
    }
    to->status = status;
    to->content_length = content_length;
    pthread_mutex_lock(&to->lock);
    to->has_head_to_send = true;
    pthread_mutex_unlock(&to->lock);
    return CCP_OK;
}

static ccp_status queue_bytes(ccpi_outlet *outlet, ccpi_span bytes)
{
    queue_outlet *to = of(outlet);
    const int64_t now_us = outlet->clock->monotonic_us(outlet->clock->self);
    ccp_status status;

    pthread_mutex_lock(&to->lock);
    status = ccpi_buf_append_span(&to->filling, bytes);
    if (to->stalled_us == 0)
        to->stalled_us = now_us;
    pthread_mutex_unlock(&to->lock);
    return status;
}

static bool knows_it_is_gone(queue_outlet *to)
{
    bool is_gone;

    pthread_mutex_lock(&to->lock);
    is_gone = to->is_gone;
    pthread_mutex_unlock(&to->lock);
    return is_gone;
}

static ccp_status flush(ccpi_outlet *outlet)
{
    if (knows_it_is_gone(of(outlet)))
        return CCP_UNAVAILABLE;
    if (outlet->bell.ring && outlet->kind->pending(outlet) > 0)
        outlet->bell.ring(outlet->bell.self);
    return CCP_OK;
}

static ccp_status push(ccpi_outlet *outlet, ccpi_span bytes)
{
    const ccp_status status = queue_bytes(outlet, bytes);

    return status == CCP_OK ? flush(outlet) : status;
}

static size_t pending(const ccpi_outlet *outlet)
{
    /* Locking changes the lock, not the outlet. */
    queue_outlet *to = of((ccpi_outlet *)outlet);
    size_t len;

    pthread_mutex_lock(&to->lock);
    len = to->filling.len + to->in_hand;
    pthread_mutex_unlock(&to->lock);
    return len;
}

static int64_t stalled_us(const ccpi_outlet *outlet)
{
    queue_outlet *to = of((ccpi_outlet *)outlet);
    int64_t since_us;

    pthread_mutex_lock(&to->lock);
    since_us = to->stalled_us;
    pthread_mutex_unlock(&to->lock);
    return since_us;
}

static int descriptor(const ccpi_outlet *outlet)
{
    (void)outlet;
    return -1;
}

static void give_up(queue_outlet *to)
{
    pthread_mutex_lock(&to->lock);
    to->is_gone = true;
    pthread_mutex_unlock(&to->lock);
}

static bool is_gone(ccpi_outlet *outlet)
{
    queue_outlet *to = of(outlet);

    if (knows_it_is_gone(to))
        return true;
    if (!outlet->sink.is_gone(outlet->sink.self))
        return false;
    give_up(to);
    return true;
}

static ccp_status send_head(queue_outlet *to)
{
    const ccp_sink *sink = &to->outlet.sink;
    ccp_header fields[CCPI_HEADERS_MAX_COUNT];
    const ccp_response_head head = {
        .status = to->status,
        .headers = fields,
        .header_count = to->headers.count,
        .content_length = to->content_length,
        .close = to->outlet.closes_after,
    };

    for (size_t i = 0; i < to->headers.count; i++)
        fields[i] = (ccp_header){to->headers.fields[i].name, to->headers.fields[i].value};
    return sink->head(sink->self, &head);
}

/* Takes what is queued, head included. */
static bool take(queue_outlet *to, bool *has_head)
{
    ccpi_buf filled;

    pthread_mutex_lock(&to->lock);
    filled = to->filling;
    to->filling = to->serving;
    to->serving = filled;
    to->in_hand = filled.len;
    *has_head = to->has_head_to_send;
    to->has_head_to_send = false;
    pthread_mutex_unlock(&to->lock);
    return *has_head || filled.len > 0;
}

static void note_served(queue_outlet *to)
{
    const ccp_clock *clock = to->outlet.clock;
    const int64_t now_us = clock->monotonic_us(clock->self);

    ccpi_buf_reset(&to->serving);
    pthread_mutex_lock(&to->lock);
    to->in_hand = 0;
    to->stalled_us = to->filling.len > 0 ? now_us : 0;
    pthread_mutex_unlock(&to->lock);
}

static ccp_status serve_once(queue_outlet *to, bool has_head)
{
    const ccp_sink *sink = &to->outlet.sink;
    ccp_status status = CCP_OK;

    if (has_head)
        status = send_head(to);
    if (status == CCP_OK && to->serving.len > 0)
        status = sink->write(sink->self, to->serving.data, to->serving.len);
    to->outlet.has_sent |= status == CCP_OK;
    note_served(to);
    return status;
}

static ccp_status serve(ccpi_outlet *outlet)
{
    queue_outlet *to = of(outlet);
    bool has_head;

    if (knows_it_is_gone(to))
        return CCP_UNAVAILABLE;
    while (take(to, &has_head)) {
        if (serve_once(to, has_head) == CCP_OK)
            continue;
        give_up(to);
        return CCP_UNAVAILABLE;
    }
    return CCP_OK;
}

static ccp_status finish(ccpi_outlet *outlet, int stall_timeout_ms)
{
    ccp_status status;

    (void)stall_timeout_ms; /* the sink has its own */
    if (!outlet->has_head)
        return CCP_INVALID;
    status = serve(outlet);
    return status == CCP_OK ? outlet->sink.end(outlet->sink.self) : status;
}

static void free_outlet(ccpi_outlet *outlet)
{
    queue_outlet *to = of(outlet);

    pthread_mutex_destroy(&to->lock);
    ccpi_buf_clear(&to->filling);
    ccpi_buf_clear(&to->serving);
    ccpi_headers_clear(&to->headers);
    free(to);
}

static const ccpi_outlet_kind kind = {
    .head = queue_head,
    .write = queue_bytes,
    .push = push,
    .flush = flush,
    .pending = pending,
    .stalled_us = stalled_us,
    .descriptor = descriptor,
    .is_gone = is_gone,
    .serve = serve,
    .finish = finish,
    .free = free_outlet,
};

ccpi_outlet *ccpi_queue_outlet_new(void)
{
    queue_outlet *to = calloc(1, sizeof(*to));

    if (!to)
        return NULL;
    if (pthread_mutex_init(&to->lock, NULL) != 0) {
        free(to);
        return NULL;
    }
    to->outlet.kind = &kind;
    to->filling.limit = CCPI_OUTLET_MAX_QUEUED;
    to->serving.limit = CCPI_OUTLET_MAX_QUEUED;
    return &to->outlet;
}
