#include "bedrock/converse/source.h"

#include "base/cleanup.h"
#include "base/encode.h"
#include "bedrock/converse/text.h"

#define TITLE_MAX 160

/* What stands for nothing, where Bedrock wants something. */
#define NO_CONTENT "(no content)"

typedef struct format {
    const char *media_type;
    const char *name;
} format;

static const format image_formats[] = {
    {"image/png", "png"},   {"image/jpeg", "jpeg"}, {"image/gif", "gif"},
    {"image/webp", "webp"}, {NULL, NULL},
};

static const format document_formats[] = {
    {"application/pdf", "pdf"}, {"text/plain", "txt"}, {"text/markdown", "md"},
    {"text/html", "html"},      {"text/csv", "csv"},   {NULL, NULL},
};

static const char *format_of(const ccpi_json_tree *tree, const ccpi_json_node *source,
                             const format *formats)
{
    const ccpi_json_node *media_type = ccpi_json_get(tree, source, "media_type");

    while (formats->media_type && !ccpi_json_is_text(media_type, formats->media_type))
        formats++;
    return formats->name;
}

static bool is_string(const ccpi_json_node *node)
{
    return node && node->type == CCPI_JSON_STRING;
}

static bool has_data(const ccpi_json_tree *tree, const ccpi_json_node *source)
{
    const ccpi_json_node *data = ccpi_json_get(tree, source, "data");

    return is_string(data) && data->text.len > 2;
}

static const ccpi_json_node *source_of(const ccpi_json_tree *tree,
                                       const ccpi_json_node *block, const char *type)
{
    const ccpi_json_node *source = ccpi_json_get(tree, block, "source");

    return ccpi_json_is_text(ccpi_json_get(tree, source, "type"), type) ? source : NULL;
}

static bool is_image(const ccpi_json_tree *tree, const ccpi_json_node *block)
{
    return ccpi_json_is_text(ccpi_json_get(tree, block, "type"), "image");
}

static const char *refusal_of_data(const ccpi_json_tree *tree,
                                   const ccpi_json_node *block, const format *formats)
{
    const ccpi_json_node *source = source_of(tree, block, "base64");

    if (!source)
        return "only data in the request itself can be carried to Bedrock, no URL or "
               "file";
    if (!format_of(tree, source, formats))
        return "Bedrock does not take this media type";
    return has_data(tree, source) ? NULL : "there is no data in it";
}

/* Texts and images, of a document whose source is content. */
static const char *refusal_of_content(const ccpi_json_tree *tree,
                                      const ccpi_json_node *content)
{
    const char *reason = NULL;

    if (!content || content->type != CCPI_JSON_ARRAY)
        return is_string(content) ? NULL : "there is no content in it";
    for (content = ccpi_json_child(tree, content); content && !reason;
         content = ccpi_json_next(tree, content))
        if (is_image(tree, content))
            reason = refusal_of_data(tree, content, image_formats);
    return reason;
}

const char *ccpi_source_refusal(const ccpi_json_tree *tree, const ccpi_json_node *block)
{
    const ccpi_json_node *source;

    if (is_image(tree, block))
        return refusal_of_data(tree, block, image_formats);
    source = source_of(tree, block, "text");
    if (source)
        return is_string(ccpi_json_get(tree, source, "data")) ? NULL
                                                              : "there is no data in it";
    source = source_of(tree, block, "content");
    if (source)
        return refusal_of_content(tree, ccpi_json_get(tree, source, "content"));
    return refusal_of_data(tree, block, document_formats);
}

static const ccpi_json_node *texts_of(const ccpi_json_tree *tree,
                                      const ccpi_json_node *block)
{
    return ccpi_json_get_typed(tree, block, "content", CCPI_JSON_ARRAY);
}

bool ccpi_source_is_search_result(const ccpi_json_tree *tree, const ccpi_json_node *block)
{
    const ccpi_json_node *content = texts_of(tree, block);

    if (!is_string(ccpi_json_get(tree, block, "source")) ||
        !is_string(ccpi_json_get(tree, block, "title")) || !content ||
        content->count == 0)
        return false;
    for (content = ccpi_json_child(tree, content); content;
         content = ccpi_json_next(tree, content))
        if (!is_string(ccpi_json_get(tree, content, "text")))
            return false;
    return true;
}

bool ccpi_source_is_pdf(const ccpi_json_tree *tree, const ccpi_json_node *block)
{
    const ccpi_json_node *source = source_of(tree, block, "base64");

    return ccpi_json_is_text(ccpi_json_get(tree, source, "media_type"),
                             "application/pdf");
}

