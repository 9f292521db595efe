#include "admin/users.h"

#include <ctype.h>
#include <stdlib.h>

#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/list.h"
#include "base/cleanup.h"
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

/* ---- the list ---- */

/* The users of a page: a listing can't ask the store for more while it runs. */
typedef struct user_list {
    ccpi_list list;
    char status[16];
    char words[256];
    ccp_user *users; /* owned; room for a page */
    size_t count;
} user_list;

static void clear(user_list *list)
{
    ccpi_list_clear(&list->list);
    free(list->users);
}

static bool starts(const char *text, const char *words)
{
    while (*words && tolower((unsigned char)*text) == tolower((unsigned char)*words))
        text++, words++;
    return !*words;
}

/* Whether the words stand in the text, in any case of ASCII. */
static bool has_words(const char *text, const char *words)
{
    do {
        if (starts(text, words))
            return true;
    } while (*text++);
    return false;
}

static bool keep_user(void *context, const ccp_user *user)
{
    user_list *list = context;

    if (list->status[0] && strcmp(list->status, ccp_user_status_name(user->status)) != 0)
        return true;
    if (!has_words(user->name, list->words) && !has_words(user->description, list->words))
        return true;
    if (ccpi_list_wants(&list->list))
        list->users[list->count++] = *user;
    return true;
}

static ccp_status open_list(ccpi_api_call *call, user_list *list)
{
    const ccpi_field fields[] = {
        {CCPI_TEXT_FIELD("status", list->status)},
        {CCPI_TEXT_FIELD("q", list->words)},
    };
    ccp_status status = ccpi_list_open(call, fields, 2, &list->list);

    if (status != CCP_OK)
        return status;
    if (list->status[0] && strcmp(list->status, "active") != 0 &&
        strcmp(list->status, "inactive") != 0)
        return ccpi_fail(&call->error, CCP_INVALID, "status is active or inactive");
    list->users = calloc(list->list.page.limit, sizeof(*list->users));
    return list->users ? CCP_OK : CCP_NO_MEMORY;
}

ccp_status ccpi_users_list(ccpi_api_call *call)
{
    const ccp_user_store *users = &call->admin.store->users;
    CCPI_CLEANUP(clear) user_list list = {.count = 0};
    ccp_status status = open_list(call, &list);

    if (status == CCP_OK)
        status = users->list(users->self, keep_user, &list, &call->error);
    for (size_t i = 0; i < list.count && status == CCP_OK; i++) {
        ccp_user_summary summary;

        status = ccp_admin_summarize_user(&call->admin, &list.users[i], &summary,
                                          &call->error);
        if (status == CCP_OK && !ccpi_list_take(&list.list, ccpi_object_user(&summary)))
            status = CCP_NO_MEMORY;
    }
    return status == CCP_OK ? ccpi_list_answer(call, &list.list) : status;
}

/* ---- one user ---- */

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
