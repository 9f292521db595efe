#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "io/buffer.h"

/*
 * An answer as a test describes it, and what goes wrong while it is given. The
 * members are explained in README.md; a member that is not known is refused,
 * since a test with a misspelled fault would prove nothing.
 */

/* The places in a streamed answer that all dialects have. */
typedef enum sim_point {
    SIM_NOWHERE,
    SIM_REQUEST,     /* nothing was answered yet */
    SIM_HEAD,        /* status and headers are out */
    SIM_START,       /* message_start, messageStart */
    SIM_BLOCK_START, /* content_block_start */
    SIM_CONTENT,     /* a delta */
    SIM_BLOCK_STOP,
    SIM_FINISH, /* message_delta, messageStop: the stop reason */
    SIM_STOP    /* message_stop, metadata: the last event */
} sim_point;

typedef enum sim_deed {
    SIM_NOTHING,
    SIM_ERROR, /* an error event or exception frame, then a clean end */
    SIM_CUT,   /* FIN */
    SIM_RESET, /* RST */
    SIM_END,   /* the body ends cleanly, too early */
    SIM_STALL  /* silence; afterwards the answer goes on */
} sim_deed;

typedef struct sim_fault {
    sim_deed deed;
    sim_point at;     /* behind the first event of that kind */
    int64_t at_event; /* behind so many events; -1: not by number */
    int64_t at_byte;  /* when so many body bytes are out; -1: not by bytes */
    int64_t ms;       /* length of a stall; -1: until the peer leaves */
    bool half;        /* only behind half of the event that follows */
    const char *type; /* of the error, or NULL */
    const char *message;
} sim_fault;

typedef struct sim_usage {
    int64_t input;
    int64_t output;
    int64_t cache_read;
    int64_t write_5m;
    int64_t write_1h;
} sim_usage;

/* All pointers are borrowed from the script. */
typedef struct sim_answer {
    json_t *script; /* owned */
    int status;
    json_t *headers;
    const char *body; /* the whole body as it is, or NULL */
    json_t *json;     /* the same as JSON */
    const char *content_type;
    const char *error_type;
    const char *error_message;
    json_t *content;
    json_t *usage;
    const char *stop_reason;
    const char *stop_sequence;
    int delay_ms;
    int event_delay_ms;
    int pings;
    int gzip;
    int crlf;
    int trickle;
    int late_usage; /* counts come in message_stop alone */
    sim_fault fault;
} sim_answer;

#define SIM_PROBLEM_SIZE 512

/* False: the problem says why the script describes no answer. */
bool sim_answer_read(json_t *script, sim_answer *out, char problem[SIM_PROBLEM_SIZE]);
void sim_answer_clear(sim_answer *answer);

/* One block of content, ready to be told in so many pieces. */
typedef enum sim_block_kind {
    SIM_TEXT,
    SIM_THINKING,
    SIM_REDACTED,
    SIM_TOOL_USE
} sim_block_kind;

typedef struct sim_block {
    sim_block_kind kind;
    sim_buffer text; /* the text, the thinking, the data, or the input as JSON */
    size_t filler;   /* size of each piece that is made up when it is told; 0: none */
    size_t pieces;
    const char *signature;
    const char *name;
    char id[40];
} sim_block;

#define SIM_MAX_BLOCKS 64

typedef struct sim_content {
    size_t count;
    sim_block blocks[SIM_MAX_BLOCKS];
} sim_content;

/*
 * The answer's blocks; a default text if it has none. "{request}" in a text
 * becomes the request's number, by which a client's view of an answer is
 * matched with ours.
 */
void sim_content_make(const sim_answer *answer, unsigned long request, sim_content *out);
void sim_content_clear(sim_content *content);

/* The most that one piece of filler may have. */
#define SIM_MAX_FILLER ((size_t)64 * 1024)

/* Appends the whole text as a JSON string. */
void sim_block_add_quoted(const sim_block *block, sim_buffer *out);

/* The i-th piece of the block's text; never cuts a character. */
const char *sim_block_piece(const sim_block *block, size_t i, size_t *len);

/* What the answer costs: as scripted, else reckoned from the sizes. */
sim_usage sim_usage_of(const sim_answer *answer, const sim_content *content,
                       size_t request_len);

#endif
