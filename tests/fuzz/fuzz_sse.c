#include "fuzz/fuzz.h"

#include "wire/sse.h"

#define LIMIT ((size_t)8 * 1024 * 1024)

static bool wants(void *self, ccpi_span name)
{
    (void)self;
    return !ccpi_span_is(name, "ping");
}

static void note_event(void *self, const ccpi_sse_event *event)
{
    ccpi_buf *transcript = self;

    ccpi_buf_append_span(transcript, event->name);
    ccpi_buf_append_char(transcript, event->is_oversized ? '!' : '=');
    ccpi_buf_append_span(transcript, event->data);
    ccpi_buf_append_char(transcript, '\0');
}

/* Feeds the text in pieces and returns the whole events' length. */
static size_t read_stream(ccpi_span text, size_t piece, ccpi_buf *transcript)
{
    const ccpi_sse_watcher watcher = {wants, note_event, transcript};
    size_t whole_so_far = 0;
    ccpi_sse *sse;

    must(ccpi_sse_new(&watcher, &sse) == CCP_OK);
    for (size_t at = 0; at < text.len; at += piece) {
        size_t len = text.len - at < piece ? text.len - at : piece;
        size_t whole;

        must(ccpi_sse_feed(sse, (ccpi_span){text.data + at, len}, &whole) == CCP_OK);
        must(whole <= len);
        must(ccpi_sse_is_inside_event(sse) == (whole < len));
        if (whole > 0)
            whole_so_far = at + whole;
        else
            must(ccpi_sse_is_inside_event(sse));
    }
    ccpi_sse_free(sse);
    return whole_so_far;
}

/* The first byte says how the rest is cut: the events must be the same as uncut. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ccpi_span text = {(const char *)data + 1, size > 0 ? size - 1 : 0};
    ccpi_buf uncut = {.limit = LIMIT};
    ccpi_buf cut = {.limit = LIMIT};

    if (size < 2)
        return 0;
    must(read_stream(text, text.len, &uncut) ==
         read_stream(text, (size_t)data[0] % 32 + 1, &cut));
    must(ccpi_span_equals(ccpi_buf_span(&uncut), ccpi_buf_span(&cut)));
    ccpi_buf_clear(&uncut);
    ccpi_buf_clear(&cut);
    return 0;
}
