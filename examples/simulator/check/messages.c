/*
 * Whether a request is one that the Messages API takes. The wordings are those
 * that users of the API have reported; clients repair requests by them.
 */
#include "check/messages.h"

#include <string.h>

#include "check/check.h"
#include "script.h"

#define MAX_CACHE_MARKS 4
#define MIN_THINKING_BUDGET 1024

static const char *const MEMBERS[] = {"model",           "messages",
                                      "max_tokens",      "system",
                                      "metadata",        "stop_sequences",
                                      "stream",          "temperature",
                                      "top_p",           "top_k",
                                      "tools",           "tool_choice",
                                      "thinking",        "context_management",
                                      "output_config",   "output_format",
                                      "service_tier",    "container",
                                      "mcp_servers",     "cache_control",
                                      "inference_geo",   "speed",
                                      "safeguards",      "diagnostics",
                                      "user_profile_id", NULL};

static const char *const INVOKE_MEMBERS[] = {"anthropic_version",
                                             "anthropic_beta",
                                             "max_tokens",
                                             "messages",
                                             "system",
                                             "stop_sequences",
                                             "temperature",
                                             "top_p",
                                             "top_k",
                                             "tools",
                                             "tool_choice",
                                             "thinking",
                                             "metadata",
                                             "output_config",
                                             "context_management",
                                             NULL};

static bool check_members(const json_t *body, sim_messages_kind kind, char *problem)
{
    const char *unknown =
        sim_unknown_member(body, kind == SIM_INVOKE ? INVOKE_MEMBERS : MEMBERS);

    if (!unknown || sim_script_switches().unknown_fields)
        return true;
    return sim_fail(problem, "%s: Extra inputs are not permitted", unknown);
}

static bool check_required(const json_t *body, sim_messages_kind kind, char *problem)
{
    static const struct {
        const char *name;
        bool kinds[3];
    } REQUIRED[] = {
        {"model", {[SIM_MESSAGES] = true, [SIM_COUNT_TOKENS] = true}},
        {"messages",
         {[SIM_MESSAGES] = true, [SIM_COUNT_TOKENS] = true, [SIM_INVOKE] = true}},
        {"max_tokens", {[SIM_MESSAGES] = true, [SIM_INVOKE] = true}},
        {"anthropic_version", {[SIM_INVOKE] = true}},
    };

    for (size_t i = 0; i < sizeof(REQUIRED) / sizeof(REQUIRED[0]); i++)
        if (REQUIRED[i].kinds[kind] && !json_object_get(body, REQUIRED[i].name))
            return sim_fail(problem, "%s: Field required", REQUIRED[i].name);
    return true;
}

static bool check_number(const json_t *body, const char *name, double least, double most,
                         char *problem)
{
    const json_t *value = json_object_get(body, name);

    if (!value)
        return true;
    if (!json_is_number(value))
        return sim_fail(problem, "%s: Input should be a valid number", name);
    if (json_number_value(value) < least)
        return sim_fail(problem, "%s: Input should be greater than or equal to %g", name,
                        least);
    if (json_number_value(value) > most)
        return sim_fail(problem, "%s: Input should be less than or equal to %g", name,
                        most);
    return true;
}

static bool check_scalars(const json_t *body, char *problem)
{
    const json_t *stream = json_object_get(body, "stream");
    const json_t *model = json_object_get(body, "model");
    const json_t *most = json_object_get(body, "max_tokens");

    if (json_is_number(most) && !sim_is_whole(most))
        return sim_fail(problem, "max_tokens: Input should be a valid integer");
    if (model && !json_is_string(model))
        return sim_fail(problem, "model: Input should be a valid string");
    if (stream && !json_is_boolean(stream))
        return sim_fail(problem, "stream: Input should be a valid boolean");
    return check_number(body, "max_tokens", 1, 1e9, problem) &&
           check_number(body, "temperature", 0, 1, problem) &&
           check_number(body, "top_p", 0, 1, problem) &&
           check_number(body, "top_k", 0, 1e9, problem);
}

static bool is_thinking(const json_t *body)
{
    const char *type =
        json_string_value(json_object_get(json_object_get(body, "thinking"), "type"));

    return type && strcmp(type, "disabled") != 0;
}

static bool forces_tool(const json_t *body)
{
    const char *type =
        json_string_value(json_object_get(json_object_get(body, "tool_choice"), "type"));

    return type && (strcmp(type, "any") == 0 || strcmp(type, "tool") == 0);
}

