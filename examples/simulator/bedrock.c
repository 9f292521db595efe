/*
 * Amazon Bedrock: routes of its runtime API, of the Messages API on either host,
 * and of the control plane; credentials, and its way to answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "account/profiles.h"
#include "account/signature.h"
#include "call.h"
#include "check/converse.h"
#include "check/messages.h"
#include "check/native.h"

static const struct {
    int status;
    const char *exception;
    const char *message;
} ERRORS[] = {
    {400, "ValidationException", "Malformed input request."},
    {403, "AccessDeniedException", "You don't have access to the model."},
    {404, "ResourceNotFoundException", "The model could not be found."},
    {408, "ModelTimeoutException", "Model has timed out in processing the request."},
    {424, "ModelErrorException", "The model had an error while answering."},
    {429, "ThrottlingException", "Too many requests, please wait before trying again."},
    {500, "InternalServerException", "The system encountered an unexpected error."},
    {503, "ServiceUnavailableException", "Bedrock is unable to process your request."},
};

static void add_error(const sim_call *call, const char *type, const char *message,
                      sim_buffer *headers, sim_buffer *body)
{
    const char *exception = "InternalServerException";
    const char *usual = "";

    for (size_t i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++) {
        if (ERRORS[i].status != call->result.status)
            continue;
        exception = ERRORS[i].exception;
        usual = ERRORS[i].message;
    }
    message = message ? message : usual;
    sim_buffer_print(headers, "x-amzn-errortype: %s:http://internal.example/coral/\r\n",
                     type ? type : exception);
    sim_buffer_add_text(body, "{\"message\":");
    sim_buffer_add_quoted(body, message, strlen(message));
    sim_buffer_add_text(body, "}");
}

/* The native Messages endpoint reports errors as Anthropic does. */
static void add_messages_error(const sim_call *call, const char *type,
                               const char *message, sim_buffer *headers, sim_buffer *body)
{
    (void)headers;
    sim_buffer_print(body, "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":",
                     type ? type : "invalid_request_error");
    message = message ? message : "Invalid request";
    sim_buffer_add_quoted(body, message, strlen(message));
    sim_buffer_print(body, "},\"request_id\":\"%s\"}", call->details.request_id);
}

static void add_headers(const sim_call *call, sim_buffer *out)
{
    sim_buffer_print(out, "x-amzn-requestid: %s\r\n", call->details.request_id);
    if (strcmp(call->details.operation, "invoke_stream") == 0)
        sim_buffer_add_text(out, "x-amzn-bedrock-content-type: application/json\r\n");
}

static const sim_service CONVERSE = {
    .add_headers = add_headers,
    .add_error = add_error,
    .add_message = sim_converse_body,
    .dialect = &sim_converse_stream,
};

static const sim_service INVOKE = {
    .add_headers = add_headers,
    .add_error = add_error,
    .add_message = sim_messages_body,
    .dialect = &sim_messages_chunks,
};

static const sim_service MESSAGES = {
    .add_headers = add_headers,
    .add_error = add_messages_error,
    .add_message = sim_messages_body,
    .dialect = &sim_messages_sse,
};

static void refuse(sim_call *call, int status, const char *message)
{
    sim_call_refuse(call, &CONVERSE, status, NULL, message);
}

static bool refuse_bearer(sim_signature_fault *fault, const char *message)
{
    fault->exception = "AccessDeniedException";
    snprintf(fault->message, sizeof(fault->message), "%s", message);
    return false;
}

static bool check_bearer(const sim_request *request, sim_signature_fault *fault)
{
    const char *bearer = sim_request_header(request, "authorization");

    if (!bearer || strncasecmp(bearer, "bearer ", 7) != 0) {
        refuse_bearer(fault, "Missing Authentication Token");
        fault->exception = "MissingAuthenticationTokenException";
        return false;
    }
    bearer += 7;
    if (strncmp(bearer, "ABSK", 4) != 0 && strncmp(bearer, "bedrock-api-key-", 16) != 0)
        return refuse_bearer(
            fault, "Invalid API Key format: Must start with pre-defined prefix");
    if (!sim_script_is_accepted(true, bearer))
        return refuse_bearer(
            fault, "Authentication failed: Please make sure your API Key is valid.");
    return true;
}

static bool is_messages(const char *path)
{
    return strcmp(path, "/anthropic/v1/messages") == 0;
}

