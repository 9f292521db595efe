#include "admin/users.h"

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/fields.h"
#include "base/cut.h"
#include "base/fail.h"

static ccp_status answer_user(ccpi_api_call *call, int status, const ccp_user *user)
{
    ccp_user_summary summary;
    const ccp_status result =
        ccp_admin_summarize_user(&call->admin, user, &summary, &call->error);

    return result == CCP_OK
               ? ccpi_api_call_answer(call, status, ccpi_object_user(&summary))
               : result;
}

static ccp_status find_user(ccpi_api_call *call, ccp_user *out)
{
    const ccp_user_store *users = &call->admin.store->users;

    return users->find(users->self, call->id.text, out, &call->error);
}

const char *ccpi_users_name(const ccpi_api_call *call, const char *id, ccp_user *last)
{
    const ccp_user_store *users = &call->admin.store->users;

    if (strcmp(last->id.text, id) != 0 &&
        (!id[0] || users->find(users->self, id, last, NULL) != CCP_OK)) {
        *last = (ccp_user){.name = ""};
        ccpi_cut_into(last->id.text, sizeof(last->id.text), id);
    }
    return last->name;
}

static ccp_status read_routing(ccpi_api_call *call, const char *text, ccp_routing *out)
{
    if (!text[0] || ccp_routing_parse(text, out))
        return CCP_OK;
    return ccpi_fail(&call->error, CCP_INVALID,
                     "routing_strategy is plan_first or bedrock_only");
}

ccp_status ccpi_users_create(ccpi_api_call *call)
{
    ccp_user user = {.monthly_budget_micro = CCP_NO_BUDGET};
    char routing[16] = "";
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("name", user.name), .is_required = true},
        {CCPI_TEXT_FIELD("description", user.description), .may_be_null = true},
        {.name = "monthly_budget_usd",
         .kind = CCPI_TAKES_MONEY,
         .out = &user.monthly_budget_micro,
         .may_be_null = true},
        {CCPI_TEXT_FIELD("routing_strategy", routing)},
    };
    ccp_status status = ccpi_fields_read(call, fields, sizeof(fields) / sizeof(*fields));

    if (status == CCP_OK)
        status = read_routing(call, routing, &user.routing);
    if (status == CCP_OK)
        status = ccp_admin_create_user(&call->admin, &user, &call->error);
    return status == CCP_OK ? answer_user(call, 201, &user) : status;
}

ccp_status ccpi_users_get(ccpi_api_call *call)
{
    ccp_user user;
    ccp_status status = find_user(call, &user);

    return status == CCP_OK ? answer_user(call, 200, &user) : status;
}

ccp_status ccpi_users_change(ccpi_api_call *call)
{
    ccp_user user;
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("name", user.name)},
        {CCPI_TEXT_FIELD("description", user.description), .may_be_null = true},
    };
    ccp_status status = find_user(call, &user);

    if (status == CCP_OK)
        status = ccpi_fields_read(call, fields, sizeof(fields) / sizeof(*fields));
    if (status == CCP_OK)
        status = ccp_admin_update_user(&call->admin, &user, &call->error);
    return status == CCP_OK ? answer_user(call, 200, &user) : status;
}

ccp_status ccpi_users_remove(ccpi_api_call *call)
{
    ccp_status status = ccp_admin_delete_user(&call->admin, &call->id, &call->error);

    return status == CCP_OK ? ccpi_api_call_answer_nothing(call) : status;
}

ccp_status ccpi_users_deactivate(ccpi_api_call *call)
{
    ccp_user user;
    ccp_status status = ccp_admin_deactivate_user(&call->admin, &call->id, &call->error);

    if (status == CCP_OK)
        status = find_user(call, &user);
    return status == CCP_OK ? answer_user(call, 200, &user) : status;
}

/* ---- routing ---- */

static ccp_status check_bedrock_only(ccpi_api_call *call, const ccp_user *user)
{
    ccpi_bedrock_only verdict;
    const ccp_status status =
        ccpi_admin_check_bedrock_only(&call->admin, &user->id, &verdict, &call->error);

    if (verdict == CCPI_BEDROCK_ONLY_LACKS_KEY)
        call->refusal = CCPI_CODE_NO_ACCESS_KEYS;
    if (verdict == CCPI_BEDROCK_ONLY_LACKS_CREDENTIAL)
        call->refusal = CCPI_CODE_MISSING_BEDROCK_KEYS;
    return status;
}

ccp_status ccpi_users_route(ccpi_api_call *call)
{
    ccp_user user;
    char routing[16] = "";
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("routing_strategy", routing), .is_required = true},
    };
    ccp_status status = find_user(call, &user);

    if (status == CCP_OK)
        status = ccpi_fields_read(call, fields, 1);
    if (status == CCP_OK && !ccp_routing_parse(routing, &user.routing))
        status = ccpi_fail(&call->error, CCP_INVALID,
                           "routing_strategy is plan_first or bedrock_only");
    if (status == CCP_OK && user.routing == CCP_ROUTING_BEDROCK_ONLY)
        status = check_bedrock_only(call, &user);
    if (status == CCP_OK)
        status = ccp_admin_update_user(&call->admin, &user, &call->error);
    return status == CCP_OK ? answer_user(call, 200, &user) : status;
}
