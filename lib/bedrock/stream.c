#include "bedrock/stream.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "bedrock/converse/answer.h"
#include "bedrock/converse/citations.h"
#include "bedrock/converse/delta.h"
#include "bedrock/errors.h"
#include "bedrock/response.h"
#include "wire/eventstream.h"

#define MAX_HEAD (16u * 1024)
#define MAX_KEPT (4u * 1024 * 1024) /* of a signature, or of redacted thinking */

typedef enum block_kind {
    BLOCK_NONE = 0,
    BLOCK_TEXT,
    BLOCK_TOOL_USE,
    BLOCK_THINKING,
    BLOCK_REDACTED,
    BLOCK_IGNORED /* nothing the client's API has: its deltas are passed over */
} block_kind;

struct ccpi_converse_stream {
    ccpi_eventstream frames;
    ccpi_names names;
    char *request_id;
    ccpi_buf head; /* message_start, until it is sent */
    bool has_started, has_ended, has_failed;
    ccpi_bedrock_fault fault; /* if it has failed */

    block_kind block; /* the open one */
    int64_t source;   /* its index as Bedrock counts */
    int index;        /* the next one's, as the client counts */
    ccpi_buf kept;    /* the signature's or the redacted data's text so far */

    const char *stop_reason; /* NULL: not said yet */
    ccpi_buf stop_sequence;
    ccpi_usage_counts usage;
    bool has_usage;
    int64_t delta_bytes;

    ccpi_buf *out; /* during a call */
    ccp_error *error;
};

typedef ccpi_converse_stream stream;

static void put(const stream *s, const char *text)
{
    ccpi_buf_append_text(s->out, text);
}

static void put_number(const stream *s, int number)
{
    char digits[12];
    char *at = digits + sizeof(digits);

    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    ccpi_buf_append(s->out, at, (size_t)(digits + sizeof(digits) - at));
}

