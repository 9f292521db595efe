/*
 * The upstream of the benchmarks: one thread, epoll, HTTP/1.1 keep-alive. It
 * answers every POST, whatever its body says:
 *   .../converse-stream     ConverseStream frames (CRCs included)
 *   body with "stream":true server-sent events of the Messages API
 *   anything else           one JSON message
 * A stream has --events deltas, one every --interval-us; each delta's text
 * begins with "t=<CLOCK_MONOTONIC ns>;", the moment it was handed to the kernel.
 *
 * mock_upstream --port P [--tls-cert F --tls-key F] [--events N]
 *               [--interval-us T] [--text-bytes B] [--first-delay-us T]
 * Prints the port on standard output once it listens.
 */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zlib.h>

#include "socket.h"

#define MOST_EVENTS_A_TURN 512
#define READ_SIZE 65536
#define OUT_SIZE 32768
#define HEAD_SIZE 16384
#define TICK_MS 1

enum kind { IS_JSON, IS_SSE, IS_FRAMES };

typedef struct connection {
    bench_socket socket;
    bool is_accepted;     /* TLS handshake done */
    char head[HEAD_SIZE]; /* of the request, and the first bytes of its body */
    size_t head_len;
    size_t body_left;
    bool in_body;
    bool saw_stream;
    enum kind kind;
    bool is_streaming;
    long sent_events;
    int64_t due;
    char out[OUT_SIZE];
    size_t out_len, out_sent;
    struct connection *next, **link; /* in the list of streams */
} connection;

static struct settings {
    int port;
    const char *cert, *key;
    long events;
    long interval_us;
    long text_bytes;
    long first_delay_us;
} settings = {.events = 50, .interval_us = 20000, .text_bytes = 20};

static SSL_CTX *tls;
static int poll_fd;
static connection *streams;
static char padding[8192];

static void put(connection *c, const void *bytes, size_t len)
{
    if (c->out_len + len > OUT_SIZE)
        bench_die("an answer outgrew its buffer");
    memcpy(c->out + c->out_len, bytes, len);
    c->out_len += len;
}

static void put_text(connection *c, const char *text)
{
    put(c, text, strlen(text));
}

static void put_chunk(connection *c, const char *bytes, size_t len)
{
    char size[16];

    put(c, size, (size_t)snprintf(size, sizeof(size), "%zx\r\n", len));
    put(c, bytes, len);
    put_text(c, "\r\n");
}

static void put_event(connection *c, const char *name, const char *data)
{
    char event[12288];
    int len = snprintf(event, sizeof(event), "event: %s\ndata: %s\n\n", name, data);

    put_chunk(c, event, (size_t)len);
}

static void put_u32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static size_t put_header(unsigned char *at, const char *name, const char *value)
{
    size_t name_len = strlen(name), value_len = strlen(value);

    at[0] = (unsigned char)name_len;
    memcpy(at + 1, name, name_len);
    at[1 + name_len] = 7;
    at[2 + name_len] = (unsigned char)(value_len >> 8);
    at[3 + name_len] = (unsigned char)value_len;
    memcpy(at + 4 + name_len, value, value_len);
    return 4 + name_len + value_len;
}

static void put_frame(connection *c, const char *type, const char *payload)
{
    unsigned char frame[12288];
    size_t at = 12, len = strlen(payload);

    at += put_header(frame + at, ":event-type", type);
    at += put_header(frame + at, ":content-type", "application/json");
    at += put_header(frame + at, ":message-type", "event");
    put_u32(frame, (uint32_t)(at + len + 4));
    put_u32(frame + 4, (uint32_t)(at - 12));
    put_u32(frame + 8, (uint32_t)crc32(0, frame, 8));
    memcpy(frame + at, payload, len);
    put_u32(frame + at + len, (uint32_t)crc32(0, frame, (uInt)(at + len)));
    put_chunk(c, (char *)frame, at + len + 4);
}

static void put_start(connection *c)
{
    if (c->kind == IS_FRAMES) {
        put_text(c, "HTTP/1.1 200 OK\r\n"
                    "content-type: application/vnd.amazon.eventstream\r\n"
                    "transfer-encoding: chunked\r\n\r\n");
        put_frame(c, "messageStart", "{\"role\":\"assistant\",\"p\":\"abcdefghijkl\"}");
        return;
    }
    put_text(c, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                "request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n");
    put_event(
        c, "message_start",
        "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\","
        "\"role\":\"assistant\",\"model\":\"claude-opus-5-5\",\"content\":[],"
        "\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":25,"
        "\"output_tokens\":1}}}");
    put_event(c, "content_block_start",
              "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
              "{\"type\":\"text\",\"text\":\"\"}}");
}