static void write_bytes(const ccpi_json_node *data, ccpi_buf *out)
{
    ccpi_buf_append_text(out, "\"source\":{\"bytes\":");
    ccpi_buf_append_span(out, data->text);
    ccpi_buf_append_char(out, '}');
}

void ccpi_source_write_image(const ccpi_json_tree *tree, const ccpi_json_node *block,
                             ccpi_buf *out)
{
    const ccpi_json_node *source = source_of(tree, block, "base64");

    ccpi_buf_append_text(out, "{\"image\":{\"format\":\"");
    ccpi_buf_append_text(out, format_of(tree, source, image_formats));
    ccpi_buf_append_text(out, "\",");
    write_bytes(ccpi_json_get(tree, source, "data"), out);
    ccpi_buf_append_text(out, "}}");
}

static bool is_title_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-()[]", c));
}

/* Letters, digits, -()[] and single blanks are all that a name may have. */
static size_t clean_title(ccpi_span title, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < title.len && len < TITLE_MAX; i++) {
        if (is_title_char(title.data[i]))
            out[len++] = title.data[i];
        else if (len > 0 && out[len - 1] != ' ')
            out[len++] = ' ';
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    return len;
}

/* No two documents may have one name: the number at the end sees to that. */
static void write_name(const ccpi_json_tree *tree, const ccpi_json_node *block,
                       unsigned nth, ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf title = {.limit = SIZE_MAX};
    const ccpi_json_node *node =
        ccpi_json_get_typed(tree, block, "title", CCPI_JSON_STRING);
    char clean[TITLE_MAX];
    size_t len = 0;

    if (node && ccpi_json_decode(ccpi_json_inner(node->text), &title) == CCP_NO_MEMORY)
        out->status = CCP_NO_MEMORY;
    len = clean_title(ccpi_buf_span(&title), clean);
    ccpi_buf_append_text(out, "\"name\":\"");
    if (len > 0)
        ccpi_buf_append(out, clean, len);
    else
        ccpi_buf_append_text(out, "Document");
    ccpi_buf_append_format(out, " %u\",", nth);
}

/* Decodes a string, or the texts of a list with a line each. */
static void gather_text(const ccpi_json_tree *tree, const ccpi_json_node *content,
                        ccpi_buf *text)
{
    if (is_string(content)) {
        ccpi_json_decode(ccpi_json_inner(content->text), text);
        return;
    }
    for (content = ccpi_json_child(tree, content); content;
         content = ccpi_json_next(tree, content)) {
        const ccpi_json_node *part = ccpi_json_get(tree, content, "text");

        if (!is_string(part))
            continue;
        if (text->len > 0)
            ccpi_buf_append_char(text, '\n');
        ccpi_json_decode(ccpi_json_inner(part->text), text);
    }
}

static void write_base64(ccpi_buf *text, ccpi_buf *out)
{
    const size_t len = CCPI_BASE64_LEN(text->len);
    char *room;

    if (text->status != CCP_OK && out->status == CCP_OK)
        out->status = text->status;
    ccpi_buf_append_text(out, "\"source\":{\"bytes\":\"");
    room = ccpi_buf_room(out, len);
    if (room) {
        ccpi_base64_encode((const unsigned char *)text->data, text->len, room);
        ccpi_buf_grow(out, len);
    }
    ccpi_buf_append_text(out, "\"}");
}

static void write_text_bytes(const ccpi_json_tree *tree, const ccpi_json_node *content,
                             ccpi_buf *out)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf text = {.limit = SIZE_MAX};

    gather_text(tree, content, &text);
    if (text.len == 0)
        ccpi_buf_append_text(&text, NO_CONTENT);
    write_base64(&text, out);
}

static void write_text_blocks(const ccpi_json_tree *tree, const ccpi_json_node *content,
                              ccpi_buf *out)
{
    const char *comma = "";

    ccpi_buf_append_char(out, '[');
    for (content = ccpi_json_child(tree, content); content;
         content = ccpi_json_next(tree, content)) {
        const ccpi_json_node *text = ccpi_json_get(tree, content, "text");

        if (!is_string(text))
            continue;
        ccpi_buf_append_text(out, comma);
        ccpi_buf_append_text(out, "{\"text\":");
        ccpi_buf_append_span(out, text->text);
        ccpi_buf_append_char(out, '}');
        comma = ",";
    }
    ccpi_buf_append_char(out, ']');
}

