/* The conversation inside a Messages request: turns, blocks, tool calls and results. */
#include <string.h>

#include "check/check.h"
#include "check/messages.h"

static const char *const BLOCK_TYPES[] = {"text",
                                          "image",
                                          "document",
                                          "tool_use",
                                          "tool_result",
                                          "thinking",
                                          "redacted_thinking",
                                          "search_result",
                                          "server_tool_use",
                                          "web_search_tool_result",
                                          "web_fetch_tool_result",
                                          "code_execution_tool_result",
                                          "tool_reference",
                                          "mcp_tool_use",
                                          "mcp_tool_result",
                                          "container_upload",
                                          "compaction",
                                          NULL};

/* Where a block stands, for the messages. */
typedef struct sim_place {
    size_t message;
    size_t block;
    char *problem;
} sim_place;

static bool is_role(const json_t *message, const char *role)
{
    const char *actual = json_string_value(json_object_get(message, "role"));

    return actual && strcmp(actual, role) == 0;
}

static bool is_type(const json_t *block, const char *type)
{
    const char *actual = json_string_value(json_object_get(block, "type"));

    return actual && strcmp(actual, type) == 0;
}

static bool is_known_type(const char *type)
{
    for (size_t i = 0; BLOCK_TYPES[i]; i++)
        if (strcmp(type, BLOCK_TYPES[i]) == 0)
            return true;
    return false;
}

/* The members without which a block of a type is refused. */
static bool check_block_members(const json_t *block, const char *type,
                                const sim_place *place)
{
    static const struct {
        const char *type;
        const char *members[4];
    } NEEDED[] = {
        {"text", {"text"}},
        {"image", {"source"}},
        {"document", {"source"}},
        {"tool_use", {"id", "name", "input"}},
        {"tool_result", {"tool_use_id"}},
        {"thinking", {"thinking", "signature"}},
        {"redacted_thinking", {"data"}},
    };

    for (size_t i = 0; i < sizeof(NEEDED) / sizeof(NEEDED[0]); i++) {
        if (strcmp(type, NEEDED[i].type) != 0)
            continue;
        for (size_t m = 0; NEEDED[i].members[m]; m++)
            if (!json_object_get(block, NEEDED[i].members[m]))
                return sim_fail(place->problem,
                                "messages.%zu.content.%zu.%s.%s: Field required",
                                place->message, place->block, type, NEEDED[i].members[m]);
    }
    return true;
}

static bool check_text(const json_t *block, const sim_place *place)
{
    const json_t *text = json_object_get(block, "text");

    if (!json_is_string(text))
        return sim_fail(place->problem,
                        "messages.%zu.content.%zu.text.text: Input should be a valid "
                        "string",
                        place->message, place->block);
    if (json_string_length(text) == 0)
        return sim_fail(place->problem,
                        json_object_get(block, "cache_control")
                            ? "messages.%zu.content.%zu.text: cache_control cannot be "
                              "set for empty text blocks"
                            : "messages.%zu.content.%zu: text content blocks must be "
                              "non-empty",
                        place->message, place->block);
    if (sim_is_blank(json_string_value(text)))
        return sim_fail(place->problem, "messages: text content blocks must contain "
                                        "non-whitespace text");
    return true;
}

static bool check_block(const json_t *block, const sim_place *place)
{
    const char *type = json_string_value(json_object_get(block, "type"));

    if (!type)
        return sim_fail(place->problem, "messages.%zu.content.%zu.type: Field required",
                        place->message, place->block);
    if (!is_known_type(type))
        return sim_fail(place->problem,
                        "messages.%zu.content.%zu: Input tag '%s' found using 'type' "
                        "does not match any of the expected tags",
                        place->message, place->block, type);
    if (!check_block_members(block, type, place))
        return false;
    if (strcmp(type, "tool_use") == 0 && !json_is_object(json_object_get(block, "input")))
        return sim_fail(place->problem,
                        "messages.%zu.content.%zu.tool_use.input: Input should be a "
                        "valid dictionary",
                        place->message, place->block);
    return strcmp(type, "text") != 0 || check_text(block, place);
}

static bool check_content(const json_t *content, size_t message, bool may_be_empty,
                          char *problem)
{
    const bool is_empty = json_is_string(content) ? json_string_length(content) == 0
                                                  : json_array_size(content) == 0;
    json_t *block;
    size_t i;

    if (!json_is_string(content) && !json_is_array(content))
        return sim_fail(problem, "messages.%zu.content: Input should be a valid list",
                        message);
    if (is_empty && !may_be_empty)
        return sim_fail(problem,
                        "messages.%zu: all messages must have non-empty content except "
                        "for the optional final assistant message",
                        message);
    json_array_foreach(content, i, block)
    {
        const sim_place place = {message, i, problem};

        if (!check_block(block, &place))
            return false;
    }
    return true;
}

