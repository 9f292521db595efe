#include <inttypes.h>
#include <stdlib.h>

#include "anthropic/patch.h"
#include "base/cleanup.h"
#include "base/encode.h"
#include "base/fail.h"
#include "bedrock/errors.h"
#include "bedrock/native/answer.h"
#include "wire/eventstream.h"

#define BEDROCKS_OWN "amazon-bedrock-"
#define METRICS "amazon-bedrock-invocationMetrics"
#define MAX_COUNTED 512
#define MAX_HELD ((size_t)1024 * 1024)
#define MAX_TYPE 64

struct ccpi_chunks {
    ccpi_eventstream frames;
    char *request_id;
    char *model;
    ccpi_buf event;   /* one decoded chunk */
    ccpi_buf held;    /* a message_delta, until it is known what follows */
    ccpi_buf counted; /* of the metrics */
    bool has_delta, has_ended, has_failed;
    ccpi_bedrock_fault fault; /* if it has failed */

    ccpi_buf *out; /* during a call */
    ccp_error *error;
};

typedef ccpi_chunks chunks;

ccp_status ccpi_chunks_new(const ccpi_answer_options *options, ccpi_chunks **out)
{
    chunks *c = calloc(1, sizeof(*c));

    *out = NULL;
    if (!c)
        return CCP_NO_MEMORY;
    ccpi_eventstream_init(&c->frames);
    c->event.limit = CCPI_EVENTSTREAM_MAX_FRAME;
    c->held.limit = MAX_HELD;
    c->counted.limit = MAX_COUNTED;
    c->request_id = strdup(options->request_id);
    c->model = strdup(options->model);
    if (!c->request_id || !c->model) {
        ccpi_chunks_free(c);
        return CCP_NO_MEMORY;
    }
    *out = c;
    return CCP_OK;
}

void ccpi_chunks_free(ccpi_chunks *c)
{
    if (!c)
        return;
    ccpi_eventstream_clear(&c->frames);
    ccpi_buf_clear(&c->event);
    ccpi_buf_clear(&c->held);
    ccpi_buf_clear(&c->counted);
    free(c->request_id);
    free(c->model);
    free(c);
}

ccpi_span ccpi_chunks_counted(const ccpi_chunks *c)
{
    return ccpi_buf_span(&c->counted);
}

/* ---- an event, as it stands in a chunk ---- */

typedef struct facts {
    ccpi_span type;  /* between the quotes */
    bool is_changed; /* has members that do not go to the client as they are */
} facts;

static ccp_status look_at_member(void *context, const ccpi_json_member *member)
{
    facts *found = context;

    if (member->type == CCPI_JSON_STRING && ccpi_json_key_is(member->key, "type"))
        found->type = ccpi_json_inner(member->value);
    if (ccpi_span_starts(member->key, BEDROCKS_OWN))
        found->is_changed = true;
    return CCP_OK;
}

/* Names of events are words; another one would break the event's lines. */
static bool is_word(ccpi_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return text.len > 0 && text.len <= MAX_TYPE;
}

/* JSON has line ends between its tokens only: on one line it says the same. */
static void write_line(ccpi_span json, ccpi_buf *out)
{
    while (json.len > 0) {
        size_t len = 0;

        while (len < json.len && json.data[len] != '\n' && json.data[len] != '\r')
            len++;
        ccpi_buf_append(out, json.data, len);
        len += len < json.len;
        json.data += len;
        json.len -= len;
    }
}

static ccp_status write_event(ccpi_span type, ccpi_span json, ccpi_buf *out)
{
    ccpi_buf_append_text(out, "event: ");
    ccpi_buf_append_span(out, type);
    ccpi_buf_append_text(out, "\ndata: ");
    write_line(json, out);
    return ccpi_buf_append_text(out, "\n\n");
}