/* Citations count characters or blocks, so with them the text stays as it is. */
static void write_cited_text(const ccpi_json_tree *tree, const ccpi_json_node *content,
                             ccpi_buf *out)
{
    ccpi_buf_append_text(out, "\"source\":{");
    if (is_string(content)) {
        ccpi_buf_append_text(out, "\"text\":");
        ccpi_buf_append_span(out, content->text);
    } else {
        ccpi_buf_append_text(out, "\"content\":");
        write_text_blocks(tree, content, out);
    }
    ccpi_buf_append_char(out, '}');
}

static bool has_citations(const ccpi_json_tree *tree, const ccpi_json_node *block)
{
    const ccpi_json_node *enabled =
        ccpi_json_get(tree, ccpi_json_get(tree, block, "citations"), "enabled");

    return enabled && enabled->type == CCPI_JSON_TRUE;
}

static bool holds_text(const ccpi_json_tree *tree, const ccpi_json_node *content)
{
    if (is_string(content))
        return !ccpi_text_is_blank(ccpi_json_inner(content->text));
    for (content = ccpi_json_child(tree, content); content;
         content = ccpi_json_next(tree, content)) {
        const ccpi_json_node *text = ccpi_json_get(tree, content, "text");

        if (is_string(text) && !ccpi_text_is_blank(ccpi_json_inner(text->text)))
            return true;
    }
    return false;
}

static void write_source(const ccpi_json_tree *tree, const ccpi_json_node *block,
                         ccpi_buf *out)
{
    const ccpi_json_node *content =
        ccpi_json_get(tree, source_of(tree, block, "content"), "content");

    if (!content)
        content = ccpi_json_get(tree, source_of(tree, block, "text"), "data");
    if (!content)
        write_bytes(ccpi_json_get(tree, source_of(tree, block, "base64"), "data"), out);
    else if (has_citations(tree, block) && holds_text(tree, content))
        write_cited_text(tree, content, out);
    else
        write_text_bytes(tree, content, out);
}

static void write_options(const ccpi_json_tree *tree, const ccpi_json_node *block,
                          ccpi_buf *out)
{
    const ccpi_json_node *context =
        ccpi_json_get_typed(tree, block, "context", CCPI_JSON_STRING);

    if (context && !ccpi_text_is_blank(ccpi_json_inner(context->text))) {
        ccpi_buf_append_text(out, ",\"context\":");
        ccpi_buf_append_span(out, context->text);
    }
    if (has_citations(tree, block))
        ccpi_buf_append_text(out, ",\"citations\":{\"enabled\":true}");
}

/* A document of Converse holds no images, so those of this one go behind it. */
static void write_images_within(const ccpi_json_tree *tree, const ccpi_json_node *block,
                                ccpi_buf *out)
{
    const ccpi_json_node *content =
        ccpi_json_get(tree, source_of(tree, block, "content"), "content");

    for (content = ccpi_json_child(tree, content); content;
         content = ccpi_json_next(tree, content))
        if (is_image(tree, content)) {
            ccpi_buf_append_char(out, ',');
            ccpi_source_write_image(tree, content, out);
        }
}

void ccpi_source_write_document(const ccpi_json_tree *tree, const ccpi_json_node *block,
                                unsigned nth, ccpi_buf *out)
{
    const char *name =
        format_of(tree, source_of(tree, block, "base64"), document_formats);

    ccpi_buf_append_format(out, "{\"document\":{\"format\":\"%s\",", name ? name : "txt");
    write_name(tree, block, nth, out);
    write_source(tree, block, out);
    write_options(tree, block, out);
    ccpi_buf_append_text(out, "}}");
    write_images_within(tree, block, out);
}

void ccpi_source_write_search_result(const ccpi_json_tree *tree,
                                     const ccpi_json_node *block, ccpi_buf *out)
{
    ccpi_buf_append_text(out, "{\"searchResult\":{\"source\":");
    ccpi_buf_append_span(out, ccpi_json_get(tree, block, "source")->text);
    ccpi_buf_append_text(out, ",\"title\":");
    ccpi_buf_append_span(out, ccpi_json_get(tree, block, "title")->text);
    ccpi_buf_append_text(out, ",\"content\":");
    write_text_blocks(tree, texts_of(tree, block), out);
    ccpi_buf_append_format(out, ",\"citations\":{\"enabled\":%s}}}",
                           has_citations(tree, block) ? "true" : "false");
}
