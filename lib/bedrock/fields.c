#include "bedrock/fields.h"

#include "base/json.h"

#define SENT CCPI_FIELD_SENT
#define CONVERTED CCPI_FIELD_CONVERTED
#define DROPPED CCPI_FIELD_DROPPED

/*
 * InvokeModel's list is that of AWS's page on the Messages API and of what
 * Claude Code itself sends there; the native Messages API is the Anthropic API,
 * and gets all but what belongs to Anthropic's own platform.
 */
static const struct {
    const char *name;
    ccpi_field_fate fates[3]; /* by ccpi_bedrock_api */
} fields[] = {
    {"model", {CONVERTED, CONVERTED, CONVERTED}},
    {"stream", {CONVERTED, CONVERTED, SENT}},
    {"messages", {CONVERTED, CONVERTED, CONVERTED}},
    {"system", {CONVERTED, CONVERTED, CONVERTED}},
    {"tools", {CONVERTED, CONVERTED, CONVERTED}},
    {"tool_choice", {CONVERTED, SENT, SENT}},
    {"max_tokens", {CONVERTED, SENT, SENT}},
    {"temperature", {CONVERTED, SENT, SENT}},
    {"top_p", {CONVERTED, SENT, SENT}},
    {"top_k", {CONVERTED, SENT, SENT}},
    {"stop_sequences", {CONVERTED, SENT, SENT}},
    {"thinking", {CONVERTED, CONVERTED, CONVERTED}},
    {"output_config", {CONVERTED, CONVERTED, SENT}},
    {"output_format", {CONVERTED, DROPPED, SENT}},
    {"metadata", {CONVERTED, SENT, SENT}},
    {"context_management", {DROPPED, CONVERTED, SENT}},
    {"cache_control", {CONVERTED, DROPPED, SENT}},
    {"anthropic_version", {DROPPED, CONVERTED, DROPPED}},
    {"anthropic_beta", {DROPPED, CONVERTED, DROPPED}},
    {"betas", {DROPPED, DROPPED, DROPPED}},
    {"container", {DROPPED, DROPPED, DROPPED}},
    {"diagnostics", {DROPPED, DROPPED, DROPPED}},
    {"inference_geo", {DROPPED, DROPPED, DROPPED}},
    {"mcp_servers", {DROPPED, DROPPED, DROPPED}},
    {"safeguards", {DROPPED, DROPPED, DROPPED}},
    {"service_tier", {DROPPED, DROPPED, DROPPED}},
    {"speed", {DROPPED, DROPPED, DROPPED}},
    {"user_profile_id", {DROPPED, DROPPED, DROPPED}},
};

ccpi_field_fate ccpi_field_fate_of(ccpi_span name, ccpi_bedrock_api api)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (ccpi_json_key_is(name, fields[i].name))
            return fields[i].fates[api];
    return SENT;
}
