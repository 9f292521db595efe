/* Bedrock's Converse form of a message: whole, and as an event stream. */
#include <inttypes.h>
#include <string.h>

#include "tell/frame.h"
#include "tell/story.h"

/* The service pads each event by a random length against traffic analysis. */
#define PADDING "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static void add_cache_details(sim_buffer *out, const sim_usage *usage)
{
    if (usage->write_5m + usage->write_1h == 0)
        return;
    sim_buffer_print(out,
                     ",\"cacheDetails\":[{\"ttl\":\"1h\",\"inputTokens\":%" PRId64 "},"
                     "{\"ttl\":\"5m\",\"inputTokens\":%" PRId64 "}]",
                     usage->write_1h, usage->write_5m);
}

static void add_usage(sim_buffer *out, const sim_usage *usage)
{
    const int64_t written = usage->write_5m + usage->write_1h;

    sim_buffer_print(out,
                     "\"usage\":{\"inputTokens\":%" PRId64 ",\"outputTokens\":%" PRId64
                     ",\"totalTokens\":%" PRId64 ",\"cacheReadInputTokens\":%" PRId64
                     ",\"cacheWriteInputTokens\":%" PRId64,
                     usage->input, usage->output,
                     usage->input + usage->output + usage->cache_read + written,
                     usage->cache_read, written);
    add_cache_details(out, usage);
    sim_buffer_add_text(out, "},\"metrics\":{\"latencyMs\":42}");
}

static void add_stop(const sim_story *story, sim_buffer *out)
{
    const char *sequence = story->answer->stop_sequence;

    sim_buffer_print(out, "\"stopReason\":\"%s\"", sim_story_stop_reason(story));
    if (!sequence)
        return;
    sim_buffer_add_text(out, ",\"additionalModelResponseFields\":{\"stop_sequence\":");
    sim_buffer_add_quoted(out, sequence, strlen(sequence));
    sim_buffer_add_text(out, "}");
}

static void add_reasoning(const sim_block *block, sim_buffer *out)
{
    sim_buffer_add_text(out, "{\"reasoningContent\":{\"reasoningText\":{\"text\":");
    sim_block_add_quoted(block, out);
    if (block->signature) {
        sim_buffer_add_text(out, ",\"signature\":");
        sim_buffer_add_quoted(out, block->signature, strlen(block->signature));
    }
    sim_buffer_add_text(out, "}}}");
}

static void add_block(const sim_block *block, sim_buffer *out)
{
    switch (block->kind) {
    case SIM_TEXT:
        sim_buffer_add_text(out, "{\"text\":");
        sim_block_add_quoted(block, out);
        sim_buffer_add_text(out, "}");
        break;
    case SIM_THINKING: add_reasoning(block, out); break;
    case SIM_REDACTED:
        sim_buffer_print(out, "{\"reasoningContent\":{\"redactedContent\":\"%s\"}}",
                         block->text.bytes);
        break;
    case SIM_TOOL_USE:
        sim_buffer_print(
            out, "{\"toolUse\":{\"toolUseId\":\"%s\",\"name\":\"%s\",\"input\":%s}}",
            block->id, block->name ? block->name : "tool", block->text.bytes);
        break;
    }
}

void sim_converse_body(const sim_story *story, sim_buffer *out)
{
    sim_buffer_add_text(out,
                        "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[");
    for (size_t i = 0; i < story->content->count; i++) {
        if (i > 0)
            sim_buffer_add_text(out, ",");
        add_block(&story->content->blocks[i], out);
    }
    sim_buffer_add_text(out, "]}},");
    add_stop(story, out);
    sim_buffer_add_text(out, ",");
    add_usage(out, &story->usage);
    sim_buffer_add_text(out, "}");
}

/* Only tool calls have a start of their own; other blocks begin with a delta. */
static bool tell_tool_start(sim_story *story, size_t index, const sim_block *block)
{
    if (block->kind != SIM_TOOL_USE)
        return true;
    sim_buffer_print(&story->payload,
                     "{\"contentBlockIndex\":%zu,\"start\":{\"toolUse\":"
                     "{\"toolUseId\":\"%s\",\"name\":\"%s\"}}",
                     index, block->id, block->name ? block->name : "tool");
    return sim_story_tell(story, SIM_BLOCK_START, "contentBlockStart");
}

