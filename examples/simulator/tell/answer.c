#include "tell/answer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_SIZE 24
#define BYTES_PER_TOKEN 4

static const struct {
    const char *name;
    sim_point point;
} POINTS[] = {
    {"request", SIM_REQUEST}, {"head", SIM_HEAD},
    {"start", SIM_START},     {"block_start", SIM_BLOCK_START},
    {"content", SIM_CONTENT}, {"block_stop", SIM_BLOCK_STOP},
    {"finish", SIM_FINISH},   {"stop", SIM_STOP},
};

static const struct {
    const char *name;
    sim_deed deed;
} DEEDS[] = {
    {"error", SIM_ERROR}, {"cut", SIM_CUT},     {"reset", SIM_RESET},
    {"end", SIM_END},     {"stall", SIM_STALL},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static sim_point point_of(const char *name)
{
    for (size_t i = 0; name && i < COUNT(POINTS); i++)
        if (strcmp(name, POINTS[i].name) == 0)
            return POINTS[i].point;
    return SIM_NOWHERE;
}

static sim_deed deed_of(const char *name)
{
    for (size_t i = 0; name && i < COUNT(DEEDS); i++)
        if (strcmp(name, DEEDS[i].name) == 0)
            return DEEDS[i].deed;
    return SIM_NOTHING;
}

static bool read_fault(json_t *script, sim_fault *out, json_error_t *error)
{
    json_t *at = NULL;
    json_int_t at_byte = -1;
    json_int_t ms = -1;
    const char *deed = NULL;
    int half = 0;

    *out = (sim_fault){.at_event = -1, .at_byte = -1};
    if (!script)
        return true;
    if (json_unpack_ex(script, error, 0, "{s:s s?o s?I s?I s?b s?s s?s !}", "do", &deed,
                       "at", &at, "at_byte", &at_byte, "ms", &ms, "half", &half, "type",
                       &out->type, "message", &out->message))
        return false;

    out->deed = deed_of(deed);
    out->at = point_of(json_string_value(at));
    out->at_event = json_is_integer(at) ? json_integer_value(at) : -1;
    out->at_byte = at_byte;
    out->ms = ms;
    out->half = half;
    if (out->deed == SIM_NOTHING)
        snprintf(error->text, sizeof(error->text), "fault.do is unknown");
    else if (out->at == SIM_NOWHERE && out->at_event < 0 && out->at_byte < 0)
        snprintf(error->text, sizeof(error->text), "fault has no known place");
    else
        return true;
    return false;
}

bool sim_answer_read(json_t *script, sim_answer *out, char problem[SIM_PROBLEM_SIZE])
{
    json_error_t error = {0};
    json_t *fault = NULL;
    json_t *when = NULL;
    int times = 0;
    int failed;

    *out = (sim_answer){.status = 200};
    failed = json_unpack_ex(
        script, &error, 0,
        "{s?i s?o s?s s?o s?s s?{s?s s?s !} s?o s?o s?s s?s s?i s?i s?i s?b s?b s?b s?b "
        "s?o s?o s?i !}",
        "status", &out->status, "headers", &out->headers, "body", &out->body, "json",
        &out->json, "content_type", &out->content_type, "error", "type", &out->error_type,
        "message", &out->error_message, "content", &out->content, "usage", &out->usage,
        "stop_reason", &out->stop_reason, "stop_sequence", &out->stop_sequence,
        "delay_ms", &out->delay_ms, "event_delay_ms", &out->event_delay_ms, "pings",
        &out->pings, "gzip", &out->gzip, "crlf", &out->crlf, "trickle", &out->trickle,
        "late_usage", &out->late_usage, "fault", &fault, "when", &when, "times", &times);
    if (failed || !read_fault(fault, &out->fault, &error)) {
        snprintf(problem, SIM_PROBLEM_SIZE, "%s", error.text);
        return false;
    }
    out->script = json_incref(script);
    return true;
}

void sim_answer_clear(sim_answer *answer)
{
    json_decref(answer->script);
    *answer = (sim_answer){0};
}

/* Adds a text with each {request} replaced. */
static void add_text(sim_buffer *out, const char *text, unsigned long request)
{
    const char *mark;

    while ((mark = strstr(text, "{request}"))) {
        sim_buffer_add(out, text, (size_t)(mark - text));
        sim_buffer_print(out, "%lu", request);
        text = mark + strlen("{request}");
    }
    sim_buffer_add_text(out, text);
}

static char filler[SIM_MAX_FILLER];

static void write_filler(void)
{
    static const char WORDS[] = "All work and no play makes a dull answer. ";

    for (size_t i = 0; i < sizeof(filler); i++)
        filler[i] = WORDS[i % (sizeof(WORDS) - 1)];
}

/* Filler is the same in all answers, so that a thousand long ones need no memory. */
static const char *filler_text(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, write_filler);
    return filler;
}

