#include "bedrock/converse/messages.h"

#include "bedrock/converse/citations.h"
#include "bedrock/converse/source.h"
#include "bedrock/converse/text.h"

#define NO_CONTENT "{\"text\":\"(no content)\"}"
#define NO_RESULT "{\"text\":\"(the tool gave no result)\"}"

typedef ccpi_messages_writer writer;

static const ccpi_json_node *get(const writer *w, const ccpi_json_node *node,
                                 const char *name)
{
    return ccpi_json_get(w->conversation->tree, node, name);
}

static void put(const writer *w, const char *text)
{
    ccpi_buf_append_text(w->out, text);
}

static void put_value(const writer *w, const ccpi_json_node *node)
{
    ccpi_buf_append_span(w->out, node->text);
}

static void begin_block(writer *w)
{
    if (!w->is_first)
        put(w, ",");
    w->is_first = false;
}

static void write_text(writer *w, const ccpi_json_node *string)
{
    begin_block(w);
    put(w, "{\"text\":");
    put_value(w, string);
    put(w, "}");
    w->has_text = true;
}

static void write_note(writer *w, const char *block)
{
    begin_block(w);
    put(w, block);
    w->has_text = true;
}

static void write_image(writer *w, const ccpi_json_node *block)
{
    begin_block(w);
    ccpi_source_write_image(w->conversation->tree, block, w->out);
}

static void write_document(writer *w, const ccpi_json_node *block)
{
    begin_block(w);
    ccpi_source_write_document(w->conversation->tree, block, ++w->documents, w->out);
    w->has_document = true;
}

static void write_search_result(writer *w, const ccpi_json_node *block)
{
    begin_block(w);
    ccpi_source_write_search_result(w->conversation->tree, block, w->out);
}

static void write_cited_text(writer *w, const ccpi_json_node *block)
{
    begin_block(w);
    ccpi_citations_write_converse(w->conversation->tree, block, w->out);
    w->has_text = true;
}

static void write_thinking(writer *w, const ccpi_json_node *block)
{
    begin_block(w);
    put(w, "{\"reasoningContent\":{\"reasoningText\":{\"text\":");
    put_value(w, get(w, block, "thinking"));
    put(w, ",\"signature\":");
    put_value(w, get(w, block, "signature"));
    put(w, "}}}");
}

static void write_redacted(writer *w, const ccpi_json_node *block)
{
    begin_block(w);
    put(w, "{\"reasoningContent\":{\"redactedContent\":");
    put_value(w, get(w, block, "data"));
    put(w, "}}");
}

ccp_status ccpi_tool_name_write(const ccpi_names *names, ccpi_span client, ccpi_buf *out)
{
    const ccpi_name *known = ccpi_names_find(names, client);
    ccpi_legal_name made = {0};
    ccp_status status;

    if (known)
        return ccpi_buf_append_text(out, known->sent.text);
    if (ccpi_name_is_legal(client))
        return ccpi_buf_append_span(out, client);
    status = ccpi_name_make_legal(client, 0, &made);
    if (status != CCP_OK)
        return out->status = status;
    return ccpi_buf_append_text(out, made.text);
}

/* Bedrock takes nothing but an object as a call's input. */
static void write_input(writer *w, const ccpi_json_node *input)
{
    if (input && input->type == CCPI_JSON_OBJECT) {
        put_value(w, input);
    } else if (!input || input->type == CCPI_JSON_NULL) {
        put(w, "{}");
    } else {
        put(w, "{\"value\":");
        put_value(w, input);
        put(w, "}");
    }
}

static void write_tool_use(writer *w, const ccpi_part *part)
{
    begin_block(w);
    put(w, "{\"toolUse\":{\"toolUseId\":\"");
    ccpi_buf_append_span(w->out, w->conversation->calls[part->call].sent);
    put(w, "\",\"name\":\"");
    ccpi_tool_name_write(w->tool_names, ccpi_json_inner(get(w, part->node, "name")->text),
                         w->out);
    put(w, "\",\"input\":");
    write_input(w, get(w, part->node, "input"));
    put(w, "}}");
}

static void write_reference(writer *w, const ccpi_json_node *reference)
{
    const ccpi_json_node *name = get(w, reference, "tool_name");

    if (!name || name->type != CCPI_JSON_STRING)
        return;
    begin_block(w);
    put(w, "{\"text\":\"The tool ");
    ccpi_tool_name_write(w->tool_names, ccpi_json_inner(name->text), w->out);
    put(w, " can be used now.\"}");
    w->has_text = true;
}

static bool is_string_with_text(const ccpi_json_node *node)
{
    return node && node->type == CCPI_JSON_STRING &&
           !ccpi_text_is_blank(ccpi_json_inner(node->text));
}

