/* Tokens of programs. */
#include <stdio.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"
#include "base/fail.h"

static json_t *token_object(const ccp_admin_token *token)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", token->id.text, "name",
                     token->name, "scope", token->may_write ? "write" : "read",
                     "created_at", ccpi_object_time(token->created_at_us), "expires_at",
                     ccpi_object_time(token->expires_at_us), "last_used_at",
                     ccpi_object_time(token->last_used_at_us));
}

static bool take_token(void *context, const ccp_admin_token *token)
{
    ccpi_list *list = context;

    return !ccpi_list_wants(list) || ccpi_list_take(list, token_object(token));
}

ccp_status ccpi_tokens_list(ccpi_api_call *call)
{
    const ccp_token_store *tokens = &call->admin.store->tokens;
    CCPI_CLEANUP(ccpi_list_clear) ccpi_list list = {.array = NULL};
    ccp_status status = ccpi_list_open(call, NULL, 0, &list);

    if (status == CCP_OK)
        status = tokens->list(tokens->self, take_token, &list, &call->error);
    return status == CCP_OK ? ccpi_list_answer(call, &list) : status;
}

static ccp_status read_token(ccpi_api_call *call, ccp_admin_token *out)
{
    char scope[8] = "";
    bool has_expiry = false;
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("name", out->name), .is_required = true},
        {CCPI_TEXT_FIELD("scope", scope), .is_required = true},
        {.name = "expires_at",
         .kind = CCPI_TAKES_TIME,
         .out = &out->expires_at_us,
         .may_be_null = true,
         .was_given = &has_expiry},
    };
    ccp_status status = ccpi_fields_read(call, fields, sizeof(fields) / sizeof(*fields));

    if (status != CCP_OK)
        return status;
    out->may_write = strcmp(scope, "write") == 0;
    if (!out->may_write && strcmp(scope, "read") != 0)
        return ccpi_fail(&call->error, CCP_INVALID, "scope is read or write");
    if (has_expiry && !json_is_null(json_object_get(call->body, "expires_at")) &&
        out->expires_at_us <= ccpi_api_call_now(call))
        return ccpi_fail(&call->error, CCP_INVALID, "expires_at must be in the future");
    return CCP_OK;
}

/* A token on its way into the store. */
typedef struct creation {
    ccp_admin_token *token;
    const ccp_key_hash *hash;
} creation;

static ccp_status write_new(const ccp_store *within, void *context, ccp_error *error)
{
    const creation *of = context;

    return within->tokens.create(within->tokens.self, of->token, of->hash, error);
}

static json_t *new_object(const ccp_admin_token *token, const ccpi_admin_token *secret)
{
    json_t *object = token_object(token);

    if (json_object_set_new(object, "token", json_string(secret->text)) == 0)
        return object;
    json_decref(object);
    return NULL;
}

ccp_status ccpi_tokens_create(ccpi_api_call *call)
{
    CCPI_CLEANUP(ccpi_admin_token_wipe) ccpi_admin_token secret = {.text = ""};
    ccp_admin_token token = {.may_write = false};
    const ccpi_deed deed = {"token.create", "token", token.id.text};
    ccp_key_hash hash;
    creation of = {&token, &hash};
    ccp_status status = read_token(call, &token);

    if (status == CCP_OK)
        status = ccpi_signin_new_token(call->api->signin, &secret, &hash, &call->error);
    if (status == CCP_OK)
        status = ccpi_admin_do(&call->admin, &deed, write_new, &of, &call->error);
    return status == CCP_OK ? ccpi_api_call_answer(call, 201, new_object(&token, &secret))
                            : status;
}

static ccp_status write_removal(const ccp_store *within, void *context, ccp_error *error)
{
    return within->tokens.remove(within->tokens.self, context, error);
}

ccp_status ccpi_tokens_remove(ccpi_api_call *call)
{
    const ccpi_deed deed = {"token.delete", "token", call->id.text};
    ccp_status status =
        ccpi_admin_do(&call->admin, &deed, write_removal, &call->id, &call->error);

    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}
