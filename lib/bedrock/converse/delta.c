#include "bedrock/converse/delta.h"

static const struct {
    const char *name;
    size_t name_len;
    ccpi_json_type type;
    size_t offset;
} members[] = {
    {"delta", 5, CCPI_JSON_OBJECT, offsetof(ccpi_delta, delta)},
    {"text", 4, CCPI_JSON_STRING, offsetof(ccpi_delta, text)},
    {"toolUse", 7, CCPI_JSON_OBJECT, offsetof(ccpi_delta, tool_use)},
    {"input", 5, CCPI_JSON_STRING, offsetof(ccpi_delta, input)},
    {"reasoningContent", 16, CCPI_JSON_OBJECT, offsetof(ccpi_delta, reasoning)},
    {"signature", 9, CCPI_JSON_STRING, offsetof(ccpi_delta, signature)},
    {"redactedContent", 15, CCPI_JSON_STRING, offsetof(ccpi_delta, redacted)},
    {"citation", 8, CCPI_JSON_OBJECT, offsetof(ccpi_delta, citation)},
};

static ccp_status visit_member(void *context, const ccpi_json_member *member)
{
    ccpi_delta *found = context;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (member->type == members[i].type && member->key.len == members[i].name_len &&
            memcmp(member->key.data, members[i].name, member->key.len) == 0)
            *(ccpi_span *)((char *)found + members[i].offset) = member->value;
    if (ccpi_span_is(member->key, "contentBlockIndex"))
        ccpi_json_integer(member->value, &found->index);
    return CCP_OK;
}

ccp_status ccpi_delta_read(ccpi_span object, ccpi_delta *found)
{
    return ccpi_json_walk(object, visit_member, found, NULL);
}
