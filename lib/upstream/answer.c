#include "upstream/answer.h"

#include <strings.h>

#include "base/fail.h"
#include "base/json.h"

/* What is read of an error event; its message only passes. */
#define MAX_ERROR_TYPE 256
#define MAX_ERROR_MESSAGE ((size_t)64 * 1024)

#define EVENT_STREAM "text/event-stream"
#define OTHER_TYPE "an answer of another type"

void ccpi_answer_init(ccpi_answer *answer, const ccpi_transfer_options *options,
                      int64_t hold_us)
{
    *answer = (ccpi_answer){
        .options = options,
        .hold_us = hold_us,
        .bytes.limit = CCPI_ANSWER_MAX_BYTES,
        .gate = ccpi_gate_for_body(),
    };
}

void ccpi_answer_clear(ccpi_answer *answer)
{
    ccpi_headers_clear(&answer->headers);
    ccpi_buf_clear(&answer->bytes);
    ccpi_sse_free(answer->sse);
    *answer = (ccpi_answer){0};
}

static ccpi_ending ending_of_held(const ccpi_answer *answer)
{
    return answer->status < 300 ? CCPI_ENDED_MALFORMED : CCPI_ENDED_BY_STATUS;
}

/* One that was held to its end, or as far as it is kept. */
static void end_held(ccpi_answer *answer, const char *why)
{
    answer->has_ended = true;
    answer->ending = ending_of_held(answer);
    ccpi_fail(&answer->error, CCP_UNAVAILABLE, "%s", why);
}

void ccpi_answer_end(ccpi_answer *answer, ccpi_ending ending, const char *why)
{
    const bool is_upstream_trouble = ending == CCPI_ENDED_BY_NETWORK ||
                                     ending == CCPI_ENDED_BY_TIMEOUT ||
                                     ending == CCPI_ENDED_MALFORMED;

    if (answer->has_ended)
        return;
    answer->has_ended = true;
    answer->is_cut |= is_upstream_trouble;
    /* An error status says more than a body that broke off under it. */
    if (answer->kind == CCPI_ANSWER_ERROR && is_upstream_trouble)
        ending = ending_of_held(answer);
    answer->ending = ending;
    if (ending != CCPI_ENDED_WELL)
        ccpi_fail(&answer->error, CCP_UNAVAILABLE, "%s", why);
}

static void end_by_status_of_ours(ccpi_answer *answer, ccp_status status)
{
    ccpi_answer_end(answer, CCPI_ENDED_BY_MEMORY, ccp_status_name(status));
}

/* ---- the head ---- */