static void put_delta(connection *c)
{
    char data[9216];
    const char *form =
        c->kind == IS_FRAMES
            ? "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"t=%lld;%.*s\"},\"p\":"
              "\"abc\"}"
            : "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
              "\"text_delta\",\"text\":\"t=%lld;%.*s\"}}";

    snprintf(data, sizeof(data), form, (long long)bench_now(), (int)settings.text_bytes,
             padding);
    if (c->kind == IS_FRAMES)
        put_frame(c, "contentBlockDelta", data);
    else
        put_event(c, "content_block_delta", data);
}

static void put_end(connection *c)
{
    if (c->kind == IS_FRAMES) {
        put_frame(c, "contentBlockStop", "{\"contentBlockIndex\":0}");
        put_frame(c, "messageStop", "{\"stopReason\":\"end_turn\"}");
        put_frame(
            c, "metadata",
            "{\"usage\":{\"inputTokens\":25,\"outputTokens\":50,\"totalTokens\":75},"
            "\"metrics\":{\"latencyMs\":42}}");
    } else {
        put_event(c, "content_block_stop",
                  "{\"type\":\"content_block_stop\",\"index\":0}");
        put_event(c, "message_delta",
                  "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","
                  "\"stop_sequence\":null},\"usage\":{\"output_tokens\":50}}");
        put_event(c, "message_stop", "{\"type\":\"message_stop\"}");
    }
    put_text(c, "0\r\n\r\n");
}

static void put_message(connection *c)
{
    static const char body[] =
        "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"
        "\"claude-opus-5-5\",\"content\":[{\"type\":\"text\",\"text\":\"Hello.\"}],"
        "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":"
        "25,"
        "\"output_tokens\":5}}";
    char head[256];

    put(c, head,
        (size_t)snprintf(head, sizeof(head),
                         "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                         "request-id: req_bench\r\ncontent-length: %zu\r\n\r\n",
                         sizeof(body) - 1));
    put(c, body, sizeof(body) - 1);
}

static void leave_streams(connection *c)
{
    if (!c->is_streaming)
        return;
    c->is_streaming = false;
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
}

static void end_connection(connection *c)
{
    leave_streams(c);
    bench_close(&c->socket);
    free(c);
}

static void watch(connection *c, bool writing)
{
    struct epoll_event event = {.events = EPOLLIN | (writing ? (uint32_t)EPOLLOUT : 0),
                                .data.ptr = c};

    epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->socket.fd, &event);
}

/* False: the connection broke. */
static bool flush(connection *c)
{
    bool was_waiting = c->out_sent > 0;

    while (c->out_sent < c->out_len) {
        ssize_t n =
            bench_write(&c->socket, c->out + c->out_sent, c->out_len - c->out_sent);

        if (n == -1) {
            watch(c, true);
            return true;
        }
        if (n <= 0)
            return false;
        c->out_sent += (size_t)n;
    }
    c->out_len = c->out_sent = 0;
    if (was_waiting)
        watch(c, false);
    return true;
}

static bool answer(connection *c)
{
    c->in_body = false;
    c->head_len = 0;
    if (c->kind == IS_JSON) {
        put_message(c);
        return flush(c);
    }
    put_start(c);
    c->sent_events = 0;
    c->due =
        bench_now() +
        (settings.first_delay_us ? settings.first_delay_us : settings.interval_us) * 1000;
    c->is_streaming = true;
    c->next = streams;
    c->link = &streams;
    if (streams)
        streams->link = &c->next;
    streams = c;
    return flush(c);
}

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");

    return at ? strtoul(at + 17, NULL, 10) : 0;
}

static bool take_body(connection *c, const char *bytes, size_t len)
{
    size_t looked_at = len < 512 ? len : 512;

    if (len > c->body_left)
        return false; /* no pipelining */
    if (c->kind == IS_JSON &&
        (memmem(bytes, looked_at, "\"stream\":true", 13) ||
         memmem(bytes + len - looked_at, looked_at, "\"stream\":true", 13)))
        c->kind = IS_SSE;
    c->body_left -= len;
    return c->body_left > 0 || answer(c);
}