static ccp_status write_patched(ccpi_patch *patch, ccpi_span type, ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf json = {.limit = SIZE_MAX};
    ccp_status status = ccpi_patch_finish(patch);

    if (status == CCP_OK)
        status = ccpi_patch_write(patch, &json);
    return status == CCP_OK ? write_event(type, ccpi_buf_span(&json), out) : status;
}

static void drop_bedrocks_own(ccpi_patch *patch)
{
    for (const ccpi_json_node *member =
             ccpi_json_child(&patch->tree, ccpi_json_root(&patch->tree));
         member; member = ccpi_json_next(&patch->tree, member))
        if (ccpi_span_starts(member->key, BEDROCKS_OWN))
            ccpi_patch_drop(patch, member);
}

/* ---- what is counted ---- */

static void write_count(const ccpi_json_tree *tree, const ccpi_json_node *metrics,
                        const char *from, const char *to, ccpi_buf *out)
{
    const ccpi_json_node *node = ccpi_json_get(tree, metrics, from);
    int64_t count;

    if (!node || node->type != CCPI_JSON_NUMBER || !ccpi_json_integer(node->text, &count))
        return;
    if (out->data[out->len - 1] != '{')
        ccpi_buf_append_char(out, ',');
    ccpi_buf_append_format(out, "\"%s\":%" PRId64, to, count);
}

static void read_metrics(chunks *c, const ccpi_json_tree *tree)
{
    static const char *const counts[][2] = {
        {"inputTokenCount", "input_tokens"},
        {"outputTokenCount", "output_tokens"},
        {"cacheReadInputTokenCount", "cache_read_input_tokens"},
        {"cacheWriteInputTokenCount", "cache_creation_input_tokens"},
    };
    const ccpi_json_node *metrics =
        ccpi_json_get_typed(tree, ccpi_json_root(tree), METRICS, CCPI_JSON_OBJECT);

    if (!metrics)
        return;
    ccpi_buf_reset(&c->counted);
    if (ccpi_buf_append_text(&c->counted, "{\"usage\":{") != CCP_OK)
        return;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (c->counted.status == CCP_OK)
            write_count(tree, metrics, counts[i][0], counts[i][1], &c->counted);
    ccpi_buf_append_text(&c->counted, "}}");
}

/* ---- the events that are changed ---- */

static ccp_status give_held(chunks *c)
{
    ccp_status status = CCP_OK;

    if (c->held.len > 0)
        status = write_event(CCPI_SPAN("message_delta"), ccpi_buf_span(&c->held), c->out);
    ccpi_buf_reset(&c->held);
    return status;
}

static ccp_status open_event(chunks *c, ccpi_patch *patch)
{
    return ccpi_patch_open(patch, ccpi_buf_span(&c->event), c->error);
}

static ccp_status on_message_start(chunks *c, ccpi_span type)
{
    CCPI_CLEANUP(ccpi_patch_clear) ccpi_patch patch = {.status = CCP_OK};
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf model = {.limit = SIZE_MAX};
    ccp_status status = open_event(c, &patch);
    const ccpi_json_tree *tree = &patch.tree;

    if (status == CCP_OK)
        status = ccpi_json_quote(ccpi_span_of(c->model), &model);
    if (status != CCP_OK)
        return status;
    ccpi_patch_replace(
        &patch,
        ccpi_json_get_typed(tree, ccpi_json_get(tree, ccpi_json_root(tree), "message"),
                            "model", CCPI_JSON_STRING),
        ccpi_buf_span(&model));
    drop_bedrocks_own(&patch);
    return write_patched(&patch, type, c->out);
}

