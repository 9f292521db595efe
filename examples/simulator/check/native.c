#include "check/native.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "check/check.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Those about which the tables disagree count as taken. */
static const struct {
    const char *name;
    bool by_converse;
    bool by_native; /* InvokeModel and the Messages endpoint */
} BETAS[] = {
    {"computer-use-2025-01-24", true, true},
    {"computer-use-2025-11-24", true, true},
    {"context-1m-2025-08-07", true, true},
    {"effort-2025-11-24", true, true},
    {"fine-grained-tool-streaming-2025-05-14", true, true},
    {"thinking-binding-controls-2026-08-01", true, true},
    {"thinking-display-updates-2026-08-18", true, true},
    {"interleaved-thinking-2025-05-14", true, true},
    {"output-128k-2025-02-19", true, true},
    {"token-efficient-tools-2025-02-19", true, true},
    {"dev-full-thinking-2025-05-14", true, true},
    {"tool-examples-2025-10-29", true, true},
    {"thinking-token-count-2026-05-13", true, true},
    {"structured-outputs-2025-11-13", true, false},
    {"compact-2026-01-12", false, true},
    {"context-management-2025-06-27", false, true},
    {"tool-search-tool-2025-10-19", false, true},
    {"dangerous-tool-use-2026-09-03", false, true},
    {"mid-conversation-output-config-2026-07-01", false, true},
    {"mid-conversation-tool-changes-2026-07-01", false, true},
};

bool sim_takes_beta(sim_bedrock_api api, const char *beta)
{
    for (size_t i = 0; beta && i < COUNT(BETAS); i++)
        if (strcmp(beta, BETAS[i].name) == 0)
            return api == SIM_API_CONVERSE ? BETAS[i].by_converse : BETAS[i].by_native;
    return false;
}

static bool has_beta(const json_t *body, const char *name)
{
    json_t *beta;
    size_t i;

    json_array_foreach(json_object_get(body, "anthropic_beta"), i, beta)
    {
        if (json_is_string(beta) && strcmp(json_string_value(beta), name) == 0)
            return true;
    }
    return false;
}

static bool check_betas(const json_t *body, char *problem)
{
    const json_t *betas = json_object_get(body, "anthropic_beta");
    json_t *beta;
    size_t i;

    if (betas && !json_is_array(betas))
        return sim_fail(problem, "anthropic_beta: Input should be a valid list");
    json_array_foreach(betas, i, beta)
    {
        if (!sim_takes_beta(SIM_API_INVOKE, json_string_value(beta)))
            return sim_fail(problem, "invalid beta flag");
    }
    return true;
}

/* Fields of a tool that are known only together with their beta. */
static const struct {
    const char *field;
    const char *beta;
} TOOL_FIELDS[] = {
    {"defer_loading", "tool-search-tool-2025-10-19"},
    {"input_examples", "tool-examples-2025-10-29"},
    {"allowed_callers", "advanced-tool-use-2025-11-20"},
    {"eager_input_streaming", "fine-grained-tool-streaming-2025-05-14"},
};

static bool is_of_client(const char *type)
{
    static const char *const BEGINNINGS[] = {"bash_",   "text_editor_", "computer_",
                                             "memory_", "custom",       "tool_search_"};

    for (size_t i = 0; i < COUNT(BEGINNINGS); i++)
        if (strncmp(type, BEGINNINGS[i], strlen(BEGINNINGS[i])) == 0)
            return true;
    return false;
}

static bool check_tools(const json_t *body, char *problem)
{
    json_t *tool;
    size_t i;

    json_array_foreach(json_object_get(body, "tools"), i, tool)
    {
        const char *type = json_string_value(json_object_get(tool, "type"));

        if (type && !is_of_client(type))
            return sim_fail(problem,
                            "tools.%zu: Input tag '%.64s' found using 'type' does not "
                            "match any of the expected tags",
                            i, type);
        for (size_t f = 0; f < COUNT(TOOL_FIELDS); f++)
            if (json_object_get(tool, TOOL_FIELDS[f].field) &&
                !has_beta(body, TOOL_FIELDS[f].beta))
                return sim_fail(problem,
                                "tools.%zu.custom.%s: Extra inputs are not permitted", i,
                                TOOL_FIELDS[f].field);
    }
    return true;
}

