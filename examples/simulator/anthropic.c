/* The Anthropic API: routes, credentials, and its way to answer. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "call.h"
#include "check/messages.h"

#define MODEL_DATE "2026-01-01T00:00:00Z"

static const struct {
    int status;
    const char *type;
    const char *message;
} ERRORS[] = {
    {400, "invalid_request_error", "Invalid request"},
    {401, "authentication_error", "invalid x-api-key"},
    {402, "billing_error", "There is a billing problem with your account."},
    {403, "permission_error", "Your API key does not have permission for this."},
    {404, "not_found_error", "Not Found"},
    {405, "invalid_request_error", "Method Not Allowed"},
    {413, "request_too_large", "Request exceeds the maximum size"},
    {429, "rate_limit_error", "This request would exceed your account's rate limit."},
    {500, "api_error", "Internal server error"},
    {504, "timeout_error", "Request timed out"},
    {529, "overloaded_error", "Overloaded"},
};

static void add_error(const sim_call *call, const char *type, const char *message,
                      sim_buffer *headers, sim_buffer *body)
{
    const char *usual_type = "api_error";
    const char *usual_message = "Internal server error";

    (void)headers;
    for (size_t i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++) {
        if (ERRORS[i].status != call->result.status)
            continue;
        usual_type = ERRORS[i].type;
        usual_message = ERRORS[i].message;
    }
    message = message ? message : usual_message;
    sim_buffer_print(body, "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":",
                     type ? type : usual_type);
    sim_buffer_add_quoted(body, message, strlen(message));
    sim_buffer_print(body, "},\"request_id\":\"%s\"}", call->details.request_id);
}

static void add_headers(const sim_call *call, sim_buffer *out)
{
    sim_buffer_print(out,
                     "request-id: %s\r\n"
                     "anthropic-organization-id: 00000000-0000-4000-8000-000000000001\r\n"
                     "server: simulator\r\nset-cookie: simulator=1; Path=/\r\n",
                     call->details.request_id);
}

static const sim_service SERVICE = {
    .add_headers = add_headers,
    .add_error = add_error,
    .add_message = sim_messages_body,
    .dialect = &sim_messages_sse,
};

static void refuse(sim_call *call, int status, const char *message)
{
    sim_call_refuse(call, &SERVICE, status, NULL, message);
}

/* A key begins with sk-ant-; access keys of a proxy must never come this far. */
static bool is_known(const char *credential)
{
    return strncmp(credential, "sk-ant-", 7) == 0 &&
           sim_script_is_accepted(false, credential);
}

/* NULL: the credential is fine. */
static const char *credential_problem(const sim_request *request)
{
    const char *key = sim_request_header(request, "x-api-key");
    const char *bearer = sim_request_header(request, "authorization");

    if (!key && !bearer)
        return "x-api-key header is required";
    if (bearer && (strncasecmp(bearer, "bearer ", 7) != 0 || !is_known(bearer + 7)))
        return "Invalid bearer token";
    if (key && !is_known(key))
        return "invalid x-api-key";
    return NULL;
}

static void serve_messages(sim_call *call)
{
    const bool is_count = strcmp(call->details.operation, "count_tokens") == 0;
    char problem[SIM_PROBLEM_SIZE] = "";
    char message[SIM_PROBLEM_SIZE + 64];
    char count[64];

    if (!sim_call_parse(call, false, problem)) {
        snprintf(message, sizeof(message), "The request body is not valid JSON: %s",
                 problem);
        refuse(call, 400, message);
        return;
    }
    sim_call_describe(call);
    if (strncmp(call->details.model, "claude-", 7) != 0 && call->details.model[0]) {
        snprintf(message, sizeof(message), "model: %s", call->details.model);
        refuse(call, 404, message);
        return;
    }
    if (!sim_messages_check(call->body, is_count ? SIM_COUNT_TOKENS : SIM_MESSAGES,
                            problem)) {
        refuse(call, 400, problem);
        return;
    }
    if (!is_count) {
        sim_call_answer(call, &SERVICE);
        return;
    }
    snprintf(count, sizeof(count), "{\"input_tokens\":%zu}",
             call->request->body.len / 4 + 1);
    sim_call_answer_json(call, &SERVICE, count);
}

static const char *const MODELS[] = {
    "claude-fable-5-2",  "claude-opus-5-5",  "claude-sonnet-5-5",
    "claude-sonnet-4-6", "claude-haiku-5-5", "claude-haiku-4-5-20251001",
};

#define MODEL_COUNT (sizeof(MODELS) / sizeof(MODELS[0]))

static void add_model(sim_buffer *out, const char *id)
{
    sim_buffer_print(out,
                     "{\"type\":\"model\",\"id\":\"%s\",\"display_name\":\"%s\","
                     "\"created_at\":\"" MODEL_DATE "\"}",
                     id, id);
}

static void serve_models(sim_call *call)
{
    const char *id = call->request->path + strlen("/v1/models");
    sim_buffer out = {0};

    for (size_t i = 0; *id && i < MODEL_COUNT; i++)
        if (strcmp(id + 1, MODELS[i]) == 0)
            add_model(&out, MODELS[i]);
    if (!*id) {
        sim_buffer_add_text(&out, "{\"data\":[");
        for (size_t i = 0; i < MODEL_COUNT; i++) {
            if (i > 0)
                sim_buffer_add_text(&out, ",");
            add_model(&out, MODELS[i]);
        }
        sim_buffer_print(&out,
                         "],\"has_more\":false,\"first_id\":\"%s\",\"last_id\":\"%s\"}",
                         MODELS[0], MODELS[MODEL_COUNT - 1]);
    }
    if (out.len > 0)
        sim_call_answer_json(call, &SERVICE, out.bytes);
    else
        refuse(call, 404, NULL);
    sim_buffer_free(&out);
}

static const struct {
    const char *method;
    const char *path;
    bool is_prefix;
    const char *operation;
    void (*serve)(sim_call *call);
} ROUTES[] = {
    {"POST", "/v1/messages", false, "messages", serve_messages},
    {"POST", "/v1/messages/count_tokens", false, "count_tokens", serve_messages},
    {"GET", "/v1/models", false, "models", serve_models},
    {"GET", "/v1/models/", true, "models", serve_models},
};

static void serve_route(sim_call *call, size_t route)
{
    const char *problem = credential_problem(call->request);

    snprintf(call->details.operation, sizeof(call->details.operation), "%s",
             ROUTES[route].operation);
    if (strcmp(call->request->method, ROUTES[route].method) != 0)
        refuse(call, 405, NULL);
    else if (problem)
        refuse(call, 401, problem);
    else if (!sim_request_header(call->request, "anthropic-version"))
        refuse(call, 400, "anthropic-version: header is required");
    else
        ROUTES[route].serve(call);
}

void sim_anthropic_serve(sim_call *call)
{
    const char *path = call->request->path;

    snprintf(call->details.request_id, sizeof(call->details.request_id), "req_sim%lu",
             call->number);
    for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
        const size_t len = strlen(ROUTES[i].path);

        if (ROUTES[i].is_prefix ? strncmp(path, ROUTES[i].path, len) == 0
                                : strcmp(path, ROUTES[i].path) == 0) {
            serve_route(call, i);
            return;
        }
    }
    refuse(call, 404, NULL);
}
