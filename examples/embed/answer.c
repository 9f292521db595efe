#include "answer.h"

#include <poll.h>
#include <unistd.h>

static ccp_status take_head(void *self, const ccp_response_head *head)
{
    answer *a = self;

    pthread_mutex_lock(&a->lock);
    a->response = MHD_create_response_from_pipe(a->pipe[0]);
    for (size_t i = 0; i < head->header_count; i++)
        MHD_add_response_header(a->response, head->headers[i].name,
                                head->headers[i].value);
    a->status = head->status;
    pthread_cond_signal(&a->has_head);
    pthread_mutex_unlock(&a->lock);
    return CCP_OK;
}

static ccp_status take_bytes(void *self, const void *bytes, size_t len)
{
    const char *at = bytes;

    for (ssize_t n; len > 0; at += n, len -= (size_t)n)
        if ((n = write(((answer *)self)->pipe[1], at, len)) <= 0)
            return CCP_UNAVAILABLE;
    return CCP_OK;
}

static ccp_status take_end(void *self)
{
    (void)self;
    return CCP_OK;
}

/* The server closes its end when the client leaves. */
static bool is_gone(void *self)
{
    struct pollfd end = {.fd = ((answer *)self)->pipe[1]};

    return poll(&end, 1, 0) > 0 && (end.revents & POLLERR);
}

static void must_close(void *self)
{
    (void)self;
}

static void *handle(void *self)
{
    answer *a = self;
    const ccp_sink sink = {a,       take_head, take_bytes, take_end,
                           is_gone, NULL,      must_close, NULL};

    ccp_proxy_handle(a->proxy, &a->request, &sink);
    close(a->pipe[1]);
    return NULL;
}

enum MHD_Result answer_begin(answer *a, struct MHD_Connection *connection)
{
    enum MHD_Result queued;

    if (pipe(a->pipe) != 0 || pthread_create(&a->thread, NULL, handle, a) != 0)
        return MHD_NO;
    a->is_running = true;
    pthread_mutex_lock(&a->lock);
    while (a->status == 0)
        pthread_cond_wait(&a->has_head, &a->lock);
    pthread_mutex_unlock(&a->lock);
    queued = MHD_queue_response(connection, (unsigned)a->status, a->response);
    MHD_destroy_response(a->response);
    return queued;
}
