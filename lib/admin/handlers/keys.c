/* Access keys. */
#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"
#include "base/fail.h"

static ccp_status find_user(ccpi_api_call *call, ccp_user *out)
{
    const ccp_user_store *users = &call->admin.store->users;

    return users->find(users->self, call->id.text, out, &call->error);
}

static ccp_status find_key(ccpi_api_call *call, ccp_access_key *out)
{
    const ccp_access_key_store *keys = &call->admin.store->keys;

    return keys->find(keys->self, call->id.text, out, &call->error);
}

static bool take_key(void *context, const ccp_access_key *key)
{
    ccpi_list *list = context;

    return !ccpi_list_wants(list) || ccpi_list_take(list, ccpi_object_key(key));
}

ccp_status ccpi_keys_list(ccpi_api_call *call)
{
    const ccp_access_key_store *keys = &call->admin.store->keys;
    CCPI_CLEANUP(ccpi_list_clear) ccpi_list list = {.array = NULL};
    ccp_user user;
    ccp_status status = ccpi_list_open(call, NULL, 0, &list);

    if (status == CCP_OK)
        status = find_user(call, &user);
    if (status == CCP_OK)
        status = keys->list(keys->self, &user.id, take_key, &list, &call->error);
    return status == CCP_OK ? ccpi_list_answer(call, &list) : status;
}

static ccp_status read_key(ccpi_api_call *call, ccp_access_key *key)
{
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("bedrock_region", key->bedrock_region), .may_be_null = true},
        {CCPI_TEXT_FIELD("bedrock_model", key->bedrock_model), .may_be_null = true},
        {CCPI_TEXT_FIELD("bedrock_api", key->bedrock_api), .may_be_null = true},
    };

    return ccpi_fields_read(call, fields, sizeof(fields) / sizeof(*fields));
}

static void wipe(ccp_issued_key *issued)
{
    ccp_key_wipe(&issued->secret);
}

ccp_status ccpi_keys_issue(ccpi_api_call *call)
{
    CCPI_CLEANUP(wipe) ccp_issued_key issued = {.lacks_bedrock_key = false};
    ccp_access_key wanted = {.user_id = call->id};
    ccp_user user;
    ccp_status status = find_user(call, &user);

    if (status == CCP_OK && user.status != CCP_USER_ACTIVE)
        return ccpi_fail(&call->error, CCP_CONFLICT, "the user is not active");
    if (status == CCP_OK)
        status = read_key(call, &wanted);
    if (status == CCP_OK)
        status = ccp_admin_issue_key(&call->admin, &wanted, &issued, &call->error);
    return status == CCP_OK
               ? ccpi_api_call_answer(call, 201, ccpi_object_issued_key(&issued))
               : status;
}

ccp_status ccpi_keys_get(ccpi_api_call *call)
{
    ccp_access_key key;
    ccp_status status = find_key(call, &key);

    return status == CCP_OK ? ccpi_api_call_answer(call, 200, ccpi_object_key(&key))
                            : status;
}

ccp_status ccpi_keys_change(ccpi_api_call *call)
{
    ccp_access_key key;
    ccp_status status = find_key(call, &key);

    if (status == CCP_OK)
        status = read_key(call, &key);
    if (status == CCP_OK)
        status = ccp_admin_update_key(&call->admin, &key, &call->error);
    return status == CCP_OK ? ccpi_api_call_answer(call, 200, ccpi_object_key(&key))
                            : status;
}

ccp_status ccpi_keys_revoke(ccpi_api_call *call)
{
    ccp_status status = ccp_admin_revoke_key(&call->admin, &call->id, &call->error);

    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}

ccp_status ccpi_keys_rotate(ccpi_api_call *call)
{
    CCPI_CLEANUP(wipe) ccp_issued_key fresh = {.lacks_bedrock_key = false};
    int64_t grace_seconds = 0;
    bool has_grace = false;
    const ccpi_field fields[] = {{.name = "grace_seconds",
                                  .kind = CCPI_TAKES_INTEGER,
                                  .out = &grace_seconds,
                                  .was_given = &has_grace}};
    ccp_status status = ccpi_fields_read(call, fields, 1);

    if (status == CCP_OK && (grace_seconds < 0 || grace_seconds > CCP_GRACE_MAX_SECONDS))
        return ccpi_fail(&call->error, CCP_INVALID, "grace_seconds is 0 to %d",
                         CCP_GRACE_MAX_SECONDS);
    if (status == CCP_OK)
        status = ccp_admin_rotate_key(&call->admin, &call->id,
                                      has_grace ? grace_seconds : CCP_DEFAULT_GRACE,
                                      &fresh, &call->error);
    return status == CCP_OK
               ? ccpi_api_call_answer(call, 200, ccpi_object_issued_key(&fresh))
               : status;
}