static sim_block_kind kind_of(const char *type)
{
    if (strcmp(type, "tool_use") == 0)
        return SIM_TOOL_USE;
    if (strcmp(type, "thinking") == 0)
        return SIM_THINKING;
    return strcmp(type, "redacted_thinking") == 0 ? SIM_REDACTED : SIM_TEXT;
}

static void add_input(sim_buffer *out, json_t *input)
{
    char *text = input ? json_dumps(input, JSON_COMPACT) : NULL;

    if (json_is_string(input)) /* the very text, for what JSON trees would change */
        sim_buffer_add_text(out, json_string_value(input));
    else
        sim_buffer_add_text(out, text ? text : "{}");
    free(text);
}

static void make_block(json_t *script, unsigned long request, size_t index,
                       sim_block *out)
{
    const char *type = "text";
    const char *text = "";
    const char *id = NULL;
    json_t *input = NULL;
    int events = 0;
    int bytes = 0;

    *out = (sim_block){0};
    json_unpack(script, "{s?s s?s s?s s?s s?s s?s s?s s?o s?i s?i}", "type", &type,
                "text", &text, "thinking", &text, "data", &text, "signature",
                &out->signature, "name", &out->name, "id", &id, "input", &input, "events",
                &events, "bytes", &bytes);
    out->kind = kind_of(type);
    if (id)
        snprintf(out->id, sizeof(out->id), "%s", id);
    else
        snprintf(out->id, sizeof(out->id), "toolu_sim%lu_%zu", request, index);

    if (out->kind == SIM_TOOL_USE)
        add_input(&out->text, input);
    else if (bytes > 0 && events > 0)
        out->filler = (size_t)bytes < SIM_MAX_FILLER ? (size_t)bytes : SIM_MAX_FILLER;
    else
        add_text(&out->text, text, request);
    out->pieces =
        events > 0 ? (size_t)events : (out->text.len + PIECE_SIZE - 1) / PIECE_SIZE;
}

void sim_content_make(const sim_answer *answer, unsigned long request, sim_content *out)
{
    json_t *usual = NULL;
    json_t *blocks = answer->content;
    json_t *block;
    size_t i;

    *out = (sim_content){0};
    if (!blocks)
        blocks = usual = json_pack("[{s:s, s:s}]", "type", "text", "text",
                                   "Simulated answer to request {request}.");
    json_array_foreach(blocks, i, block)
    {
        if (i == SIM_MAX_BLOCKS)
            break;
        make_block(block, request, i, &out->blocks[out->count++]);
    }
    json_decref(usual);
}

void sim_content_clear(sim_content *content)
{
    for (size_t i = 0; i < content->count; i++)
        sim_buffer_free(&content->blocks[i].text);
    content->count = 0;
}

/* Moves a place back to the beginning of a UTF-8 character. */
static size_t at_character(const sim_buffer *text, size_t place)
{
    while (place > 0 && place < text->len && (text->bytes[place] & 0xc0) == 0x80)
        place--;
    return place;
}

void sim_block_add_quoted(const sim_block *block, sim_buffer *out)
{
    if (!block->filler) {
        sim_buffer_add_quoted(out, block->text.bytes, block->text.len);
        return;
    }
    sim_buffer_add(out, "\"", 1);
    for (size_t i = 0; i < block->pieces; i++)
        sim_buffer_add(out, filler_text(), block->filler);
    sim_buffer_add(out, "\"", 1);
}

static const char *text_piece(const sim_block *block, size_t i, size_t *len)
{
    const size_t begin = at_character(&block->text, block->text.len * i / block->pieces);
    const size_t end =
        at_character(&block->text, block->text.len * (i + 1) / block->pieces);

    *len = end - begin;
    return block->text.bytes + begin;
}

const char *sim_block_piece(const sim_block *block, size_t i, size_t *len)
{
    if (!block->filler)
        return text_piece(block, i, len);
    *len = block->filler;
    return filler_text();
}

static size_t length_of(const sim_block *block)
{
    return block->filler ? block->filler * block->pieces : block->text.len;
}

sim_usage sim_usage_of(const sim_answer *answer, const sim_content *content,
                       size_t request_len)
{
    sim_usage usage = {.input = (int64_t)(request_len / BYTES_PER_TOKEN) + 1};
    json_int_t input = usage.input;
    json_int_t output = 1;
    json_int_t read = 0;
    json_int_t write_5m = 0;
    json_int_t write_1h = 0;

    for (size_t i = 0; i < content->count; i++)
        output += (json_int_t)(length_of(&content->blocks[i]) / BYTES_PER_TOKEN) + 1;
    if (answer->usage)
        json_unpack(answer->usage, "{s?I s?I s?I s?I s?I}", "input_tokens", &input,
                    "output_tokens", &output, "cache_read_tokens", &read,
                    "cache_write_5m_tokens", &write_5m, "cache_write_1h_tokens",
                    &write_1h);
    return (sim_usage){.input = input,
                       .output = output,
                       .cache_read = read,
                       .write_5m = write_5m,
                       .write_1h = write_1h};
}
