/*
 * The client of the benchmarks: one thread, epoll, --streams connections that
 * each send a request, read its answer to the end, and send the next one.
 *
 * load --port P --path PATH [--streams K] [--seconds S] [--warmup S]
 *      [--body-bytes B] [--json] [--header "name: value"]...
 *      [--abort-percent N] [--slow-percent N] [--stall-percent N] [--once]
 * Prints one JSON object: requests, events, errors, delays in microseconds.
 *
 * A delay is the time from the stamp in an event to its reading here. Aborted
 * requests are closed in mid-answer; slow ones read one byte a turn for a while;
 * stalled ones stop reading in mid-answer for two seconds.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "answer.h"
#include "socket.h"

#define MOST_EVENTS_A_TURN 512
#define READ_SIZE 65536
#define MOST_HEADERS 2048
#define BUCKET_NS 10000
#define BUCKETS 50000 /* up to 500 ms */
#define STALL_NS 2000000000

typedef struct histogram {
    uint32_t counts[BUCKETS + 1];
    uint64_t total;
} histogram;

typedef struct stream {
    bench_socket socket;
    answer answer;
    size_t sent;
    bool is_open, is_used, is_slow, will_abort, will_stall;
    int64_t started, retry_at;
    int64_t stalled_until; /* 0: it reads */
} stream;

static struct settings {
    int port;
    const char *path;
    long streams, seconds, warmup, body_bytes;
    long abort_percent, slow_percent, stall_percent;
    bool is_json, is_once;
    char headers[MOST_HEADERS];
} settings = {.streams = 1, .seconds = 5, .warmup = 1, .body_bytes = 300, .path = "/"};

static histogram delays, first_bytes;
static uint64_t requests, events, errors, aborts, stalls, reconnects, bytes_read;
static bool is_measuring;
static int64_t read_at; /* when the bytes now looked at were read */
static char *request;
static size_t request_len;
static int poll_fd;

static void count(histogram *h, int64_t ns)
{
    int64_t bucket = ns < 0 ? 0 : ns / BUCKET_NS;

    if (!is_measuring)
        return;
    h->counts[bucket > BUCKETS ? BUCKETS : bucket]++;
    h->total++;
}

static double percentile_us(const histogram *h, double percent)
{
    uint64_t wanted = (uint64_t)((double)h->total * percent / 100), seen = 0;

    for (size_t i = 0; i <= BUCKETS; i++) {
        seen += h->counts[i];
        if (seen > wanted)
            return (double)i * BUCKET_NS / 1000;
    }
    return 0;
}

static void on_stamp(int64_t sent_ns)
{
    if (is_measuring)
        events++;
    count(&delays, read_at - sent_ns);
}

static void build_request(void)
{
    static const char before[] =
        "{\"model\":\"claude-opus-5-5\",\"max_tokens\":1000,\"stream\":%s,\"messages\":"
        "[{\"role\":\"user\",\"content\":\"";
    static const char after[] = "\"}]}";
    size_t size = (size_t)settings.body_bytes + MOST_HEADERS + 4096, fill, body_len;
    char start[256];
    int start_len =
        snprintf(start, sizeof(start), before, settings.is_json ? "false" : "true");

    fill = (size_t)settings.body_bytes > (size_t)start_len + sizeof(after)
               ? (size_t)settings.body_bytes - (size_t)start_len - sizeof(after) + 1
               : 1;
    body_len = (size_t)start_len + fill + sizeof(after) - 1;
    request = malloc(size);
    if (!request)
        bench_die("no memory");
    request_len = (size_t)snprintf(
        request, size,
        "POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        "x-api-key: sk-bench\r\nanthropic-version: 2023-06-01\r\n%scontent-length: "
        "%zu\r\n\r\n",
        settings.path, settings.headers, body_len);
    memcpy(request + request_len, start, (size_t)start_len);
    memset(request + request_len + start_len, 'y', fill);
    memcpy(request + request_len + (size_t)start_len + fill, after, sizeof(after) - 1);
    request_len += body_len;
}

static void watch(stream *s, int operation, uint32_t what)
{
    struct epoll_event event = {.events = what, .data.ptr = s};

    epoll_ctl(poll_fd, operation, s->socket.fd, &event);
}

static void begin_request(stream *s)
{
    answer_reset(&s->answer);
    s->sent = 0;
    s->started = bench_now();
    s->will_abort = rand() % 100 < settings.abort_percent;
    s->is_slow = rand() % 100 < settings.slow_percent;
    s->will_stall = rand() % 100 < settings.stall_percent;
}

