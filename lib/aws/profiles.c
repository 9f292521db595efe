#include "aws/profiles.h"

#include "aws/json.h"
#include "base/cleanup.h"
#include "base/fail.h"
#include "base/uri.h"

#define PATH "/inference-profiles?maxResults=100&type=SYSTEM_DEFINED"
#define MAX_PAGES 100
#define MAX_TOKEN 2048
#define MAX_PATH (4 * MAX_TOKEN)

typedef struct search {
    ccp_aws *aws;
    bool (*visit)(void *context, ccpi_span id);
    void *context;
    ccpi_buf token; /* of the next page; empty: there is none */
    bool is_over;
} search;

static void clear(search *s)
{
    ccpi_buf_clear(&s->token);
}

static ccp_status write_path(const search *s, ccpi_buf *path, ccp_error *error)
{
    ccpi_buf_append_text(path, PATH);
    if (s->token.len > 0) {
        ccpi_buf_append_text(path, "&nextToken=");
        ccpi_uri_encode(ccpi_buf_span(&s->token), path);
    }
    return path->status == CCP_OK
               ? CCP_OK
               : ccpi_fail(error, path->status, "no room for a list of profiles");
}

/* Ids need no decoding: none has a character that JSON escapes. */
static ccp_status visit_page(search *s, const ccpi_aws_reply *reply, ccp_error *error)
{
    const ccpi_json_tree *tree = &reply->tree;
    const ccpi_json_node *list = ccpi_json_get_typed(
        tree, ccpi_json_root(tree), "inferenceProfileSummaries", CCPI_JSON_ARRAY);

    if (!list)
        return ccpi_fail(error, CCP_PROTOCOL, "the answer is no list of profiles");
    for (const ccpi_json_node *node = ccpi_json_child(tree, list); node && !s->is_over;
         node = ccpi_json_next(tree, node)) {
        const ccpi_json_node *id =
            ccpi_json_get_typed(tree, node, "inferenceProfileId", CCPI_JSON_STRING);

        if (id && ccpi_json_is_text(ccpi_json_get(tree, node, "status"), "ACTIVE"))
            s->is_over = !s->visit(s->context, ccpi_json_inner(id->text));
    }
    return CCP_OK;
}

static void clear_reply(ccpi_aws_reply *reply)
{
    ccpi_aws_reply_clear(reply);
}

static ccp_status take_page(search *s, ccp_error *error)
{
    CCPI_CLEANUP(ccpi_buf_clear) ccpi_buf path = {.limit = MAX_PATH};
    CCPI_CLEANUP(clear_reply) ccpi_aws_reply reply = {.answer = {.status = 0}};
    ccpi_aws_call call = {.service = CCPI_AWS_BEDROCK,
                          .operation = "ListInferenceProfiles",
                          .method = "GET"};
    ccp_status status = write_path(s, &path, error);

    call.path = path.data;
    if (status == CCP_OK)
        status = ccpi_aws_ask(s->aws, &call, &reply, error);
    if (status == CCP_OK)
        status = visit_page(s, &reply, error);
    if (status != CCP_OK)
        return status;
    ccpi_buf_reset(&s->token);
    status = ccpi_aws_reply_text(&reply, "nextToken", &s->token);
    if (status != CCP_OK && status != CCP_NOT_FOUND)
        return ccpi_fail(error, status, "the token of a page can't be read");
    s->is_over = s->is_over || s->token.len == 0;
    return CCP_OK;
}

ccp_status ccpi_aws_list_profiles(ccp_aws *aws,
                                  bool (*visit)(void *context, ccpi_span id),
                                  void *context, ccp_error *error)
{
    CCPI_CLEANUP(clear)
    search s = {aws, visit, context, .token = {.limit = MAX_TOKEN}};
    ccp_status status = CCP_OK;

    for (int page = 0; page < MAX_PAGES && status == CCP_OK && !s.is_over; page++)
        status = take_page(&s, error);
    if (status == CCP_OK && !s.is_over)
        return ccpi_fail(error, CCP_LIMIT, "there is no end to the profiles");
    return status;
}
