/*
 * Whether a request is one that Converse takes for a Claude model. Where users
 * have reported the service's wording it is used; the rest follows its form.
 */
#include "check/converse.h"

#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "check/native.h"

#define MODEL_SAYS "The model returned the following errors: "

static const char *const MEMBERS[] = {"messages",
                                      "system",
                                      "inferenceConfig",
                                      "toolConfig",
                                      "outputConfig",
                                      "additionalModelRequestFields",
                                      "additionalModelResponseFieldPaths",
                                      "guardrailConfig",
                                      "requestMetadata",
                                      "performanceConfig",
                                      "serviceTier",
                                      "promptVariables",
                                      NULL};

static const char *const COUNT_MEMBERS[] = {"messages", "system", "toolConfig",
                                            "additionalModelRequestFields", NULL};

static bool check_members(const json_t *body, const char *const *names, char *problem)
{
    const char *unknown = sim_unknown_member(body, names);

    if (!unknown)
        return true;
    return sim_fail(problem,
                    "Malformed input request: #: extraneous key [%.64s] is not "
                    "permitted, please reformat your input and try again.",
                    unknown);
}

static bool check_system(const json_t *body, char *problem)
{
    const json_t *system = json_object_get(body, "system");
    json_t *block;
    size_t i;

    if (system && !json_is_array(system))
        return sim_fail(problem, "The system field must be a list.");
    json_array_foreach(system, i, block)
    {
        const json_t *text = json_object_get(block, "text");

        if (json_object_size(block) != 1)
            return sim_fail(problem, "system.%zu must set exactly one member.", i);
        if (text && (!json_is_string(text) || json_string_length(text) == 0))
            return sim_fail(problem,
                            "Invalid length for parameter system[%zu].text, value: 0, "
                            "valid min length: 1",
                            i);
        if (text && sim_is_blank(json_string_value(text)))
            return sim_fail(problem,
                            "The text field in the ContentBlock object at system.%zu is "
                            "blank. Add text to the text field, and try again.",
                            i);
        if (!text && !json_object_get(block, "cachePoint") &&
            !json_object_get(block, "guardContent"))
            return sim_fail(problem, "system.%zu has no known member.", i);
    }
    return true;
}

static bool check_range(const json_t *config, const char *name, double least, double most,
                        char *problem)
{
    const json_t *value = json_object_get(config, name);

    if (!value || (json_is_number(value) && json_number_value(value) >= least &&
                   json_number_value(value) <= most))
        return true;
    return sim_fail(problem,
                    "1 validation error detected: Value at 'inferenceConfig.%s' failed "
                    "to satisfy constraint: Member must have value between %g and %g",
                    name, least, most);
}

static bool check_inference(const json_t *body, char *problem)
{
    const json_t *config = json_object_get(body, "inferenceConfig");
    const char *unknown =
        sim_unknown_member(config, (const char *const[]){"maxTokens", "temperature",
                                                         "topP", "stopSequences", NULL});
    json_t *sequence;
    size_t i;

    if (unknown)
        return sim_fail(problem,
                        "Malformed input request: #/inferenceConfig: extraneous key "
                        "[%.64s] is not permitted, please reformat your input and try "
                        "again.",
                        unknown);
    json_array_foreach(
        json_object_get(config, "stopSequences"), i,
        sequence) if (json_string_length(sequence) ==
                      0) return sim_fail(problem,
                                         "inferenceConfig.stopSequences.%zu is empty.",
                                         i);
    return check_range(config, "maxTokens", 1, 1e9, problem) &&
           check_range(config, "temperature", 0, 1, problem) &&
           check_range(config, "topP", 0, 1, problem);
}

/* Fields of the model's own that it takes through additionalModelRequestFields. */
static const char *const MODEL_FIELDS[] = {
    "top_k", "thinking", "output_config", "anthropic_beta", "tools", "tool_choice", NULL};

static bool check_betas(const json_t *fields, char *problem)
{
    json_t *beta;
    size_t i;

    json_array_foreach(
        json_object_get(fields, "anthropic_beta"), i,
        beta) if (!sim_takes_beta(SIM_API_CONVERSE,
                                  json_string_value(
                                      beta))) return sim_fail(problem, MODEL_SAYS
                                                              "invalid beta flag");
    return true;
}

