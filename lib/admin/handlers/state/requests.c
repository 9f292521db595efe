/* Why one request went where it went (OB-7). */
#include <stdio.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "routing/trace.h"

static json_t *literal(const char *text)
{
    return text ? json_string(text) : json_null();
}

/* Microseconds since the request began. */
static json_t *since(const ccpi_trace *trace, int64_t at_us)
{
    return at_us == 0 ? json_null() : json_integer(at_us - trace->started_us);
}

static const char *ending_name(ccpi_ending ending)
{
    static const char *const names[] = {
        [CCPI_ENDED_WELL] = "complete",         [CCPI_ENDED_BY_STATUS] = "error_status",
        [CCPI_ENDED_BY_EVENT] = "error_event",  [CCPI_ENDED_MALFORMED] = "malformed",
        [CCPI_ENDED_BY_NETWORK] = "network",    [CCPI_ENDED_BY_TIMEOUT] = "timeout",
        [CCPI_ENDED_BY_CLIENT] = "client_left", [CCPI_ENDED_BY_SHUTDOWN] = "shutdown",
        [CCPI_ENDED_BY_MEMORY] = "memory",
    };

    return names[ending];
}

static json_t *try_object(const ccpi_trace *trace, const ccpi_trace_try *try)
{
    return json_pack(
        "{s:s, s:o, s:s, s:o, s:o, s:b, s:b, s:i, s:o, s:o, s:o, s:o, s:o}", "provider",
        try->provider, "class",
        try->kind == CCPI_CLASS_NONE ? json_null()
                                     : json_string(ccpi_class_name(try->kind)),
        "ending", ending_name(try->ending), "http_status",
        try->status ? json_integer(try->status) : json_null(), "upstream_request_id",
        ccpi_object_text(try->upstream_id), "reached_client", try->is_committed,
        "reused_connection", try->was_reused, "edits", (int)try->edits, "start_us",
        since(trace, try->submitted_us), "first_byte_us",
        since(trace, try->first_byte_us), "commit_us", since(trace, try->committed_us),
        "end_us", since(trace, try->ended_us), "cause", ccpi_object_text(try->cause));
}

static json_t *edit_object(const ccpi_edit *edit)
{
    static const char *const kinds[] = {[CCPI_EDIT_FIELD] = "field",
                                        [CCPI_EDIT_BETA] = "beta",
                                        [CCPI_EDIT_THINKING] = "thinking"};
    static const char *const natures[] = {[CCPI_EDIT_NAMED] = "refused",
                                          [CCPI_EDIT_PAIRED] = "belongs_to_refused",
                                          [CCPI_EDIT_GUESS] = "guessed",
                                          [CCPI_EDIT_KNOWN] = "known"};

    return json_pack("{s:s, s:o, s:s}", "kind", kinds[edit->kind], "name",
                     ccpi_object_text(edit->name), "because", natures[edit->nature]);
}

/* An array that a failure turns into NULL. */
static void append(json_t **array, json_t *object)
{
    if (*array && json_array_append_new(*array, object) == 0)
        return;
    if (!*array)
        json_decref(object);
    json_decref(*array);
    *array = NULL;
}

static json_t *tries_array(const ccpi_trace *trace)
{
    json_t *array = json_array();

    for (size_t i = 0; i < trace->try_count; i++)
        append(&array, try_object(trace, &trace->tries[i]));
    return array;
}

static json_t *edits_array(const ccpi_trace *trace)
{
    json_t *array = json_array();

    for (size_t i = 0; i < trace->edit_count && i < CCPI_TRACE_EDITS; i++)
        append(&array, edit_object(&trace->edits[i]));
    return array;
}

static json_t *steps_array(const ccpi_trace *trace)
{
    json_t *array = json_array();

    for (size_t i = 0; i < trace->step_count; i++) {
        const ccpi_trace_step *step = &trace->steps[i];

        append(&array,
               json_pack("{s:s, s:o, s:o}", "step", ccpi_step_name(step->step), "reason",
                         literal(step->reason), "at_us", since(trace, step->at_us)));
    }
    return array;
}

/* ---- in words ---- */

static const char *const sentences[CCPI_STEPS] = {
    [CCPI_STEP_ASK_PLAN] = "The plan was asked",
    [CCPI_STEP_ASK_BEDROCK] = "Bedrock was asked",
    [CCPI_STEP_GIVE_PLAN] = "The client got the plan's answer",
    [CCPI_STEP_GIVE_BEDROCK] = "The client got Bedrock's answer",
    [CCPI_STEP_TELL_PLAN_FAILURE] = "The plan gave no answer, and the client was told so",
    [CCPI_STEP_TELL_BEDROCK_FAILURE] = "Bedrock failed, and the client was told so",
    [CCPI_STEP_TELL_UNCONVERTIBLE] = "Bedrock can't be asked this without losing content",
    [CCPI_STEP_TELL_OVER_BUDGET] = "The monthly budget of the user is used up",
    [CCPI_STEP_TELL_NO_BUDGET_DATA] = "The budget could not be read",
    [CCPI_STEP_TELL_NO_BEDROCK] =
        "The user is served by Bedrock alone, and the key has no Bedrock credential",
    [CCPI_STEP_TELL_NO_CREDENTIAL] = "There was no credential to ask the plan with",
    [CCPI_STEP_TELL_BLOCKED] = "The circuit was open, and the key has no fallback",
};

