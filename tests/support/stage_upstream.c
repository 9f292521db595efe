#include "support/stage_upstream.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "support/frames.h"

#define MAX_KEPT ((size_t)64 * 1024 * 1024)
#define PATIENCE_MS 30000

void stage_upstream_start(stage_upstream *upstream, upstream_handler handler)
{
    pthread_mutex_init(&upstream->lock, NULL);
    upstream->head.limit = MAX_KEPT;
    upstream->body.limit = MAX_KEPT;
    upstream->server = upstream_start(handler, upstream);
}

void stage_upstream_stop(stage_upstream *upstream)
{
    upstream_stop(upstream->server);
    ccpi_buf_clear(&upstream->head);
    ccpi_buf_clear(&upstream->body);
    pthread_mutex_destroy(&upstream->lock);
}

static void keep(stage_upstream *upstream, const upstream_request *request)
{
    atomic_fetch_add(&upstream->requests, 1);
    pthread_mutex_lock(&upstream->lock);
    ccpi_buf_reset(&upstream->head);
    ccpi_buf_append_text(&upstream->head, request->head);
    ccpi_buf_reset(&upstream->body);
    ccpi_buf_append(&upstream->body, request->body, request->body_len);
    pthread_mutex_unlock(&upstream->lock);
}

/* An error answer of the Anthropic API, with what its real ones carry.
 * https://docs.claude.com/en/api/errors */
typedef struct error_answer {
    stage_answer answer;
    const char *status_line;
    const char *headers;
    const char *type;
    const char *message;
} error_answer;

static const error_answer error_answers[] = {
    {STAGE_RATE_LIMIT, "429 Too Many Requests", "", "rate_limit_error", "slow down"},
    {STAGE_SHORT_LIMIT, "429 Too Many Requests", "retry-after: 90\r\n",
     "rate_limit_error", "slow down"},
    {STAGE_USAGE_LIMIT, "429 Too Many Requests",
     "anthropic-ratelimit-unified-status: rejected\r\n"
     "anthropic-ratelimit-unified-representative-claim: five_hour\r\n",
     "rate_limit_error", "This request would exceed your account's rate limit."},
    {STAGE_SERVER_ERROR, "500 Internal Server Error", "x-should-retry: true\r\n",
     "api_error", "Internal server error"},
    {STAGE_OVERLOADED, "529 Overloaded", "", "overloaded_error", "Overloaded"},
    {STAGE_CLIENT_ERROR, "400 Bad Request", "", "invalid_request_error",
     "prompt is too long: 250000 tokens > 200000 maximum"},
    {STAGE_REFUSED, "401 Unauthorized", "", "authentication_error", "invalid x-api-key"},
};

static bool answer_with_error(upstream_connection *connection, stage_answer answer)
{
    char body[512];
    char text[1024];

    for (size_t i = 0; i < sizeof(error_answers) / sizeof(*error_answers); i++) {
        const error_answer *e = &error_answers[i];

        if (e->answer != answer)
            continue;
        snprintf(body, sizeof(body),
                 "{ \"type\":\"error\", \"error\":{\"type\":\"%s\",\"message\":\"%s\"}}",
                 e->type, e->message);
        snprintf(text, sizeof(text),
                 "HTTP/1.1 %s\r\ncontent-type: application/json\r\n"
                 "request-id: req_upstream\r\n%scontent-length: %zu\r\n\r\n%s",
                 e->status_line, e->headers, strlen(body), body);
        upstream_send_text(connection, text);
        return true;
    }
    return false;
}

/* What breaks without an answer, on either side. */
static bool answer_with_trouble(upstream_connection *connection, stage_answer answer)
{
    switch (answer) {
    case STAGE_HTML:
        upstream_answer(connection, 200, "text/html", "<html>a captive portal</html>");
        return true;
    case STAGE_RESET: upstream_reset(connection); return true;
    case STAGE_SILENCE:
        upstream_wait_for_close(connection, PATIENCE_MS);
        upstream_close(connection);
        return true;
    default: return false;
    }
}