static bool check_thinking(const json_t *body, char *problem)
{
    const json_t *budget =
        json_object_get(json_object_get(body, "thinking"), "budget_tokens");
    const json_t *max_tokens = json_object_get(body, "max_tokens");
    const json_t *temperature = json_object_get(body, "temperature");

    if (!is_thinking(body))
        return true;
    if (budget && json_number_value(budget) < MIN_THINKING_BUDGET)
        return sim_fail(problem, "thinking.enabled.budget_tokens: Input should be "
                                 "greater than or equal to 1024");
    if (budget && max_tokens &&
        json_number_value(budget) >= json_number_value(max_tokens))
        return sim_fail(problem,
                        "`max_tokens` must be greater than `thinking.budget_tokens`.");
    if (temperature && json_number_value(temperature) < 1)
        return sim_fail(problem,
                        "`temperature` may only be set to 1 when thinking is enabled.");
    if (json_object_get(body, "top_k"))
        return sim_fail(problem, "`top_k` must be unset when thinking is enabled.");
    if (forces_tool(body))
        return sim_fail(problem,
                        "Thinking may not be enabled when tool_choice forces tool use.");
    return true;
}

/* Own tools have a schema; those of the service have a type with a date. */
static bool check_tool(const json_t *tool, size_t i, char *problem)
{
    const char *type = json_string_value(json_object_get(tool, "type"));
    const char *name = json_string_value(json_object_get(tool, "name"));
    const json_t *schema = json_object_get(tool, "input_schema");
    const char *schema_type = json_string_value(json_object_get(schema, "type"));

    if (type && strcmp(type, "custom") != 0)
        return true;
    if (!name)
        return sim_fail(problem, "tools.%zu.custom.name: Field required", i);
    if (!sim_is_name(name, 128))
        return sim_fail(problem,
                        "tools.%zu.custom.name: String should match pattern "
                        "'^[a-zA-Z0-9_-]{1,128}$'",
                        i);
    if (!schema)
        return sim_fail(problem, "tools.%zu.custom.input_schema: Field required", i);
    if (!schema_type || strcmp(schema_type, "object") != 0)
        return sim_fail(
            problem, "tools.%zu.custom.input_schema.type: Input should be 'object'", i);
    return true;
}

static bool check_tools(const json_t *body, char *problem)
{
    const json_t *tools = json_object_get(body, "tools");
    json_t *names = json_object();
    bool good = !tools || json_is_array(tools) ||
                sim_fail(problem, "tools: Input should be a valid list");
    json_t *tool;
    size_t i;

    json_array_foreach(tools, i, tool)
    {
        const char *name = json_string_value(json_object_get(tool, "name"));

        good = good && check_tool(tool, i, problem);
        if (good && name && json_object_get(names, name))
            good = sim_fail(problem, "tools: Tool names must be unique.");
        if (name)
            json_object_set_new(names, name, json_true());
    }
    json_decref(names);
    return good;
}

static size_t count_marks(const json_t *blocks)
{
    size_t count = 0;
    json_t *block;
    size_t i;

    json_array_foreach(blocks, i, block) count +=
        json_is_object(json_object_get(block, "cache_control")) ? 1 : 0;
    return count;
}

static bool check_cache_marks(const json_t *body, char *problem)
{
    size_t count = count_marks(json_object_get(body, "system")) +
                   count_marks(json_object_get(body, "tools"));
    json_t *message;
    size_t i;

    json_array_foreach(json_object_get(body, "messages"), i, message) count +=
        count_marks(json_object_get(message, "content"));
    if (count > MAX_CACHE_MARKS)
        return sim_fail(problem,
                        "A maximum of 4 blocks with cache_control may be provided. "
                        "Found %zu.",
                        count);
    return true;
}

static bool check_system(const json_t *body, char *problem)
{
    const json_t *system = json_object_get(body, "system");
    json_t *block;
    size_t i;

    if (system && !json_is_string(system) && !json_is_array(system))
        return sim_fail(problem, "system: Input should be a valid list");
    json_array_foreach(system, i, block)
    {
        const char *text = json_string_value(json_object_get(block, "text"));

        if (!text)
            return sim_fail(problem, "system.%zu.text: Field required", i);
        if (!*text)
            return sim_fail(problem, "system: text content blocks must be non-empty");
    }
    return true;
}

bool sim_messages_check(const json_t *body, sim_messages_kind kind,
                        char problem[SIM_PROBLEM_SIZE])
{
    if (!json_is_object(body))
        return sim_fail(problem, "Input should be a valid dictionary");
    return check_required(body, kind, problem) && check_members(body, kind, problem) &&
           check_scalars(body, problem) && check_system(body, problem) &&
           sim_turns_check(json_object_get(body, "messages"), problem) &&
           check_tools(body, problem) && check_thinking(body, problem) &&
           check_cache_marks(body, problem);
}