/* What is behind a step, where its name does not say it. */
static const char *ground_of(const ccpi_trace *trace, const ccpi_trace_step *step)
{
    if (step->step == CCPI_STEP_ASK_PLAN) {
        switch (trace->facts.circuit) {
        case CCPI_CIRCUIT_HALF_OPEN: return "as the one probe of an open circuit";
        case CCPI_CIRCUIT_OPEN:
            return "although its circuit was open: Bedrock is no option";
        case CCPI_CIRCUIT_COOLING:
            return "although it was cooling down: Bedrock is no option";
        default: return NULL;
        }
    }
    if (step->step == CCPI_STEP_ASK_BEDROCK && !step->reason)
        return "since the user is served by Bedrock alone";
    return NULL;
}

static json_t *sentence_of(const ccpi_trace *trace, const ccpi_trace_step *step)
{
    const char *ground = ground_of(trace, step);
    char text[256];

    snprintf(text, sizeof(text), "%s%s%s%s%s.", sentences[step->step], ground ? ", " : "",
             ground ? ground : "", step->reason ? ": " : "",
             step->reason ? step->reason : "");
    return json_string(text);
}

static json_t *explanation_array(const ccpi_trace *trace)
{
    json_t *array = json_array();

    for (size_t i = 0; i < trace->step_count; i++)
        append(&array, sentence_of(trace, &trace->steps[i]));
    if (trace->client_left)
        append(&array, json_string("The client left before its answer was whole."));
    return array;
}

/* ---- all of it ---- */

static json_t *budget_object(const ccpi_trace *trace)
{
    static const char *const names[] = {[CCPI_BUDGET_WITHIN] = "within",
                                        [CCPI_BUDGET_EXCEEDED] = "exceeded",
                                        [CCPI_BUDGET_RESERVED] = "reserved",
                                        [CCPI_BUDGET_UNREADABLE] = "unreadable"};

    return trace->asked_budget ? json_string(names[trace->budget]) : json_null();
}

static json_t *request_object(const ccpi_trace *trace, const char *user_name)
{
    return json_pack(
        "{s:s, s:o, s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:b, s:b}", "request_id",
        trace->request_id, "created_at", ccpi_object_time(trace->created_us), "call",
        trace->call, "user_id", ccpi_object_text(trace->user_id.text), "user_name",
        ccpi_object_text(user_name), "access_key_id",
        ccpi_object_text(trace->access_key_id.text), "key_prefix", trace->key_prefix,
        "routing_strategy", ccp_routing_name(trace->facts.routing), "model",
        ccpi_object_text(trace->model), "served_model",
        ccpi_object_text(trace->served_model), "model_substituted", trace->is_substituted,
        "stream", trace->is_stream);
}

static json_t *facts_object(const ccpi_trace *trace)
{
    const ccpi_facts *facts = &trace->facts;

    return json_pack("{s:s, s:b, s:b, s:o, s:b, s:o, s:o, s:o, s:o}", "circuit",
                     ccpi_circuit_state_name(facts->circuit), "has_plan_credential",
                     facts->has_plan_credential, "has_bedrock_credential",
                     facts->has_bedrock_credential, "budget", budget_object(trace),
                     "plan_request_capped", trace->plan_was_capped, "edits",
                     edits_array(trace), "attempts", tries_array(trace), "decisions",
                     steps_array(trace), "explanation", explanation_array(trace));
}

static json_t *answer_object(const ccpi_trace *trace)
{
    return json_pack(
        "{s:{s:o, s:o, s:o, s:o, s:o, s:b}, s:{s:o, s:o, s:o}}", "answer", "http_status",
        trace->http_status ? json_integer(trace->http_status) : json_null(), "provider",
        literal(trace->provider), "fallback", literal(trace->fallback), "fallback_error",
        literal(trace->fallback_error), "error_type", literal(trace->error_type),
        "client_left", trace->client_left, "timeline", "body_us",
        since(trace, trace->received_us), "first_byte_us",
        since(trace, trace->first_byte_us), "end_us", since(trace, trace->ended_us));
}

static json_t *trace_object(const ccpi_trace *trace, const char *user_name)
{
    return ccpi_object_join(
        ccpi_object_join(request_object(trace, user_name), facts_object(trace)),
        answer_object(trace));
}

ccp_status ccpi_requests_get(ccpi_api_call *call)
{
    ccpi_trace trace;
    ccp_user user = {.name = ""};

    if (!ccpi_traces_find(call->api->router->traces, call->parameter, &trace))
        return ccpi_api_call_refuse(call, CCPI_CODE_NOT_FOUND,
                                    "this process has no recent request of that id");
    return ccpi_api_call_answer(
        call, 200,
        trace_object(&trace, ccpi_users_name(call, trace.user_id.text, &user)));
}