static bool wants_stream(const upstream_request *request)
{
    return strstr(request->body, "\"stream\":true") != NULL;
}

/* ---- the Plan ---- */

/* https://docs.claude.com/en/api/messages-streaming */
#define START                                                                            \
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":"       \
    "\"msg_1\",\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n"
#define BLOCK                                                                            \
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"   \
    "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
#define DELTA                                                                            \
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"   \
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"" STAGE_TEXT_OF_PLAN "\"}}\n\n"
#define END                                                                              \
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n" \
    "event: message_delta\ndata: "                                                       \
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","               \
    "\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}}\n\n"                      \
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
#define ERROR_EVENT                                                                      \
    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","  \
    "\"message\":\"Overloaded\"}}\n\n"

static const char whole_message[] =
    "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{"
    "\"type\":"
    "\"text\",\"text\":\"" STAGE_TEXT_OF_PLAN "\"}],\"model\":\"claude-opus-5-5\","
    "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":25,\"output_tokens\":15}}";

static void stream_as_plan(upstream_connection *connection, stage_answer answer)
{
    upstream_start_stream(connection);
    upstream_send_chunk(connection, START);
    if (answer == STAGE_EARLY_ERROR)
        upstream_send_chunk(connection, ERROR_EVENT);
    if (answer == STAGE_CUT_EARLY)
        upstream_close(connection);
    if (answer == STAGE_EARLY_ERROR || answer == STAGE_CUT_EARLY)
        return;
    upstream_send_chunk(connection, BLOCK DELTA);
    if (answer == STAGE_LATE_ERROR)
        upstream_send_chunk(connection, ERROR_EVENT);
    else if (answer == STAGE_SUCCESS)
        upstream_send_chunk(connection, END);
    if (answer == STAGE_STALL)
        upstream_wait_for_close(connection, PATIENCE_MS);
    if (answer == STAGE_CUT_LATE || answer == STAGE_STALL)
        upstream_close(connection);
    else
        upstream_end_stream(connection);
}

void stage_answer_as_plan(upstream_connection *connection,
                          const upstream_request *request, void *context)
{
    stage_upstream *upstream = context;
    const stage_answer answer = atomic_load(&upstream->answer);

    keep(upstream, request);
    if (answer_with_error(connection, answer) || answer_with_trouble(connection, answer))
        return;
    if (strncmp(request->head, "GET ", 4) == 0)
        upstream_answer(connection, 200, "application/json", "{\"data\":[]}");
    else if (strstr(request->head, "/count_tokens"))
        upstream_answer(connection, 200, "application/json", "{\"input_tokens\":25}");
    else if (wants_stream(request))
        stream_as_plan(connection, answer);
    else
        upstream_answer(connection, 200, "application/json", whole_message);
}

/* ---- Bedrock ---- */

