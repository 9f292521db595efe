#ifndef CCPI_UPSTREAM_ENGINE_H
#define CCPI_UPSTREAM_ENGINE_H

#include "base/quota.h"
#include "ccproxy/error.h"
#include "ccproxy/seams.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The threads that do all talking to upstreams: each one epoll, one curl multi
 * with its warm pool of connections, and the client sockets of its transfers.
 * Nothing in them waits for anything else.
 */
typedef struct ccpi_engine ccpi_engine;

typedef struct ccpi_engine_options {
    const ccp_clock *clock;
    int threads;            /* 0: 1 */
    long max_connections;   /* in the pool, of each thread; 0: 1024 */
    long connection_life_s; /* no request goes over an older one; 0: 300 */
    const char *ca_file;    /* NULL: the system's */
    bool skip_tls_verification;
    bool use_http2; /* at most 32 streams a connection */
    /*
     * Of which held-back answers and what slow clients have not taken are counted
     * (PX-9); borrowed. When it is used up, answers are let go and slow streams
     * pause. NULL: without limit.
     */
    ccpi_quota *memory;
} ccpi_engine_options;

typedef struct ccpi_engine_counters {
    uint64_t transfers;   /* started */
    uint64_t connections; /* opened for them: reuse is 1 - connections / transfers */
    uint64_t active;      /* running now, lingering ones included */
} ccpi_engine_counters;

/* @param out  given; ccpi_engine_free() */
ccp_status ccpi_engine_new(const ccpi_engine_options *options, ccpi_engine **out,
                           ccp_error *error);

/*
 * Ends the running transfers as CCPI_ENDED_BY_SHUTDOWN, then the threads. Later
 * transfers are refused with CCP_UNAVAILABLE. Call it once.
 */
void ccpi_engine_stop(ccpi_engine *engine);

/* Stops it if that was not done. No thread may be in ccpi_transfer_run(). */
void ccpi_engine_free(ccpi_engine *engine);

void ccpi_engine_count(ccpi_engine *engine, ccpi_engine_counters *out);

#endif
