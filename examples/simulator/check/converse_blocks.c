/* The content blocks of a Converse request, each a union of one member. */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "check/converse.h"

#define MODEL_SAYS "The model returned the following errors: "

/* A block where it stands. */
typedef struct sim_spot {
    const json_t *message;
    size_t number;
    size_t block;
    bool is_user;
    char *problem;
} sim_spot;

#define AT "messages.%zu.content.%zu"

static bool check_text(const json_t *text, const sim_spot *spot)
{
    if (!json_is_string(text))
        return sim_fail(spot->problem, "The text field at " AT " is no string.",
                        spot->number, spot->block);
    if (!sim_is_blank(json_string_value(text)))
        return true;
    return sim_fail(spot->problem,
                    "The text field in the ContentBlock object at " AT
                    " is blank. Add text to the text field, and try again.",
                    spot->number, spot->block);
}

static bool check_bytes(const json_t *source, const sim_spot *spot)
{
    const char *bytes = json_string_value(json_object_get(source, "bytes"));
    sim_buffer decoded = {0};
    const bool good = !bytes || (*bytes && sim_buffer_add_unbase64(&decoded, bytes) == 0);

    sim_buffer_free(&decoded);
    if (json_object_size(source) != 1)
        return sim_fail(spot->problem,
                        "The source at " AT " must set exactly one member.", spot->number,
                        spot->block);
    return good || sim_fail(spot->problem, "The bytes at " AT " are no base64.",
                            spot->number, spot->block);
}

static bool check_image(const json_t *image, const sim_spot *spot)
{
    static const char *const FORMATS[] = {"png", "jpeg", "gif", "webp", NULL};

    if (!spot->is_user)
        return sim_fail(spot->problem, "Images at " AT " are for user messages only.",
                        spot->number, spot->block);
    if (!sim_is_one_of(json_object_get(image, "format"), FORMATS))
        return sim_fail(spot->problem,
                        "1 validation error detected: Value at '" AT
                        ".image.format' failed to satisfy constraint: Member must "
                        "satisfy enum value set: [gif, jpeg, png, webp]",
                        spot->number, spot->block);
    return check_bytes(json_object_get(image, "source"), spot);
}

/* Letters, digits, single blanks, hyphens, round and square brackets. */
static bool is_document_name(const char *name)
{
    const size_t len = strlen(name);

    return len >= 1 && len <= 200 && !strstr(name, "  ") &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        " -()[]") == len;
}

static bool has_text(const json_t *message)
{
    json_t *block;
    size_t i;

    json_array_foreach(json_object_get(message, "content"), i,
                       block) if (json_object_get(block, "text")) return true;
    return false;
}

static bool check_document(const json_t *document, const sim_spot *spot)
{
    static const char *const FORMATS[] = {"pdf",  "csv",  "doc", "docx", "xls",
                                          "xlsx", "html", "txt", "md",   NULL};
    const char *name = json_string_value(json_object_get(document, "name"));

    if (!spot->is_user)
        return sim_fail(spot->problem, "Documents at " AT " are for user messages only.",
                        spot->number, spot->block);
    if (!sim_is_one_of(json_object_get(document, "format"), FORMATS))
        return sim_fail(spot->problem, "The document format at " AT " is unknown.",
                        spot->number, spot->block);
    if (!name || !is_document_name(name))
        return sim_fail(spot->problem,
                        "The file name at " AT " is invalid: it may hold alphanumeric "
                        "characters, single whitespaces, hyphens, parentheses, and "
                        "square brackets.",
                        spot->number, spot->block);
    return check_bytes(json_object_get(document, "source"), spot);
}

static bool check_message_document(const json_t *document, const sim_spot *spot)
{
    if (!has_text(spot->message))
        return sim_fail(spot->problem,
                        "A message with a document needs a text block: messages.%zu",
                        spot->number);
    return check_document(document, spot);
}

static bool check_call(const json_t *call, const sim_spot *spot)
{
    const char *id = json_string_value(json_object_get(call, "toolUseId"));
    const char *name = json_string_value(json_object_get(call, "name"));

    if (spot->is_user)
        return sim_fail(spot->problem,
                        "toolUse at " AT " is for assistant messages only.", spot->number,
                        spot->block);
    if (!id || !sim_is_name(id, 64) || !name || !sim_is_name(name, 64))
        return sim_fail(
            spot->problem,
            "1 validation error detected: Value at 'messages.%zu.member."
            "content.%zu.member.toolUse' failed to satisfy constraint: Member "
            "must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
            spot->number + 1, spot->block + 1);
    if (!json_is_object(json_object_get(call, "input")))
        return sim_fail(spot->problem,
                        "The format of the value at " AT ".toolUse.input is invalid. "
                        "Provide a json object for the field and try again.",
                        spot->number, spot->block);
    return true;
}