/* https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
static const char converse_answer[] =
    "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":"
    "\"" STAGE_TEXT_OF_BEDROCK "\"}]}},\"stopReason\":\"end_turn\",\"usage\":"
    "{\"inputTokens\":25,\"outputTokens\":15,\"totalTokens\":40},"
    "\"metrics\":{\"latencyMs\":1}}";

static void send_frame(upstream_connection *connection, const char *type,
                       const char *payload)
{
    const ccpi_eventstream_header headers[] = {
        {CCPI_SPAN(":event-type"), ccpi_span_of(type)},
        {CCPI_SPAN(":content-type"), CCPI_SPAN("application/json")},
        {CCPI_SPAN(":message-type"), CCPI_SPAN("event")}};
    ccpi_buf frame = {.limit = 4096};
    char size[16];

    append_frame(headers, 3, ccpi_span_of(payload), &frame);
    snprintf(size, sizeof(size), "%zx\r\n", frame.len);
    upstream_send_text(connection, size);
    upstream_send(connection, frame.data, frame.len);
    upstream_send_text(connection, "\r\n");
    ccpi_buf_clear(&frame);
}

static void send_exception(upstream_connection *connection)
{
    static const char payload[] = "{\"message\":\"The model broke.\"}";
    const ccpi_eventstream_header headers[] = {
        {CCPI_SPAN(":exception-type"), CCPI_SPAN("modelStreamErrorException")},
        {CCPI_SPAN(":content-type"), CCPI_SPAN("application/json")},
        {CCPI_SPAN(":message-type"), CCPI_SPAN("exception")}};
    ccpi_buf frame = {.limit = 4096};
    char size[16];

    append_frame(headers, 3, ccpi_span_of(payload), &frame);
    snprintf(size, sizeof(size), "%zx\r\n", frame.len);
    upstream_send_text(connection, size);
    upstream_send(connection, frame.data, frame.len);
    upstream_send_text(connection, "\r\n");
    ccpi_buf_clear(&frame);
    upstream_end_stream(connection);
}

static void stream_as_bedrock(upstream_connection *connection, stage_answer answer)
{
    upstream_send_text(connection, "HTTP/1.1 200 OK\r\n"
                                   "content-type: application/vnd.amazon.eventstream\r\n"
                                   "transfer-encoding: chunked\r\n\r\n");
    if (answer == STAGE_EARLY_ERROR) {
        send_exception(connection);
        return;
    }
    send_frame(connection, "messageStart", "{\"role\":\"assistant\"}");
    send_frame(connection, "contentBlockDelta",
               "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"" STAGE_TEXT_OF_BEDROCK
               "\"}}");
    if (answer == STAGE_CUT_LATE) {
        upstream_close(connection);
        return;
    }
    send_frame(connection, "contentBlockStop", "{\"contentBlockIndex\":0}");
    send_frame(connection, "messageStop", "{\"stopReason\":\"end_turn\"}");
    send_frame(connection, "metadata",
               "{\"usage\":{\"inputTokens\":25,\"outputTokens\":15,\"totalTokens\":40},"
               "\"metrics\":{\"latencyMs\":1}}");
    upstream_end_stream(connection);
}

/* ---- InvokeModel, and the Messages API on Bedrock ---- */

static const char native_answer[] =
    "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{"
    "\"type\":\"text\",\"text\":\"" STAGE_TEXT_OF_BEDROCK "\"}],\"model\":"
    "\"anthropic.claude-opus-5-5\",\"stop_reason\":\"end_turn\",\"usage\":"
    "{\"input_tokens\":25,\"output_tokens\":15}}";

static const char *const native_events[][2] = {
    {"message_start",
     "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":"
     "\"anthropic.claude-opus-5-5\",\"usage\":{\"input_tokens\":25,"
     "\"output_tokens\":1}}}"},
    {"content_block_start", "{\"type\":\"content_block_start\",\"index\":0,"
                            "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"},
    {"content_block_delta",
     "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
     "\"text_delta\",\"text\":\"" STAGE_TEXT_OF_BEDROCK "\"}}"},
    {"content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}"},
    {"message_delta",
     "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
     "\"usage\":{\"output_tokens\":15}}"},
    {"message_stop",
     "{\"type\":\"message_stop\",\"amazon-bedrock-invocationMetrics\":"
     "{\"inputTokenCount\":26,\"outputTokenCount\":16,\"invocationLatency\":9,"
     "\"firstByteLatency\":3}}"},
};
#define NATIVE_EVENTS (sizeof(native_events) / sizeof(*native_events))
#define EVENTS_BEFORE_CUT 3

static void send_chunk_frame(upstream_connection *connection, const char *event)
{
    char base64[1024];
    char payload[1200];

    ccpi_base64_encode((const unsigned char *)event, strlen(event), base64);
    snprintf(payload, sizeof(payload), "{\"bytes\":\"%s\",\"p\":\"abc\"}", base64);
    send_frame(connection, "chunk", payload);
}

static void stream_chunks(upstream_connection *connection, stage_answer answer)
{
    upstream_send_text(connection, "HTTP/1.1 200 OK\r\n"
                                   "content-type: application/vnd.amazon.eventstream\r\n"
                                   "transfer-encoding: chunked\r\n\r\n");
    if (answer == STAGE_EARLY_ERROR) {
        send_exception(connection);
        return;
    }
    for (size_t i = 0; i < NATIVE_EVENTS; i++) {
        if (answer == STAGE_CUT_LATE && i == EVENTS_BEFORE_CUT) {
            upstream_close(connection);
            return;
        }
        send_chunk_frame(connection, native_events[i][1]);
    }
    upstream_end_stream(connection);
}

