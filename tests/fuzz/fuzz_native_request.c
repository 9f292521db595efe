#include "fuzz/fuzz.h"

#include "anthropic/request.h"
#include "bedrock/native/body.h"

#define LIMIT ((size_t)32 * 1024 * 1024)

/* What refusals have named; paths that fit nowhere do no harm. */
static const char *const fields[] = {
    "tools.*.custom.strict",  "messages.*.content.*.text.cache_control.ttl",
    "context_management",     "messages.*.content",
    "system.*.cache_control", "thinking.display",
};
#define FIELDS (sizeof(fields) / sizeof(*fields))

static const char *const models[] = {
    "global.anthropic.claude-opus-5",
    "us.anthropic.claude-sonnet-4-20250514-v1:0",
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
};

static bool is_json_object(ccpi_span text)
{
    ccpi_json_tree tree;
    bool is_object;

    if (ccpi_json_parse(text, &tree, NULL) != CCP_OK)
        return false;
    is_object = ccpi_json_root(&tree)->type == CCPI_JSON_OBJECT;
    ccpi_json_clear(&tree);
    return is_object;
}

static bool has_member(ccpi_span text, const char *name)
{
    ccpi_json_tree tree;
    bool has;

    must(ccpi_json_parse(text, &tree, NULL) == CCP_OK);
    has = ccpi_json_get(&tree, ccpi_json_root(&tree), name) != NULL;
    ccpi_json_clear(&tree);
    return has;
}

static void check(ccpi_span body, const ccpi_native_options *options)
{
    ccpi_patch patch = {.status = CCP_OK};
    ccpi_buf out = {.limit = LIMIT};
    ccpi_span pieces[8];
    ccp_status status = ccpi_native_request(body, options, &patch, NULL);

    must(status == CCP_OK || status == CCP_INVALID || status == CCP_LIMIT);
    if (status == CCP_OK) {
        must(ccpi_patch_write(&patch, &out) == CCP_OK);
        must(is_json_object(ccpi_buf_span(&out)));
        if (options->api == CCPI_BEDROCK_INVOKE) {
            must(has_member(ccpi_buf_span(&out), "anthropic_version"));
            must(!has_member(ccpi_buf_span(&out), "stream"));
        }
        ccpi_patch_pieces(&patch, pieces, 8);
    }
    ccpi_buf_clear(&out);
    ccpi_patch_clear(&patch);
}

/* The first two bytes say which way is asked, and without what; the rest is the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ccpi_edits edits = {.count = 0};
    ccpi_headers headers = {0};
    ccpi_native_options options = {
        .sent_model = "m\"", .asked = "claude-x", .headers = &headers, .edits = &edits};
    ccpi_look look;
    ccpi_span body;

    if (size < 3)
        return 0;
    body = (ccpi_span){(const char *)data + 2, size - 2};
    /* Routing has looked at every body before. */
    if (ccpi_look_at(body, &look, NULL) != CCP_OK)
        return 0;
    options.api = data[0] & 1 ? CCPI_BEDROCK_INVOKE : CCPI_BEDROCK_MESSAGES;
    options.for_count = data[0] & 2;
    options.model_id = models[data[0] >> 6];
    if (data[0] & 4)
        ccpi_edits_add(&edits, CCPI_EDIT_THINKING, "", CCPI_EDIT_NAMED);
    if (data[0] & 8)
        ccpi_headers_set(&headers, "anthropic-beta",
                         "advanced-tool-use-2025-11-20,compact-2026-01-12");
    for (size_t i = 0; i < FIELDS; i++)
        if (data[1] & 1u << i)
            ccpi_edits_add(&edits, CCPI_EDIT_FIELD, fields[i], CCPI_EDIT_NAMED);
    check(body, &options);
    ccpi_headers_clear(&headers);
    return 0;
}