static void open_stream(stream *s)
{
    s->socket = (bench_socket){.fd = bench_connect(settings.port)};
    s->is_open = true;
    s->is_used = false;
    begin_request(s);
    watch(s, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void close_stream(stream *s, int64_t pause_ns)
{
    bench_close(&s->socket);
    s->is_open = false;
    s->stalled_until = 0;
    s->retry_at = bench_now() + pause_ns;
}

static void fail(stream *s)
{
    /* An idle connection that the server closed is no error, only to be replaced. */
    if (s->is_used && s->answer.status == 0 && s->answer.line_len == 0)
        reconnects++;
    else if (is_measuring)
        errors++;
    close_stream(s, 10000000);
}

static void on_writable(stream *s)
{
    while (s->sent < request_len) {
        ssize_t n = bench_write(&s->socket, request + s->sent, request_len - s->sent);

        if (n == -1) {
            watch(s, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            return;
        }
        if (n <= 0) {
            fail(s);
            return;
        }
        s->sent += (size_t)n;
    }
    watch(s, EPOLL_CTL_MOD, EPOLLIN);
}

static void end_answer(stream *s)
{
    bool is_good = s->answer.status == 200 && !s->answer.saw_error_event &&
                   (settings.is_json || s->answer.saw_message_stop);

    if (is_measuring)
        requests++;
    if (!is_good && is_measuring)
        errors++;
    if (settings.is_once) {
        close_stream(s, INT64_MAX / 2);
        return;
    }
    s->is_used = true;
    begin_request(s);
    on_writable(s);
}

static void stall(stream *s)
{
    stalls++;
    s->will_stall = false;
    s->stalled_until = bench_now() + STALL_NS;
    watch(s, EPOLL_CTL_MOD, 0);
}

static void go_on(stream *s)
{
    s->stalled_until = 0;
    watch(s, EPOLL_CTL_MOD, EPOLLIN);
}

static void on_readable(stream *s)
{
    static char bytes[READ_SIZE];
    size_t most = s->is_slow && rand() % 64 ? 1 : sizeof(bytes);
    ssize_t n = bench_read(&s->socket, bytes, most);
    bool is_first = s->answer.status == 0 && s->answer.line_len == 0;
    answer_progress progress;

    if (n == -1)
        return;
    if (n <= 0) {
        fail(s);
        return;
    }
    read_at = bench_now();
    bytes_read += (uint64_t)n;
    if (is_first)
        count(&first_bytes, read_at - s->started);
    progress = answer_feed(&s->answer, bytes, (size_t)n, on_stamp);
    if (progress == ANSWER_IS_OVER) {
        end_answer(s);
    } else if (progress == ANSWER_IS_BROKEN) {
        fail(s);
    } else if (s->will_abort && rand() % 20 == 0) {
        aborts++;
        close_stream(s, 0);
    } else if (s->will_stall && rand() % 20 == 0) {
        stall(s);
    }
}

static void reopen(stream *all, int64_t now)
{
    for (long i = 0; i < settings.streams; i++) {
        if (!all[i].is_open && all[i].retry_at <= now)
            open_stream(&all[i]);
        else if (all[i].stalled_until > 0 && all[i].stalled_until <= now)
            go_on(&all[i]);
    }
}

static void run(stream *all)
{
    struct epoll_event ready[MOST_EVENTS_A_TURN];
    int64_t start = bench_now(), measure = start + settings.warmup * 1000000000;
    int64_t end = measure + settings.seconds * 1000000000, now;

    for (long i = 0; i < settings.streams; i++)
        all[i].retry_at = start + settings.warmup * 500000000 * i / settings.streams;
    while ((now = bench_now()) < end) {
        int n;

        is_measuring = now >= measure;
        reopen(all, now);
        n = epoll_wait(poll_fd, ready, MOST_EVENTS_A_TURN, 5);
        for (int i = 0; i < n; i++) {
            stream *s = ready[i].data.ptr;

            if (s->is_open && s->sent < request_len)
                on_writable(s);
            if (s->is_open && (ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
                on_readable(s);
        }
    }
}

static void add_header(const char *line)
{
    size_t used = strlen(settings.headers);

    if (used + strlen(line) + 3 > sizeof(settings.headers))
        bench_die("too many headers");
    snprintf(settings.headers + used, sizeof(settings.headers) - used, "%s\r\n", line);
}

static void read_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},
        {"path", required_argument, NULL, 'u'},
        {"streams", required_argument, NULL, 'k'},
        {"seconds", required_argument, NULL, 's'},
        {"warmup", required_argument, NULL, 'w'},
        {"body-bytes", required_argument, NULL, 'b'},
        {"abort-percent", required_argument, NULL, 'a'},
        {"slow-percent", required_argument, NULL, 'l'},
        {"stall-percent", required_argument, NULL, 't'},
        {"header", required_argument, NULL, 'h'},
        {"json", no_argument, NULL, 'j'},
        {"once", no_argument, NULL, 'o'},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'p': settings.port = (int)strtol(optarg, NULL, 10); break;
        case 'u': settings.path = optarg; break;
        case 'k': settings.streams = strtol(optarg, NULL, 10); break;
        case 's': settings.seconds = strtol(optarg, NULL, 10); break;
        case 'w': settings.warmup = strtol(optarg, NULL, 10); break;
        case 'b': settings.body_bytes = strtol(optarg, NULL, 10); break;
        case 'a': settings.abort_percent = strtol(optarg, NULL, 10); break;
        case 'l': settings.slow_percent = strtol(optarg, NULL, 10); break;
        case 't': settings.stall_percent = strtol(optarg, NULL, 10); break;
        case 'h': add_header(optarg); break;
        case 'j': settings.is_json = true; break;
        case 'o': settings.is_once = true; break;
        default: exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    stream *all;

    read_options(argc, argv);
    all = calloc((size_t)settings.streams, sizeof(*all));
    if (!all)
        bench_die("no memory");
    build_request();
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    run(all);
    printf("{\"requests\": %llu, \"events\": %llu, \"errors\": %llu, \"aborts\": %llu, "
           "\"stalls\": %llu, \"reconnects\": %llu, \"bytes\": %llu, \"delay_p50_us\": "
           "%.0f, "
           "\"delay_p99_us\": %.0f, \"first_byte_p50_us\": %.0f, "
           "\"first_byte_p99_us\": %.0f}\n",
           (unsigned long long)requests, (unsigned long long)events,
           (unsigned long long)errors, (unsigned long long)aborts,
           (unsigned long long)stalls, (unsigned long long)reconnects,
           (unsigned long long)bytes_read, percentile_us(&delays, 50),
           percentile_us(&delays, 99), percentile_us(&first_bytes, 50),
           percentile_us(&first_bytes, 99));
    return 0;
}