static bool check_result_part(const json_t *part, const sim_spot *spot)
{
    const json_t *text = json_object_get(part, "text");
    const json_t *image = json_object_get(part, "image");
    const json_t *document = json_object_get(part, "document");

    if (json_object_size(part) != 1 ||
        sim_unknown_member(part,
                           (const char *const[]){"text", "json", "image", "document",
                                                 "video", "searchResult", NULL}))
        return sim_fail(spot->problem,
                        "The toolResult content at " AT " must set exactly one known "
                        "member.",
                        spot->number, spot->block);
    if (text)
        return check_text(text, spot);
    if (image)
        return check_image(image, spot);
    return !document || check_document(document, spot);
}

static bool check_result(const json_t *result, const sim_spot *spot)
{
    const json_t *content = json_object_get(result, "content");
    const json_t *status = json_object_get(result, "status");
    json_t *part;
    size_t i;

    if (!spot->is_user)
        return sim_fail(spot->problem, "toolResult at " AT " is for user messages only.",
                        spot->number, spot->block);
    if (!json_is_array(content))
        return sim_fail(spot->problem,
                        "The content field at " AT ".toolResult is missing.",
                        spot->number, spot->block);
    if (status && !sim_is_one_of(status, (const char *const[]){"success", "error", NULL}))
        return sim_fail(spot->problem, "The status at " AT ".toolResult is unknown.",
                        spot->number, spot->block);
    if (status && strcmp(json_string_value(status), "error") == 0 &&
        json_array_size(content) == 0)
        return sim_fail(spot->problem,
                        "The content field at " AT
                        ".toolResult cannot be empty when status value is error.",
                        spot->number, spot->block);
    json_array_foreach(content, i, part) if (!check_result_part(part, spot)) return false;
    return true;
}

static bool check_reasoning(const json_t *reasoning, const sim_spot *spot)
{
    const json_t *text = json_object_get(reasoning, "reasoningText");

    if (spot->is_user)
        return sim_fail(spot->problem,
                        "reasoningContent at " AT " is for assistant messages only.",
                        spot->number, spot->block);
    if (json_object_size(reasoning) != 1)
        return sim_fail(spot->problem,
                        "reasoningContent at " AT " must set exactly one member.",
                        spot->number, spot->block);
    if (text && json_string_length(json_object_get(text, "signature")) == 0)
        return sim_fail(spot->problem,
                        MODEL_SAYS AT ".thinking.signature: Field required", spot->number,
                        spot->block);
    return true;
}

static bool check_cache_point(const json_t *point, const sim_spot *spot)
{
    const json_t *content = json_object_get(spot->message, "content");
    const json_t *before =
        spot->block > 0 ? json_array_get(content, spot->block - 1) : NULL;

    (void)point;
    if (!before)
        return sim_fail(spot->problem, "There is nothing available to cache.");
    if (json_object_get(before, "reasoningContent"))
        return sim_fail(spot->problem,
                        "Cache point cannot be inserted after reasoning block.");
    return true;
}

static bool let_pass(const json_t *value, const sim_spot *spot)
{
    (void)value;
    (void)spot;
    return true;
}

static const struct {
    const char *member;
    bool (*check)(const json_t *value, const sim_spot *spot);
} BLOCKS[] = {
    {"text", check_text},
    {"image", check_image},
    {"document", check_message_document},
    {"toolUse", check_call},
    {"toolResult", check_result},
    {"reasoningContent", check_reasoning},
    {"cachePoint", check_cache_point},
    {"searchResult", let_pass},
    {"guardContent", let_pass},
    {"citationsContent", let_pass},
};

static bool check_block(const json_t *block, const sim_spot *spot)
{
    if (json_object_size(block) != 1)
        return sim_fail(spot->problem,
                        "The ContentBlock object at " AT " must set exactly one member.",
                        spot->number, spot->block);
    for (size_t i = 0; i < sizeof(BLOCKS) / sizeof(BLOCKS[0]); i++) {
        const json_t *value = json_object_get(block, BLOCKS[i].member);

        if (value)
            return BLOCKS[i].check(value, spot);
    }
    return sim_fail(spot->problem,
                    "The ContentBlock object at " AT " has no known member.",
                    spot->number, spot->block);
}

bool sim_converse_check_blocks(const json_t *message, size_t number, bool is_user,
                               char problem[SIM_PROBLEM_SIZE])
{
    json_t *block;
    size_t i;

    json_array_foreach(json_object_get(message, "content"), i, block)
    {
        const sim_spot spot = {message, number, i, is_user, problem};

        if (!check_block(block, &spot))
            return false;
    }
    return true;
}
