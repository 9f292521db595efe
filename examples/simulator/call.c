#include "call.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sends a whole answer, with the faults that have a place in one. */
static void give_body(sim_call *call, sim_reply *reply, const char *headers,
                      const sim_buffer *body)
{
    const sim_answer *answer = reply->answer;
    const bool fault_at_head =
        answer->fault.deed != SIM_NOTHING && answer->fault.at == SIM_HEAD;
    const char *type = answer->content_type ? answer->content_type : "application/json";
    bool whole;

    whole =
        sim_reply_head(reply, call->result.status, type, headers, (int64_t)body->len) &&
        (!fault_at_head || sim_reply_break(reply)) &&
        sim_reply_body(reply, body->bytes, body->len) && sim_reply_end(reply);
    if (!whole)
        call->result.outcome = reply->broken ? SIM_BROKEN : SIM_GONE;
}

void sim_call_refuse(sim_call *call, const sim_service *service, int status,
                     const char *type, const char *message)
{
    const sim_answer plain = {.fault = {.at_event = -1, .at_byte = -1}};
    sim_reply reply = {.connection = call->connection, .answer = &plain};
    sim_buffer headers = {0};
    sim_buffer body = {0};

    call->result.status = status;
    call->result.outcome = SIM_REFUSED;
    sim_record_describe(call->number, &call->details);
    service->add_headers(call, &headers);
    service->add_error(call, type, message, &headers, &body);
    give_body(call, &reply, headers.bytes, &body);
    sim_reply_clear(&reply);
    sim_buffer_free(&headers);
    sim_buffer_free(&body);
}

static void add_scripted_body(const sim_answer *answer, sim_buffer *out)
{
    char *text = answer->json ? json_dumps(answer->json, JSON_COMPACT) : NULL;

    sim_buffer_add_text(out, text ? text : answer->body);
    free(text);
}

/* An answer without events: scripted bytes, an error, or what is usual. */
static void give_plain(sim_call *call, const sim_service *service, sim_reply *reply,
                       const char *usual)
{
    const sim_answer *answer = reply->answer;
    sim_buffer headers = {0};
    sim_buffer body = {0};

    call->result.outcome = answer->status < 400 ? SIM_COMPLETE : SIM_FAILED;
    service->add_headers(call, &headers);
    if (answer->body || answer->json)
        add_scripted_body(answer, &body);
    else if (answer->status >= 400)
        service->add_error(call, answer->error_type, answer->error_message, &headers,
                           &body);
    else
        sim_buffer_add_text(&body, usual);
    give_body(call, reply, headers.bytes, &body);
    sim_buffer_free(&headers);
    sim_buffer_free(&body);
}

static void give_stream(sim_call *call, const sim_service *service, sim_story *story)
{
    sim_buffer headers = {0};
    bool whole;

    service->add_headers(call, &headers);
    sim_buffer_add_text(&headers, "cache-control: no-cache\r\n");
    whole = sim_reply_head(story->reply, 200, story->dialect->content_type, headers.bytes,
                           -1) &&
            sim_story_run(story);
    sim_buffer_free(&headers);
    call->result.events = story->events;
    if (whole)
        call->result.outcome = SIM_COMPLETE;
    else if (story->failed)
        call->result.outcome = SIM_FAILED;
    else
        call->result.outcome = story->reply->broken ? SIM_BROKEN : SIM_GONE;
}

static void give_message(sim_call *call, const sim_service *service, sim_reply *reply)
{
    sim_content content;
    sim_story story = {
        .dialect = service->dialect,
        .answer = reply->answer,
        .content = &content,
        .request = call->number,
        .request_id = call->details.request_id,
        .model = call->details.model,
        .reply = reply,
    };
    sim_buffer body = {0};

    sim_content_make(reply->answer, call->number, &content);
    story.usage = sim_usage_of(reply->answer, &content, call->request->body.len);
    call->result.usage = story.usage;
    if (call->details.is_stream) {
        give_stream(call, service, &story);
    } else {
        service->add_message(&story, &body);
        give_plain(call, service, reply, body.bytes);
    }
    sim_story_clear(&story);
    sim_content_clear(&content);
    sim_buffer_free(&body);
}

