#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include "io/http.h"
#include "tell/answer.h"

/*
 * What was received and what was given for it, for tests to ask: the newest
 * requests whole, in a ring of bounded size, and sums over all of them.
 */
#define SIM_KEPT_REQUESTS 8192
#define SIM_KEPT_BODY_BYTES ((size_t)256 * 1024 * 1024)

/* How an answer ended. */
typedef enum sim_outcome {
    SIM_RUNNING,
    SIM_COMPLETE, /* all of it was sent */
    SIM_REFUSED,  /* the request was illegal or its credential wrong */
    SIM_FAILED,   /* a scripted error, all of which was sent */
    SIM_BROKEN,   /* we cut it off, as scripted */
    SIM_GONE      /* the peer left before the end */
} sim_outcome;

typedef struct sim_result {
    sim_outcome outcome;
    int status;
    sim_usage usage; /* of the whole answer, even if it was not given whole */
    long events;
    int64_t body_bytes;
} sim_result;

/* Notes a request, and gives its number, counted from 1. */
unsigned long sim_record_open(const sim_connection *connection,
                              const sim_request *request);

/* What a request turned out to be. */
typedef struct sim_details {
    char operation[32];
    char model[160];
    char request_id[48];
    bool is_stream;
} sim_details;

void sim_record_describe(unsigned long number, const sim_details *details);
void sim_record_close(unsigned long number, const sim_result *result);
void sim_record_clear(void);

void sim_record_connection(bool opened);

typedef struct sim_record_filter {
    unsigned long after;  /* only higher numbers */
    unsigned long number; /* only this one; 0: all */
    int bedrock;          /* -1: both services */
    const char *contains; /* in the body; NULL: all */
    bool with_body;
} sim_record_filter;

/* A new reference. */
json_t *sim_record_list(const sim_record_filter *filter);
json_t *sim_record_sums(void);

#endif
