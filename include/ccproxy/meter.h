/**
 * @file ccproxy/meter.h
 *
 * Reads token counts off a passing answer of the Messages API, streamed or
 * whole. The bytes stay with the caller. Only the few events that hold counts
 * are parsed, and an event that passes allocates nothing. One meter reads one
 * answer, in one thread at a time.
 */
#ifndef CCPROXY_METER_H
#define CCPROXY_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/usage.h"

CCP_BEGIN_DECLS

typedef struct ccp_meter ccp_meter;

/** What is known so far. */
typedef struct ccp_meter_reading {
    ccp_tokens tokens;
    bool has_started;      /**< there was a message_start, or a whole message */
    bool has_usage;        /**< the final counts have come */
    bool has_stopped;      /**< there was a message_stop, or a whole message */
    bool has_failed;       /**< there was an error event */
    int64_t content_bytes; /**< in deltas; 3.5 of them are about one token */
} ccp_meter_reading;

/** @param out  given to the caller; free it with ccp_meter_free() */
ccp_status ccp_meter_new(ccp_meter **out);

/** NULL is allowed. */
void ccp_meter_free(ccp_meter *meter);

/** Eats bytes of a stream of events, cut anywhere. CCP_NO_MEMORY only. */
ccp_status ccp_meter_feed(ccp_meter *meter, const void *bytes, size_t len);

/** Reads a whole answer that is no stream. */
void ccp_meter_body(ccp_meter *meter, const void *body, size_t len);

ccp_meter_reading ccp_meter_read(const ccp_meter *meter);

CCP_END_DECLS

#endif