/* All refusals of a credential are a 403, never a 401. */
static bool check_credential(const sim_request *request, sim_signature_fault *fault)
{
    static const char *const RUNTIME[] = {"bedrock", NULL};
    static const char *const MANTLE[] = {"bedrock-mantle", NULL};

    if (!sim_is_signed(request))
        return check_bearer(request, fault);
    return sim_signature_check(
        request,
        is_messages(request->path) && sim_script_switches().mantle ? MANTLE : RUNTIME,
        fault);
}

static bool parse(sim_call *call, const sim_service *service)
{
    char problem[SIM_PROBLEM_SIZE];

    if (sim_call_parse(call, true, problem) && json_is_object(call->body))
        return true;
    sim_call_refuse(call, service, 400, NULL,
                    "Malformed input request, please reformat your input and try again.");
    return false;
}

static void serve_converse(sim_call *call)
{
    char problem[SIM_PROBLEM_SIZE];

    if (!parse(call, &CONVERSE))
        return;
    call->details.is_stream = strcmp(call->details.operation, "converse_stream") == 0;
    if (sim_converse_check(call->body, problem))
        sim_call_answer(call, &CONVERSE);
    else
        refuse(call, 400, problem);
}

static void serve_invoke(sim_call *call)
{
    char problem[SIM_PROBLEM_SIZE];

    if (!parse(call, &INVOKE))
        return;
    call->details.is_stream = strcmp(call->details.operation, "invoke_stream") == 0;
    if (sim_messages_check(call->body, SIM_INVOKE, problem) &&
        sim_invoke_check(call->body, problem))
        sim_call_answer(call, &INVOKE);
    else
        refuse(call, 400, problem);
}