/* Counts that come with message_stop only, or were 0, are those that clients miss. */
static void add_missing_counts(ccpi_patch *delta, const ccpi_json_tree *stop,
                               const ccpi_json_node *counts)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = SIZE_MAX};
    const ccpi_json_node *root = ccpi_json_root(&delta->tree);
    const ccpi_json_node *known =
        ccpi_json_get_typed(&delta->tree, root, "usage", CCPI_JSON_OBJECT);

    if (!known) {
        ccpi_patch_drop(delta, ccpi_json_get(&delta->tree, root, "usage"));
        ccpi_buf_append_text(&text, "\"usage\":");
        ccpi_buf_append_span(&text, counts->text);
        ccpi_patch_append(delta, root, ccpi_buf_span(&text));
    }
    for (const ccpi_json_node *count = ccpi_json_child(stop, counts); count && known;
         count = ccpi_json_next(stop, count)) {
        bool is_said = false;

        for (const ccpi_json_node *said = ccpi_json_child(&delta->tree, known); said;
             said = ccpi_json_next(&delta->tree, said)) {
            if (!ccpi_span_equals(said->key, count->key))
                continue;
            is_said = true;
            if (ccpi_span_is(said->text, "0"))
                ccpi_patch_replace(delta, said, count->text);
        }
        if (is_said)
            continue;
        ccpi_buf_reset(&text);
        ccpi_buf_append_char(&text, '"');
        ccpi_buf_append_span(&text, count->key);
        ccpi_buf_append_text(&text, "\":");
        ccpi_buf_append_span(&text, count->text);
        ccpi_patch_append(delta, known, ccpi_buf_span(&text));
    }
    if (text.status != CCP_OK)
        delta->status = text.status;
}

static ccp_status give_held_with(chunks *c, const ccpi_json_tree *stop,
                                 const ccpi_json_node *counts)
{
    CCPI_CLEANUP(ccpi_patch_clear) ccpi_patch delta = {.status = CCP_OK};
    ccp_status status;

    if (c->held.len == 0 || !counts)
        return give_held(c);
    status = ccpi_patch_open(&delta, ccpi_buf_span(&c->held), c->error);
    if (status != CCP_OK)
        return status;
    add_missing_counts(&delta, stop, counts);
    status = write_patched(&delta, CCPI_SPAN("message_delta"), c->out);
    ccpi_buf_reset(&c->held);
    return status;
}

static ccp_status on_message_stop(chunks *c, ccpi_span type)
{
    CCPI_CLEANUP(ccpi_patch_clear) ccpi_patch stop = {.status = CCP_OK};
    ccp_status status = open_event(c, &stop);
    const ccpi_json_node *usage;

    if (status != CCP_OK)
        return status;
    usage = ccpi_json_get_typed(&stop.tree, ccpi_json_root(&stop.tree), "usage",
                                CCPI_JSON_OBJECT);
    read_metrics(c, &stop.tree);
    status = c->counted.status;
    if (status == CCP_OK)
        status = give_held_with(c, &stop.tree, usage);
    if (status != CCP_OK)
        return status;
    ccpi_patch_drop(&stop, usage);
    drop_bedrocks_own(&stop);
    c->has_ended = true;
    return write_patched(&stop, type, c->out);
}

/* Any other event that Bedrock has added to. */
static ccp_status on_changed(chunks *c, ccpi_span type, ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_patch_clear) ccpi_patch patch = {.status = CCP_OK};
    ccp_status status = open_event(c, &patch);

    if (status != CCP_OK)
        return status;
    read_metrics(c, &patch.tree);
    drop_bedrocks_own(&patch);
    if (c->counted.status != CCP_OK)
        return c->counted.status;
    if (out == c->out)
        return write_patched(&patch, type, out);
    status = ccpi_patch_finish(&patch);
    return status == CCP_OK ? ccpi_patch_write(&patch, out) : status;
}

static ccp_status on_event(chunks *c)
{
    const ccpi_span json = ccpi_buf_span(&c->event);
    facts found = {.is_changed = false};
    ccp_status status;

    if (ccpi_json_walk(json, look_at_member, &found, NULL) != CCP_OK)
        return ccpi_fail(c->error, CCP_PROTOCOL, "a chunk holds no JSON object");
    if (!is_word(found.type))
        return CCP_OK;
    if (ccpi_span_is(found.type, "message_stop"))
        return on_message_stop(c, found.type);
    status = give_held(c);
    if (status != CCP_OK)
        return status;
    if (ccpi_span_is(found.type, "message_start"))
        return on_message_start(c, found.type);
    if (ccpi_span_is(found.type, "message_delta")) {
        c->has_delta = true;
        return found.is_changed ? on_changed(c, found.type, &c->held)
                                : ccpi_buf_append_span(&c->held, json);
    }
    c->has_ended = ccpi_span_is(found.type, "error");
    if (found.is_changed)
        return on_changed(c, found.type, c->out);
    return write_event(found.type, json, c->out);
}

