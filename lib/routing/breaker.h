#ifndef CCPI_ROUTING_BREAKER_H
#define CCPI_ROUTING_BREAKER_H

#include "ccproxy/breaker.h"
#include "ccproxy/store.h"
#include "provider/provider.h"

/*
 * One circuit per access key: whether the Plan is worth asking for it now
 * (RT-9 to RT-12). A circuit is closed until failures in a row open it for a
 * fixed time, or a limit that the Plan named makes it cool down until that
 * limit's end; then one request may probe. Only troubled keys have an entry,
 * and those that were left alone for an hour lose it.
 *
 * Times are monotonic microseconds and come from the caller. Any thread may
 * call; nothing here waits, so the engine's may too.
 */
typedef struct ccpi_breaker ccpi_breaker;

/* The most failures in a row that can be asked for. */
#define CCPI_BREAKER_MAX_THRESHOLD 1000
#define CCPI_BREAKER_MAX_CIRCUITS CCP_BREAKER_MAX_CIRCUITS

typedef struct ccpi_breaker_options {
    int failure_threshold; /* 1 to CCPI_BREAKER_MAX_THRESHOLD */
    int64_t failure_window_us;
    int64_t reset_us;
} ccpi_breaker_options;

typedef enum ccpi_circuit_state {
    CCPI_CIRCUIT_CLOSED = 0,
    CCPI_CIRCUIT_OPEN,
    CCPI_CIRCUIT_HALF_OPEN, /* a probe is under way */
    CCPI_CIRCUIT_COOLING    /* until the end of a limit that the Plan named */
} ccpi_circuit_state;

/* "closed", "open", "half_open", "cooling". */
const char *ccpi_circuit_state_name(ccpi_circuit_state state);

/* What one request was told; it goes back with ccpi_breaker_report(). */
typedef struct ccpi_pass {
    ccpi_circuit_state state; /* HALF_OPEN: this request is the probe */
    int64_t wait_us;          /* to the next probe; 0 when the Plan may be asked */
    uint64_t generation;      /* of the circuit, so that a late report is known as such */
} ccpi_pass;

/* What the Plan's answer says of the circuit (RT-4). */
typedef enum ccpi_verdict {
    CCPI_VERDICT_NONE = 0, /* nothing: a client's fault, or the client left */
    CCPI_VERDICT_SUCCESS,
    CCPI_VERDICT_FAILURE, /* counts */
    CCPI_VERDICT_LIMITED  /* cools down, does not count */
} ccpi_verdict;

typedef struct ccpi_report {
    ccpi_verdict verdict;
    ccpi_class reason;   /* of a failure or limit */
    int64_t cool_for_us; /* of CCPI_VERDICT_LIMITED; the reset time is its upper bound */
} ccpi_report;

/* How a circuit changed, for the log; from == to: it did not. */
typedef struct ccpi_circuit_change {
    ccpi_circuit_state from;
    ccpi_circuit_state to;
    ccpi_class reason;
} ccpi_circuit_change;

/* For an administrator's eyes. Monotonic times. */
typedef struct ccpi_circuit {
    ccp_id access_key_id;
    ccpi_circuit_state state;
    int failures;
    int64_t changed_at_us;
    int64_t next_probe_at_us; /* 0 when closed */
    ccpi_class reason;
} ccpi_circuit;

/* CCP_NO_MEMORY only. The options are copied. */
ccp_status ccpi_breaker_new(const ccpi_breaker_options *options, ccpi_breaker **out);
void ccpi_breaker_free(ccpi_breaker *breaker);

/*
 * Says whether the Plan should be asked, and takes the probe's place when it is
 * free. Every pass must be reported once, whatever became of the request.
 */
ccpi_pass ccpi_breaker_ask(ccpi_breaker *breaker, const ccp_id *access_key_id,
                           int64_t now_us, ccpi_circuit_change *change);

/* The state alone: takes no probe's place, and needs no report. */
ccpi_circuit_state ccpi_breaker_peek(ccpi_breaker *breaker, const ccp_id *access_key_id,
                                     int64_t now_us);

ccpi_circuit_change ccpi_breaker_report(ccpi_breaker *breaker,
                                        const ccp_id *access_key_id,
                                        const ccpi_pass *pass, const ccpi_report *report,
                                        int64_t now_us);

/* How many circuits are open or being probed. */
size_t ccpi_breaker_open(ccpi_breaker *breaker, int64_t now_us);

/* Drops what has been idle for an hour. */
void ccpi_breaker_sweep(ccpi_breaker *breaker, int64_t now_us);

/* Closes one circuit by hand. CCP_NOT_FOUND: it has no entry, so it is closed. */
ccp_status ccpi_breaker_reset(ccpi_breaker *breaker, const ccp_id *access_key_id);

/* Copies at most size circuits; returns how many there are. */
size_t ccpi_breaker_list(ccpi_breaker *breaker, int64_t now_us, ccpi_circuit *out,
                         size_t size);

#endif