static bool check_mark(const json_t *block, const char *place, size_t i, char *problem)
{
    const char *unknown = sim_unknown_member(json_object_get(block, "cache_control"),
                                             (const char *const[]){"type", "ttl", NULL});

    if (!unknown)
        return true;
    return sim_fail(
        problem, "%s.%zu.cache_control.ephemeral.%.64s: Extra inputs are not permitted",
        place, i, unknown);
}

/* Bedrock fetches nothing and keeps no files. */
static bool check_source(const json_t *block, const char *place, size_t i, char *problem)
{
    const char *type =
        json_string_value(json_object_get(json_object_get(block, "source"), "type"));

    if (!type || (strcmp(type, "url") != 0 && strcmp(type, "file") != 0))
        return true;
    return sim_fail(problem,
                    "%s.%zu.source: Input tag '%s' found using 'type' does not match any "
                    "of the expected tags",
                    place, i, type);
}

static bool check_blocks(const json_t *blocks, const char *place, char *problem)
{
    json_t *block;
    size_t i;

    if (!json_is_array(blocks))
        return true;
    json_array_foreach(blocks, i, block)
    {
        if (!check_mark(block, place, i, problem) ||
            !check_source(block, place, i, problem))
            return false;
    }
    return true;
}

static bool check_messages(const json_t *body, char *problem)
{
    json_t *message;
    size_t i;

    json_array_foreach(json_object_get(body, "messages"), i, message)
    {
        char place[64];

        snprintf(place, sizeof(place), "messages.%zu.content", i);
        if (json_object_get(message, "output_config") &&
            !has_beta(body, "mid-conversation-output-config-2026-07-01"))
            return sim_fail(
                problem, "messages.%zu.output_config: Extra inputs are not permitted", i);
        if (!check_blocks(json_object_get(message, "content"), place, problem))
            return false;
    }
    return true;
}

/* Of the edits only compaction is known, with its beta. */
static bool check_edits(const json_t *body, char *problem)
{
    const json_t *management = json_object_get(body, "context_management");
    json_t *edit;
    size_t i;

    if (management && !has_beta(body, "compact-2026-01-12"))
        return sim_fail(problem, "context_management: Extra inputs are not permitted");
    json_array_foreach(json_object_get(management, "edits"), i, edit)
    {
        const char *type = json_string_value(json_object_get(edit, "type"));

        if (!type || strcmp(type, "compact_20260112") != 0)
            return sim_fail(problem,
                            "context_management.edits.%zu: Input tag '%.64s' found using "
                            "'type' does not match any of the expected tags",
                            i, type ? type : "");
    }
    return true;
}

bool sim_invoke_check(const json_t *body, char problem[SIM_PROBLEM_SIZE])
{
    const char *version = json_string_value(json_object_get(body, "anthropic_version"));

    if (!version || strcmp(version, "bedrock-2023-05-31") != 0)
        return sim_fail(problem, "anthropic_version: Input should be "
                                 "'bedrock-2023-05-31'");
    return check_betas(body, problem) && check_edits(body, problem) &&
           check_tools(body, problem) &&
           check_blocks(json_object_get(body, "tools"), "tools", problem) &&
           check_blocks(json_object_get(body, "system"), "system", problem) &&
           check_messages(body, problem);
}

bool sim_beta_header_check(const sim_request *request, char problem[SIM_PROBLEM_SIZE])
{
    for (size_t i = 0; i < request->header_count; i++) {
        const char *at = request->headers[i].value;

        if (strcasecmp(request->headers[i].name, "anthropic-beta") != 0)
            continue;
        while (*at) {
            char beta[96];

            at += strspn(at, ", \t");
            snprintf(beta, sizeof(beta), "%.*s", (int)strcspn(at, ", \t"), at);
            at += strcspn(at, ", \t");
            if (*beta && !sim_takes_beta(SIM_API_MESSAGES, beta))
                return sim_fail(problem,
                                "Unexpected value(s) `%s` for the `anthropic-beta` "
                                "header. Please consult our documentation at "
                                "docs.anthropic.com or try again without the header.",
                                beta);
        }
    }
    return true;
}
