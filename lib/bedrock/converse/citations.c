#include "bedrock/converse/citations.h"

typedef struct pair {
    const char *anthropic, *converse;
} pair;

/* A kind of place that is cited, and its numbers; {NULL, NULL} ends them. */
typedef struct kind {
    pair name;
    pair numbers[4];
} kind;

static const kind kinds[] = {
    {{"char_location", "documentChar"},
     {{"document_index", "documentIndex"},
      {"start_char_index", "start"},
      {"end_char_index", "end"}}},
    {{"page_location", "documentPage"},
     {{"document_index", "documentIndex"},
      {"start_page_number", "start"},
      {"end_page_number", "end"}}},
    {{"content_block_location", "documentChunk"},
     {{"document_index", "documentIndex"},
      {"start_block_index", "start"},
      {"end_block_index", "end"}}},
    {{"search_result_location", "searchResultLocation"},
     {{"search_result_index", "searchResultIndex"},
      {"start_block_index", "start"},
      {"end_block_index", "end"}}},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool is_search(const kind *k)
{
    return k == &kinds[KINDS - 1];
}

/* Appends "name":value, if there is a value of that type; comma first. */
static void write_member(const char *name, const ccpi_json_node *value,
                         ccpi_json_type type, ccpi_buf *out)
{
    if (!value || value->type != type)
        return;
    ccpi_buf_append_format(out, ",\"%s\":", name);
    ccpi_buf_append_span(out, value->text);
}

static const kind *kind_of_anthropic(const ccpi_json_tree *tree,
                                     const ccpi_json_node *citation)
{
    const ccpi_json_node *type = ccpi_json_get(tree, citation, "type");

    for (size_t i = 0; i < KINDS; i++)
        if (ccpi_json_is_text(type, kinds[i].name.anthropic))
            return &kinds[i];
    return NULL;
}

static void write_location(const ccpi_json_tree *tree, const ccpi_json_node *citation,
                           const kind *k, ccpi_buf *out)
{
    const char *comma = "";

    ccpi_buf_append_format(out, "\"location\":{\"%s\":{", k->name.converse);
    for (const pair *number = k->numbers; number->anthropic; number++) {
        const ccpi_json_node *value =
            ccpi_json_get_typed(tree, citation, number->anthropic, CCPI_JSON_NUMBER);

        if (!value)
            continue;
        ccpi_buf_append_format(out, "%s\"%s\":", comma, number->converse);
        ccpi_buf_append_span(out, value->text);
        comma = ",";
    }
    ccpi_buf_append_text(out, "}}");
}

static void write_one_converse(const ccpi_json_tree *tree, const ccpi_json_node *citation,
                               const kind *k, ccpi_buf *out)
{
    const ccpi_json_node *cited =
        ccpi_json_get_typed(tree, citation, "cited_text", CCPI_JSON_STRING);

    ccpi_buf_append_char(out, '{');
    write_location(tree, citation, k, out);
    write_member("title",
                 ccpi_json_get(tree, citation, is_search(k) ? "title" : "document_title"),
                 CCPI_JSON_STRING, out);
    write_member("source", ccpi_json_get(tree, citation, "source"), CCPI_JSON_STRING,
                 out);
    if (cited) {
        ccpi_buf_append_text(out, ",\"sourceContent\":[{\"text\":");
        ccpi_buf_append_span(out, cited->text);
        ccpi_buf_append_text(out, "}]");
    }
    ccpi_buf_append_char(out, '}');
}

void ccpi_citations_write_converse(const ccpi_json_tree *tree,
                                   const ccpi_json_node *text_block, ccpi_buf *out)
{
    const char *comma = "";

    ccpi_buf_append_text(out, "{\"citationsContent\":{\"content\":[{\"text\":");
    ccpi_buf_append_span(out, ccpi_json_get(tree, text_block, "text")->text);
    ccpi_buf_append_text(out, "}],\"citations\":[");
    for (const ccpi_json_node *citation =
             ccpi_json_child(tree, ccpi_json_get(tree, text_block, "citations"));
         citation; citation = ccpi_json_next(tree, citation)) {
        const kind *k = kind_of_anthropic(tree, citation);

        if (!k)
            continue;
        ccpi_buf_append_text(out, comma);
        write_one_converse(tree, citation, k, out);
        comma = ",";
    }
    ccpi_buf_append_text(out, "]}}");
}

static const kind *kind_of_converse(const ccpi_json_tree *tree,
                                    const ccpi_json_node *location)
{
    for (size_t i = 0; i < KINDS; i++)
        if (ccpi_json_get(tree, location, kinds[i].name.converse))
            return &kinds[i];
    return NULL;
}

/* The parts of what is cited, joined to one string. */
static void write_cited_text(const ccpi_json_tree *tree, const ccpi_json_node *contents,
                             ccpi_buf *out)
{
    ccpi_buf_append_text(out, ",\"cited_text\":\"");
    for (const ccpi_json_node *content = ccpi_json_child(tree, contents); content;
         content = ccpi_json_next(tree, content)) {
        const ccpi_json_node *text =
            ccpi_json_get_typed(tree, content, "text", CCPI_JSON_STRING);

        if (text)
            ccpi_buf_append_span(out, ccpi_json_inner(text->text));
    }
    ccpi_buf_append_char(out, '"');
}

static void write_title(const ccpi_json_tree *tree, const ccpi_json_node *citation,
                        const kind *k, ccpi_buf *out)
{
    const ccpi_json_node *title =
        ccpi_json_get_typed(tree, citation, "title", CCPI_JSON_STRING);

    ccpi_buf_append_format(out, ",\"%s\":", is_search(k) ? "title" : "document_title");
    if (title)
        ccpi_buf_append_span(out, title->text);
    else
        ccpi_buf_append_text(out, "null");
}

bool ccpi_citations_write_anthropic(const ccpi_json_tree *tree,
                                    const ccpi_json_node *citation, ccpi_buf *out)
{
    const ccpi_json_node *location = ccpi_json_get(tree, citation, "location");
    const kind *k = kind_of_converse(tree, location);

    if (!k)
        return false;
    location = ccpi_json_get(tree, location, k->name.converse);
    ccpi_buf_append_format(out, "{\"type\":\"%s\"", k->name.anthropic);
    write_cited_text(tree, ccpi_json_get(tree, citation, "sourceContent"), out);
    for (const pair *number = k->numbers; number->anthropic; number++)
        write_member(number->anthropic, ccpi_json_get(tree, location, number->converse),
                     CCPI_JSON_NUMBER, out);
    write_title(tree, citation, k, out);
    if (is_search(k))
        write_member("source", ccpi_json_get(tree, citation, "source"), CCPI_JSON_STRING,
                     out);
    ccpi_buf_append_char(out, '}');
    return true;
}