/* {"invokeModel":{"body":"<base64 of a native body>"}} */
static bool check_native_count(const json_t *invoke, char *problem)
{
    const char *base64 = json_string_value(json_object_get(invoke, "body"));
    sim_buffer decoded = {0};
    json_t *body = NULL;
    bool good = false;

    if (base64 && sim_buffer_add_unbase64(&decoded, base64) == 0)
        body = json_loadb(decoded.bytes, decoded.len,
                          JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    if (!body)
        snprintf(problem, SIM_PROBLEM_SIZE, "The body of invokeModel is no JSON.");
    else
        good = sim_messages_check(body, SIM_INVOKE, problem) &&
               sim_invoke_check(body, problem);
    json_decref(body);
    sim_buffer_free(&decoded);
    return good;
}

static bool check_count(const sim_call *call, char *problem)
{
    const json_t *input = json_object_get(call->body, "input");
    const json_t *converse = json_object_get(input, "converse");
    const json_t *invoke = json_object_get(input, "invokeModel");

    snprintf(problem, SIM_PROBLEM_SIZE, "%s",
             "The input field must hold one of converse and invokeModel.");
    if (strncmp(call->details.model, "anthropic.", 10) != 0)
        snprintf(problem, SIM_PROBLEM_SIZE, "%s",
                 "The provided model doesn't support counting tokens.");
    else if (json_object_size(input) == 1 && converse)
        return sim_converse_check_count(converse, problem);
    else if (json_object_size(input) == 1 && invoke)
        return check_native_count(invoke, problem);
    return false;
}

static void serve_count(sim_call *call)
{
    char problem[SIM_PROBLEM_SIZE];
    char count[64];

    if (!parse(call, &CONVERSE))
        return;
    if (!check_count(call, problem)) {
        refuse(call, 400, problem);
        return;
    }
    snprintf(count, sizeof(count), "{\"inputTokens\":%zu}",
             call->request->body.len / 4 + 1);
    sim_call_answer_json(call, &CONVERSE, count);
}

/* On its own host the API has ids of its own: a model's, in no profile. */
static bool is_served(const char *model)
{
    if (strncmp(model, "anthropic.claude-", 17) == 0)
        return true;
    return !sim_script_switches().mantle &&
           (strstr(model, ".anthropic.claude-") || strncmp(model, "arn:aws", 7) == 0);
}

static void serve_messages(sim_call *call)
{
    char problem[SIM_PROBLEM_SIZE];

    if (!parse(call, &MESSAGES))
        return;
    sim_call_describe(call);
    if (sim_script_switches().mantle &&
        !sim_request_header(call->request, "anthropic-version"))
        sim_call_refuse(call, &MESSAGES, 400, NULL,
                        "anthropic-version: header is required");
    else if (!is_served(call->details.model))
        sim_call_refuse(call, &MESSAGES, 404, "not_found_error", "model not found");
    else if (!sim_messages_check(call->body, SIM_MESSAGES, problem) ||
             !sim_beta_header_check(call->request, problem))
        sim_call_refuse(call, &MESSAGES, 400, NULL, problem);
    else
        sim_call_answer(call, &MESSAGES);
}

static void serve_profiles(sim_call *call)
{
    char *most = sim_request_parameter(call->request, "maxResults");
    char *type = sim_request_parameter(call->request, "type");
    char *token = sim_request_parameter(call->request, "nextToken");
    const sim_profile_page page = {
        .most = most ? strtoul(most, NULL, 10) : 0, .type = type, .token = token};
    sim_buffer list = {0};

    if (sim_profiles_list(&page, &list))
        sim_call_answer_json(call, &CONVERSE, list.bytes);
    else
        refuse(call, 400, "The nextToken is invalid.");
    sim_buffer_free(&list);
    free(most);
    free(type);
    free(token);
}

/* Gives the model id of /model/{id}/..., decoded, and what follows it, or NULL. */
static const char *split_model(const char *path, char *model, size_t size)
{
    sim_buffer decoded = {0};
    size_t len;

    if (strncmp(path, "/model/", 7) != 0)
        return NULL;
    path += 7;
    len = strcspn(path, "/");
    sim_buffer_add_decoded(&decoded, path, len);
    snprintf(model, size, "%s", decoded.len ? decoded.bytes : "");
    sim_buffer_free(&decoded);
    return path + len;
}

/* Since the fourth generation models are served through a profile only. */
static bool needs_profile(const char *model)
{
    return strncmp(model, "anthropic.", 10) == 0 && !strstr(model, "claude-3");
}

static const char *model_problem(const sim_call *call)
{
    const char *name = strstr(call->details.model, "anthropic.claude-");
    static const char PROFILE[] =
        "Invocation of model ID with on-demand throughput isn\xe2\x80\x99t supported. "
        "Retry your request with the ID or ARN of an inference profile that contains "
        "this model.";

    if (strncmp(call->details.model, "arn:aws", 7) == 0)
        return NULL;
    if (!name || (name != call->details.model && name[-1] != '.'))
        return "The provided model identifier is invalid.";
    if (strcmp(call->details.operation, "count_tokens") != 0 &&
        needs_profile(call->details.model))
        return PROFILE;
    return NULL;
}

static const struct {
    const char *path; /* behind the model id */
    const char *operation;
    void (*serve)(sim_call *call);
} ROUTES[] = {
    {"/converse", "converse", serve_converse},
    {"/converse-stream", "converse_stream", serve_converse},
    {"/invoke", "invoke", serve_invoke},
    {"/invoke-with-response-stream", "invoke_stream", serve_invoke},
    {"/count-tokens", "count_tokens", serve_count},
};

static void serve_model(sim_call *call, const char *action)
{
    const char *problem;

    for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
        if (strcmp(action, ROUTES[i].path) != 0)
            continue;
        snprintf(call->details.operation, sizeof(call->details.operation), "%s",
                 ROUTES[i].operation);
        problem = model_problem(call);
        if (problem)
            refuse(call, 400, problem);
        else
            ROUTES[i].serve(call);
        return;
    }
    sim_call_refuse(call, &CONVERSE, 404, "UnknownOperationException", "");
}

/* What has no model in its path. */
static const struct {
    const char *method;
    const char *path;
    const char *operation;
    void (*serve)(sim_call *call);
} PATHS[] = {
    {"POST", "/anthropic/v1/messages", "messages", serve_messages},
    {"GET", "/inference-profiles", "inference_profiles", serve_profiles},
};

static void serve_path(sim_call *call)
{
    const sim_request *request = call->request;

    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
        if (strcmp(request->method, PATHS[i].method) != 0 ||
            strcmp(request->path, PATHS[i].path) != 0)
            continue;
        snprintf(call->details.operation, sizeof(call->details.operation), "%s",
                 PATHS[i].operation);
        PATHS[i].serve(call);
        return;
    }
    sim_call_refuse(call, &CONVERSE, 404, "UnknownOperationException", "");
}

void sim_bedrock_serve(sim_call *call)
{
    const sim_request *request = call->request;
    sim_signature_fault fault = {NULL, ""};
    const char *action =
        split_model(request->path, call->details.model, sizeof(call->details.model));

    snprintf(call->details.request_id, sizeof(call->details.request_id),
             "00000000-0000-4000-8000-%012lu", call->number);
    if (!check_credential(request, &fault))
        sim_call_refuse(call, &CONVERSE, 403, fault.exception, fault.message);
    else if (action && strcmp(request->method, "POST") == 0 &&
             !sim_script_switches().mantle)
        serve_model(call, action);
    else
        serve_path(call);
}