static bool check_role(const json_t *message, size_t i, char *problem)
{
    const json_t *role = json_object_get(message, "role");

    if (!role)
        return sim_fail(problem, "messages.%zu.role: Field required", i);
    if (is_role(message, "user") || (i > 0 && is_role(message, "assistant")) ||
        (i > 0 && is_role(message, "system")))
        return true;
    if (i == 0 && is_role(message, "assistant"))
        return sim_fail(problem, "messages: first message must use the \"user\" role");
    return sim_fail(problem, "messages.%zu.role: Input should be 'user' or 'assistant'",
                    i);
}

static bool check_message(const json_t *message, size_t i, bool is_last, char *problem)
{
    const bool is_prefill = is_last && is_role(message, "assistant");
    const char *unknown = sim_unknown_member(
        message, (const char *const[]){"role", "content", "output_config", NULL});

    if (!check_role(message, i, problem))
        return false;
    if (unknown)
        return sim_fail(problem, "messages.%zu.%s: Extra inputs are not permitted", i,
                        unknown);
    return check_content(json_object_get(message, "content"), i, is_prefill, problem);
}

/*
 * Tool calls of an assistant's turn must all be answered in the user's next
 * turn, and only they. A turn may be several messages in a row.
 */
typedef struct sim_pending {
    json_t *ids;    /* calls without a result so far */
    json_t *all;    /* all ids ever, which must differ */
    size_t message; /* where the calls stand */
} sim_pending;

static bool add_calls(sim_pending *pending, const json_t *message, size_t i,
                      char *problem)
{
    json_t *block;
    size_t b;

    json_array_foreach(json_object_get(message, "content"), b, block)
    {
        const char *id = json_string_value(json_object_get(block, "id"));

        if (!is_type(block, "tool_use") || !id)
            continue;
        if (json_object_get(pending->all, id))
            return sim_fail(problem,
                            "messages.%zu.content.%zu: `tool_use` ids must be "
                            "unique",
                            i, b);
        json_object_set_new(pending->ids, id, json_true());
        json_object_set_new(pending->all, id, json_true());
        pending->message = i;
    }
    return true;
}

static bool take_results(sim_pending *pending, const json_t *message, size_t i,
                         char *problem)
{
    json_t *block;
    size_t b;

    json_array_foreach(json_object_get(message, "content"), b, block)
    {
        const char *id = json_string_value(json_object_get(block, "tool_use_id"));

        if (!is_type(block, "tool_result") || !id)
            continue;
        if (!json_object_get(pending->ids, id))
            return sim_fail(problem,
                            "messages.%zu.content.%zu: unexpected `tool_use_id` found in "
                            "`tool_result` blocks: %.64s. Each `tool_result` block must "
                            "have a corresponding `tool_use` block in the previous "
                            "message.",
                            i, b, id);
        json_object_del(pending->ids, id);
    }
    return true;
}

static bool none_left(const sim_pending *pending, char *problem)
{
    const char *id = json_object_iter_key(json_object_iter(pending->ids));

    if (!id)
        return true;
    return sim_fail(problem,
                    "messages.%zu: `tool_use` ids were found without `tool_result` "
                    "blocks immediately after: %.64s. Each `tool_use` block must have a "
                    "corresponding `tool_result` block in the next message.",
                    pending->message, id);
}

static bool pair(sim_pending *pending, const json_t *messages, char *problem)
{
    json_t *message;
    size_t i;
    bool after_user = true;

    json_array_foreach(messages, i, message)
    {
        if (is_role(message, "assistant")) {
            if ((after_user && !none_left(pending, problem)) ||
                !add_calls(pending, message, i, problem))
                return false;
            after_user = false;
        } else if (is_role(message, "user")) {
            if (!take_results(pending, message, i, problem))
                return false;
            after_user = true;
        }
    }
    return none_left(pending, problem);
}

static bool check_pairs(const json_t *messages, char *problem)
{
    sim_pending pending = {.ids = json_object(), .all = json_object()};
    const bool good = pair(&pending, messages, problem);

    json_decref(pending.ids);
    json_decref(pending.all);
    return good;
}

/* A text that the model is to continue may not end in white space. */
static bool check_prefill(const json_t *messages, char *problem)
{
    const json_t *last = json_array_get(messages, json_array_size(messages) - 1);
    const json_t *content = json_object_get(last, "content");
    const json_t *text = content;

    if (!is_role(last, "assistant"))
        return true;
    if (json_is_array(content))
        text = json_object_get(json_array_get(content, json_array_size(content) - 1),
                               "text");
    if (!text || !sim_ends_blank(json_string_value(text)))
        return true;
    return sim_fail(problem, "messages: final assistant content cannot end with trailing "
                             "whitespace");
}

bool sim_turns_check(const json_t *messages, char problem[SIM_PROBLEM_SIZE])
{
    const size_t count = json_array_size(messages);
    json_t *message;
    size_t i;

    if (!json_is_array(messages))
        return sim_fail(problem, "messages: Input should be a valid list");
    if (count == 0)
        return sim_fail(problem, "messages: at least one message is required");
    json_array_foreach(
        messages, i,
        message) if (!check_message(message, i, i + 1 == count, problem)) return false;
    return check_pairs(messages, problem) && check_prefill(messages, problem);
}