static bool check_thinking(const json_t *body, const json_t *fields, char *problem)
{
    const json_t *thinking = json_object_get(fields, "thinking");
    const char *type = json_string_value(json_object_get(thinking, "type"));
    const json_t *budget = json_object_get(thinking, "budget_tokens");
    const json_t *config = json_object_get(body, "inferenceConfig");
    const json_t *most = json_object_get(config, "maxTokens");
    const json_t *temperature = json_object_get(config, "temperature");
    const json_t *choice =
        json_object_get(json_object_get(body, "toolConfig"), "toolChoice");

    if (!type || strcmp(type, "disabled") == 0)
        return true;
    if (budget && json_number_value(budget) < 1024)
        return sim_fail(problem,
                        MODEL_SAYS "thinking.enabled.budget_tokens: Input should be "
                                   "greater than or equal to 1024");
    if (budget && most && json_number_value(budget) >= json_number_value(most))
        return sim_fail(problem, MODEL_SAYS "`max_tokens` must be greater than "
                                            "`thinking.budget_tokens`.");
    if (temperature && json_number_value(temperature) < 1)
        return sim_fail(problem, MODEL_SAYS "`temperature` may only be set to 1 when "
                                            "thinking is enabled.");
    if (json_object_get(fields, "top_k"))
        return sim_fail(problem,
                        MODEL_SAYS "`top_k` must be unset when thinking is enabled.");
    if (json_object_get(choice, "any") || json_object_get(choice, "tool"))
        return sim_fail(problem, MODEL_SAYS "Thinking may not be enabled when "
                                            "tool_choice forces tool use.");
    return true;
}

static bool check_model_fields(const json_t *body, char *problem)
{
    const json_t *fields = json_object_get(body, "additionalModelRequestFields");
    const char *unknown = sim_unknown_member(fields, MODEL_FIELDS);

    if (unknown)
        return sim_fail(problem, MODEL_SAYS "%.64s: Extra inputs are not permitted",
                        unknown);
    return check_betas(fields, problem) && check_thinking(body, fields, problem);
}

static bool is_metadata_text(const char *text, size_t least)
{
    const size_t len = strlen(text);

    return len >= least && len <= 256 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        " \t\r\n:_@$#=/+,-.") == len;
}

static bool check_metadata(const json_t *body, char *problem)
{
    json_t *metadata = json_object_get(body, "requestMetadata");
    const char *key;
    json_t *value;

    if (metadata && (json_object_size(metadata) == 0 || json_object_size(metadata) > 16))
        return sim_fail(problem, "requestMetadata must have 1 to 16 entries.");
    json_object_foreach(metadata, key, value) if (
        !is_metadata_text(key, 1) || !json_is_string(value) ||
        !is_metadata_text(
            json_string_value(value),
            0)) return sim_fail(problem,
                                "1 validation error detected: Value at 'requestMetadata' "
                                "failed to satisfy constraint: Map value must satisfy "
                                "constraint: [Member must satisfy regular expression "
                                "pattern: [a-zA-Z0-9\\s:_@$#=/+,-.]{0,256}]");
    return true;
}

bool sim_converse_check_count(const json_t *body, char problem[SIM_PROBLEM_SIZE])
{
    if (!json_is_object(body))
        return sim_fail(problem, "Malformed input request.");
    return check_members(body, COUNT_MEMBERS, problem) && check_system(body, problem) &&
           sim_converse_check_messages(body, problem) &&
           sim_converse_check_tools(body, problem);
}

bool sim_converse_check(const json_t *body, char problem[SIM_PROBLEM_SIZE])
{
    return check_members(body, MEMBERS, problem) && check_system(body, problem) &&
           check_inference(body, problem) && sim_converse_check_messages(body, problem) &&
           sim_converse_check_tools(body, problem) &&
           sim_converse_check_counts(body, problem) &&
           check_model_fields(body, problem) && check_metadata(body, problem);
}
