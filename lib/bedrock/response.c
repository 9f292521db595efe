#include "bedrock/response.h"

#include "base/cleanup.h"
#include "base/fail.h"
#include "bedrock/converse/answer.h"
#include "bedrock/converse/citations.h"

typedef struct writer {
    const ccpi_json_tree *tree;
    const ccpi_names *names;
    ccpi_buf *out;
} writer;

static const ccpi_json_node *get(const writer *w, const ccpi_json_node *node,
                                 const char *name)
{
    return ccpi_json_get(w->tree, node, name);
}

static const ccpi_json_node *get_string(const writer *w, const ccpi_json_node *node,
                                        const char *name)
{
    return ccpi_json_get_typed(w->tree, node, name, CCPI_JSON_STRING);
}

static void put(const writer *w, const char *text)
{
    ccpi_buf_append_text(w->out, text);
}

/* A string as it stands, or the empty one. */
static void put_string(const writer *w, const ccpi_json_node *string)
{
    ccpi_buf_append_span(w->out, string ? string->text : CCPI_SPAN("\"\""));
}

/* An empty one could not be sent back in the next turn. */
static bool write_text(const writer *w, const ccpi_json_node *text)
{
    if (text->type != CCPI_JSON_STRING || text->text.len <= 2)
        return false;
    put(w, "{\"type\":\"text\",\"text\":");
    put_string(w, text);
    put(w, "}");
    return true;
}

static bool write_tool_use(const writer *w, const ccpi_json_node *tool_use)
{
    const ccpi_json_node *name = get_string(w, tool_use, "name");
    const ccpi_json_node *input = get(w, tool_use, "input");

    put(w, "{\"type\":\"tool_use\",\"id\":");
    put_string(w, get_string(w, tool_use, "toolUseId"));
    put(w, ",\"name\":\"");
    if (name)
        ccpi_buf_append_span(w->out,
                             ccpi_names_restore(w->names, ccpi_json_inner(name->text)));
    put(w, "\",\"input\":");
    if (input && input->type != CCPI_JSON_NULL)
        ccpi_buf_append_span(w->out, input->text);
    else
        put(w, "{}");
    put(w, "}");
    return true;
}

static bool write_reasoning(const writer *w, const ccpi_json_node *reasoning)
{
    const ccpi_json_node *text = get(w, reasoning, "reasoningText");
    const ccpi_json_node *redacted = get_string(w, reasoning, "redactedContent");

    if (text) {
        put(w, "{\"type\":\"thinking\",\"thinking\":");
        put_string(w, get_string(w, text, "text"));
        put(w, ",\"signature\":");
        put_string(w, get_string(w, text, "signature"));
        put(w, "}");
    } else if (redacted) {
        put(w, "{\"type\":\"redacted_thinking\",\"data\":");
        put_string(w, redacted);
        put(w, "}");
    }
    return text || redacted;
}

static void write_citations(const writer *w, const ccpi_json_node *citations)
{
    const size_t start = w->out->len;

    put(w, ",\"citations\":[");
    for (const ccpi_json_node *citation = ccpi_json_child(w->tree, citations); citation;
         citation = ccpi_json_next(w->tree, citation)) {
        if (ccpi_citations_write_anthropic(w->tree, citation, w->out))
            put(w, ",");
    }
    /* The last comma, or else the whole beginning, has nothing behind it. */
    if (w->out->status == CCP_OK && w->out->data[w->out->len - 1] == ',') {
        ccpi_buf_cut(w->out, w->out->len - 1);
        put(w, "]");
    } else if (w->out->status == CCP_OK) {
        ccpi_buf_cut(w->out, start);
    }
}

static bool write_cited_text(const writer *w, const ccpi_json_node *cited)
{
    put(w, "{\"type\":\"text\",\"text\":\"");
    for (const ccpi_json_node *content =
             ccpi_json_child(w->tree, get(w, cited, "content"));
         content; content = ccpi_json_next(w->tree, content)) {
        const ccpi_json_node *text = get_string(w, content, "text");

        if (text)
            ccpi_buf_append_span(w->out, ccpi_json_inner(text->text));
    }
    put(w, "\"");
    write_citations(w, get(w, cited, "citations"));
    put(w, "}");
    return true;
}

/* Blocks that are not here (images, results of tools on servers) have no counterpart. */
static const struct {
    const char *name;
    bool (*write)(const writer *w, const ccpi_json_node *value);
} blocks[] = {
    {"text", write_text},
    {"toolUse", write_tool_use},
    {"reasoningContent", write_reasoning},
    {"citationsContent", write_cited_text},
};

/* false: nothing was written. */
static bool write_block(const writer *w, const ccpi_json_node *block, bool is_first)
{
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        const ccpi_json_node *value = get(w, block, blocks[i].name);
        const size_t before = w->out->len;

        if (!value)
            continue;
        put(w, is_first ? "" : ",");
        if (blocks[i].write(w, value))
            return true;
        if (w->out->status == CCP_OK)
            ccpi_buf_cut(w->out, before);
    }
    return false;
}

void ccpi_answer_write_head(const ccpi_answer_options *options, ccpi_buf *out)
{
    const char *id = options->request_id;

    if (strncmp(id, "req_", 4) == 0)
        id += 4;
    ccpi_buf_append_text(out, "\"id\":\"msg_");
    ccpi_buf_append_text(out, id);
    ccpi_buf_append_text(out,
                         "\",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
    ccpi_json_quote(ccpi_span_of(options->model), out);
}

static void write_answer(const writer *w, const ccpi_json_node *root,
                         const ccpi_json_node *content)
{
    const ccpi_usage_counts usage =
        ccpi_usage_counts_read(w->tree, get(w, root, "usage"));
    bool is_first = true;

    put(w, ",\"content\":[");
    for (const ccpi_json_node *block = ccpi_json_child(w->tree, content); block;
         block = ccpi_json_next(w->tree, block))
        if (write_block(w, block, is_first))
            is_first = false;
    put(w, "],\"stop_reason\":\"");
    put(w, ccpi_stop_reason_of(get(w, root, "stopReason")));
    put(w, "\",\"stop_sequence\":");
    ccpi_stop_sequence_write(w->tree, root, w->out);
    put(w, ",\"usage\":");
    ccpi_usage_counts_write(&usage, w->out);
    put(w, "}");
}

ccp_status ccpi_converse_response(ccpi_span body, const ccpi_answer_options *options,
                                  ccpi_buf *out, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_json_clear) ccpi_json_tree tree = {0};
    const writer w = {&tree, options->names, out};
    const ccpi_json_node *root, *content;
    ccp_status status = ccpi_json_parse(body, &tree, error);

    if (status == CCP_INVALID)
        return ccpi_fail(error, CCP_PROTOCOL, "Bedrock's answer is no JSON");
    if (status != CCP_OK)
        return status;
    root = ccpi_json_root(&tree);
    content = ccpi_json_get_typed(&tree, get(&w, get(&w, root, "output"), "message"),
                                  "content", CCPI_JSON_ARRAY);
    if (!content)
        return ccpi_fail(error, CCP_PROTOCOL, "Bedrock's answer holds no message");

    ccpi_buf_append_char(out, '{');
    ccpi_answer_write_head(options, out);
    write_answer(&w, root, content);
    if (out->status != CCP_OK)
        return ccpi_fail(error, out->status, "Bedrock's answer does not fit");
    return CCP_OK;
}
