#ifndef CCPI_ROUTING_TRACE_H
#define CCPI_ROUTING_TRACE_H

#include "anthropic/edits.h"
#include "bedrock/models.h"
#include "ccproxy/id.h"
#include "provider/provider.h"
#include "routing/request_id.h"
#include "routing/strategy.h"
#include "upstream/transfer.h"
#include "usage/budget.h"

/*
 * Why a request went where it went (OB-7): a plain value that an exchange fills
 * as it goes, without any content, and a bounded memory of the last ones. What
 * went well is pushed out by what went well alone, so that an operator finds the
 * others for longer.
 */
#define CCPI_TRACE_TRIES 6
#define CCPI_TRACE_STEPS 8
#define CCPI_TRACE_EDITS 8

typedef struct ccpi_trace_try {
    const char *provider;
    ccpi_class kind; /* CCPI_CLASS_NONE: a success, or the answer has begun */
    ccpi_ending ending;
    int status;
    bool is_committed;
    bool was_reused; /* on a pooled connection */
    size_t edits;    /* that this try went without */
    /* Monotonic microseconds; 0: did not happen. */
    int64_t submitted_us, first_byte_us, committed_us, ended_us;
    char upstream_id[64 + 1];
    char cause[96]; /* of a failure without an answer */
} ccpi_trace_try;

typedef struct ccpi_trace_step {
    ccpi_step step;
    const char *reason; /* a literal, or NULL */
    int64_t at_us;
} ccpi_trace_step;

typedef struct ccpi_trace {
    char request_id[CCPI_REQUEST_ID_LEN + 1];
    const char *call; /* "messages", "count_tokens", "models" */
    ccp_id user_id;
    ccp_id access_key_id;
    char key_prefix[CCP_KEY_PREFIX_LEN + 1];
    char model[128 + 1];
    char served_model[CCPI_MODEL_ID_MAX + 1]; /* Bedrock's; empty: none was chosen */
    bool is_substituted;
    bool is_stream;
    bool plan_was_capped;       /* PL-8 */
    ccpi_facts facts;           /* as they were at the end */
    ccpi_budget_verdict budget; /* valid when it was asked */
    bool asked_budget;
    int64_t created_us;                                       /* Unix */
    int64_t started_us, received_us, first_byte_us, ended_us; /* monotonic */
    ccpi_trace_step steps[CCPI_TRACE_STEPS];
    size_t step_count;
    ccpi_trace_try tries[CCPI_TRACE_TRIES];
    size_t try_count;
    ccpi_edit edits[CCPI_TRACE_EDITS]; /* of the last try */
    size_t edit_count;                 /* of all, also those that found no room */
    /* What the client got. */
    int http_status;
    const char *provider, *fallback, *fallback_error, *error_type; /* literals or NULL */
    bool client_left;
} ccpi_trace;

/* ---- filling one: borrowed parts of an exchange; never fails ---- */

struct ccpi_exchange;
struct ccpi_attempt;

void ccpi_trace_add_step(struct ccpi_exchange *x, const ccpi_decision *decision);
void ccpi_trace_add_try(struct ccpi_exchange *x, const struct ccpi_attempt *attempt,
                        const ccpi_edits *edits);
/* The exchange is over: completes its trace and keeps it. */
void ccpi_trace_end(struct ccpi_exchange *x);

/* ---- the memory of them; any thread ---- */

typedef struct ccpi_traces ccpi_traces;

#define CCPI_TRACES_PLAIN 3072
#define CCPI_TRACES_REMARKABLE 1024 /* errors, fallbacks, those with several tries */

/* CCP_NO_MEMORY only. @param out  given; ccpi_traces_free() */
ccp_status ccpi_traces_new(ccpi_traces **out);
void ccpi_traces_free(ccpi_traces *traces);

void ccpi_traces_keep(ccpi_traces *traces, const ccpi_trace *trace);
/* false: it is not known, or not any more. */
bool ccpi_traces_find(ccpi_traces *traces, const char *request_id, ccpi_trace *out);

#endif
