/**
 * @file ccproxy/bedrock_test.h
 *
 * Whether Bedrock would serve an access key: one request for one token, with the
 * key's own credential, region and model, that no budget, breaker or usage row
 * knows of. For setting things up, and for finding out why they fail.
 */
#ifndef CCPROXY_BEDROCK_TEST_H
#define CCPROXY_BEDROCK_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "ccproxy/decls.h"
#include "ccproxy/error.h"
#include "ccproxy/proxy.h"
#include "ccproxy/store.h"

CCP_BEGIN_DECLS

typedef struct ccp_bedrock_test {
    bool is_ok;
    char kind[40];   /**< of the failure, "bedrock_auth_error"; or empty */
    int http_status; /**< of Bedrock's answer; 0: none came */
    int64_t latency_us;
    char model[129]; /**< the id that was asked for; empty: none was found */
    char region[33];
    char message[512]; /**< Bedrock's own words, or why there are none; or empty */
    char advice[512];  /**< what an administrator can do about it; or empty */
} ccp_bedrock_test;

/**
 * Asks, and waits at most 20 s. That Bedrock refuses, can't be reached or can't
 * be asked is a result like others. Starts nothing that outlives the call, so
 * it may be used beside a running proxy.
 *
 * @param model  a name of the Anthropic API; NULL: a small model's
 */
ccp_status ccp_bedrock_test_run(const ccp_proxy_options *options,
                                const ccp_access_key *key, const char *model,
                                ccp_bedrock_test *out, ccp_error *error);

/** The admin API's object, as JSON text. @param out  given to the caller; free() it */
ccp_status ccp_bedrock_test_json(const ccp_bedrock_test *test, char **out,
                                 ccp_error *error);

CCP_END_DECLS

#endif
