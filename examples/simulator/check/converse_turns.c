/* Turns, tool calls and their results, and toolConfig in a Converse request. */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "check/converse.h"

static bool is_role(const json_t *message, const char *role)
{
    const char *actual = json_string_value(json_object_get(message, "role"));

    return actual && strcmp(actual, role) == 0;
}

static bool check_role(const json_t *message, size_t i, char *problem)
{
    const char *role = json_string_value(json_object_get(message, "role"));

    if (!is_role(message, "user") && !is_role(message, "assistant"))
        return sim_fail(problem,
                        "1 validation error detected: Value '%.32s' at "
                        "'messages.%zu.member.role' failed to satisfy constraint: "
                        "Member must satisfy enum value set: [user, assistant]",
                        role ? role : "null", i + 1);
    if (is_role(message, "user") == (i % 2 == 0))
        return true;
    return i == 0 ? sim_fail(problem, "A conversation must start with a user message. "
                                      "Try again with a conversation that starts with a "
                                      "user message.")
                  : sim_fail(problem, "A conversation must alternate between user and "
                                      "assistant roles. Make sure the conversation "
                                      "alternates between user and assistant roles and "
                                      "try again.");
}

static bool check_message(const json_t *message, size_t i, char *problem)
{
    if (!check_role(message, i, problem))
        return false;
    if (json_object_size(message) != 2)
        return sim_fail(problem, "messages.%zu has an unknown member.", i);
    if (json_array_size(json_object_get(message, "content")) == 0)
        return sim_fail(problem,
                        "The content field in the Message object at messages.%zu is "
                        "empty. Add a ContentBlock object to the content field and try "
                        "again.",
                        i);
    return sim_converse_check_blocks(message, i, is_role(message, "user"), problem);
}

/* The ids that the message's blocks of one kind have, as an object. */
static json_t *ids_of(const json_t *message, const char *kind)
{
    json_t *ids = json_object();
    json_t *block;
    size_t i;

    json_array_foreach(json_object_get(message, "content"), i, block)
    {
        const char *id =
            json_string_value(json_object_get(json_object_get(block, kind), "toolUseId"));

        if (id)
            json_object_set_new(ids, id, json_true());
    }
    return ids;
}

static bool check_pair(json_t *calls, json_t *results, size_t i, char *problem)
{
    const char *id;
    json_t *value;

    if (json_object_size(results) > json_object_size(calls))
        return sim_fail(problem,
                        "The number of toolResult blocks at messages.%zu.content exceeds "
                        "the number of toolUse blocks of previous turn.",
                        i);
    json_object_foreach(
        calls, id,
        value) if (!json_object_get(results,
                                    id)) return sim_fail(problem,
                                                         "Expected toolResult blocks at "
                                                         "messages.%zu.content for the "
                                                         "following Ids: %.64s",
                                                         i, id);
    return true;
}

/* Each user turn answers exactly the calls of the turn before it. */
static bool check_pairs(const json_t *messages, char *problem)
{
    const size_t count = json_array_size(messages);
    bool good = true;

    for (size_t i = 0; good && i <= count; i += 2) {
        json_t *calls =
            i > 0 ? ids_of(json_array_get(messages, i - 1), "toolUse") : json_object();
        json_t *results = ids_of(json_array_get(messages, i), "toolResult");

        good = check_pair(calls, results, i, problem);
        json_decref(calls);
        json_decref(results);
    }
    return good;
}

static bool check_prefill(const json_t *messages, char *problem)
{
    const json_t *last = json_array_get(messages, json_array_size(messages) - 1);
    const json_t *content = json_object_get(last, "content");
    const char *text = json_string_value(
        json_object_get(json_array_get(content, json_array_size(content) - 1), "text"));

    if (is_role(last, "user") || !text || !sim_ends_blank(text))
        return true;
    return sim_fail(problem, "The model returned the following errors: messages: final "
                             "assistant content cannot end with trailing whitespace");
}

bool sim_converse_check_messages(const json_t *body, char problem[SIM_PROBLEM_SIZE])
{
    const json_t *messages = json_object_get(body, "messages");
    json_t *message;
    size_t i;

    if (json_array_size(messages) == 0)
        return sim_fail(problem, "The messages field must hold at least one message.");
    json_array_foreach(messages, i,
                       message) if (!check_message(message, i, problem)) return false;
    return check_pairs(messages, problem) && check_prefill(messages, problem);
}

