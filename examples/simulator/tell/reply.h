#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include <zlib.h>

#include "io/http.h"
#include "tell/answer.h"

/*
 * The bytes of one answer on their way out, with what the script does to
 * bytes: gzip, one byte at a time, cut at byte N. Every function returns
 * false once the answer is over early; `broken` tells whether that was us.
 */
typedef struct sim_reply {
    sim_connection *connection;
    const sim_answer *answer;
    bool chunked;
    bool is_zipped;
    bool broken;
    z_stream zip;
    sim_buffer zipped;
    sim_buffer wire;
    int64_t body_bytes; /* as sent, after compression */
} sim_reply;

/*
 * Sends status and headers. `headers` are whole lines, the script's own are
 * added. length -1: the body goes in chunks.
 */
bool sim_reply_head(sim_reply *reply, int status, const char *content_type,
                    const char *headers, int64_t length);
bool sim_reply_body(sim_reply *reply, const void *bytes, size_t len);
bool sim_reply_end(sim_reply *reply);

/* Carries out a fault that has no dialect: cut, reset, end or stall. */
bool sim_reply_break(sim_reply *reply);

/* Frees what it holds, not the connection. */
void sim_reply_clear(sim_reply *reply);

#endif
