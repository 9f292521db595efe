#include "answer.h"

#include <stdlib.h>
#include <string.h>

void answer_reset(answer *a)
{
    memset(a, 0, sizeof(*a));
}

static void find_stamps(const char *bytes, size_t len, void (*stamp)(int64_t sent_ns))
{
    const char *end = bytes + len, *at = bytes;

    while ((at = memmem(at, (size_t)(end - at), "\"t=", 3)) != NULL) {
        const char *semicolon = memchr(at, ';', (size_t)(end - at));

        if (!semicolon)
            return;
        stamp(strtoll(at + 3, NULL, 10));
        at = semicolon;
    }
}

static void find_names(answer *a, const char *bytes, size_t len)
{
    if (memmem(bytes, len, "event: message_stop", 19))
        a->saw_message_stop = true;
    if (memmem(bytes, len, "event: error", 12))
        a->saw_error_event = true;
}

/* The end of what came before, with the beginning of what comes now. */
static void find_split_names(answer *a, const char *bytes, size_t len)
{
    char both[2 * sizeof(a->tail)];
    size_t taken = len < sizeof(a->tail) ? len : sizeof(a->tail), all, kept;

    memcpy(both, a->tail, a->tail_len);
    memcpy(both + a->tail_len, bytes, taken);
    all = a->tail_len + taken;
    find_names(a, both, all);
    if (len > taken) {
        memcpy(both, bytes + len - taken, taken);
        all = taken;
    }
    kept = all < sizeof(a->tail) ? all : sizeof(a->tail);
    memcpy(a->tail, both + all - kept, kept);
    a->tail_len = kept;
}

static void look_at_data(answer *a, const char *bytes, size_t len,
                         void (*stamp)(int64_t sent_ns))
{
    find_stamps(bytes, len, stamp);
    find_names(a, bytes, len);
    find_split_names(a, bytes, len);
}

/* Collects a line; true once it is there, without its CRLF. */
static bool take_line(answer *a, char c)
{
    if (c == '\n') {
        if (a->line_len > 0 && a->line[a->line_len - 1] == '\r')
            a->line_len--;
        a->line[a->line_len] = '\0';
        return true;
    }
    if (a->line_len < sizeof(a->line) - 1)
        a->line[a->line_len++] = c;
    return false;
}

static void head_line(answer *a)
{
    if (a->status == 0)
        a->status = (int)strtol(a->line_len > 9 ? a->line + 9 : "", NULL, 10);
    else if (strncasecmp(a->line, "content-length:", 15) == 0)
        a->left = strtoul(a->line + 15, NULL, 10);
    else if (strncasecmp(a->line, "transfer-encoding:", 18) == 0)
        a->is_chunked = strstr(a->line, "chunked") != NULL;
}

/* One line of the framing; true when the answer is over. */
static bool framing_line(answer *a)
{
    bool is_empty = a->line_len == 0;

    if (a->state == ANSWER_HEAD && !is_empty) {
        head_line(a);
    } else if (a->state == ANSWER_HEAD) {
        a->state = a->is_chunked ? ANSWER_SIZE : ANSWER_DATA;
        return !a->is_chunked && a->left == 0;
    } else if (a->state == ANSWER_SIZE) {
        a->left = strtoul(a->line, NULL, 16);
        a->state = a->left > 0 ? ANSWER_DATA : ANSWER_LAST;
    } else if (a->state == ANSWER_DATA_END) {
        a->state = ANSWER_SIZE;
    } else {
        return is_empty;
    }
    return false;
}

answer_progress answer_feed(answer *a, const char *bytes, size_t len,
                            void (*stamp)(int64_t sent_ns))
{
    size_t at = 0;

    while (at < len) {
        if (a->state == ANSWER_DATA) {
            size_t part = len - at < a->left ? len - at : a->left;

            look_at_data(a, bytes + at, part, stamp);
            at += part;
            a->left -= part;
            if (a->left > 0)
                continue;
            if (!a->is_chunked)
                return at == len ? ANSWER_IS_OVER : ANSWER_IS_BROKEN;
            a->state = ANSWER_DATA_END;
        } else if (take_line(a, bytes[at++])) {
            bool is_over = framing_line(a);

            a->line_len = 0;
            if (is_over)
                return at == len ? ANSWER_IS_OVER : ANSWER_IS_BROKEN;
        }
    }
    return ANSWER_GOES_ON;
}
