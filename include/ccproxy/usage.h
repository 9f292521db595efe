/**
 * @file ccproxy/usage.h
 *
 * The record of one finished request: who asked, who answered, how many tokens
 * it took and how long. It never holds content. Plain values without pointers,
 * so that a record may be copied, queued and spooled.
 */
#ifndef CCPROXY_USAGE_H
#define CCPROXY_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "ccproxy/decls.h"

CCP_BEGIN_DECLS

/** How the answer ended, as its client saw it. */
typedef enum ccp_usage_status {
    CCP_USAGE_COMPLETE = 0, /**< whole */
    CCP_USAGE_INCOMPLETE,   /**< the upstream broke after bytes had reached the client */
    CCP_USAGE_ABORTED,      /**< the client left */
    CCP_USAGE_ERROR         /**< an error was the answer */
} ccp_usage_status;

/** Token counts in the Anthropic API's sense: `input` holds no cached tokens. */
typedef struct ccp_tokens {
    int64_t input;
    int64_t output;
    int64_t cache_read;
    int64_t cache_write_5m;
    int64_t cache_write_1h;
} ccp_tokens;

/** Money is in millionths of a US dollar. Texts end with a NUL and are cut to fit. */
typedef struct ccp_usage_record {
    char request_id[65];
    int64_t created_at_us; /**< when the request came, Unix microseconds */
    char user_id[37];
    char access_key_id[37];
    char provider[11];      /**< "plan" or "bedrock": whose answer, else the last tried */
    char model[129];        /**< as the client asked */
    char served_model[129]; /**< as the provider was asked */
    ccp_tokens tokens;
    bool is_fallback;
    bool is_stream;
    bool is_estimated; /**< some count is an estimate */
    char fallback_reason[33];
    ccp_usage_status status;
    int http_status;     /**< as sent to the client; 0 when it left before any */
    char error_type[41]; /**< of the Anthropic API's names, or empty */
    int64_t latency_ms;  /**< request received to last byte */
    int64_t ttft_ms;     /**< to the first byte to the client; -1 when there was none */
    int64_t overhead_ms; /**< ttft less the waiting for upstreams; -1 likewise */
    char session_id[129];
    char agent_id[129];
    char parent_agent_id[129];

    int64_t input_cost_micro;
    int64_t output_cost_micro;
    int64_t cache_write_cost_micro;
    int64_t cache_read_cost_micro;
    int64_t total_cost_micro;
    bool price_is_estimated;
    char pricing_region[33];
    char pricing_model_id[129];
    char pricing_effective_date[11]; /**< YYYY-MM-DD, or empty */
    /** Prices that were used, per million tokens. */
    int64_t price_input_micro;
    int64_t price_output_micro;
    int64_t price_cache_write_micro;
    int64_t price_cache_write_1h_micro;
    int64_t price_cache_read_micro;
} ccp_usage_record;

/** "complete", "incomplete", "aborted" or "error". Never NULL. */
const char *ccp_usage_status_name(ccp_usage_status status);

CCP_END_DECLS

#endif