/* What may happen before the head. False: the answer is over. */
static bool wait_before_head(sim_call *call, sim_reply *reply)
{
    const sim_answer *answer = reply->answer;

    if ((answer->delay_ms <= 0 || sim_wait(call->connection, answer->delay_ms)) &&
        (answer->fault.at != SIM_REQUEST || sim_reply_break(reply)))
        return true;
    call->result.outcome = reply->broken ? SIM_BROKEN : SIM_GONE;
    return false;
}

static void answer_with(sim_call *call, const sim_service *service, const char *usual)
{
    const sim_occasion occasion = {
        .bedrock = call->connection->bedrock,
        .operation = call->details.operation,
        .is_stream = call->details.is_stream,
        .request = call->request,
    };
    sim_answer answer;
    sim_reply reply = {.connection = call->connection, .answer = &answer};

    sim_record_describe(call->number, &call->details);
    sim_script_take(&occasion, &answer);
    call->result.status = answer.status;
    if (wait_before_head(call, &reply)) {
        if (usual || answer.status >= 400 || answer.body || answer.json)
            give_plain(call, service, &reply, usual);
        else
            give_message(call, service, &reply);
    }
    call->result.body_bytes = reply.body_bytes;
    sim_reply_clear(&reply);
    sim_answer_clear(&answer);
}

void sim_call_answer(sim_call *call, const sim_service *service)
{
    answer_with(call, service, NULL);
}

void sim_call_answer_json(sim_call *call, const sim_service *service, const char *usual)
{
    answer_with(call, service, usual);
}

/* U+FFFD as an escape, without a NUL. */
static const char REPLACEMENT[6] = {'\\', 'u', 'f', 'f', 'f', 'd'};

/* Whether a \uXXXX escape stands there; gives its code unit. */
static bool is_unit(const char *at, const char *end, unsigned *unit)
{
    char hex[5] = "";

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return false;
    memcpy(hex, at + 2, 4);
    *unit = (unsigned)strtoul(hex, NULL, 16);
    return true;
}

/* Writes U+FFFD over each lone surrogate, in place. */
static void mend_surrogates(char *bytes, size_t len)
{
    char *end = bytes + len;
    unsigned unit;
    unsigned next;

    for (char *at = bytes; at < end; at++) {
        if (*at != '\\')
            continue;
        if (!is_unit(at, end, &unit) || unit < 0xd800 || unit > 0xdfff) {
            at++;
            continue;
        }
        if (unit < 0xdc00 && is_unit(at + 6, end, &next) && next >= 0xdc00 &&
            next <= 0xdfff)
            at += 11;
        else
            memcpy(at, REPLACEMENT, sizeof(REPLACEMENT));
    }
}

bool sim_call_parse(sim_call *call, bool lenient, char problem[SIM_PROBLEM_SIZE])
{
    const size_t flags = JSON_ALLOW_NUL | (lenient ? JSON_DECODE_INT_AS_REAL : 0);
    sim_buffer copy = {0};
    json_error_t error;

    sim_buffer_add(&copy, call->request->body.bytes, call->request->body.len);
    if (lenient)
        mend_surrogates(copy.bytes, copy.len);
    call->body = json_loadb(copy.bytes, copy.len, flags, &error);
    sim_buffer_free(&copy);
    if (!call->body)
        snprintf(problem, SIM_PROBLEM_SIZE, "%s: line %d column %d (char %d)", error.text,
                 error.line, error.column, error.position);
    return call->body != NULL;
}

void sim_call_describe(sim_call *call)
{
    const char *model = json_string_value(json_object_get(call->body, "model"));

    if (model)
        snprintf(call->details.model, sizeof(call->details.model), "%s", model);
    call->details.is_stream = json_is_true(json_object_get(call->body, "stream"));
}