static bool take_head(connection *c, const char *bytes, size_t len)
{
    size_t room = HEAD_SIZE - 1 - c->head_len;
    size_t taken = len < room ? len : room, before = c->head_len, head_len;
    char *end;

    memcpy(c->head + c->head_len, bytes, taken);
    c->head_len += taken;
    c->head[c->head_len] = '\0';
    end = strstr(c->head, "\r\n\r\n");
    if (!end)
        return taken == len;
    *end = '\0';
    head_len = (size_t)(end - c->head) + 4;
    c->in_body = true;
    c->body_left = content_length(c->head);
    c->kind = strstr(c->head, "/converse-stream ") ? IS_FRAMES : IS_JSON;
    return take_body(c, bytes + (head_len - before), len - (head_len - before));
}

static bool on_readable(connection *c)
{
    static char bytes[READ_SIZE];

    for (;;) {
        ssize_t n = bench_read(&c->socket, bytes, sizeof(bytes));

        if (n == -1)
            return true;
        if (n <= 0)
            return false;
        if (!(c->in_body ? take_body(c, bytes, (size_t)n)
                         : take_head(c, bytes, (size_t)n)))
            return false;
        if (!c->socket.ssl && (size_t)n < sizeof(bytes))
            return true;
    }
}

static void advance_streams(int64_t now)
{
    connection *next;

    for (connection *c = streams; c; c = next) {
        next = c->next;
        if (c->due > now || c->out_len > OUT_SIZE / 2)
            continue;
        c->due += settings.interval_us * 1000;
        if (c->sent_events++ < settings.events) {
            put_delta(c);
        } else {
            put_end(c);
            leave_streams(c);
        }
        if (!flush(c))
            end_connection(c);
    }
}

static void accept_all(int listener)
{
    int fd, on = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        connection *c = calloc(1, sizeof(*c));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

        if (!c)
            bench_die("no memory");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        c->socket.fd = fd;
        if (tls) {
            c->socket.ssl = SSL_new(tls);
            SSL_set_fd(c->socket.ssl, fd);
            SSL_set_accept_state(c->socket.ssl);
        }
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

static void serve(int listener)
{
    struct epoll_event events[MOST_EVENTS_A_TURN];
    struct epoll_event event = {.events = EPOLLIN};

    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(poll_fd, events, MOST_EVENTS_A_TURN, streams ? TICK_MS : 1000);

        for (int i = 0; i < n; i++) {
            connection *c = events[i].data.ptr;

            if (!c)
                accept_all(listener);
            else if (((events[i].events & EPOLLOUT) && !flush(c)) || !on_readable(c))
                end_connection(c);
        }
        advance_streams(bench_now());
    }
}

static void load_tls(void)
{
    tls = SSL_CTX_new(TLS_server_method());
    if (!tls || SSL_CTX_use_certificate_chain_file(tls, settings.cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, settings.key, SSL_FILETYPE_PEM) != 1)
        bench_die("no certificate or key");
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static void read_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},
        {"tls-cert", required_argument, NULL, 'c'},
        {"tls-key", required_argument, NULL, 'k'},
        {"events", required_argument, NULL, 'n'},
        {"interval-us", required_argument, NULL, 'i'},
        {"text-bytes", required_argument, NULL, 'b'},
        {"first-delay-us", required_argument, NULL, 'f'},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'p': settings.port = (int)strtol(optarg, NULL, 10); break;
        case 'c': settings.cert = optarg; break;
        case 'k': settings.key = optarg; break;
        case 'n': settings.events = strtol(optarg, NULL, 10); break;
        case 'i': settings.interval_us = strtol(optarg, NULL, 10); break;
        case 'b': settings.text_bytes = strtol(optarg, NULL, 10); break;
        case 'f': settings.first_delay_us = strtol(optarg, NULL, 10); break;
        default: exit(2);
        }
    }
    if (settings.text_bytes < 0 || settings.text_bytes > (long)sizeof(padding))
        bench_die("--text-bytes is at most 8192");
}

int main(int argc, char **argv)
{
    int listener;

    read_options(argc, argv);
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to those that have left */
    memset(padding, 'x', sizeof(padding));
    if (settings.cert)
        load_tls();
    listener = bench_listen(&settings.port);
    printf("%d\n", settings.port);
    fflush(stdout);
    serve(listener);
}
