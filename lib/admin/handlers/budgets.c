/* What a user may spend in a month (section 7). */
#include "admin/handlers/handlers.h"
#include "admin/objects.h"
#include "admin/web/fields.h"
#include "calendar/calendar.h"

#define US_PER_S INT64_C(1000000)

static json_t *budget_object(const ccp_admin *admin, const ccp_user_summary *summary)
{
    const ccp_user *user = &summary->user;
    const int64_t budget = user->monthly_budget_micro;
    const int64_t used = summary->current_usage_micro;
    const int64_t now_s = ccpi_admin_now(admin) / US_PER_S;
    int64_t left = CCP_NO_BUDGET;

    if (budget != CCP_NO_BUDGET)
        left = used < budget ? budget - used : 0;
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "user_id", user->id.text,
        "monthly_budget_usd", ccpi_object_money(budget), "current_usage_usd",
        ccpi_object_money(used), "remaining_usd", ccpi_object_money(left),
        "usage_percentage", ccpi_object_percentage(used, budget), "period_start",
        ccpi_object_time(ccpi_bucket_start(admin->zone, CCPI_BUCKET_MONTH, now_s) *
                         US_PER_S),
        "period_end",
        ccpi_object_time(ccpi_bucket_next(admin->zone, CCPI_BUCKET_MONTH, now_s) *
                         US_PER_S));
}

static ccp_status answer_budget(ccpi_api_call *call, const ccp_user *user)
{
    ccp_user_summary summary;
    ccp_status status =
        ccp_admin_summarize_user(&call->admin, user, &summary, &call->error);

    return status == CCP_OK
               ? ccpi_api_call_answer(call, 200, budget_object(&call->admin, &summary))
               : status;
}

static ccp_status find_user(ccpi_api_call *call, ccp_user *out)
{
    const ccp_user_store *users = &call->admin.store->users;

    return users->find(users->self, call->id.text, out, &call->error);
}

ccp_status ccpi_budgets_get(ccpi_api_call *call)
{
    ccp_user user;
    ccp_status status = find_user(call, &user);

    return status == CCP_OK ? answer_budget(call, &user) : status;
}

ccp_status ccpi_budgets_put(ccpi_api_call *call)
{
    ccp_user user;
    const ccpi_field fields[] = {{.name = "monthly_budget_usd",
                                  .kind = CCPI_TAKES_MONEY,
                                  .out = &user.monthly_budget_micro,
                                  .is_required = true,
                                  .may_be_null = true}};
    ccp_status status = find_user(call, &user);

    if (status == CCP_OK)
        status = ccpi_fields_read(call, fields, 1);
    if (status == CCP_OK)
        status = ccp_admin_update_user(&call->admin, &user, &call->error);
    return status == CCP_OK ? answer_budget(call, &user) : status;
}
