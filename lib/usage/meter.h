#ifndef CCPI_USAGE_METER_H
#define CCPI_USAGE_METER_H

#include "anthropic/error_body.h"
#include "ccproxy/usage.h"
#include "wire/sse.h"

/*
 * Reads token counts off a passing answer in the Anthropic API's format (US-3).
 * Only message_start, message_delta and error events are parsed; of the other
 * events the meter wants content_block_delta's length alone, for the estimate of
 * US-4. A plain value; one answer's events come from one thread.
 */
typedef struct ccpi_meter {
    ccp_tokens tokens;
    bool final_counts_rule; /* set for Bedrock: the last counts are taken, zeros too */
    bool saw_start;
    bool saw_delta; /* a message_delta with usage */
    bool saw_stop;
    int64_t delta_bytes;   /* of content, for estimates */
    ccpi_error_type error; /* of an error event */
} ccpi_meter;

bool ccpi_meter_wants(ccpi_meter *meter, ccpi_span event_name);
void ccpi_meter_event(ccpi_meter *meter, const ccpi_sse_event *event);

/* A whole answer that is no stream: {"type":"message",...,"usage":{...}}. */
void ccpi_meter_body(ccpi_meter *meter, ccpi_span body);

/* Estimates (BR-14, US-4): bytes / 3.5 and 1600 an image, rounded up. */
int64_t ccpi_estimate_tokens(int64_t text_bytes, int64_t images);

#endif
