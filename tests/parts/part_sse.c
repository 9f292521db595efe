/* Events are found wherever the bytes are cut, and only wanted data is copied. */
#include <ccproxy/sse.h>
#include <string.h>

#include "check.h"

static const char STREAM[] = ": hello\n\n"
                             "event: a\r\ndata: one\r\ndata: two\r\n\r\n"
                             "event: b\ndata: three\n\n"
                             "data: rest";

typedef struct seen {
    int events;
    char text[64];
    size_t len;
} seen;

static bool wants_a(void *self, ccp_bytes name)
{
    (void)self;
    return name.len == 1 && memcmp(name.data, "a", 1) == 0;
}

static void note(void *self, const ccp_sse_event *event)
{
    seen *all = self;

    all->events++;
    CHECK(all->len + event->data.len < sizeof(all->text));
    memcpy(all->text + all->len, event->data.data, event->data.len);
    all->len += event->data.len;
}

static void feed_cut_at(size_t cut)
{
    seen all = {0};
    size_t whole = 0;
    ccp_sse *sse;

    CHECK(ccp_sse_new(&(ccp_sse_watcher){wants_a, note, &all}, &sse) == CCP_OK);
    CHECK(ccp_sse_feed(sse, STREAM, cut, NULL) == CCP_OK);
    CHECK(ccp_sse_feed(sse, STREAM + cut, strlen(STREAM) - cut, &whole) == CCP_OK);
    CHECK(all.events == 2);
    CHECK(strcmp(all.text, "one\ntwo") == 0);
    CHECK(ccp_sse_is_inside_event(sse));
    CHECK(cut > 0 || whole == strlen(STREAM) - strlen("data: rest"));
    ccp_sse_free(sse);
}

int main(void)
{
    for (size_t cut = 0; cut <= strlen(STREAM); cut++)
        feed_cut_at(cut);
    ccp_sse_free(NULL);
    return 0;
}