static void write_head(const ccpi_answer_options *options, ccpi_buf *out)
{
    ccpi_buf_append_text(
        out, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{");
    ccpi_answer_write_head(options, out);
    ccpi_buf_append_format(out,
                           ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
                           "\"usage\":{\"input_tokens\":%" PRId64
                           ",\"cache_creation_input_tokens\":0,"
                           "\"cache_read_input_tokens\":0,\"output_tokens\":0}}}\n\n",
                           options->input_estimate);
}

ccp_status ccpi_converse_stream_new(const ccpi_answer_options *options,
                                    ccpi_converse_stream **out)
{
    ccpi_converse_stream *s = calloc(1, sizeof(*s));
    ccp_status status = CCP_OK;

    *out = NULL;
    if (!s)
        return CCP_NO_MEMORY;
    ccpi_eventstream_init(&s->frames);
    s->head.limit = MAX_HEAD;
    s->kept.limit = MAX_KEPT;
    s->stop_sequence.limit = MAX_HEAD;
    s->request_id = strdup(options->request_id);
    if (options->names)
        status = ccpi_names_copy_changed(options->names, &s->names);
    write_head(options, &s->head);
    if (!s->request_id || status != CCP_OK || s->head.status != CCP_OK) {
        ccpi_converse_stream_free(s);
        return CCP_NO_MEMORY;
    }
    *out = s;
    return CCP_OK;
}

void ccpi_converse_stream_free(ccpi_converse_stream *s)
{
    if (!s)
        return;
    ccpi_eventstream_clear(&s->frames);
    ccpi_names_clear(&s->names);
    ccpi_buf_clear(&s->head);
    ccpi_buf_clear(&s->kept);
    ccpi_buf_clear(&s->stop_sequence);
    free(s->request_id);
    free(s);
}

static void start_message(stream *s)
{
    if (s->has_started)
        return;
    s->has_started = true;
    ccpi_buf_append_span(s->out, ccpi_buf_span(&s->head));
    ccpi_buf_clear(&s->head);
}

static void begin_block_start(stream *s)
{
    put(s, "event: content_block_start\ndata: "
           "{\"type\":\"content_block_start\",\"index\":");
    put_number(s, s->index);
    put(s, ",\"content_block\":");
}

static void begin_delta(stream *s, const char *type_and_name)
{
    put(s, "event: content_block_delta\ndata: "
           "{\"type\":\"content_block_delta\",\"index\":");
    put_number(s, s->index);
    put(s, ",\"delta\":{\"type\":");
    put(s, type_and_name);
}

/* value: a JSON string, copied as it was written. */
static void write_delta(stream *s, const char *type_and_name, ccpi_span value)
{
    begin_delta(s, type_and_name);
    ccpi_buf_append_span(s->out, value);
    put(s, "}}\n\n");
}

/* A failure of a buffer of ours ends the stream as one of the client's would. */
static void note_failure(stream *s, ccp_status status)
{
    if (status != CCP_OK && s->out->status == CCP_OK)
        s->out->status = status;
}

/* Keeps a part of what can only be sent whole; text: between a string's quotes. */
static void keep_text(stream *s, ccpi_span text)
{
    note_failure(s, ccpi_buf_append_span(&s->kept, text));
}

static bool append_decoded(ccpi_span text, ccpi_buf *bytes)
{
    char *room = ccpi_buf_room(bytes, CCPI_BASE64_MAX_BYTES(text.len));
    size_t len = 0;

    if (!room || !ccpi_base64_decode(text, (unsigned char *)room, &len))
        return false;
    ccpi_buf_grow(bytes, len);
    return true;
}

/* Base64 of several pieces is joined as bytes: each piece may end in padding. */
static void keep_base64(stream *s, ccpi_span text)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf bytes = {.limit = MAX_KEPT};
    char *room;

    if (!append_decoded(ccpi_buf_span(&s->kept), &bytes) ||
        !append_decoded(text, &bytes)) {
        note_failure(s, bytes.status);
        keep_text(s, text);
        return;
    }
    ccpi_buf_reset(&s->kept);
    room = ccpi_buf_room(&s->kept, CCPI_BASE64_LEN(bytes.len));
    note_failure(s, s->kept.status);
    if (!room)
        return;
    ccpi_base64_encode((const unsigned char *)bytes.data, bytes.len, room);
    ccpi_buf_grow(&s->kept, CCPI_BASE64_LEN(bytes.len));
}

static void write_kept(stream *s)
{
    if (s->block == BLOCK_REDACTED) {
        begin_block_start(s);
        put(s, "{\"type\":\"redacted_thinking\",\"data\":\"");
        ccpi_buf_append_span(s->out, ccpi_buf_span(&s->kept));
        put(s, "\"}}\n\n");
    } else if (s->kept.len > 0) {
        begin_delta(s, "\"signature_delta\",\"signature\":\"");
        ccpi_buf_append_span(s->out, ccpi_buf_span(&s->kept));
        put(s, "\"}}\n\n");
    }
    ccpi_buf_reset(&s->kept);
}

static void close_block(stream *s)
{
    if (s->block != BLOCK_NONE && s->block != BLOCK_IGNORED) {
        write_kept(s);
        put(s, "event: content_block_stop\ndata: "
               "{\"type\":\"content_block_stop\",\"index\":");
        put_number(s, s->index);
        put(s, "}\n\n");
        s->index++;
    }
    s->block = BLOCK_NONE;
}

/* Makes a block of this kind the open one. false: it is open already. */
static bool switch_block(stream *s, block_kind kind, int64_t source)
{
    if (s->block == kind && s->source == source)
        return false;
    close_block(s);
    s->block = kind;
    s->source = source;
    return true;
}

static void open_simple_block(stream *s, block_kind kind, int64_t source)
{
    if (!switch_block(s, kind, source) || kind == BLOCK_REDACTED)
        return;
    begin_block_start(s);
    put(s, kind == BLOCK_TEXT
               ? "{\"type\":\"text\",\"text\":\"\"}}\n\n"
               : "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n");
}

static void open_tool_use(stream *s, int64_t source, ccpi_span id, ccpi_span name)
{
    switch_block(s, BLOCK_NONE, source);
    s->block = BLOCK_TOOL_USE;
    begin_block_start(s);
    put(s, "{\"type\":\"tool_use\",\"id\":\"");
    ccpi_buf_append_span(s->out, id);
    put(s, "\",\"name\":\"");
    ccpi_buf_append_span(s->out, ccpi_names_restore(&s->names, name));
    put(s, "\",\"input\":{}}}\n\n");
}

static ccp_status walk(stream *s, ccpi_span object, ccpi_delta *found)
{
    if (object.len == 0)
        return CCP_OK;
    if (ccpi_delta_read(object, found) != CCP_OK)
        return ccpi_fail(s->error, CCP_PROTOCOL, "a frame's payload is no JSON");
    return CCP_OK;
}

static void on_text(stream *s, const ccpi_delta *found)
{
    if (found->text.len <= 2)
        return;
    open_simple_block(s, BLOCK_TEXT, found->index);
    write_delta(s, "\"text_delta\",\"text\":", found->text);
    s->delta_bytes += (int64_t)found->text.len - 2;
}

static void on_input(stream *s, const ccpi_delta *found)
{
    /* A call whose start did not come has no name: nothing can be made of it. */
    if (s->block != BLOCK_TOOL_USE || s->source != found->index)
        return;
    write_delta(s, "\"input_json_delta\",\"partial_json\":", found->input);
    s->delta_bytes += (int64_t)found->input.len - 2;
}

static void on_reasoning(stream *s, const ccpi_delta *found)
{
    if (found->text.len > 0) {
        open_simple_block(s, BLOCK_THINKING, found->index);
        write_delta(s, "\"thinking_delta\",\"thinking\":", found->text);
        s->delta_bytes += (int64_t)found->text.len - 2;
    }
    if (found->signature.len > 0) {
        open_simple_block(s, BLOCK_THINKING, found->index);
        keep_text(s, ccpi_json_inner(found->signature));
    }
    if (found->redacted.len > 0) {
        open_simple_block(s, BLOCK_REDACTED, found->index);
        keep_base64(s, ccpi_json_inner(found->redacted));
    }
}

static ccp_status on_citation(stream *s, const ccpi_delta *found)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf citation = {.limit = MAX_KEPT};
    ccp_status status = ccpi_json_parse(found->citation, &tree, s->error);

    if (status != CCP_OK)
        return status;
    open_simple_block(s, BLOCK_TEXT, found->index);
    if (ccpi_citations_write_anthropic(&tree, ccpi_json_root(&tree), &citation))
        write_delta(s, "\"citations_delta\",\"citation\":", ccpi_buf_span(&citation));
    return citation.status;
}

