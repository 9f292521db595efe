/*
 * Whether a request is one that the Messages API takes. The wordings are those
 * that users of the API have reported.
 */
#include "messages_check.h"

#include <string.h>

#include "check.h"
#include "script.h"

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

    if (!unknown || sim_script_lets_unknown_fields())
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

bool sim_messages_check(const json_t *body, sim_messages_kind kind,
                        char problem[SIM_PROBLEM_SIZE])
{
    if (!json_is_object(body))
        return sim_fail(problem, "Input should be a valid dictionary");
    return check_required(body, kind, problem) && check_members(body, kind, problem);
}