static bool tell_delta(sim_story *story, size_t index, const sim_block *block,
                       const char *text, size_t len)
{
    static const char *const HEADS[] = {
        [SIM_TEXT] = "{\"text\":",
        [SIM_THINKING] = "{\"reasoningContent\":{\"text\":",
        [SIM_REDACTED] = "{\"reasoningContent\":{\"redactedContent\":",
        [SIM_TOOL_USE] = "{\"toolUse\":{\"input\":",
    };

    sim_buffer_print(&story->payload, "{\"contentBlockIndex\":%zu,\"delta\":%s", index,
                     HEADS[block->kind]);
    sim_buffer_add_quoted(&story->payload, text, len);
    sim_buffer_add_text(&story->payload, block->kind == SIM_TEXT ? "}" : "}}");
    return sim_story_tell(story, SIM_CONTENT, "contentBlockDelta");
}

static bool tell_signature(sim_story *story, size_t index, const sim_block *block)
{
    if (!block->signature)
        return true;
    sim_buffer_print(
        &story->payload,
        "{\"contentBlockIndex\":%zu,\"delta\":{\"reasoningContent\":{\"signature\":",
        index);
    sim_buffer_add_quoted(&story->payload, block->signature, strlen(block->signature));
    sim_buffer_add_text(&story->payload, "}}");
    return sim_story_tell(story, SIM_CONTENT, "contentBlockDelta");
}

static bool tell_block(sim_story *story, size_t index)
{
    const sim_block *block = &story->content->blocks[index];

    if (!tell_tool_start(story, index, block))
        return false;
    for (size_t i = 0; i < block->pieces; i++) {
        size_t len = block->text.len;
        /* Base64 is never cut here: its parts would have to be decoded one by one. */
        const bool is_whole = block->kind == SIM_REDACTED;
        const char *piece =
            is_whole ? block->text.bytes : sim_block_piece(block, i, &len);

        if (!tell_delta(story, index, block, piece, len))
            return false;
        if (is_whole)
            break;
    }
    if (!tell_signature(story, index, block))
        return false;
    sim_buffer_print(&story->payload, "{\"contentBlockIndex\":%zu", index);
    return sim_story_tell(story, SIM_BLOCK_STOP, "contentBlockStop");
}

/* Payloads stay open at their end, where the padding is added. */
static bool tell_converse(sim_story *story)
{
    sim_buffer_add_text(&story->payload, "{\"role\":\"assistant\"");
    if (!sim_story_tell(story, SIM_START, "messageStart"))
        return false;
    for (size_t i = 0; i < story->content->count; i++)
        if (!tell_block(story, i))
            return false;
    sim_buffer_add_text(&story->payload, "{");
    add_stop(story, &story->payload);
    if (!sim_story_tell(story, SIM_FINISH, "messageStop"))
        return false;
    sim_buffer_add_text(&story->payload, "{");
    add_usage(&story->payload, &story->usage);
    return sim_story_tell(story, SIM_STOP, "metadata");
}

static void frame_event(const sim_story *story, const char *type,
                        const sim_buffer *payload, sim_buffer *out)
{
    const sim_frame_header headers[] = {
        {":event-type", type},
        {":content-type", "application/json"},
        {":message-type", "event"},
    };
    const size_t padding =
        (story->request * 7 + (unsigned long)story->events * 31) % (sizeof(PADDING) - 1);
    sim_buffer padded = {0};

    sim_buffer_add(&padded, payload->bytes, payload->len);
    sim_buffer_print(&padded, ",\"p\":\"%.*s\"}", (int)padding, PADDING);
    sim_frame_add(out, headers, 3, &padded);
    sim_buffer_free(&padded);
}

/* Scripts name errors as Anthropic does; here they get the name of the service. */
static const char *exception_of(const char *type)
{
    static const struct {
        const char *type;
        const char *exception;
    } NAMES[] = {
        {"overloaded_error", "serviceUnavailableException"},
        {"rate_limit_error", "throttlingException"},
        {"api_error", "internalServerException"},
        {"invalid_request_error", "validationException"},
    };

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (strcmp(type, NAMES[i].type) == 0)
            return NAMES[i].exception;
    return type;
}

void sim_converse_frame_error(const sim_story *story, const char *type,
                              const char *message, sim_buffer *out)
{
    const sim_frame_header headers[] = {
        {":exception-type", exception_of(type)},
        {":content-type", "application/json"},
        {":message-type", "exception"},
    };
    sim_buffer payload = {0};

    (void)story;
    sim_buffer_add_text(&payload, "{\"message\":");
    sim_buffer_add_quoted(&payload, message, strlen(message));
    sim_buffer_add_text(&payload, "}");
    sim_frame_add(out, headers, 3, &payload);
    sim_buffer_free(&payload);
}

const sim_dialect sim_converse_stream = {
    .content_type = "application/vnd.amazon.eventstream",
    .frame = frame_event,
    .frame_error = sim_converse_frame_error,
    .tell = tell_converse,
};
