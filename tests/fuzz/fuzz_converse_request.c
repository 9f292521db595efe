#include "fuzz/fuzz.h"

#include "base/json.h"
#include "bedrock/request.h"

#define LIMIT ((size_t)32 * 1024 * 1024)

static const char *const models[] = {
    "global.anthropic.claude-opus-5-5",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-3-5-haiku-20241022-v1:0",
    "us.amazon.nova-pro-v1:0",
};

/* Whatever came in: roles alternate from the user on, and no message is empty. */
static void check_messages(const ccpi_json_tree *tree, const ccpi_json_node *messages)
{
    bool is_user = true;

    must(messages && messages->count > 0);
    for (const ccpi_json_node *message = ccpi_json_child(tree, messages); message;
         message = ccpi_json_next(tree, message)) {
        must(ccpi_json_is_text(ccpi_json_get(tree, message, "role"),
                               is_user ? "user" : "assistant"));
        must(ccpi_json_get(tree, message, "content")->count > 0);
        is_user = !is_user;
    }
}

static void check(ccpi_span request, bool for_count)
{
    ccpi_json_tree tree;
    const ccpi_json_node *root;

    must(ccpi_json_parse(request, &tree, NULL) == CCP_OK);
    root = ccpi_json_root(&tree);
    if (for_count)
        root = ccpi_json_get(&tree, ccpi_json_get(&tree, root, "input"), "converse");
    check_messages(&tree, ccpi_json_get(&tree, root, "messages"));
    ccpi_json_clear(&tree);
}

/* The first byte chooses model and options, the rest is the request. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ccpi_span body = {(const char *)data + 1, size > 0 ? size - 1 : 0};
    ccpi_buf out = {.limit = LIMIT};
    ccpi_edits edits = {0};
    ccpi_converse_options options = {.asked = "claude-x", .edits = &edits};
    ccp_status status;

    if (size < 2)
        return 0;
    options.model_id = models[data[0] & 3];
    options.for_count = data[0] & 4;
    options.sends_metadata = data[0] & 8;
    if (data[0] & 16)
        ccpi_edits_add(&edits, CCPI_EDIT_THINKING, "", CCPI_EDIT_NAMED);
    status = ccpi_converse_request(body, &options, &out, NULL);
    must(status == CCP_OK || status == CCP_INVALID || status == CCP_LIMIT);
    if (status == CCP_OK)
        check(ccpi_buf_span(&out), options.for_count);
    ccpi_buf_clear(&out);
    return 0;
}
