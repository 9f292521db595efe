/**
 * @file ccproxy/breaker.h
 *
 * One circuit per access key: whether an upstream is worth asking now. A circuit
 * is closed until failures in a row open it for a fixed time, or a limit that
 * the upstream named makes it cool down until that limit's end; then one request
 * may probe. Only troubled keys have an entry, CCP_BREAKER_MAX_CIRCUITS at most.
 *
 * Times are monotonic microseconds and come from the caller. Any thread may
 * call; nothing here waits.
 */
#ifndef CCPROXY_BREAKER_H
#define CCPROXY_BREAKER_H

#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/id.h"

CCP_BEGIN_DECLS

#define CCP_BREAKER_MAX_CIRCUITS 10000

typedef struct ccp_breaker ccp_breaker;

typedef struct ccp_breaker_options {
    int failure_threshold;     /**< failures in a row that open; 1 to 1000 */
    int64_t failure_window_us; /**< from the first of them to the last */
    int64_t reset_us;          /**< how long a circuit stays open */
} ccp_breaker_options;

/** CCP_NO_MEMORY only. @param out  given; free it with ccp_breaker_free() */
ccp_status ccp_breaker_new(const ccp_breaker_options *options, ccp_breaker **out);

/** NULL is allowed. */
void ccp_breaker_free(ccp_breaker *breaker);

typedef enum ccp_circuit_state {
    CCP_CIRCUIT_CLOSED = 0,
    CCP_CIRCUIT_OPEN,
    CCP_CIRCUIT_HALF_OPEN, /**< a probe is under way */
    CCP_CIRCUIT_COOLING    /**< until the end of a limit that the upstream named */
} ccp_circuit_state;

/** What one request was told; it goes back with ccp_breaker_report(). */
typedef struct ccp_pass {
    ccp_circuit_state state; /**< CLOSED, HALF_OPEN (the probe): ask the upstream */
    int64_t wait_us;         /**< else: to the next probe, as far as is known */
    uint64_t generation;     /**< of the circuit; leave it as it is */
} ccp_pass;

/** Takes the probe's place when it is free. Report every pass once. */
ccp_pass ccp_breaker_ask(ccp_breaker *breaker, const ccp_id *key, int64_t now_us);

/** What came of asking. */
typedef enum ccp_verdict {
    CCP_VERDICT_NONE = 0, /**< nothing: a client's fault, or the client left */
    CCP_VERDICT_SUCCESS,
    CCP_VERDICT_FAILURE,
    CCP_VERDICT_LIMITED /**< cools down, and does not count as a failure */
} ccp_verdict;

typedef struct ccp_result {
    ccp_verdict verdict;
    int64_t cool_for_us; /**< of CCP_VERDICT_LIMITED; at most the reset time */
} ccp_result;

/** Says what came of a pass. Returns the circuit's state after it. */
ccp_circuit_state ccp_breaker_report(ccp_breaker *breaker, const ccp_id *key,
                                     const ccp_pass *pass, const ccp_result *result,
                                     int64_t now_us);

/** Closes one circuit by hand. CCP_NOT_FOUND: it is closed. */
ccp_status ccp_breaker_reset(ccp_breaker *breaker, const ccp_id *key);

CCP_END_DECLS

#endif