static ccp_status on_delta(stream *s, ccpi_span payload)
{
    ccpi_delta outer = {0}, delta = {0};
    ccp_status status = walk(s, payload, &outer);

    if (status == CCP_OK)
        status = walk(s, outer.delta, &delta);
    if (status != CCP_OK || (s->block == BLOCK_IGNORED && s->source == outer.index))
        return status;
    delta.index = outer.index;
    if (delta.text.len > 0) {
        on_text(s, &delta);
    } else if (delta.tool_use.len > 0) {
        status = walk(s, delta.tool_use, &delta);
        if (status == CCP_OK && delta.input.len > 0)
            on_input(s, &delta);
    } else if (delta.reasoning.len > 0) {
        status = walk(s, delta.reasoning, &delta);
        if (status == CCP_OK)
            on_reasoning(s, &delta);
    } else if (delta.citation.len > 0) {
        status = on_citation(s, &delta);
    }
    return status;
}

static void on_block_start(stream *s, const ccpi_json_tree *tree)
{
    const ccpi_json_node *start = ccpi_json_get(tree, ccpi_json_root(tree), "start");
    const ccpi_json_node *tool = ccpi_json_get(tree, start, "toolUse");
    const ccpi_json_node *id =
        ccpi_json_get_typed(tree, tool, "toolUseId", CCPI_JSON_STRING);
    const ccpi_json_node *name =
        ccpi_json_get_typed(tree, tool, "name", CCPI_JSON_STRING);

    close_block(s);
    if (id && name)
        open_tool_use(s, ccpi_block_index_of(tree), ccpi_json_inner(id->text),
                      ccpi_json_inner(name->text));
    else if (ccpi_json_get(tree, start, "toolResult") ||
             ccpi_json_get(tree, start, "image"))
        switch_block(s, BLOCK_IGNORED, ccpi_block_index_of(tree));
}

