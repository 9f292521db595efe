#include <stdlib.h>
#include <string.h>

#include "answer.h"

#define MAX_BODY ((size_t)32 * 1024 * 1024)

static ssize_t read_body(void *self, void *into, size_t len)
{
    answer *a = self;

    len = len < a->len - a->passed ? len : a->len - a->passed;
    if (len > 0)
        memcpy(into, a->body + a->passed, len);
    a->passed += len;
    return (ssize_t)len;
}

answer *answer_new(ccp_proxy *proxy, const char *target)
{
    answer *a = calloc(1, sizeof(*a));
    char *query;

    if (!a || !(a->path = strdup(target)))
        return a;
    if ((query = strchr(a->path, '?')))
        *query++ = '\0';
    a->proxy = proxy;
    a->request = (ccp_request){.path = a->path,
                               .query = query,
                               .headers = a->headers,
                               .peer_address = "127.0.0.1",
                               .read_body = read_body,
                               .self = a};
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->has_head, NULL);
    return a;
}

void answer_free(answer *a)
{
    if (a->is_running) /* the server has closed its end of the pipe: this ends soon */
        pthread_join(a->thread, NULL);
    free(a->path);
    free(a->body);
    free(a);
}

enum MHD_Result answer_add_header(void *self, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    answer *a = self;

    (void)kind;
    if (a->request.header_count == MAX_HEADERS)
        return MHD_NO;
    a->headers[a->request.header_count++] = (ccp_header){name, value};
    return MHD_YES;
}

enum MHD_Result answer_keep(answer *a, const char *bytes, size_t len)
{
    char *body = a->len + len <= MAX_BODY ? realloc(a->body, a->len + len) : NULL;

    if (!body)
        return MHD_NO;
    memcpy(body + a->len, bytes, len);
    a->body = body;
    a->len += len;
    a->request.content_length = (int64_t)a->len;
    return MHD_YES;
}