static void write_texts(writer *w, const ccpi_json_node *block)
{
    const ccpi_json_node *content = get(w, block, "content");
    const ccpi_json_tree *tree = w->conversation->tree;

    if (is_string_with_text(get(w, block, "text")))
        write_text(w, get(w, block, "text"));
    if (is_string_with_text(content))
        write_text(w, content);
    if (!content || content->type != CCPI_JSON_ARRAY)
        return;
    for (content = ccpi_json_child(tree, content); content;
         content = ccpi_json_next(tree, content))
        if (is_string_with_text(get(w, content, "text")))
            write_text(w, get(w, content, "text"));
}

static bool wants_citations(const writer *w, const ccpi_json_node *block)
{
    const ccpi_json_node *enabled = get(w, get(w, block, "citations"), "enabled");

    return enabled && enabled->type == CCPI_JSON_TRUE &&
           ccpi_source_is_search_result(w->conversation->tree, block);
}

/* One block within a tool's result; the conversation has checked the sources. */
static void write_result_block(writer *w, const ccpi_json_node *block)
{
    const ccpi_json_node *type = get(w, block, "type");

    if (ccpi_json_is_text(type, "image"))
        write_image(w, block);
    else if (ccpi_json_is_text(type, "document"))
        write_document(w, block);
    else if (ccpi_json_is_text(type, "tool_reference"))
        write_reference(w, block);
    else if (ccpi_json_is_text(type, "search_result") && wants_citations(w, block))
        write_search_result(w, block);
    else
        write_texts(w, block);
}

static void write_result_content(writer *w, const ccpi_json_node *result)
{
    const ccpi_json_node *content = get(w, result, "content");
    const ccpi_json_tree *tree = w->conversation->tree;
    const size_t before = w->out->len;

    if (is_string_with_text(content))
        write_text(w, content);
    for (content = ccpi_json_child(tree, content); content;
         content = ccpi_json_next(tree, content))
        write_result_block(w, content);
    /* An empty result is refused, at least when it is an error. */
    if (w->out->len == before)
        write_note(w, NO_CONTENT);
}

static void begin_result(writer *w, uint32_t call)
{
    begin_block(w);
    put(w, "{\"toolResult\":{\"toolUseId\":\"");
    ccpi_buf_append_span(w->out, w->conversation->calls[call].sent);
    put(w, "\",\"content\":[");
    w->is_first = true;
}

static void end_result(writer *w, bool is_error)
{
    put(w, "]");
    if (!w->is_foreign)
        put(w, is_error ? ",\"status\":\"error\"" : ",\"status\":\"success\"");
    put(w, "}}");
    w->is_first = false;
}

static void write_tool_result(writer *w, const ccpi_part *part)
{
    const ccpi_json_node *is_error = get(w, part->node, "is_error");
    const bool had_text = w->has_text, had_document = w->has_document;

    begin_result(w, part->call);
    write_result_content(w, part->node);
    end_result(w, is_error && is_error->type == CCPI_JSON_TRUE);
    /* What stands in a result is not in the message itself. */
    w->has_text = had_text;
    w->has_document = had_document;
}

static void write_missing_result(writer *w, uint32_t call)
{
    const bool had_text = w->has_text;

    begin_result(w, call);
    write_note(w, NO_RESULT);
    end_result(w, true);
    w->has_text = had_text;
}

static void write_part(writer *w, const ccpi_part *part)
{
    switch ((ccpi_part_kind)part->kind) {
    case CCPI_PART_TEXT: write_text(w, part->node); break;
    case CCPI_PART_CITED_TEXT: write_cited_text(w, part->node); break;
    case CCPI_PART_IMAGE: write_image(w, part->node); break;
    case CCPI_PART_DOCUMENT: write_document(w, part->node); break;
    case CCPI_PART_SEARCH_RESULT: write_search_result(w, part->node); break;
    case CCPI_PART_TOOL_USE: write_tool_use(w, part); break;
    case CCPI_PART_TOOL_RESULT: write_tool_result(w, part); break;
    case CCPI_PART_STRAY_RESULT: write_result_content(w, part->node); break;
    case CCPI_PART_THINKING: write_thinking(w, part->node); break;
    case CCPI_PART_REDACTED: write_redacted(w, part->node); break;
    }
    ccpi_mark_write((ccpi_mark)part->mark, true, w->out);
}

void ccpi_mark_write(ccpi_mark mark, bool after_comma, ccpi_buf *out)
{
    static const char *const ttls[] = {
        [CCPI_MARK_PLAIN] = "",
        [CCPI_MARK_5M] = ",\"ttl\":\"5m\"",
        [CCPI_MARK_1H] = ",\"ttl\":\"1h\"",
    };

    if (mark == CCPI_MARK_NONE)
        return;
    ccpi_buf_append_text(out, after_comma ? "," : "");
    ccpi_buf_append_text(out, "{\"cachePoint\":{\"type\":\"default\"");
    ccpi_buf_append_text(out, ttls[mark]);
    ccpi_buf_append_text(out, "}}");
}