static ccpi_span without_line_end(ccpi_span line)
{
    while (line.len > 0 &&
           (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
        line.len--;
    return line;
}

/* "HTTP/1.1 200 OK" and "HTTP/2 200"; 0: no status. */
static int status_in(ccpi_span line)
{
    const char *blank = memchr(line.data, ' ', line.len);
    int status = 0;

    if (!blank || blank + 3 >= line.data + line.len)
        return 0;
    for (int i = 1; i <= 3; i++) {
        if (blank[i] < '0' || blank[i] > '9')
            return 0;
        status = status * 10 + (blank[i] - '0');
    }
    return status;
}

static void add_field(ccpi_answer *answer, ccpi_span line)
{
    const char *colon = memchr(line.data, ':', line.len);
    ccpi_span name;
    ccpi_span value;
    ccp_status status;

    if (!colon)
        return; /* the rest of a folded line, which RFC 9112 calls obsolete */
    name = (ccpi_span){line.data, (size_t)(colon - line.data)};
    value = (ccpi_span){colon + 1, line.len - name.len - 1};
    status = ccpi_headers_add(&answer->headers, name, value);
    if (status == CCP_NO_MEMORY)
        end_by_status_of_ours(answer, status);
    else if (status == CCP_LIMIT)
        ccpi_answer_end(answer, CCPI_ENDED_MALFORMED, "a head with too many fields");
}

static bool has_content_type(const ccpi_answer *answer, const char *type)
{
    const char *value = ccpi_headers_get(&answer->headers, "content-type");
    const size_t len = strlen(type);

    return value && strncasecmp(value, type, len) == 0 && strchr(" \t;", value[len]);
}

/* A reader knows its upstream's format itself; the others are the client's. */
static bool is_of_asked_type(const ccpi_answer *answer)
{
    const ccpi_transfer_options *options = answer->options;

    if (options->content_type)
        return has_content_type(answer, options->content_type);
    if (options->reader)
        return true;
    if (options->is_stream)
        return has_content_type(answer, EVENT_STREAM);
    return !options->must_be_json || has_content_type(answer, "application/json");
}

static bool wants(void *self, ccpi_span name)
{
    const ccpi_answer *answer = self;
    const ccpi_transfer_options *options = answer->options;
    const ccpi_event_kind kind = ccpi_event_kind_of(name);

    if (options->wants && options->wants(options->self, name))
        return true;
    return kind == CCPI_EVENT_MESSAGE_DELTA || kind == CCPI_EVENT_ERROR;
}

static ccp_status find_stop_reason(void *context, const ccpi_json_member *member)
{
    bool *found = context;

    if (member->type == CCPI_JSON_STRING && ccpi_json_key_is(member->key, "stop_reason"))
        *found = true;
    return CCP_OK;
}

static ccp_status find_delta(void *context, const ccpi_json_member *member)
{
    if (member->type == CCPI_JSON_OBJECT && ccpi_json_key_is(member->key, "delta"))
        ccpi_json_walk(member->value, find_stop_reason, context, NULL);
    return CCP_OK;
}

static ccpi_error_type error_type_in(ccpi_span data)
{
    ccpi_buf type = {.limit = MAX_ERROR_TYPE};
    ccpi_buf message = {.limit = MAX_ERROR_MESSAGE};
    ccpi_error_type found;

    ccpi_error_body_read(data, &type, &message);
    found = ccpi_error_type_of(ccpi_buf_span(&type));
    ccpi_buf_clear(&type);
    ccpi_buf_clear(&message);
    return found != CCPI_ERROR_NONE ? found : CCPI_ERROR_API;
}

/* The counts that the upstream gave beside the message are the last ones. */
static void show_counted(const ccpi_answer *answer)
{
    const ccpi_transfer_options *options = answer->options;
    const ccpi_reader *reader = options->reader;
    ccpi_sse_event event = {.name = CCPI_SPAN("message_delta")};

    if (!reader || !reader->counted || !options->event)
        return;
    event.data = reader->counted(reader);
    if (event.data.len > 0)
        options->event(options->self, &event);
}

static void on_event(void *self, const ccpi_sse_event *event)
{
    ccpi_answer *answer = self;
    const ccpi_transfer_options *options = answer->options;

    if (answer->has_ended)
        return;
    answer->last_event = ccpi_event_kind_of(event->name);
    if (answer->last_event == CCPI_EVENT_MESSAGE_STOP)
        show_counted(answer);
    ccpi_gate_event(&answer->gate, answer->last_event, answer->now_us);
    if (options->event)
        options->event(options->self, event);

    if (answer->last_event == CCPI_EVENT_MESSAGE_STOP) {
        ccpi_answer_end(answer, CCPI_ENDED_WELL, NULL);
    } else if (answer->last_event == CCPI_EVENT_MESSAGE_DELTA) {
        ccpi_json_walk(event->data, find_delta, &answer->has_stop_reason, NULL);
    } else if (answer->last_event == CCPI_EVENT_ERROR) {
        answer->event_error = error_type_in(event->data);
        ccpi_answer_end(answer, CCPI_ENDED_BY_EVENT,
                        ccpi_error_type_name(answer->event_error));
    }
}

static void start_stream(ccpi_answer *answer)
{
    const ccpi_sse_watcher watcher = {.wants = wants, .event = on_event, .self = answer};

    answer->kind = CCPI_ANSWER_STREAM;
    answer->gate = ccpi_gate_for_stream(answer->options->may_hold, answer->hold_us);
    if (ccpi_sse_new(&watcher, &answer->sse) != CCP_OK)
        end_by_status_of_ours(answer, CCP_NO_MEMORY);
}

/* A page comes to its end soon; a stream that nobody asked for may take minutes. */
static void take_other_type(ccpi_answer *answer)
{
    if (answer->options->keeps_streams || !has_content_type(answer, EVENT_STREAM))
        answer->kind = CCPI_ANSWER_ERROR;
    else
        ccpi_answer_end(answer, CCPI_ENDED_MALFORMED, OTHER_TYPE);
}

static void end_head(ccpi_answer *answer)
{
    if (answer->status < 200)
        return; /* 1xx: the real one is still to come */
    if (answer->status >= 300) {
        answer->kind = CCPI_ANSWER_ERROR;
        return;
    }
    answer->kind = CCPI_ANSWER_BODY;
    if (!is_of_asked_type(answer))
        take_other_type(answer);
    else if (answer->options->is_stream)
        start_stream(answer);
}

void ccpi_answer_take_line(ccpi_answer *answer, ccpi_span line)
{
    if (answer->kind != CCPI_ANSWER_HEAD)
        return; /* a trailer */
    line = without_line_end(line);
    if (line.len == 0) {
        end_head(answer);
    } else if (ccpi_span_starts(line, "HTTP/")) {
        ccpi_headers_clear(&answer->headers);
        answer->status = status_in(line);
    } else {
        add_field(answer, line);
    }
}

/* ---- the body ---- */

/* What is beyond the limit says nothing more about an error. */
static void take_error_body(ccpi_answer *answer, ccpi_span bytes)
{
    const size_t room = CCPI_GATE_MAX_BODY - answer->bytes.len;

    answer->is_cut = bytes.len > room;
    if (answer->is_cut)
        bytes.len = room;
    if (ccpi_buf_append_span(&answer->bytes, bytes) != CCP_OK)
        end_by_status_of_ours(answer, answer->bytes.status);
    else if (answer->is_cut)
        end_held(answer, "a very long error body");
}

static void judge_reader(ccpi_answer *answer, ccp_status status, ccpi_ending when_broken,
                         const ccp_error *error)
{
    if (status == CCP_OK)
        return;
    if (status == CCP_NO_MEMORY || status == CCP_LIMIT)
        end_by_status_of_ours(answer, status);
    else
        ccpi_answer_end(answer, when_broken, error->message);
}

void ccpi_answer_take_body(ccpi_answer *answer, ccpi_span bytes)
{
    ccpi_reader *reader = answer->options->reader;
    ccp_error error = {0};
    ccp_status status;

    if (answer->has_ended || bytes.len == 0)
        return;
    if (answer->kind == CCPI_ANSWER_ERROR) {
        take_error_body(answer, bytes);
    } else if (reader) {
        status = reader->feed(reader, bytes, &answer->bytes, &error);
        judge_reader(answer, status, CCPI_ENDED_MALFORMED, &error);
    } else if (ccpi_buf_append_span(&answer->bytes, bytes) != CCP_OK) {
        end_by_status_of_ours(answer, answer->bytes.status);
    }
}

void ccpi_answer_scan(ccpi_answer *answer, int64_t now_us)
{
    const ccpi_transfer_options *options = answer->options;
    const ccpi_span news = {answer->bytes.data + answer->scanned,
                            answer->bytes.len - answer->scanned};
    size_t whole = 0;

    answer->now_us = now_us;
    if (news.len == 0)
        return;
    if (answer->kind == CCPI_ANSWER_STREAM && answer->sse) {
        if (ccpi_sse_feed(answer->sse, news, &whole) != CCP_OK)
            end_by_status_of_ours(answer, CCP_NO_MEMORY);
        if (whole > 0) {
            answer->whole = answer->scanned + whole;
            answer->is_mid_event = false;
        }
    } else if (answer->kind == CCPI_ANSWER_BODY && options->body) {
        options->body(options->self, news);
    }
    answer->scanned = answer->bytes.len;
}

/*
 * Clients take a stream without message_stop for whole once message_delta has
 * said why the message ended.
 */
bool ccpi_answer_is_whole_message(const ccpi_answer *answer)
{
    return answer->kind == CCPI_ANSWER_STREAM && answer->has_stop_reason &&
           answer->last_event == CCPI_EVENT_MESSAGE_DELTA &&
           !ccpi_sse_is_inside_event(answer->sse);
}

static void finish_reader(ccpi_answer *answer)
{
    ccpi_reader *reader = answer->options->reader;
    ccp_error error = {0};
    ccp_status status;

    if (!reader || answer->kind == CCPI_ANSWER_ERROR)
        return;
    status = reader->finish(reader, &answer->bytes, &error);
    judge_reader(answer, status, CCPI_ENDED_BY_NETWORK, &error);
}

void ccpi_answer_conclude(ccpi_answer *answer, int64_t now_us)
{
    if (answer->has_ended)
        return;
    finish_reader(answer);
    ccpi_answer_scan(answer, now_us);
    switch (answer->kind) {
    case CCPI_ANSWER_HEAD:
        ccpi_answer_end(answer, CCPI_ENDED_BY_NETWORK, "no answer");
        break;
    case CCPI_ANSWER_ERROR:
        end_held(answer, answer->status < 300 ? OTHER_TYPE : "an error status");
        break;
    case CCPI_ANSWER_BODY: ccpi_answer_end(answer, CCPI_ENDED_WELL, NULL); break;
    case CCPI_ANSWER_STREAM:
        if (ccpi_answer_is_whole_message(answer))
            ccpi_answer_end(answer, CCPI_ENDED_WELL, NULL);
        else
            ccpi_answer_end(answer, CCPI_ENDED_BY_NETWORK,
                            "the stream ended before its message");
        break;
    }
}

/* ---- on to the client ---- */

bool ccpi_answer_may_flow(ccpi_answer *answer, int64_t now_us)
{
    const bool is_success =
        answer->kind == CCPI_ANSWER_STREAM || answer->kind == CCPI_ANSWER_BODY;

    return is_success && ccpi_gate_may_flow(&answer->gate, answer->bytes.len, now_us);
}

ccpi_span ccpi_answer_ready(const ccpi_answer *answer)
{
    ccpi_span ready = ccpi_buf_span(&answer->bytes);

    if (answer->kind == CCPI_ANSWER_STREAM && !answer->is_mid_event &&
        ready.len - answer->whole <= CCPI_ANSWER_MAX_PARTIAL)
        ready.len = answer->whole;
    return ready;
}

void ccpi_answer_note_sent(ccpi_answer *answer, size_t len)
{
    if (len > answer->whole && answer->kind == CCPI_ANSWER_STREAM)
        answer->is_mid_event = true;
    answer->whole -= len < answer->whole ? len : answer->whole;
    answer->scanned -= len < answer->scanned ? len : answer->scanned;
    if (len == answer->bytes.len)
        ccpi_buf_reset(&answer->bytes);
    else
        ccpi_buf_consume(&answer->bytes, len);
}

ccpi_buf ccpi_answer_take_rest(ccpi_answer *answer)
{
    ccpi_buf rest;

    /* Half an event is of no use behind whole ones. */
    if (answer->is_committed && answer->kind == CCPI_ANSWER_STREAM)
        ccpi_buf_cut(&answer->bytes, answer->whole);
    rest = answer->bytes;
    answer->bytes = (ccpi_buf){0};
    return rest;
}
