#ifndef SIM_NATIVE_CHECK_H
#define SIM_NATIVE_CHECK_H

#include "io/http.h"
#include "tell/answer.h"

/*
 * What Bedrock refuses of requests in Anthropic's own form that the Anthropic
 * API takes: betas, and members that belong to its own platform.
 */

typedef enum sim_bedrock_api {
    SIM_API_CONVERSE,
    SIM_API_INVOKE,
    SIM_API_MESSAGES
} sim_bedrock_api;

/* Whether an API takes a beta, by the tables of public gateways (autumn 2026). */
bool sim_takes_beta(sim_bedrock_api api, const char *beta);

/* InvokeModel's body, beyond sim_messages_check(). */
bool sim_invoke_check(const json_t *body, char problem[SIM_PROBLEM_SIZE]);

/* The header anthropic-beta of a request to the native Messages endpoint. */
bool sim_beta_header_check(const sim_request *request, char problem[SIM_PROBLEM_SIZE]);

#endif
