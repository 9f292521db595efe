/*
 * The outlet over the client's own socket: writes HTTP/1.1 head and chunks
 * without ever waiting (RFC 9112). The descriptor is somebody else's, neither
 * closed nor changed here, unless it was given away.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "upstream/outlet_kind.h"

/* Beyond this an empty queue gives its memory back: most streams never queue. */
#define KEPT_CAPACITY ((size_t)16 * 1024)

/* A size_t in hex, CR, LF and NUL. */
#define CHUNK_HEAD_ROOM 20

typedef struct socket_outlet {
    ccpi_outlet outlet; /* first, see outlet_kind.h */
    ccp_socket socket;
    ccp_given_socket given; /* close NULL: it was not */
    ccpi_buf queue;
    size_t taken; /* bytes of the queue that the socket has */
    int64_t stalled_us;
    bool is_chunked;
    bool ends_by_close;
    bool has_length;
    uint64_t length_left; /* of a declared content-length */
    bool is_gone;
} socket_outlet;

static socket_outlet *of(ccpi_outlet *outlet)
{
    return (socket_outlet *)outlet;
}

static const socket_outlet *of_const(const ccpi_outlet *outlet)
{
    return (const socket_outlet *)outlet;
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {529, "Overloaded"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Status";
}

/* RFC 9110, section 6.4.1. */
static bool has_no_body(int status)
{
    return status < 200 || status == 204 || status == 304;
}

/* RFC 9112, section 6: which framing, said in which words. */
static void append_framing(socket_outlet *to, int status, int64_t content_length)
{
    to->is_chunked = false;
    to->has_length = content_length >= 0;
    to->length_left = content_length >= 0 ? (uint64_t)content_length : 0;

    if (has_no_body(status))
        return;
    if (content_length >= 0) {
        ccpi_buf_append_text(&to->queue, "content-length: ");
        ccpi_buf_append_number(&to->queue, content_length);
        ccpi_buf_append_text(&to->queue, "\r\n");
    } else if (to->socket.may_chunk) {
        to->is_chunked = true;
        ccpi_buf_append_text(&to->queue, "transfer-encoding: chunked\r\n");
    } else {
        to->ends_by_close = true;
    }
}

static void append_connection(socket_outlet *to)
{
    if (!to->socket.keep_alive || to->ends_by_close || to->outlet.closes_after)
        ccpi_buf_append_text(&to->queue, "connection: close\r\n");
    else if (!to->socket.may_chunk) /* HTTP/1.0 has to be told */
        ccpi_buf_append_text(&to->queue, "connection: keep-alive\r\n");
}

static ccp_status queue_head(ccpi_outlet *outlet, int status, const ccpi_headers *headers,
                             int64_t content_length)
{
    socket_outlet *to = of(outlet);

    ccpi_buf_append_text(&to->queue, "HTTP/1.1 ");
    ccpi_buf_append_number(&to->queue, status);
    ccpi_buf_append_text(&to->queue, " ");
    ccpi_buf_append_text(&to->queue, reason_of(status));
    ccpi_buf_append_text(&to->queue, "\r\n");
    for (size_t i = 0; i < headers->count; i++) {
        ccpi_buf_append_text(&to->queue, headers->fields[i].name);
        ccpi_buf_append_text(&to->queue, ": ");
        ccpi_buf_append_text(&to->queue, headers->fields[i].value);
        ccpi_buf_append_text(&to->queue, "\r\n");
    }
    append_framing(to, status, content_length);
    append_connection(to);
    return ccpi_buf_append_text(&to->queue, "\r\n");
}

/* The three parts in which body bytes go out; two of them are empty without chunks. */
typedef struct frame_parts {
    struct iovec parts[3];
    char head[CHUNK_HEAD_ROOM];
} frame_parts;

static void frame(const socket_outlet *to, ccpi_span bytes, frame_parts *out)
{
    int head_len = 0;

    if (to->is_chunked)
        head_len = snprintf(out->head, sizeof(out->head), "%zx\r\n", bytes.len);
    out->parts[0] = (struct iovec){out->head, (size_t)head_len};
    /* sendmsg() only reads, whatever its types say. */
    out->parts[1] = (struct iovec){(char *)bytes.data, bytes.len};
    out->parts[2] = (struct iovec){(char *)"\r\n", to->is_chunked ? 2 : 0};
}

/* Queues the parts but for their first `skip` bytes. */
static ccp_status queue_parts(socket_outlet *to, const frame_parts *from, size_t skip)
{
    for (size_t i = 0; i < 3; i++) {
        const struct iovec *part = &from->parts[i];
        const size_t skipped = skip < part->iov_len ? skip : part->iov_len;

        skip -= skipped;
        ccpi_buf_append(&to->queue, (const char *)part->iov_base + skipped,
                        part->iov_len - skipped);
    }
    return to->queue.status;
}

static bool count_length(socket_outlet *to, size_t len)
{
    if (!to->has_length)
        return true;
    if (len > to->length_left)
        return false;
    to->length_left -= len;
    return true;
}

static ccp_status queue_bytes(ccpi_outlet *outlet, ccpi_span bytes)
{
    socket_outlet *to = of(outlet);
    frame_parts framed;

    assert(outlet->has_head);
    if (!count_length(to, bytes.len))
        return CCP_INVALID;
    frame(to, bytes, &framed);
    return queue_parts(to, &framed, 0);
}

static size_t pending(const ccpi_outlet *outlet)
{
    return of_const(outlet)->queue.len - of_const(outlet)->taken;
}

static int64_t stalled_us(const ccpi_outlet *outlet)
{
    return of_const(outlet)->stalled_us;
}

/* Sends what the socket takes. CCP_UNAVAILABLE: there is nobody at its other end. */
static ccp_status send_parts(socket_outlet *to, struct iovec *parts, size_t count,
                             size_t *sent)
{
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t result;

    *sent = 0;
    if (to->is_gone)
        return CCP_UNAVAILABLE;
    do {
        result = sendmsg(to->socket.descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (result < 0 && errno == EINTR);

    if (result >= 0) {
        *sent = (size_t)result;
        to->outlet.has_sent |= result > 0;
        return CCP_OK;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
        return CCP_OK;
    to->is_gone = true;
    return CCP_UNAVAILABLE;
}

/* The clock is only read while something waits. */
static void note_progress(socket_outlet *to, bool has_moved)
{
    if (pending(&to->outlet) == 0)
        to->stalled_us = 0;
    else if (has_moved || to->stalled_us == 0)
        to->stalled_us = to->outlet.clock->monotonic_us(to->outlet.clock->self);
}

static void forget_taken(socket_outlet *to)
{
    if (to->taken < to->queue.len - to->taken)
        return; /* moving the rest would cost more than it saves */
    ccpi_buf_consume(&to->queue, to->taken);
    to->taken = 0;
    if (to->queue.len == 0 && to->queue.capacity > KEPT_CAPACITY)
        ccpi_buf_clear(&to->queue);
}

static ccp_status flush(ccpi_outlet *outlet)
{
    socket_outlet *to = of(outlet);
    struct iovec rest;
    ccp_status status;
    size_t sent;

    if (pending(outlet) == 0)
        return to->is_gone ? CCP_UNAVAILABLE : CCP_OK;

    rest = (struct iovec){to->queue.data + to->taken, to->queue.len - to->taken};
    status = send_parts(to, &rest, 1, &sent);
    to->taken += sent;
    note_progress(to, sent > 0);
    forget_taken(to);
    return status;
}

static ccp_status push(ccpi_outlet *outlet, ccpi_span bytes)
{
    socket_outlet *to = of(outlet);
    frame_parts framed;
    ccp_status status;
    size_t sent;

    if (pending(outlet) > 0) {
        status = queue_bytes(outlet, bytes);
        return status == CCP_OK ? flush(outlet) : status;
    }

    assert(outlet->has_head);
    if (!count_length(to, bytes.len))
        return CCP_INVALID;
    frame(to, bytes, &framed);
    status = send_parts(to, framed.parts, 3, &sent);
    if (status != CCP_OK)
        return status;
    status = queue_parts(to, &framed, sent);
    note_progress(to, sent > 0);
    return status;
}

static int descriptor(const ccpi_outlet *outlet)
{
    return of_const(outlet)->socket.descriptor;
}

static bool is_gone(ccpi_outlet *outlet)
{
    socket_outlet *to = of(outlet);
    struct pollfd watched = {.fd = to->socket.descriptor, .events = POLLRDHUP};

    if (!to->is_gone && poll(&watched, 1, 0) > 0)
        to->is_gone = true;
    return to->is_gone;
}

static ccp_status serve(ccpi_outlet *outlet)
{
    (void)outlet; /* nothing is queued for the worker */
    return CCP_OK;
}

/* Waits until the socket takes bytes again. */
static ccp_status wait_for_room(socket_outlet *to, int timeout_ms)
{
    struct pollfd watched = {.fd = to->socket.descriptor, .events = POLLOUT | POLLRDHUP};
    int ready;

    do {
        ready = poll(&watched, 1, timeout_ms);
    } while (ready < 0 && errno == EINTR);

    if (ready == 0)
        return CCP_TIMEOUT;
    if (ready < 0 || watched.revents & (POLLERR | POLLHUP | POLLRDHUP | POLLNVAL)) {
        to->is_gone = true;
        return CCP_UNAVAILABLE;
    }
    return CCP_OK;
}

static ccp_status finish(ccpi_outlet *outlet, int stall_timeout_ms)
{
    socket_outlet *to = of(outlet);
    ccp_status status;

    if (!outlet->has_head || to->length_left > 0)
        return CCP_INVALID;
    if (to->is_chunked && ccpi_buf_append_text(&to->queue, "0\r\n\r\n") != CCP_OK)
        return to->queue.status;

    status = flush(outlet);
    while (status == CCP_OK && pending(outlet) > 0) {
        status = wait_for_room(to, stall_timeout_ms);
        if (status == CCP_OK)
            status = flush(outlet);
    }
    if (status == CCP_OK && to->ends_by_close)
        outlet->sink.must_close(outlet->sink.self);
    return status;
}

static void own(ccpi_outlet *outlet, const ccp_given_socket *given)
{
    socket_outlet *to = of(outlet);

    to->given = *given;
    to->socket =
        (ccp_socket){.descriptor = given->descriptor, .may_chunk = given->may_chunk};
}

static void free_outlet(ccpi_outlet *outlet)
{
    socket_outlet *to = of(outlet);

    if (to->given.close)
        to->given.close(to->given.self, to->given.descriptor);
    ccpi_buf_clear(&to->queue);
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
    .own = own,
    .is_gone = is_gone,
    .serve = serve,
    .finish = finish,
    .free = free_outlet,
};

ccpi_outlet *ccpi_socket_outlet_new(const ccp_socket *socket)
{
    socket_outlet *to = calloc(1, sizeof(*to));

    if (!to)
        return NULL;
    to->outlet.kind = &kind;
    to->socket = *socket;
    to->queue.limit = CCPI_OUTLET_MAX_QUEUED;
    return &to->outlet;
}