/* ---- frames ---- */

static ccp_status find_bytes(void *context, const ccpi_json_member *member)
{
    if (member->type == CCPI_JSON_STRING && ccpi_json_key_is(member->key, "bytes"))
        *(ccpi_span *)context = ccpi_json_inner(member->value);
    return CCP_OK;
}

/* Writers may escape the slash, which is of base64's alphabet. */
static ccp_status decode(chunks *c, ccpi_span text)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf plain = {.limit = SIZE_MAX};
    char *room;
    size_t len = 0;

    if (memchr(text.data, '\\', text.len)) {
        if (ccpi_json_decode(text, &plain) == CCP_NO_MEMORY)
            return CCP_NO_MEMORY;
        text = ccpi_buf_span(&plain);
    }
    ccpi_buf_reset(&c->event);
    room = ccpi_buf_room(&c->event, CCPI_BASE64_MAX_BYTES(text.len));
    if (!room)
        return c->event.status;
    if (!ccpi_base64_decode(text, (unsigned char *)room, &len))
        return ccpi_fail(c->error, CCP_PROTOCOL, "a chunk's bytes are no base64");
    ccpi_buf_grow(&c->event, len);
    return CCP_OK;
}

static ccp_status on_chunk(chunks *c, ccpi_span payload)
{
    ccpi_span bytes = {NULL, 0};
    ccp_status status;

    if (ccpi_json_walk(payload, find_bytes, &bytes, NULL) != CCP_OK)
        return ccpi_fail(c->error, CCP_PROTOCOL, "a frame's payload is no JSON");
    if (bytes.len == 0)
        return CCP_OK;
    status = decode(c, bytes);
    return status == CCP_OK ? on_event(c) : status;
}

static ccp_status visit_frame(void *context, const ccpi_eventstream_frame *frame)
{
    chunks *c = context;
    ccp_status status = CCP_OK;

    if (c->has_ended)
        return CCP_OK;
    if (ccpi_bedrock_is_failure(frame)) {
        status = give_held(c);
        c->has_ended = true;
        c->has_failed = true;
        c->fault = ccpi_bedrock_failure_of(frame);
        if (status == CCP_OK)
            status = ccpi_bedrock_failure_write(frame, c->request_id, c->out);
    } else if (ccpi_span_is(frame->message_type, "event") &&
               ccpi_span_is(frame->event_type, "chunk")) {
        status = on_chunk(c, frame->payload);
    }
    return status != CCP_OK ? status : c->out->status;
}

ccp_status ccpi_chunks_feed(ccpi_chunks *c, ccpi_span bytes, ccpi_buf *out,
                            ccp_error *error)
{
    c->out = out;
    c->error = error;
    return ccpi_eventstream_feed(&c->frames, bytes, visit_frame, c, error);
}

ccp_status ccpi_chunks_finish(ccpi_chunks *c, ccpi_buf *out, ccp_error *error)
{
    c->out = out;
    c->error = error;
    if (c->has_ended)
        return CCP_OK;
    if (give_held(c) != CCP_OK)
        return out->status;
    /* Clients take a message for whole once they know why it ended. */
    if (!c->has_delta || !ccpi_eventstream_is_whole(&c->frames))
        return ccpi_fail(error, CCP_PROTOCOL,
                         "Bedrock's stream ended before its message did");
    return CCP_OK;
}

bool ccpi_chunks_fault(const ccpi_chunks *c, ccpi_bedrock_fault *fault)
{
    *fault = c->fault;
    return c->has_failed;
}
