#include "io/http.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IDLE_MS 300000
#define READ_SIZE 65536

int64_t sim_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads what there is, waiting for some. */
static bool read_more(sim_connection *connection)
{
    struct pollfd wait = {.fd = connection->socket, .events = POLLIN};
    char bytes[READ_SIZE];
    ssize_t got;

    if (poll(&wait, 1, IDLE_MS) <= 0)
        return false;
    got = recv(connection->socket, bytes, sizeof(bytes), 0);
    if (got <= 0)
        return false;
    sim_buffer_add(&connection->in, bytes, (size_t)got);
    return true;
}

/* Gives the next line without its end, or NULL. Free it. */
static char *read_line(sim_connection *connection, size_t limit)
{
    char *end;
    char *line;
    size_t len;

    for (;;) {
        end = connection->in.len ? memchr(connection->in.bytes, '\n', connection->in.len)
                                 : NULL;
        if (end)
            break;
        if (connection->in.len > limit || !read_more(connection))
            return NULL;
    }
    len = (size_t)(end - connection->in.bytes);
    line = sim_copy(connection->in.bytes, len > 0 && end[-1] == '\r' ? len - 1 : len);
    sim_buffer_shift(&connection->in, len + 1);
    return line;
}

static bool read_bytes(sim_connection *connection, size_t len, sim_buffer *into)
{
    while (len > 0) {
        size_t take = connection->in.len < len ? connection->in.len : len;

        if (take == 0 && !read_more(connection))
            return false;
        sim_buffer_add(into, connection->in.bytes, take);
        sim_buffer_shift(&connection->in, take);
        len -= take;
    }
    return true;
}

static bool read_request_line(sim_connection *connection, sim_request *request)
{
    char *line = read_line(connection, SIM_MAX_HEAD);
    char *rest = line;
    const char *method = strsep(&rest, " ");
    const char *target = strsep(&rest, " ");
    const bool ok = line && target && rest && strncmp(rest, "HTTP/1.", 7) == 0;

    if (ok) {
        const size_t path_len = strcspn(target, "?");

        request->method = sim_copy(method, strlen(method));
        request->target = sim_copy(target, strlen(target));
        request->path = sim_copy(target, path_len);
        request->query =
            request->target[path_len] ? request->target + path_len + 1 : NULL;
        request->keep_alive = strcmp(rest, "HTTP/1.1") == 0;
    }
    free(line);
    return ok;
}

static bool read_headers(sim_connection *connection, sim_request *request)
{
    char *line;

    while ((line = read_line(connection, SIM_MAX_HEAD))) {
        char *value = line;
        const char *name = strsep(&value, ":");

        if (!*line && !value) {
            free(line);
            return true;
        }
        if (!value || request->header_count == SIM_MAX_HEADERS) {
            free(line);
            return false;
        }
        value += strspn(value, " \t");
        request->headers[request->header_count++] = (sim_header){
            .name = sim_copy(name, strlen(name)),
            .value = sim_copy(value, strlen(value)),
        };
        free(line);
    }
    return false;
}

static bool read_chunks(sim_connection *connection, sim_buffer *body)
{
    for (;;) {
        char *line = read_line(connection, 64);
        const size_t len = line ? strtoul(line, NULL, 16) : 0;

        if (!line || body->len + len > SIM_MAX_BODY) {
            free(line);
            return false;
        }
        free(line);
        if (!read_bytes(connection, len, body))
            return false;
        line = read_line(connection, 64);
        free(line);
        if (!line)
            return false;
        if (len == 0)
            return true;
    }
}

static bool read_body(sim_connection *connection, sim_request *request)
{
    const char *coding = sim_request_header(request, "transfer-encoding");
    const char *length = sim_request_header(request, "content-length");
    const char *expect = sim_request_header(request, "expect");

    if (expect && strcasecmp(expect, "100-continue") == 0 &&
        !sim_send(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25))
        return false;
    if (coding && strcasecmp(coding, "chunked") == 0)
        return !length && read_chunks(connection, &request->body);
    if (!length)
        return true;
    if (strspn(length, "0123456789") != strlen(length) ||
        strtoul(length, NULL, 10) > SIM_MAX_BODY)
        return false;
    return read_bytes(connection, strtoul(length, NULL, 10), &request->body);
}

bool sim_request_read(sim_connection *connection, sim_request *out)
{
    const char *wish;

    *out = (sim_request){0};
    if (!read_request_line(connection, out) || !read_headers(connection, out) ||
        !read_body(connection, out))
        return false;

    wish = sim_request_header(out, "connection");
    if (wish && strcasecmp(wish, "close") == 0)
        out->keep_alive = false;
    return true;
}

void sim_request_clear(sim_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        free(request->headers[i].name);
        free(request->headers[i].value);
    }
    free(request->method);
    free(request->target);
    free(request->path);
    sim_buffer_free(&request->body);
    *request = (sim_request){0};
}

const char *sim_request_header(const sim_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

char *sim_request_parameter(const sim_request *request, const char *name)
{
    const size_t len = strlen(name);
    const char *at = request->query;
    sim_buffer value = {0};

    while (at && !(strncmp(at, name, len) == 0 && at[len] == '=')) {
        at = strchr(at, '&');
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return NULL;
    at += len + 1;
    sim_buffer_add_text(&value, "");
    sim_buffer_add_decoded(&value, at, strcspn(at, "&"));
    return value.bytes;
}

bool sim_send(sim_connection *connection, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0 && !connection->gone) {
        ssize_t sent = send(connection->socket, at, len, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0) {
            connection->gone = true;
            break;
        }
        at += sent;
        len -= (size_t)sent;
    }
    return !connection->gone;
}

bool sim_wait(sim_connection *connection, int64_t ms)
{
    const int64_t until = sim_now_ms() + ms;
    struct pollfd leaving = {.fd = connection->socket, .events = POLLRDHUP};

    while (!connection->gone) {
        int64_t left = ms < 0 ? 60000 : until - sim_now_ms();
        int ready;

        if (left <= 0)
            return true;
        ready = poll(&leaving, 1, left > 60000 ? 60000 : (int)left);
        if (ready > 0)
            connection->gone = true;
    }
    return false;
}

void sim_cut(sim_connection *connection, bool reset)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (reset)
        setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    else
        shutdown(connection->socket, SHUT_RDWR);
    connection->gone = true;
}
