#ifndef CCPT_SUPPORT_STAGE_H
#define CCPT_SUPPORT_STAGE_H

#include <stdatomic.h>

#include "ccproxy/proxy.h"
#include "support/client.h"
#include "support/folder.h"
#include "support/upstream_server.h"

/*
 * A whole proxy over SQLite in a folder of its own, with one user who has one
 * access key, and two upstreams that answer as they are told. Its clock is the
 * system's, moved on by as much as the test says.
 */

/* What an upstream does with each request. */
typedef enum stage_answer {
    STAGE_SUCCESS = 0,
    STAGE_RATE_LIMIT,   /* 429 */
    STAGE_SHORT_LIMIT,  /* 429 with retry-after: 90 */
    STAGE_USAGE_LIMIT,  /* 429, unified status rejected */
    STAGE_SERVER_ERROR, /* 500 */
    STAGE_OVERLOADED,   /* 529 */
    STAGE_CLIENT_ERROR, /* 400 */
    STAGE_REFUSED,      /* 401; of Bedrock 403 */
    STAGE_HTML,         /* 200 text/html */
    STAGE_EARLY_ERROR,  /* a stream with an error event before its content */
    STAGE_LATE_ERROR,   /* a stream with an error event after some content */
    STAGE_CUT_EARLY,    /* a stream that breaks before its content */
    STAGE_CUT_LATE,     /* a stream that breaks after some content */
    STAGE_RESET,        /* the connection breaks instead of an answer */
    STAGE_SILENCE,      /* nothing, until the other side gives up */
    STAGE_STALL         /* a stream that stops after some content, likewise */
} stage_answer;

typedef struct stage_upstream {
    upstream_server *server;
    _Atomic stage_answer answer;
    _Atomic(const char *) refuses; /* a body that holds this, with a 400; NULL: none */
    _Atomic(const char *) refusal; /* and says so */
    atomic_int requests;
    pthread_mutex_t lock;
    ccpi_buf head; /* of the last request */
    ccpi_buf body;
} stage_upstream;

#define STAGE_MAX_SETTINGS 8

typedef struct stage_options {
    ccp_routing routing;
    bool has_bedrock_key;
    int64_t budget_micro; /* 0: none */
    int64_t spent_micro;  /* on Bedrock, this month */
    const char *settings[STAGE_MAX_SETTINGS][2];
    const char *const *environment; /* "NAME=VALUE", NULL at the end; NULL: none */
} stage_options;

typedef struct stage {
    char folder[FOLDER_MAX];
    ccp_store *store;
    ccp_config *config;
    ccp_proxy *proxy;
    ccp_user user;
    ccp_access_key key;
    ccp_key text;
    stage_upstream plan;
    stage_upstream bedrock;
    ccp_clock clock;
    _Atomic int64_t offset_us;
    ccp_log_sink log;
    pthread_mutex_t lock;
    ccpi_buf lines; /* of the log */
} stage;

/* The token counts of every successful answer, of either upstream. */
#define STAGE_INPUT_TOKENS 25
#define STAGE_OUTPUT_TOKENS 15
/* And its text. */
#define STAGE_TEXT_OF_PLAN "Hello from the plan"
#define STAGE_TEXT_OF_BEDROCK "Hello from bedrock"
/* What InvokeModel's metrics count besides, of a stream. */
#define STAGE_METRICS_MORE 1

void stage_open(stage *stage, const stage_options *options);
void stage_close(stage *stage);

/* What its proxy was made of, to make another in its place. */
ccp_proxy_options stage_proxy_options(const stage *stage);

void stage_move_clock(stage *stage, int64_t us);

/* One request and its whole answer. */
typedef struct exchange {
    const char *method; /* NULL: POST */
    const char *path;   /* "%s" in it is the key's place; NULL: /ak/%s/v1/messages */
    const char *query;
    const char *body; /* NULL: none */
    ccp_header headers[4];
    size_t header_count;
    client_kind kind;
    client client;
    ccpi_buf answer; /* the body */
    bool is_whole;
} exchange;

/* Sends it and reads the answer. */
void stage_run(stage *stage, exchange *exchange);
void exchange_clear(exchange *exchange);

/* A messages request, streaming or not, of a client with a plan of its own. */
exchange stage_messages(client_kind kind, bool is_stream);

/* Of an answer. */
int exchange_status(const exchange *exchange);
/* The header's value; "-" without. Valid until the next call. */
const char *exchange_header(const exchange *exchange, const char *name);

/* The rows in the store, newest first; returns how many. */
size_t stage_rows(stage *stage, ccp_usage_record *rows, size_t size);

/* How many log lines are of this event. */
int stage_count_events(stage *stage, const char *event);

#endif