static bool check_schema(const json_t *spec, size_t i, char *problem)
{
    const json_t *schema = json_object_get(json_object_get(spec, "inputSchema"), "json");
    const char *type = json_string_value(json_object_get(schema, "type"));

    if (!json_is_object(schema))
        return sim_fail(problem,
                        "toolConfig.tools.%zu.toolSpec.inputSchema.json must be an "
                        "object.",
                        i);
    if (type && strcmp(type, "object") == 0)
        return true;
    return sim_fail(problem,
                    "The value at toolConfig.tools.%zu.toolSpec.inputSchema.json.type "
                    "must be one of the following: object.",
                    i);
}

static bool check_spec(const json_t *spec, size_t i, char *problem)
{
    const char *name = json_string_value(json_object_get(spec, "name"));
    const json_t *description = json_object_get(spec, "description");
    const char *unknown =
        sim_unknown_member(spec, (const char *const[]){"name", "description",
                                                       "inputSchema", "strict", NULL});

    if (unknown)
        return sim_fail(problem,
                        "toolConfig.tools.%zu.toolSpec has an unknown member "
                        "%.64s.",
                        i, unknown);
    if (!name || !sim_is_name(name, 64))
        return sim_fail(problem,
                        "1 validation error detected: Value '%.80s' at "
                        "'toolConfig.tools.%zu.member.toolSpec.name' failed to satisfy "
                        "constraint: Member must satisfy regular expression pattern: "
                        "[a-zA-Z0-9_-]+ and have length less than or equal to 64",
                        name ? name : "null", i + 1);
    if (description && json_string_length(description) == 0)
        return sim_fail(problem,
                        "Invalid length for parameter "
                        "toolConfig.tools[%zu].toolSpec.description, value: 0, valid "
                        "min length: 1",
                        i);
    if (json_object_get(spec, "strict"))
        return sim_fail(problem,
                        "The model returned the following errors: "
                        "tools.%zu.custom.strict: Extra inputs are not permitted",
                        i);
    return check_schema(spec, i, problem);
}

static bool check_tool_list(const json_t *tools, json_t *names, char *problem)
{
    json_t *tool;
    size_t i;

    json_array_foreach(tools, i, tool)
    {
        const json_t *spec = json_object_get(tool, "toolSpec");
        const char *name = json_string_value(json_object_get(spec, "name"));

        if (json_object_size(tool) != 1)
            return sim_fail(problem, "toolConfig.tools.%zu must set exactly one member.",
                            i);
        if (!spec)
            continue;
        if (!check_spec(spec, i, problem))
            return false;
        if (json_object_get(names, name))
            return sim_fail(problem,
                            "The tool %s is already defined at "
                            "toolConfig.tools.%zu.",
                            name, i);
        json_object_set_new(names, name, json_true());
    }
    return true;
}

static bool check_choice(const json_t *config, const json_t *names, char *problem)
{
    const json_t *choice = json_object_get(config, "toolChoice");
    const json_t *tool = json_object_get(choice, "tool");
    const char *name = json_string_value(json_object_get(tool, "name"));

    if (!choice)
        return true;
    if (json_object_size(choice) != 1 ||
        sim_unknown_member(choice, (const char *const[]){"auto", "any", "tool", NULL}))
        return sim_fail(problem, "toolConfig.toolChoice must set exactly one of auto, "
                                 "any and tool.");
    if (tool && (!name || !json_object_get(names, name)))
        return sim_fail(problem, "toolConfig.toolChoice names a tool that is not in "
                                 "toolConfig.tools.");
    return true;
}

static bool uses_tools(const json_t *messages)
{
    json_t *message;
    json_t *block;
    size_t i;
    size_t b;

    json_array_foreach(messages, i, message)
        json_array_foreach(json_object_get(message, "content"), b,
                           block) if (json_object_get(block, "toolUse") ||
                                      json_object_get(block, "toolResult")) return true;
    return false;
}

bool sim_converse_check_tools(const json_t *body, char problem[SIM_PROBLEM_SIZE])
{
    const json_t *config = json_object_get(body, "toolConfig");
    const json_t *tools = json_object_get(config, "tools");
    json_t *names;
    bool good;

    if (!config && uses_tools(json_object_get(body, "messages")))
        return sim_fail(problem, "The toolConfig field must be defined when using "
                                 "toolUse and toolResult content blocks.");
    if (!config)
        return true;
    if (json_array_size(tools) == 0)
        return sim_fail(problem, "Invalid length for parameter toolConfig.tools, value: "
                                 "0, valid min length: 1");
    names = json_object();
    good = check_tool_list(tools, names, problem) && check_choice(config, names, problem);
    json_decref(names);
    return good;
}