static void on_block_stop(stream *s, const ccpi_json_tree *tree)
{
    if (s->source == ccpi_block_index_of(tree))
        close_block(s);
}

static void end_message(stream *s)
{
    s->has_ended = true;
    put(s, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":"
           "{\"stop_reason\":\"");
    put(s, s->stop_reason);
    put(s, "\",\"stop_sequence\":");
    ccpi_buf_append_span(s->out, ccpi_buf_span(&s->stop_sequence));
    put(s, "},\"usage\":");
    if (s->has_usage)
        ccpi_usage_counts_write(&s->usage, s->out);
    else
        ccpi_buf_append_format(s->out, "{\"output_tokens\":%" PRId64 "}",
                               ccpi_output_estimate(s->delta_bytes));
    put(s, "}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
}

static void on_message_stop(stream *s, const ccpi_json_tree *tree)
{
    const ccpi_json_node *root = ccpi_json_root(tree);

    close_block(s);
    s->stop_reason = ccpi_stop_reason_of(ccpi_json_get(tree, root, "stopReason"));
    ccpi_buf_reset(&s->stop_sequence);
    ccpi_stop_sequence_write(tree, root, &s->stop_sequence);
    if (s->has_usage)
        end_message(s);
}

static void on_metadata(stream *s, const ccpi_json_tree *tree)
{
    s->usage =
        ccpi_usage_counts_read(tree, ccpi_json_get(tree, ccpi_json_root(tree), "usage"));
    s->has_usage = true;
    if (s->stop_reason)
        end_message(s);
}

/* All but the deltas, which are many and need no tree; NULL: nothing more to do. */
static const struct {
    const char *name;
    void (*handle)(stream *s, const ccpi_json_tree *tree);
} events[] = {
    {"messageStart", NULL},
    {"contentBlockStart", on_block_start},
    {"contentBlockStop", on_block_stop},
    {"messageStop", on_message_stop},
    {"metadata", on_metadata},
};

static ccp_status on_event(stream *s, const ccpi_eventstream_frame *frame)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    ccp_status status;

    if (ccpi_span_is(frame->event_type, "contentBlockDelta")) {
        start_message(s);
        return on_delta(s, frame->payload);
    }
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (!ccpi_span_is(frame->event_type, events[i].name))
            continue;
        status = ccpi_json_parse(frame->payload, &tree, s->error);
        if (status == CCP_INVALID)
            return ccpi_fail(s->error, CCP_PROTOCOL, "a frame's payload is no JSON");
        if (status != CCP_OK)
            return status;
        start_message(s);
        if (events[i].handle)
            events[i].handle(s, &tree);
        return s->stop_sequence.status;
    }
    return CCP_OK;
}

static ccp_status visit_frame(void *context, const ccpi_eventstream_frame *frame)
{
    stream *s = context;
    ccp_status status = CCP_OK;

    if (s->has_ended)
        return CCP_OK;
    if (ccpi_span_is(frame->message_type, "event")) {
        status = on_event(s, frame);
    } else if (ccpi_bedrock_is_failure(frame)) {
        s->has_ended = true;
        s->has_failed = true;
        s->fault = ccpi_bedrock_failure_of(frame);
        status = ccpi_bedrock_failure_write(frame, s->request_id, s->out);
    }
    return status != CCP_OK ? status : s->out->status;
}

ccp_status ccpi_converse_stream_feed(ccpi_converse_stream *s, ccpi_span bytes,
                                     ccpi_buf *out, ccp_error *error)
{
    s->out = out;
    s->error = error;
    return ccpi_eventstream_feed(&s->frames, bytes, visit_frame, s, error);
}

ccp_status ccpi_converse_stream_finish(ccpi_converse_stream *s, ccpi_buf *out,
                                       ccp_error *error)
{
    s->out = out;
    s->error = error;
    if (s->has_ended)
        return CCP_OK;
    if (!s->stop_reason || !ccpi_eventstream_is_whole(&s->frames))
        return ccpi_fail(error, CCP_PROTOCOL,
                         "Bedrock's stream ended before its message did");
    end_message(s);
    return out->status;
}

bool ccpi_converse_stream_fault(const ccpi_converse_stream *s, ccpi_bedrock_fault *fault)
{
    *fault = s->fault;
    return s->has_failed;
}
