#ifndef CCPT_BENCH_ANSWER_H
#define CCPT_BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads HTTP/1.1 answers as they come: status, end, and the stamps "t=<ns>;"
 * that the mock upstream puts into its events.
 */
typedef struct answer {
    enum { ANSWER_HEAD, ANSWER_SIZE, ANSWER_DATA, ANSWER_DATA_END, ANSWER_LAST } state;
    char line[4096];
    size_t line_len;
    int status;
    bool is_chunked;
    size_t left;   /* of the chunk, or of the body */
    char tail[32]; /* of the data: a name may come in two pieces */
    size_t tail_len;
    bool saw_message_stop;
    bool saw_error_event;
} answer;

typedef enum answer_progress {
    ANSWER_GOES_ON,
    ANSWER_IS_OVER,
    ANSWER_IS_BROKEN
} answer_progress;

/* Begins the next answer. */
void answer_reset(answer *a);

/* Calls stamp with each stamp. Bytes behind the answer's end are BROKEN. */
answer_progress answer_feed(answer *a, const char *bytes, size_t len,
                            void (*stamp)(int64_t sent_ns));

#endif
