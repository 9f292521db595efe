#include "bedrock/converse/answer.h"

#include <inttypes.h>

static const struct {
    const char *bedrock, *anthropic;
} stop_reasons[] = {
    {"end_turn", "end_turn"},
    {"tool_use", "tool_use"},
    {"max_tokens", "max_tokens"},
    {"stop_sequence", "stop_sequence"},
    {"model_context_window_exceeded", "model_context_window_exceeded"},
    {"content_filtered", "refusal"},
    {"guardrail_intervened", "refusal"},
};

const char *ccpi_stop_reason_of(const ccpi_json_node *stop_reason)
{
    for (size_t i = 0; i < sizeof(stop_reasons) / sizeof(stop_reasons[0]); i++)
        if (ccpi_json_is_text(stop_reason, stop_reasons[i].bedrock))
            return stop_reasons[i].anthropic;
    return "end_turn";
}

void ccpi_stop_sequence_write(const ccpi_json_tree *tree, const ccpi_json_node *answer,
                              ccpi_buf *out)
{
    const ccpi_json_node *matched = ccpi_json_get_typed(
        tree, ccpi_json_get(tree, answer, "additionalModelResponseFields"),
        "stop_sequence", CCPI_JSON_STRING);

    if (matched)
        ccpi_buf_append_span(out, matched->text);
    else
        ccpi_buf_append_text(out, "null");
}

static int64_t count_of(const ccpi_json_tree *tree, const ccpi_json_node *usage,
                        const char *name)
{
    const ccpi_json_node *node = ccpi_json_get(tree, usage, name);
    int64_t value = 0;

    return node && ccpi_json_integer(node->text, &value) && value > 0 ? value : 0;
}

static int64_t count_1h(const ccpi_json_tree *tree, const ccpi_json_node *usage)
{
    int64_t count = 0;

    for (const ccpi_json_node *detail =
             ccpi_json_child(tree, ccpi_json_get(tree, usage, "cacheDetails"));
         detail; detail = ccpi_json_next(tree, detail))
        if (ccpi_json_is_text(ccpi_json_get(tree, detail, "ttl"), "1h"))
            count += count_of(tree, detail, "inputTokens");
    return count;
}

ccpi_usage_counts ccpi_usage_counts_read(const ccpi_json_tree *tree,
                                         const ccpi_json_node *usage)
{
    const bool has_write = ccpi_json_get(tree, usage, "cacheWriteInputTokens") != NULL;
    ccpi_usage_counts counts = {
        .input = count_of(tree, usage, "inputTokens"),
        .output = count_of(tree, usage, "outputTokens"),
        .cache_read = count_of(tree, usage, "cacheReadInputTokens"),
        .cache_write =
            count_of(tree, usage,
                     has_write ? "cacheWriteInputTokens" : "cacheCreationInputTokens"),
        .cache_write_1h = count_1h(tree, usage),
    };

    if (counts.cache_write_1h > counts.cache_write)
        counts.cache_write_1h = counts.cache_write;
    return counts;
}

void ccpi_usage_counts_write(const ccpi_usage_counts *usage, ccpi_buf *out)
{
    ccpi_buf_append_format(
        out,
        "{\"input_tokens\":%" PRId64 ",\"cache_creation_input_tokens\":%" PRId64
        ",\"cache_read_input_tokens\":%" PRId64
        ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":%" PRId64
        ",\"ephemeral_1h_input_tokens\":%" PRId64 "},\"output_tokens\":%" PRId64 "}",
        usage->input, usage->cache_write, usage->cache_read,
        usage->cache_write - usage->cache_write_1h, usage->cache_write_1h, usage->output);
}

int64_t ccpi_block_index_of(const ccpi_json_tree *tree)
{
    const ccpi_json_node *node =
        ccpi_json_get(tree, ccpi_json_root(tree), "contentBlockIndex");
    int64_t index = 0;

    if (node)
        ccpi_json_integer(node->text, &index);
    return index;
}

int64_t ccpi_output_estimate(int64_t delta_bytes)
{
    return (delta_bytes * 2 + 6) / 7;
}