static void begin_message(writer *w, bool is_assistant)
{
    if (w->has_messages)
        put(w, ",");
    put(w, is_assistant ? "{\"role\":\"assistant\",\"content\":["
                        : "{\"role\":\"user\",\"content\":[");
    w->has_messages = true;
    w->is_first = true;
    w->has_text = false;
    w->has_document = false;
}

static void end_message(writer *w)
{
    if (w->is_first || (w->has_document && !w->has_text))
        write_note(w, NO_CONTENT);
    put(w, "]}");
}

static const ccpi_part *parts_of(const writer *w, const ccpi_turn *turn)
{
    return turn->count > 0 ? &w->conversation->parts.items[turn->first] : NULL;
}

static void write_missing_results(writer *w, const ccpi_turn *calling)
{
    const ccpi_part *parts = parts_of(w, calling);

    for (size_t i = 0; i < calling->count; i++)
        if (parts[i].kind == CCPI_PART_TOOL_USE &&
            !w->conversation->calls[parts[i].call].is_answered)
            write_missing_result(w, parts[i].call);
}

/* Results come first, all those of the turn before in this one message. */
static void write_user_turn(writer *w, const ccpi_turn *turn, const ccpi_turn *before)
{
    const ccpi_part *parts = parts_of(w, turn);

    begin_message(w, false);
    for (size_t i = 0; i < turn->count; i++)
        if (parts[i].kind == CCPI_PART_TOOL_RESULT)
            write_part(w, &parts[i]);
    if (before)
        write_missing_results(w, before);
    for (size_t i = 0; i < turn->count; i++)
        if (parts[i].kind != CCPI_PART_TOOL_RESULT)
            write_part(w, &parts[i]);
    end_message(w);
}

static void write_assistant_turn(writer *w, const ccpi_turn *turn)
{
    const ccpi_part *parts = parts_of(w, turn);

    begin_message(w, true);
    for (size_t i = 0; i < turn->count; i++)
        write_part(w, &parts[i]);
    /* A message may not end with what was thought. */
    if (turn->count > 0 && ccpi_part_is_reasoning(&parts[turn->count - 1]))
        write_note(w, NO_CONTENT);
    end_message(w);
}

static bool has_calls(const ccpi_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].kind == CCPI_PART_TOOL_USE)
            return true;
    return false;
}

static void write_trimmed(writer *w, const ccpi_part *part)
{
    const ccpi_json_node *text = part->node;

    if (part->kind == CCPI_PART_CITED_TEXT) {
        text = get(w, part->node, "text");
    } else if (part->kind != CCPI_PART_TEXT) {
        write_part(w, part);
        return;
    }
    begin_block(w);
    put(w, "{\"text\":\"");
    ccpi_buf_append_span(w->out, ccpi_text_trim_end(ccpi_json_inner(text->text)));
    put(w, "\"}");
    ccpi_mark_write((ccpi_mark)part->mark, true, w->out);
}

/*
 * An assistant's turn at the end is the beginning of the answer: it may neither
 * end in white space nor in thinking, and where nothing is left there is none.
 */
static void write_last_turn(writer *w, const ccpi_turn *turn)
{
    const ccpi_part *parts = parts_of(w, turn);
    size_t count = turn->count;

    if (has_calls(parts, count)) {
        write_assistant_turn(w, turn);
        begin_message(w, false);
        write_missing_results(w, turn);
        end_message(w);
        return;
    }
    while (count > 0 && ccpi_part_is_reasoning(&parts[count - 1]))
        count--;
    if (count == 0)
        return;
    begin_message(w, true);
    for (size_t i = 0; i + 1 < count; i++)
        write_part(w, &parts[i]);
    write_trimmed(w, &parts[count - 1]);
    end_message(w);
}

ccp_status ccpi_messages_write(ccpi_messages_writer *w)
{
    const ccpi_conversation *conversation = w->conversation;
    const ccpi_turn *turns = conversation->turns;
    const size_t count = conversation->turn_count;

    put(w, "[");
    if (count == 0 || turns[0].is_assistant) {
        begin_message(w, false);
        end_message(w);
    }
    for (size_t i = 0; i < count && w->out->status == CCP_OK; i++) {
        if (!turns[i].is_assistant)
            write_user_turn(w, &turns[i], i > 0 ? &turns[i - 1] : NULL);
        else if (i + 1 < count)
            write_assistant_turn(w, &turns[i]);
        else
            write_last_turn(w, &turns[i]);
    }
    return ccpi_buf_append_text(w->out, "]");
}

ccp_status ccpi_messages_write_system(ccpi_messages_writer *w)
{
    const ccpi_parts *system = &w->conversation->system;

    put(w, "[");
    w->is_first = true;
    for (size_t i = 0; i < system->count; i++)
        write_part(w, &system->items[i]);
    return ccpi_buf_append_text(w->out, "]");
}
