#ifndef CCPI_ROUTING_EXCHANGE_H
#define CCPI_ROUTING_EXCHANGE_H

#include "routing/front.h"
#include "routing/request_id.h"
#include "routing/router.h"
#include "routing/strategy.h"
#include "routing/trace.h"
#include "usage/meter.h"

/*
 * One request from its first byte to its last: all of its facts, which live
 * and die with it. exchange.c knows the order of things; each step has a file
 * of its own, which takes the exchange as its first argument:
 *
 *   arrival.c   who asks, and for what
 *   relief.c    on to another thread, where its own is needed
 *   messages.c, count_tokens.c, models.c, own_usage.c   the way of each kind of request
 *   attempt.c   one try at one upstream
 *   reply.c     what the client gets
 *   account.c   what remains of it: the usage row, the log line
 *   trace.c     and why it went as it did
 */

typedef enum ccpi_upstream {
    CCPI_UPSTREAM_PLAN = 0,
    CCPI_UPSTREAM_BEDROCK,
    CCPI_UPSTREAMS
} ccpi_upstream;

/* A body that is no stream is kept up to here, to read its counts off it. */
#define CCPI_ATTEMPT_MAX_SEEN ((size_t)4 * 1024 * 1024)
#define CCPI_ATTEMPT_MAX_ERROR ((size_t)64 * 1024)

typedef struct ccpi_exchange ccpi_exchange;

/* One upstream's part in a request. */
typedef struct ccpi_attempt {
    ccpi_exchange *exchange;
    const ccpi_provider *provider;
    bool was_sent;
    ccpi_class kind; /* of a failure */
    ccpi_transfer_result result;
    ccpi_meter meter;
    int64_t started_message_us; /* when message_start came; 0: it did not */
    ccpi_buf seen;              /* of a body that is no stream */
    ccpi_buf error_event;       /* data of the error event that ended a stream */
    ccpi_told told;             /* of Bedrock's failure (BR-12) */
} ccpi_attempt;

struct ccpi_exchange {
    ccpi_router *router;
    const ccp_request *request;
    const ccp_sink *sink; /* NULL in a thread of the crew */
    ccpi_outlet *outlet;
    bool is_elsewhere; /* all of it went to another thread (relief.c) */
    ccpi_front front;
    char request_id[CCPI_REQUEST_ID_LEN + 1];
    int64_t started_us;  /* monotonic */
    int64_t created_us;  /* Unix */
    int64_t received_us; /* monotonic; when the body was whole */

    /* Who asks for what (arrival.c). */
    ccpi_headers headers;
    ccp_identity who; /* valid when is_known */
    bool is_known;
    bool holds_slot;
    bool holds_key_slot;
    ccpi_buf body;
    size_t taken; /* bytes of the router's memory */
    ccpi_look look;

    /* The way (messages.c). */
    ccpi_facts facts;
    ccpi_pass pass;
    bool has_pass; /* to be reported to the breaker, once */
    ccpi_circuit_change change;
    ccpi_attempt attempts[CCPI_UPSTREAMS];
    const char *reason; /* of the fallback (RT-13), or NULL */
    ccpi_model_choice model;
    ccpi_budget_answer budget;
    bool asked_budget;
    bool holds_reservation;
    ccp_error refusal; /* why Bedrock can't take this request (BR-4) */
    bool is_over;      /* an answer is under way, or nobody is there to take one */

    /* The answer (reply.c). */
    const char *provider;       /* of x-ccproxy-provider */
    const char *fallback;       /* of x-ccproxy-fallback, or NULL */
    const char *fallback_error; /* of x-ccproxy-fallback-error, or NULL */
    const char *token_count;    /* of x-ccproxy-token-count, or NULL */
    int http_status;            /* 0: none yet */
    ccpi_error_type error_type;
    int64_t first_byte_us; /* monotonic; 0: none yet */
    bool client_left;

    /* What remains (account.c). */
    int64_t waited_us; /* for upstreams, before the first byte to the client */
    ccp_usage_record record;
    bool is_recorded;
    bool is_unlogged;
    ccpi_trace trace;
};

/* Answers one request, or has it answered by a thread of the router's crew. */
void ccpi_exchange_run(ccpi_router *router, const ccp_request *request,
                       const ccp_sink *sink);

/* The ways of the three kinds of calls; arrival has been successful. */
void ccpi_messages_run(ccpi_exchange *x);
void ccpi_count_tokens_run(ccpi_exchange *x);
void ccpi_models_run(ccpi_exchange *x);
void ccpi_own_usage_run(ccpi_exchange *x);

#endif