static void stream_events(upstream_connection *connection, stage_answer answer)
{
    char event[1024];

    upstream_start_stream(connection);
    for (size_t i = 0; i < NATIVE_EVENTS; i++) {
        const bool is_last = i + 1 == NATIVE_EVENTS;

        if (answer == STAGE_CUT_LATE && i == EVENTS_BEFORE_CUT) {
            upstream_close(connection);
            return;
        }
        snprintf(event, sizeof(event), "event: %s\ndata: %s\n\n", native_events[i][0],
                 is_last ? "{\"type\":\"message_stop\"}" : native_events[i][1]);
        upstream_send_chunk(connection, event);
    }
    upstream_end_stream(connection);
}

static bool answer_natively(upstream_connection *connection,
                            const upstream_request *request, stage_answer answer)
{
    if (strstr(request->head, "/invoke-with-response-stream")) {
        stream_chunks(connection, answer);
    } else if (strstr(request->head, "/invoke ")) {
        upstream_answer(connection, 200, "application/json", native_answer);
    } else if (strstr(request->head, "/anthropic/v1/messages")) {
        if (wants_stream(request))
            stream_events(connection, answer);
        else
            upstream_answer(connection, 200, "application/json", native_answer);
    } else {
        return false;
    }
    return true;
}

/* https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html */
static bool refuses(upstream_connection *connection, stage_upstream *upstream,
                    const upstream_request *request)
{
    const char *words = atomic_load(&upstream->refuses);
    char body[512];

    if (!words || (!strstr(request->body, words) && !strstr(request->head, words)))
        return false;
    snprintf(body, sizeof(body), "{\"message\":\"%s\"}", atomic_load(&upstream->refusal));
    upstream_answer(connection, 400, "application/json", body);
    return true;
}

static bool answer_with_fault(upstream_connection *connection, stage_answer answer)
{
    static const struct {
        stage_answer answer;
        const char *status_line;
        const char *type;
        const char *message;
    } faults[] = {
        {STAGE_RATE_LIMIT, "429 Too Many Requests", "ThrottlingException",
         "Too many requests, please wait before trying again."},
        {STAGE_SERVER_ERROR, "500 Internal Server Error", "InternalServerException",
         "The system encountered an unexpected error."},
        {STAGE_CLIENT_ERROR, "400 Bad Request", "ValidationException",
         "Input is too long for requested model."},
        {STAGE_REFUSED, "403 Forbidden", "AccessDeniedException",
         "Authentication failed: Please make sure your API Key is valid."},
    };
    char text[1024];

    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        if (faults[i].answer != answer)
            continue;
        snprintf(text, sizeof(text),
                 "HTTP/1.1 %s\r\nx-amzn-errortype: %s\r\n"
                 "content-type: application/json\r\ncontent-length: %zu\r\n\r\n"
                 "{\"message\":\"%s\"}",
                 faults[i].status_line, faults[i].type,
                 strlen(faults[i].message) + strlen("{\"message\":\"\"}"),
                 faults[i].message);
        upstream_send_text(connection, text);
        return true;
    }
    return false;
}

void stage_answer_as_bedrock(upstream_connection *connection,
                             const upstream_request *request, void *context)
{
    stage_upstream *upstream = context;
    const stage_answer answer = atomic_load(&upstream->answer);

    keep(upstream, request);
    if (answer_with_fault(connection, answer) || answer_with_trouble(connection, answer))
        return;
    if (refuses(connection, upstream, request) ||
        answer_natively(connection, request, answer))
        return;
    if (strstr(request->head, "/count-tokens"))
        upstream_answer(connection, 200, "application/json", "{\"inputTokens\":25}");
    else if (strstr(request->head, "/converse-stream"))
        stream_as_bedrock(connection, answer);
    else
        upstream_answer(connection, 200, "application/json", converse_answer);
}
