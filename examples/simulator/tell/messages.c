/*
 * Anthropic's own form of a message: whole, as SSE events, and as the chunks
 * of InvokeModelWithResponseStream, which carry the same events.
 */
#include <inttypes.h>
#include <string.h>

#include "tell/frame.h"
#include "tell/story.h"

static const char *const BLOCK_TYPES[] = {
    [SIM_TEXT] = "text",
    [SIM_THINKING] = "thinking",
    [SIM_REDACTED] = "redacted_thinking",
    [SIM_TOOL_USE] = "tool_use",
};

static void add_usage(sim_buffer *out, const sim_usage *usage, int64_t output)
{
    sim_buffer_print(out,
                     "{\"input_tokens\":%" PRId64
                     ",\"cache_creation_input_tokens\":%" PRId64
                     ",\"cache_read_input_tokens\":%" PRId64
                     ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":%" PRId64
                     ",\"ephemeral_1h_input_tokens\":%" PRId64 "}"
                     ",\"output_tokens\":%" PRId64 ",\"service_tier\":\"standard\"}",
                     usage->input, usage->write_5m + usage->write_1h, usage->cache_read,
                     usage->write_5m, usage->write_1h, output);
}

/* What is said before the end, when the counts come with the last event alone. */
static void add_usage_so_far(sim_story *story, int64_t output)
{
    sim_buffer *out = &story->payload;

    if (story->answer->late_usage)
        sim_buffer_print(out, "{\"input_tokens\":0,\"output_tokens\":%" PRId64 "}",
                         output);
    else
        add_usage(out, &story->usage, output);
}

static void add_stop(const sim_story *story, sim_buffer *out)
{
    const char *sequence = story->answer->stop_sequence;

    sim_buffer_print(
        out, "\"stop_reason\":\"%s\",\"stop_sequence\":", sim_story_stop_reason(story));
    if (sequence)
        sim_buffer_add_quoted(out, sequence, strlen(sequence));
    else
        sim_buffer_add_text(out, "null");
}

static void add_identity(const sim_story *story, sim_buffer *out)
{
    sim_buffer_print(out,
                     "\"id\":\"msg_sim%lu\",\"type\":\"message\","
                     "\"role\":\"assistant\",\"model\":",
                     story->request);
    sim_buffer_add_quoted(out, story->model, strlen(story->model));
}

/* The text of a whole block; a stream begins each block without one. */
static void add_text(const sim_block *block, bool is_whole, sim_buffer *out)
{
    if (is_whole)
        sim_block_add_quoted(block, out);
    else
        sim_buffer_add_text(out, "\"\"");
}

/* A block as it stands in a whole message, or as a stream begins it. */
static void add_block(const sim_block *block, bool is_whole, sim_buffer *out)
{
    const char *signature = is_whole && block->signature ? block->signature : "";

    sim_buffer_print(out, "{\"type\":\"%s\"", BLOCK_TYPES[block->kind]);
    switch (block->kind) {
    case SIM_TEXT:
        sim_buffer_add_text(out, ",\"text\":");
        add_text(block, is_whole, out);
        break;
    case SIM_THINKING:
        sim_buffer_add_text(out, ",\"thinking\":");
        add_text(block, is_whole, out);
        sim_buffer_add_text(out, ",\"signature\":");
        sim_buffer_add_quoted(out, signature, strlen(signature));
        break;
    case SIM_REDACTED:
        sim_buffer_add_text(out, ",\"data\":");
        sim_block_add_quoted(block, out);
        break;
    case SIM_TOOL_USE:
        sim_buffer_print(out, ",\"id\":\"%s\",\"name\":\"%s\",\"input\":", block->id,
                         block->name ? block->name : "tool");
        sim_buffer_add_text(out, is_whole ? block->text.bytes : "{}");
        break;
    }
    sim_buffer_add_text(out, "}");
}

void sim_messages_body(const sim_story *story, sim_buffer *out)
{
    sim_buffer_add_text(out, "{");
    add_identity(story, out);
    sim_buffer_add_text(out, ",\"content\":[");
    for (size_t i = 0; i < story->content->count; i++) {
        if (i > 0)
            sim_buffer_add_text(out, ",");
        add_block(&story->content->blocks[i], true, out);
    }
    sim_buffer_add_text(out, "],");
    add_stop(story, out);
    sim_buffer_add_text(out, ",\"usage\":");
    add_usage(out, &story->usage, story->usage.output);
    sim_buffer_add_text(out, "}");
}

static bool tell_start(sim_story *story)
{
    sim_buffer *out = &story->payload;

    sim_buffer_add_text(out, "{\"type\":\"message_start\",\"message\":{");
    add_identity(story, out);
    sim_buffer_add_text(
        out, ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":");
    add_usage_so_far(story, 1);
    sim_buffer_add_text(out, "}}");
    return sim_story_tell(story, SIM_START, "message_start");
}

static bool tell_pings(sim_story *story)
{
    for (int i = 0; i < story->answer->pings; i++) {
        sim_buffer_add_text(&story->payload, "{\"type\":\"ping\"}");
        if (!sim_story_tell(story, SIM_NOWHERE, "ping"))
            return false;
    }
    return true;
}

static bool tell_delta(sim_story *story, size_t index, const char *head, const char *text,
                       size_t len)
{
    sim_buffer_print(&story->payload,
                     "{\"type\":\"content_block_delta\",\"index\":%zu,\"delta\":%s",
                     index, head);
    sim_buffer_add_quoted(&story->payload, text, len);
    sim_buffer_add_text(&story->payload, "}}");
    return sim_story_tell(story, SIM_CONTENT, "content_block_delta");
}

static bool tell_deltas(sim_story *story, size_t index, const sim_block *block)
{
    static const char *const HEADS[] = {
        [SIM_TEXT] = "{\"type\":\"text_delta\",\"text\":",
        [SIM_THINKING] = "{\"type\":\"thinking_delta\",\"thinking\":",
        [SIM_TOOL_USE] = "{\"type\":\"input_json_delta\",\"partial_json\":",
    };

    if (block->kind == SIM_REDACTED)
        return true;
    for (size_t i = 0; i < block->pieces; i++) {
        size_t len;
        const char *piece = sim_block_piece(block, i, &len);

        if (!tell_delta(story, index, HEADS[block->kind], piece, len))
            return false;
    }
    return !block->signature ||
           tell_delta(story, index,
                      "{\"type\":\"signature_delta\",\"signature\":", block->signature,
                      strlen(block->signature));
}

static bool tell_block(sim_story *story, size_t index)
{
    const sim_block *block = &story->content->blocks[index];

    sim_buffer_print(
        &story->payload,
        "{\"type\":\"content_block_start\",\"index\":%zu,\"content_block\":", index);
    add_block(block, false, &story->payload);
    sim_buffer_add_text(&story->payload, "}");
    if (!sim_story_tell(story, SIM_BLOCK_START, "content_block_start") ||
        !tell_deltas(story, index, block))
        return false;
    sim_buffer_print(&story->payload, "{\"type\":\"content_block_stop\",\"index\":%zu}",
                     index);
    return sim_story_tell(story, SIM_BLOCK_STOP, "content_block_stop");
}

static bool tell_finish(sim_story *story)
{
    sim_buffer_add_text(&story->payload, "{\"type\":\"message_delta\",\"delta\":{");
    add_stop(story, &story->payload);
    sim_buffer_add_text(&story->payload, "},\"usage\":");
    add_usage_so_far(story, story->usage.output);
    sim_buffer_add_text(&story->payload, "}");
    return sim_story_tell(story, SIM_FINISH, "message_delta");
}

static bool tell_stop(sim_story *story)
{
    sim_buffer_add_text(&story->payload, "{\"type\":\"message_stop\"");
    if (story->answer->late_usage) {
        sim_buffer_add_text(&story->payload, ",\"usage\":");
        add_usage(&story->payload, &story->usage, story->usage.output);
    }
    if (story->dialect == &sim_messages_chunks)
        sim_buffer_print(&story->payload,
                         ",\"amazon-bedrock-invocationMetrics\":{"
                         "\"inputTokenCount\":%" PRId64 ",\"outputTokenCount\":%" PRId64
                         ",\"invocationLatency\":42,\"firstByteLatency\":7"
                         ",\"cacheReadInputTokenCount\":%" PRId64
                         ",\"cacheWriteInputTokenCount\":%" PRId64 "}",
                         story->usage.input, story->usage.output, story->usage.cache_read,
                         story->usage.write_5m + story->usage.write_1h);
    sim_buffer_add_text(&story->payload, "}");
    return sim_story_tell(story, SIM_STOP, "message_stop");
}

static bool tell_message(sim_story *story)
{
    if (!tell_start(story) || !tell_pings(story))
        return false;
    for (size_t i = 0; i < story->content->count; i++)
        if (!tell_block(story, i))
            return false;
    return tell_finish(story) && tell_stop(story);
}

static void frame_sse(const sim_story *story, const char *type, const sim_buffer *payload,
                      sim_buffer *out)
{
    const char *end = story->answer->crlf ? "\r\n" : "\n";

    sim_buffer_print(out, "event: %s%sdata: ", type, end);
    sim_buffer_add(out, payload->bytes, payload->len);
    sim_buffer_print(out, "%s%s", end, end);
}

static void frame_sse_error(const sim_story *story, const char *type, const char *message,
                            sim_buffer *out)
{
    sim_buffer payload = {0};

    sim_buffer_print(&payload, "{\"type\":\"error\",\"error\":{\"type\":\"%s\",", type);
    sim_buffer_add_text(&payload, "\"message\":");
    sim_buffer_add_quoted(&payload, message, strlen(message));
    sim_buffer_print(&payload, "},\"request_id\":\"%s\"}", story->request_id);
    frame_sse(story, "error", &payload, out);
    sim_buffer_free(&payload);
}

static void frame_chunk(const sim_story *story, const char *type,
                        const sim_buffer *payload, sim_buffer *out)
{
    const sim_frame_header headers[] = {
        {":event-type", "chunk"},
        {":content-type", "application/json"},
        {":message-type", "event"},
    };
    sim_buffer wrapped = {0};

    (void)type;
    sim_buffer_add_text(&wrapped, "{\"bytes\":\"");
    sim_buffer_add_base64(&wrapped, payload->bytes, payload->len);
    sim_buffer_print(&wrapped, "\",\"p\":\"%.*s\"}", (int)(story->events % 26),
                     "abcdefghijklmnopqrstuvwxyz");
    sim_frame_add(out, headers, 3, &wrapped);
    sim_buffer_free(&wrapped);
}

const sim_dialect sim_messages_sse = {
    .content_type = "text/event-stream; charset=utf-8",
    .frame = frame_sse,
    .frame_error = frame_sse_error,
    .tell = tell_message,
};

const sim_dialect sim_messages_chunks = {
    .content_type = "application/vnd.amazon.eventstream",
    .frame = frame_chunk,
    .frame_error = sim_converse_frame_error,
    .tell = tell_message,
};
